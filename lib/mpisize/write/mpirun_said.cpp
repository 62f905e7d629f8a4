#include "mpisize/write/mpirun_said.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

using Role = MpirunRole;

std::string_view without_dashes(std::string_view word) {
  word.remove_prefix(word.substr(0, 2) == "--" ? 2 : 1);
  return word;
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<int> positive(std::string_view text) {
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size() || count < 1) return std::nullopt;
  return count;
}

bool is_true(const std::string& value) {
  return value != "0" && lower_case(value) != "false" && lower_case(value) != "no";
}

/// A policy such as "core:PE=2:OVERSUBSCRIBE".
void note_policy(MpirunSaid& said, const std::string& text) {
  const std::string policy = lower_case(text);
  said.map_by.push_back(policy);
  said.cores_per_rank.reset();
  for (std::size_t from = 0; from != std::string::npos;) {
    const std::size_t to = policy.find_first_of(":,", from);
    const std::string part = policy.substr(from, to - from);
    if (part.rfind("pe=", 0) == 0) said.cores_per_rank = positive(part.substr(3));
    if (part == "rankfile") said.placed = said.rankfile = true;
    if (part == "oversubscribe") said.oversubscribe = true;
    if (part == "nooversubscribe") said.no_oversubscribe = true;
    if (part == "hwtcpus") said.hardware_threads = true;
    from = to == std::string::npos ? to : to + 1;
  }
}

void note_parameter(MpirunSaid& said, const std::string& name, const std::string& value) {
  said.parameters[name] = value;
  if (name == "rmaps_base_mapping_policy" || name == "rmaps_base_schedule_policy") {
    note_policy(said, value);
  } else if (name == "rmaps") {
    said.other_mapper = true;
  } else if (name == "hwloc_base_binding_policy") {
    said.bind_to.push_back(lower_case(value));
  } else if (name == "rmaps_base_oversubscribe") {
    said.oversubscribe = is_true(value);
  } else if (name == "orte_default_hostfile") {
    said.hostfiles.push_back(value);
  }
}

/// The older names of policies: --bynode, --bind-to-core.
std::string policy_of(const MpirunOption& option, const std::vector<std::string>& values) {
  if (option.name == "ppr") return "ppr:" + values.front();
  if (!values.empty()) return values.front();
  const std::string_view name = option.name;
  constexpr std::string_view bind = "bind-to-";
  constexpr std::string_view by = "by";
  return std::string(name.substr(name.rfind(bind, 0) == 0 ? bind.size() : by.size()));
}

void note(MpirunSaid& said, const MpirunOption& option, const std::vector<std::string>& values) {
  switch (option.role) {
    case Role::mapping:
      note_policy(said, policy_of(option, values));
      break;
    case Role::binding:
      said.bind_to.push_back(lower_case(policy_of(option, values)));
      break;
    case Role::mapping_and_binding:
      said.placed = true;
      break;
    case Role::rankfile:
      said.placed = said.rankfile = true;
      break;
    case Role::cores_per_rank:
      said.map_by.emplace_back("slot");
      said.cores_per_rank = positive(values.front());
      break;
    case Role::mca:
      note_parameter(said, values.front(), values.back());
      break;
    case Role::variable: {
      const auto equals = values.front().find('=');
      auto& value = said.variables[values.front().substr(0, equals)];
      if (equals != std::string::npos) value = values.front().substr(equals + 1);
      break;
    }
    case Role::hosts:
      said.hosts.push_back(values.front());
      break;
    case Role::hostfile:
      said.hostfiles.push_back(values.front());
      break;
    case Role::hardware_threads:
      said.hardware_threads = true;
      break;
    case Role::oversubscribe:
      said.oversubscribe = true;
      break;
    case Role::no_oversubscribe:
      said.no_oversubscribe = true;
      break;
    default:
      break;
  }
}

}  // namespace

bool looks_like_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

MpirunWords take_option(std::span<const std::string> words) {
  const std::string& word = words.front();
  const std::string_view name = without_dashes(word);
  if (const auto option = mpirun_option(name)) {
    const auto values = static_cast<std::size_t>(option->values);
    if (words.size() <= values) {
      throw InputError(
          fmt::format("mpirun's {} needs {}; give {}", word, values == 1 ? "a value" : "two values",
                      values == 1 ? "it before the program" : "them before the program"));
    }
    return {option, {words.begin() + 1, words.begin() + 1 + option->values}, 1 + values};
  }
  // `--map-by=core`, as Open MPI 5 takes it.
  if (const auto equals = name.find('='); equals != std::string_view::npos) {
    const auto option = mpirun_option(name.substr(0, equals));
    if (option && option->values == 1) {
      return {option, {std::string(name.substr(equals + 1))}, 1};
    }
    return {};
  }
  MpirunWords unknown;
  while (unknown.words < words.size() && !looks_like_option(words[unknown.words])) {
    unknown.values.push_back(words[unknown.words++]);
  }
  return unknown;
}

std::optional<RanksPerObject> MpirunSaid::ranks_per_object() const {
  constexpr std::string_view ppr = "ppr:";
  if (map_by.empty() || map_by.back().rfind(ppr, 0) != 0) return std::nullopt;
  const std::string rest = map_by.back().substr(ppr.size());
  const auto colon = rest.find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto ranks = positive(std::string_view(rest).substr(0, colon));
  if (!ranks) return std::nullopt;
  const std::string object = rest.substr(colon + 1);
  return RanksPerObject{*ranks, object.substr(0, object.find(':'))};
}

MpirunSaid what_is_said(std::span<const std::string> options, const Variables& environment) {
  MpirunSaid said;
  constexpr std::string_view prefix = "OMPI_MCA_";
  for (const auto& [name, value] : environment) {
    if (name.rfind(prefix, 0) == 0) note_parameter(said, name.substr(prefix.size()), value);
  }
  if (!options.empty() && !looks_like_option(options.front())) {
    throw InputError(
        fmt::format("\"{}\" among mpirun's options is none; give options only", options.front()));
  }
  while (!options.empty()) {
    const MpirunWords taken = take_option(options);
    if (taken.option) note(said, *taken.option, taken.values);
    options = options.subspan(taken.words);
    // A value of an option that is not known, which began like an option itself.
    while (!options.empty() && !looks_like_option(options.front())) options = options.subspan(1);
  }
  return said;
}

}  // namespace mpisize
