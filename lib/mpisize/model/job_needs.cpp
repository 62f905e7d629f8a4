#include "mpisize/model/job_needs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool has_feature(const NodeGroup& node, std::string_view feature) {
  return std::find(node.features.begin(), node.features.end(), feature) != node.features.end();
}

std::optional<std::string> lacking_feature(const NodeGroup& node, std::string_view constraint) {
  const bool all = constraint.find('&') != std::string_view::npos;
  const bool any = constraint.find('|') != std::string_view::npos;
  if (constraint.find_first_of("[]()*") != std::string_view::npos || (all && any)) {
    return std::nullopt;
  }
  const auto features = split(constraint, any ? '|' : '&');
  const auto has = [&node](std::string_view feature) { return has_feature(node, feature); };
  if (any) {
    if (std::any_of(features.begin(), features.end(), has)) return std::nullopt;
    return fmt::format("one of the features {}", fmt::join(features, ", "));
  }
  const auto missing = std::find_if_not(features.begin(), features.end(), has);
  if (missing == features.end()) return std::nullopt;
  return fmt::format("feature {}", *missing);
}

std::optional<std::int64_t> read_count(std::string_view text) {
  constexpr std::int64_t kilo = 1024;
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || count < 0) return std::nullopt;
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (rest.empty()) return count;
  return rest == "k" || rest == "K" ? std::optional(count * kilo) : std::nullopt;
}

/// "gpu:a100" and how many of it.
struct Wanted {
  std::string name;
  std::int64_t count = 1;
};

/// "gpu", "gpu:2", "gpu:a100", "gpu:a100:2"
Wanted read_gres(std::string_view text) {
  const auto words = split(text, ':');
  const auto count = words.size() > 1 ? read_count(words.back()) : std::nullopt;
  constexpr std::size_t most_words = 3;
  const bool empty_word =
      std::any_of(words.begin(), words.end(), [](std::string_view word) { return word.empty(); });
  if (empty_word || words.size() > most_words || (words.size() == most_words && !count)) {
    throw InputError(
        fmt::format("--gres '{}' is no resource of a node; write name, name:count or "
                    "name:type:count, such as gpu:2 or gpu:a100:2",
                    text));
  }
  return {std::string(text.substr(0, count ? text.rfind(':') : text.size())), count.value_or(1)};
}

std::vector<Wanted> read_all_gres(std::string_view text) {
  std::vector<Wanted> all;
  for (const std::string_view one : split(text, ',')) all.push_back(read_gres(one));
  return all;
}

/// "gpu" is of any type, "gpu:a100" of that one.
std::int64_t count_of(const NodeGroup& node, const std::string& name) {
  std::int64_t count = 0;
  for (const Gres& gres : node.gres) {
    if (gres.name == name || gres.name.rfind(name + ":", 0) == 0) count += gres.count;
  }
  return count;
}

std::optional<std::string> lacking_gres(const NodeGroup& node, std::string_view gres) {
  for (const Wanted& wanted : read_all_gres(gres)) {
    const std::int64_t has = count_of(node, wanted.name);
    if (has >= wanted.count) continue;
    if (has == 0) return fmt::format("gres {}", wanted.name);
    return fmt::format("{} of gres {}, but {}", wanted.count, wanted.name, has);
  }
  return std::nullopt;
}

}  // namespace

ItemRange items_of_task(const ItemArray& array, int task) {
  const std::int64_t each = array.items / array.tasks;
  const std::int64_t more = array.items % array.tasks;
  return {task * each + std::min<std::int64_t>(task, more), each + (task < more ? 1 : 0)};
}

std::optional<std::string> lacking(const NodeGroup& node, const JobNeeds& needs) {
  if (needs.constraint) {
    if (auto feature = lacking_feature(node, *needs.constraint)) return feature;
  }
  return needs.gres ? lacking_gres(node, *needs.gres) : std::nullopt;
}

void check_needs(const JobNeeds& needs) {
  if (needs.gres) static_cast<void>(read_all_gres(*needs.gres));
}

}  // namespace mpisize
