#include "mpisize/write/layout_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/human.hpp"

namespace mpisize {

std::string counted(std::int64_t count, const std::string& singular) {
  return fmt::format("{} {}{}", human_count(count), singular, count == 1 ? "" : "s");
}

std::string in_words(const Layout& layout) {
  return fmt::format("{} on {}, {}{}", counted(layout.ranks(), "rank"),
                     counted(layout.nodes, "node"), counted(layout.threads_per_rank, "thread"),
                     layout.ranks() == 1 ? "" : " each");
}

std::string in_words(const ScatterPattern& pattern) {
  std::string words(name_of(pattern.schedule));
  switch (pattern.schedule) {
    case Schedule::static_block:
      words = "static, one block a rank";
      break;
    case Schedule::guided:
    case Schedule::factoring:
      words += fmt::format(", at least {} a chunk", counted(pattern.chunk, "item"));
      break;
    case Schedule::dynamic:
    case Schedule::fixed_size:
      words += fmt::format(", {} a chunk", counted(pattern.chunk, "item"));
      break;
  }
  if (pattern.schedule != Schedule::static_block) {
    words += fmt::format(", {} queued a worker", counted(pattern.queued, "chunk"));
  }
  if (pattern.window) words += fmt::format(", {} in flight", counted(*pattern.window, "item"));
  if (pattern.batch) words += fmt::format(", {} a batch", counted(*pattern.batch, "item"));
  if (pattern.ordered) words += *pattern.ordered ? ", ordered" : ", unordered";
  if (pattern.largest_first) words += ", largest first";
  if (has_racks(pattern)) {
    const Racks& racks = *pattern.sub_roots->racks;
    words +=
        fmt::format("; racks of up to {}, to which go {} at a time, {} queued a group",
                    counted(racks.groups, "group"), counted(racks.piece, "item"), racks.queued);
  }
  if (const auto& sub = pattern.sub_roots) {
    return words + fmt::format(
                       "; sub-roots for up to {} each, who hand on {} at a time, {} queued "
                       "a rank{}",
                       counted(sub->group, "rank"), counted(sub->piece, "item"), sub->queued,
                       sub->compute ? ", and compute too" : "");
  }
  return words + (pattern.root_computes ? ", the root computes too" : ", the root only dispatches");
}

std::string in_words(const std::vector<PlacedNode>& placement) {
  constexpr std::size_t most = 12;
  const bool racks = std::any_of(placement.begin(), placement.end(), [&](const PlacedNode& n) {
    return n.rack != placement.front().rack;
  });
  std::string words;
  for (std::size_t i = 0; i < std::min(most, placement.size()); ++i) {
    const PlacedNode& node = placement[i];
    words += fmt::format("{}{} {}", i == 0 ? "" : ", ", node.host.empty() ? "any" : node.host,
                         counted(node.ranks, "rank"));
    std::string odd = racks ? fmt::format("rack {}", node.rack + 1) : "";
    if (node.speed < slow_host_speed) {
      odd += fmt::format("{}speed {:.2f}", odd.empty() ? "" : ", ", node.speed);
    }
    if (!odd.empty()) words += fmt::format(" ({})", odd);
  }
  if (placement.size() > most) words += fmt::format(" and {} more", placement.size() - most);
  return words;
}

}  // namespace mpisize
