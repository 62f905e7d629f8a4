#include "mpisize/write/launch_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "mpisize/base/error.hpp"
#include "mpisize/write/mpirun_options.hpp"

namespace mpisize {
namespace {

using Role = MpirunRole;

std::string_view without_dashes(std::string_view word) {
  word.remove_prefix(word.substr(0, 2) == "--" ? 2 : 1);
  return word;
}

int positive_count(std::string_view option, std::string_view value) {
  int count = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), count);
  if (error != std::errc{} || end != value.data() + value.size() || count < 1) {
    throw InputError(fmt::format("mpirun's {} is \"{}\"; give it a positive number, e.g. {} 4",
                                 option, value, option));
  }
  return count;
}

/// Throws for options that a plan cannot be made with.
void refuse(Role role, std::string_view word) {
  switch (role) {
    case Role::several_programs:
      throw InputError(
          fmt::format("mpirun's {} may start several programs, and a plan is for one; give the "
                      "program and its arguments instead",
                      word));
    case Role::no_job:
      throw InputError(fmt::format("mpirun's {} starts no job; leave it out", word));
    case Role::per_package:
      throw InputError(
          fmt::format("mpirun's {} counts ranks by package, and the plan says how many; leave it "
                      "out, or use --map-by to say where they go",
                      word));
    default:
      return;
  }
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// "user@node01.cluster" without user and domain.
std::string_view short_name(std::string_view host) {
  const auto user = host.find('@');
  if (user != std::string_view::npos) host.remove_prefix(user + 1);
  return host.substr(0, host.find('.'));
}

/// What the user's options already say.
struct Said {
  bool mapping = false;
  bool binding = false;
  bool oversubscribe = false;
  bool no_oversubscribe = false;
};

void note(Said& said, const MpirunOption& option, const std::vector<std::string>& values) {
  switch (option.role) {
    case Role::mapping_and_binding:
      said.mapping = said.binding = true;
      break;
    case Role::binding:
      said.binding = true;
      break;
    case Role::oversubscribe:
      said.oversubscribe = true;
      break;
    case Role::no_oversubscribe:
      said.no_oversubscribe = true;
      break;
    case Role::mapping: {
      said.mapping = true;
      // Modifiers of --map-by, e.g. core:PE=2:OVERSUBSCRIBE.
      const std::string policy = values.empty() ? "" : lower_case(values.front());
      if (policy.find(":pe=") != std::string::npos) said.binding = true;
      if (policy.find("nooversubscribe") != std::string::npos) {
        said.no_oversubscribe = true;
      } else if (policy.find("oversubscribe") != std::string::npos) {
        said.oversubscribe = true;
      }
      break;
    }
    case Role::mca: {
      const std::string& parameter = values.front();
      if (parameter == "rmaps_base_mapping_policy" || parameter == "rmaps") said.mapping = true;
      if (parameter == "hwloc_base_binding_policy") said.binding = true;
      if (parameter == "rmaps_base_oversubscribe") said.oversubscribe = true;
      break;
    }
    default:
      break;
  }
}

/// One option and its values at the start of `words`. Throws InputError.
struct OptionWords {
  MpirunOption option;
  std::vector<std::string> values;
};
OptionWords take_option(std::span<const std::string> words) {
  const std::string& word = words.front();
  const auto option = mpirun_option(without_dashes(word));
  if (!option) {
    throw InputError(
        fmt::format("{} is no option of Open MPI 4.1's mpirun; see mpirun --help all, or write -- "
                    "before a program of that name",
                    word));
  }
  refuse(option->role, word);
  const auto values = static_cast<std::size_t>(option->values);
  if (words.size() <= values) {
    throw InputError(
        fmt::format("mpirun's {} needs {}; give {}", word, values == 1 ? "a value" : "two values",
                    values == 1 ? "it before the program" : "them before the program"));
  }
  return {*option, {words.begin() + 1, words.begin() + 1 + option->values}};
}

Said what_is_said(const std::vector<std::string>& options) {
  Said said;
  for (std::span<const std::string> rest(options); !rest.empty();) {
    if (rest.front().size() < 2 || rest.front().front() != '-') {
      throw InputError(
          fmt::format("\"{}\" among mpirun's options is none; give options only", rest.front()));
    }
    const OptionWords taken = take_option(rest);
    note(said, taken.option, taken.values);
    rest = rest.subspan(1 + taken.values.size());
  }
  return said;
}

}  // namespace

bool is_mpirun(std::string_view word) {
  const auto slash = word.rfind('/');
  if (slash != std::string_view::npos) word.remove_prefix(slash + 1);
  constexpr std::string_view debian = ".openmpi";
  if (word.size() > debian.size() && word.substr(word.size() - debian.size()) == debian) {
    word.remove_suffix(debian.size());
  }
  constexpr std::array<std::string_view, 3> names{"mpirun", "mpiexec", "orterun"};
  return std::find(names.begin(), names.end(), word) != names.end();
}

MpirunLine parse_mpirun(std::span<const std::string> argv) {
  if (argv.empty()) throw InputError("an empty command was given instead of mpirun; name it");
  if (std::find(argv.begin(), argv.end(), ":") != argv.end()) {
    throw InputError(
        "mpirun starts another program after a bare \":\", and a plan is for one; run the programs "
        "apart");
  }
  MpirunLine line;
  line.launcher = argv.front();
  std::span<const std::string> rest = argv.subspan(1);
  while (!rest.empty() && rest.front().size() > 1 && rest.front().front() == '-') {
    const std::string& word = rest.front();
    if (word == "--") {
      rest = rest.subspan(1);
      break;
    }
    const OptionWords taken = take_option(rest);
    if (taken.option.role == Role::ranks) {
      line.ranks = positive_count(word, taken.values.front());
    } else if (taken.option.role == Role::ranks_per_node) {
      line.ranks_per_node = positive_count(word, taken.values.front());
    } else if (taken.option.role == Role::one_rank_per_node) {
      line.ranks_per_node = 1;
    } else {
      line.options.push_back(word);
      line.options.insert(line.options.end(), taken.values.begin(), taken.values.end());
    }
    rest = rest.subspan(1 + taken.values.size());
  }
  if (rest.empty()) {
    throw InputError(
        fmt::format("{} has no program to start; name it after the options", line.launcher));
  }
  line.program.assign(rest.begin(), rest.end());
  return line;
}

bool is_same_host(std::string_view a, std::string_view b) { return short_name(a) == short_name(b); }

std::vector<std::string> place_ranks(const std::vector<PlacedNode>& placement,
                                     std::string_view here) {
  if (placement.empty() || placement.front().host.empty()) return {};
  const auto is_here = [&](const PlacedNode& node) { return is_same_host(node.host, here); };
  const int per_node = placement.front().ranks;
  // As --map-by ppr fills them.
  const bool even =
      std::all_of(placement.begin(), placement.end() - 1,
                  [per_node](const PlacedNode& node) { return node.ranks == per_node; }) &&
      placement.back().ranks <= per_node;
  const bool in_order =
      is_here(placement.front()) || std::none_of(placement.begin(), placement.end(), is_here);
  std::string hosts;
  for (const PlacedNode& node : placement) {
    if (in_order) {
      hosts +=
          fmt::format("{}{}:{}", hosts.empty() ? "" : ",", node.host, even ? per_node : node.ranks);
      continue;
    }
    for (int r = 0; r < node.ranks; ++r) {
      hosts += fmt::format("{}{}", hosts.empty() ? "" : ",", node.host);
    }
  }
  std::vector<std::string> options{"--host", hosts};
  if (!in_order) options.insert(options.end(), {"--map-by", "seq"});
  if (in_order && !even) options.insert(options.end(), {"--map-by", "slot"});
  return options;
}

std::vector<std::string> render_mpirun(const MpirunLine& line, const Layout& layout,
                                       const Slots& slots) {
  const Said said = what_is_said(line.options);
  const int per_node = layout.ranks_per_node();
  const int threads = layout.threads_per_rank;
  const bool oversubscribed = slots.per_node && per_node > *slots.per_node;
  if (oversubscribed && said.no_oversubscribe) {
    throw InputError(
        fmt::format("the plan puts {} ranks on a node of {} slots, and mpirun's --nooversubscribe "
                    "forbids that; leave it out, or allow fewer ranks",
                    per_node, *slots.per_node));
  }

  std::vector<std::string> argv{line.launcher};
  argv.insert(argv.end(), line.options.begin(), line.options.end());
  const auto add = [&argv](std::initializer_list<std::string> words) {
    argv.insert(argv.end(), words);
  };
  add({"-n", std::to_string(layout.ranks())});
  if (oversubscribed && !said.oversubscribe) add({"--oversubscribe"});
  // PE=t binds each rank to t cores of its own; mpirun refuses it if there are fewer.
  const bool cores_suffice =
      threads > 1 && slots.cores_per_node && threads <= *slots.cores_per_node / per_node;
  const bool own_cores = cores_suffice && !said.mapping && !said.binding;
  if (!said.mapping && (own_cores || layout.nodes > 1)) {
    const std::string place = layout.nodes > 1 ? fmt::format("ppr:{}:node", per_node) : "slot";
    add({"--map-by", own_cores ? fmt::format("{}:PE={}", place, threads) : place});
  }
  // Bound to one core, as is Open MPI's habit, the threads of a rank would share it.
  if (threads > 1 && !own_cores && !said.binding) add({"--bind-to", "none"});
  if (!line.program.empty() && line.program.front().substr(0, 1) == "-") add({"--"});
  argv.insert(argv.end(), line.program.begin(), line.program.end());
  return argv;
}

std::vector<std::string> render_srun(const std::string& launcher,
                                     const std::vector<std::string>& options, const Layout& layout,
                                     const std::vector<std::string>& program) {
  std::vector<std::string> argv{launcher};
  argv.insert(argv.end(), options.begin(), options.end());
  if (std::none_of(options.begin(), options.end(), [](const std::string& option) {
        return option == "--mpi" || option.substr(0, 6) == "--mpi=";
      })) {
    argv.emplace_back("--mpi=pmix");
  }
  argv.push_back(fmt::format("--nodes={}", layout.nodes));
  argv.push_back(fmt::format("--ntasks={}", layout.ranks()));
  argv.push_back(fmt::format("--cpus-per-task={}", layout.threads_per_rank));
  argv.insert(argv.end(), program.begin(), program.end());
  return argv;
}

}  // namespace mpisize
