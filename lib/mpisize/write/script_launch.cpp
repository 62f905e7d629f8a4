#include "mpisize/write/script_launch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mpisize/write/launch_line.hpp"
#include "mpisize/write/mpirun_options.hpp"

namespace mpisize {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_mpi_launcher(std::string_view word) {
  constexpr std::array<std::string_view, 4> mpich{"mpiexec.hydra", "mpirun.hydra", "mpiexec.mpich",
                                                  "mpirun.mpich"};
  return is_mpirun(word) || is_one_of(base_name(word), mpich);
}

LaunchNumber part(LaunchRole role, std::string spelling, const ScriptWord& word, std::size_t first,
                  std::size_t count = std::string::npos) {
  LaunchNumber number{role, std::move(spelling), word, first, word.text.substr(first, count),
                      false};
  number.computed = word.computed && number.text.find_first_of("$`") != std::string::npos;
  return number;
}

/// Options of MPICH's mpiexec (Hydra, Intel MPI) that Open MPI's does not have.
std::optional<MpirunOption> mpich_option(std::string_view name) {
  using Role = MpirunRole;
  constexpr std::array options{
      MpirunOption{"env", 2, Role::other},
      MpirunOption{"envall", 0, Role::other},
      MpirunOption{"envlist", 1, Role::other},
      MpirunOption{"f", 1, Role::other},
      MpirunOption{"genv", 2, Role::other},
      MpirunOption{"genvall", 0, Role::other},
      MpirunOption{"genvlist", 1, Role::other},
      MpirunOption{"hosts", 1, Role::other},
      MpirunOption{"iface", 1, Role::other},
      MpirunOption{"launcher", 1, Role::other},
      MpirunOption{"perhost", 1, Role::ranks_per_node},
      MpirunOption{"ppn", 1, Role::ranks_per_node},
  };
  const auto* const found = std::find_if(options.begin(), options.end(),
                                         [&](const MpirunOption& o) { return o.name == name; });
  return found == options.end() ? std::nullopt : std::optional(*found);
}

void obstruct(Launch& launch, std::string why, std::string repair) {
  launch.obstacles.push_back({std::move(why), std::move(repair)});
}

/// "ppr:4:node:PE=2": the 4 and the 2.
void read_mapping(Launch& launch, const std::string& spelling, const ScriptWord& word) {
  const std::string& text = word.text;
  const auto end_of = [&](std::size_t from) { return std::min(text.find(':', from), text.size()); };
  constexpr std::string_view ppr = "ppr:";
  if (text.substr(0, ppr.size()) == ppr) {
    const auto end = end_of(ppr.size());
    if (text.substr(end, 5) == ":node") {
      launch.numbers.push_back(
          part(LaunchRole::ranks_per_node, spelling, word, ppr.size(), end - ppr.size()));
    } else {
      obstruct(launch, fmt::format("{} {} counts ranks by parts of a node", spelling, text),
               "write ppr:N:node, or leave the mapping out");
    }
  }
  for (const std::string_view pe : {":PE=", ":pe="}) {
    const auto found = text.find(pe);
    if (found == std::string::npos) continue;
    const std::size_t first = found + pe.size();
    launch.numbers.push_back(
        part(LaunchRole::threads, spelling, word, first, end_of(first) - first));
  }
}

void note_option(Launch& launch, const std::string& spelling, const MpirunOption& option,
                 const std::vector<ScriptWord>& values) {
  constexpr std::string_view threads = "OMP_NUM_THREADS";
  switch (option.role) {
    case MpirunRole::ranks:
      launch.numbers.push_back(part(LaunchRole::ranks, spelling, values[0], 0));
      break;
    case MpirunRole::ranks_per_node:
      launch.numbers.push_back(part(LaunchRole::ranks_per_node, spelling, values[0], 0));
      break;
    case MpirunRole::mapping:
      if (!values.empty()) read_mapping(launch, spelling, values[0]);
      break;
    case MpirunRole::one_rank_per_node:
    case MpirunRole::per_package:
    case MpirunRole::several_programs:
      obstruct(launch, fmt::format("{} says how many ranks there are in another way", spelling),
               "write -n and --map-by ppr:N:node");
      break;
    case MpirunRole::cores_per_rank:
      launch.numbers.push_back(part(LaunchRole::threads, spelling, values[0], 0));
      break;
    default:
      break;
  }
  const std::string assignment = std::string(threads) + "=";
  if (option.name == "x" && values[0].text.rfind(assignment, 0) == 0) {
    launch.numbers.push_back(part(LaunchRole::threads, "-x", values[0], assignment.size()));
  }
  if (option.values == 2 && values[0].text == threads) {
    launch.numbers.push_back(part(LaunchRole::threads, spelling, values[1], 0));
  }
}

/// A variable where options stand may hold more of them.
void note_program(Launch& launch, const ScriptWord& word) {
  launch.program = word;
  if (!word.computed) return;
  std::string name = word.text;
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  for (const std::string_view hint : {"OPT", "ARG", "FLAG", "MCA"}) {
    if (name.find(hint) == std::string::npos) continue;
    launch.program.reset();
    obstruct(launch, fmt::format("{} may hold options", word.text), "write them out");
    return;
  }
}

void read_mpirun(Launch& launch, std::span<const ScriptWord> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& text = words[i].text;
    if (text.size() < 2 || text.front() != '-') return note_program(launch, words[i]);
    if (text == "--") {
      if (i + 1 < words.size()) launch.program = words[i + 1];
      return;
    }
    const std::string name = text.substr(text[1] == '-' ? 2 : 1);
    auto option = mpirun_option(name);
    if (!option) option = mpich_option(name);
    const auto count = option ? static_cast<std::size_t>(option->values) : 0;
    if (!option || i + count >= words.size()) {
      return obstruct(
          launch,
          fmt::format("{} is {}", text,
                      option ? "without its value" : "no option of mpirun that is known here"),
          "check the line by hand");
    }
    note_option(launch, text, *option,
                {words.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                 words.begin() + static_cast<std::ptrdiff_t>(i + 1 + count)});
    i += count;
  }
}

std::optional<LaunchRole> role_of(std::string_view option) {
  if (option == "ntasks") return LaunchRole::ranks;
  if (option == "nodes") return LaunchRole::nodes;
  if (option == "ntasks-per-node") return LaunchRole::ranks_per_node;
  if (option == "cpus-per-task") return LaunchRole::threads;
  return std::nullopt;
}

void read_srun(Launch& launch, std::span<const ScriptWord> words) {
  const WordOptions taken = take_options(SlurmCommand::srun, words);
  for (const OptionFault& fault : taken.faults) {
    obstruct(launch, fmt::format("srun does not know {}", fault.spelling), "see srun --help");
  }
  bool overlaps = false;
  bool is_exact = false;
  bool has_memory = false;
  for (const WordOption& option : taken.options) {
    const std::string_view name = option.meaning();
    overlaps = overlaps || name == "overlap";
    is_exact = is_exact || name == "exact" || name == "exclusive";
    has_memory = has_memory || name.substr(0, 3) == "mem";
    if (name == "mpi") launch.has_mpi = true;
    if (name == "multi-prog") {
      obstruct(launch, "--multi-prog starts several programs", "see its file");
    }
    if (!option.value) continue;
    if (name == "het-group" || name == "pack-group") launch.het_group = option.value->text;
    if (const auto role = role_of(name)) {
      launch.numbers.push_back(
          part(*role, option.spelling, words[option.value->word], option.value->first));
    }
  }
  launch.may_share = overlaps || (is_exact && has_memory);
  if (taken.end < words.size()) note_program(launch, words[taken.end]);
}

}  // namespace

Launch read_launch(std::span<const ScriptWord> words) {
  Launch launch;
  launch.word = words.front();
  const auto rest = words.subspan(1);
  if (std::any_of(rest.begin(), rest.end(), [](const ScriptWord& w) { return w.text == ":"; })) {
    obstruct(launch, "it starts several programs, separated by ':'", "check their counts by hand");
  }
  if (base_name(words.front().text) == "srun") {
    launch.launcher = Launcher::srun;
    read_srun(launch, rest);
  } else {
    read_mpirun(launch, rest);
  }
  return launch;
}

bool is_launcher(std::string_view word) {
  return is_mpi_launcher(word) || base_name(word) == "srun";
}

std::string_view base_name(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

const LaunchNumber* Launch::number(LaunchRole role) const {
  const LaunchNumber* found = nullptr;
  for (const LaunchNumber& number : numbers) {
    if (number.role == role) found = &number;  // The last one holds.
  }
  return found;
}

bool is_slurms_own(LaunchRole role, std::string_view text) {
  constexpr std::array<std::string_view, 2> ranks{"SLURM_NTASKS", "SLURM_NPROCS"};
  constexpr std::array<std::string_view, 2> nodes{"SLURM_JOB_NUM_NODES", "SLURM_NNODES"};
  constexpr std::array<std::string_view, 2> threads{"SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS"};
  if (text.substr(0, 1) != "$") return false;
  text.remove_prefix(1);
  if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
    text = text.substr(1, text.size() - 2);
    text = text.substr(0, std::min(text.find(":-"), text.find('-')));
  }
  text = text.substr(0, text.find("_HET_GROUP_"));
  switch (role) {
    case LaunchRole::ranks:
      return is_one_of(text, ranks);
    case LaunchRole::nodes:
      return is_one_of(text, nodes);
    case LaunchRole::ranks_per_node:
      return text == "SLURM_NTASKS_PER_NODE";
    case LaunchRole::threads:
      return is_one_of(text, threads);
  }
  return false;
}

}  // namespace mpisize
