#include "mpisize/write/rank_mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/mpirun_said.hpp"

namespace mpisize {
namespace {

/// Whether ranks fill one node after the other, in rows of cores.
bool fills_nodes(const MpirunSaid& said) {
  if (said.placed || said.other_mapper) return false;
  if (said.map_by.empty()) return true;
  const std::string policy = said.map_by.back().substr(0, said.map_by.back().find(':'));
  const auto ppr = said.ranks_per_object();
  return policy == "slot" || policy == "core" || policy == "seq" || policy.empty() ||
         (ppr && ppr->object == "node");
}

std::vector<MappedNode> filled(const Layout& layout, const std::vector<PlacedNode>& placement) {
  std::vector<MappedNode> nodes;
  int first = 0;
  const auto put = [&](const std::string& host, int ranks) {
    const int here = std::min(ranks, layout.ranks() - first);
    if (here > 0) nodes.push_back({host, first, here});
    first += std::max(0, here);
  };
  for (const PlacedNode& node : placement) put(node.host, node.ranks);
  const std::string host = placement.empty() ? "" : placement.back().host;
  while (first < layout.ranks()) {
    // Those that the placement does not know of wait on its last node.
    if (!nodes.empty() && !placement.empty()) {
      nodes.back().ranks += layout.ranks() - first;
      break;
    }
    put(host, layout.ranks_per_node());
  }
  return nodes;
}

int fullest(const std::vector<MappedNode>& nodes) {
  int most = 0;
  for (const MappedNode& node : nodes) most = std::max(most, node.ranks);
  return most;
}

std::string core_range(int first, int last) {
  return first == last ? fmt::format("core {}", first) : fmt::format("cores {}-{}", first, last);
}

std::string package_of(int first, int last, const Topology& topology) {
  const NodeShape& node = topology.node;
  const bool whole = topology.grant.cores == node.cores;
  if (!whole || node.packages < 1 || node.cores % node.packages != 0) return "";
  const int per_package = node.cores / node.packages;
  const int from = first / per_package;
  const int to = last / per_package;
  return from == to ? fmt::format("package {} ", from) : fmt::format("packages {}-{} ", from, to);
}

std::string rank_range(int first, int ranks) {
  return ranks == 1 ? fmt::format("rank {}", first)
                    : fmt::format("ranks {}-{}", first, first + ranks - 1);
}

std::string ranks_of(const MappedNode& node, const RankMapping& mapping, const Topology& topology) {
  if (mapping.binding == RankBinding::none) {
    return rank_range(node.first, node.ranks) + ", any core";
  }
  if (mapping.binding == RankBinding::numa_node) {
    return rank_range(node.first, node.ranks) + ", each on a NUMA node";
  }
  constexpr int most_in_full = 4;
  if (node.ranks > most_in_full) {
    const int last = cores_of(mapping, node.ranks - 1).second;
    return fmt::format("{}: {}{}, {} each in a row", rank_range(node.first, node.ranks),
                       package_of(0, last, topology), core_range(0, last), mapping.cores_per_rank);
  }
  std::string text;
  for (int i = 0; i < node.ranks; ++i) {
    const auto [first, last] = cores_of(mapping, i);
    text += fmt::format("{}rank {}: {}{}", i == 0 ? "" : "; ", node.first + i,
                        package_of(first, last, topology), core_range(first, last));
  }
  return text;
}

}  // namespace

std::pair<int, int> cores_of(const RankMapping& mapping, int index) {
  return {index * mapping.cores_per_rank, (index + 1) * mapping.cores_per_rank - 1};
}

std::optional<RankMapping> map_ranks(std::span<const std::string> options,
                                     const std::map<std::string, std::string>& environment,
                                     const Layout& layout, const std::vector<PlacedNode>& placement,
                                     const Slots& slots) {
  const MpirunSaid said = what_is_said(options, environment);
  if (!fills_nodes(said)) return std::nullopt;
  RankMapping mapping;
  mapping.nodes = filled(layout, placement);
  const std::string bind =
      said.bind_to.empty() ? "" : said.bind_to.back().substr(0, said.bind_to.back().find(':'));
  const bool crowded = slots.per_node && fullest(mapping.nodes) > *slots.per_node;
  if (bind == "none") return mapping;
  if (said.cores_per_rank) {
    mapping.cores_per_rank = *said.cores_per_rank;
    mapping.binding = RankBinding::cores;
    return mapping;
  }
  if (bind == "core") {
    mapping.binding = RankBinding::cores;
    return mapping;
  }
  if (!bind.empty()) return std::nullopt;
  constexpr int most_on_cores = 2;
  if (crowded) return mapping;
  mapping.binding = layout.ranks() <= most_on_cores ? RankBinding::cores : RankBinding::numa_node;
  return mapping;
}

std::string describe(const RankMapping& mapping, const Topology& topology) {
  constexpr std::size_t most = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(most, mapping.nodes.size()); ++i) {
    const MappedNode& node = mapping.nodes[i];
    text += fmt::format("  {}: {}\n", node.host.empty() ? fmt::format("node {}", i) : node.host,
                        ranks_of(node, mapping, topology));
  }
  if (mapping.nodes.size() > most) {
    const std::size_t more = mapping.nodes.size() - most;
    text += fmt::format("  and {}, up to rank {}\n",
                        counted(static_cast<std::int64_t>(more), "more node"),
                        mapping.nodes.back().first + mapping.nodes.back().ranks - 1);
  }
  return text;
}

}  // namespace mpisize
