#include "mpisize/model/placement.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <tuple>

namespace mpisize {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Equal for speeds that measuring does not tell apart.
int speed_class(double speed) {
  constexpr double step = 1.1;
  return static_cast<int>(std::lround(std::log(std::max(speed, 1e-3)) / std::log(step)));
}

bool is_slow(double speed) { return speed < slow_host_speed; }

/// A rank for each PU, as far as a quota lets them run.
int room_on(const Grant& grant) {
  const int pus = std::max(1, grant.pus);
  if (!(grant.cpus > 0)) return pus;
  return std::clamp(static_cast<int>(std::ceil(std::min(grant.cpus, 1e6))), 1, pus);
}

Distance distance_of(const Placement& placement, std::size_t node) {
  if (node == 0) return Distance::root_node;
  return placement.nodes[node].rack == placement.nodes.front().rack ? Distance::root_rack
                                                                    : Distance::other_rack;
}

/// All but the number of nodes and of ranks tells kinds apart.
auto kind_key(const PlacedNode& node, Distance from_root) {
  return std::tuple(from_root, speed_class(node.speed), is_slow(node.speed), node.cpus);
}

/// Most ranks on a node so that `ranks` fit on the first `nodes`.
int ranks_per_node(const Spread& room, int nodes, int ranks) {
  const auto fitting = [&](int per_node) {
    std::int64_t fit = 0;
    int left = nodes;
    for (const NodeKind& k : room) {
      const int n = std::min(left, k.nodes);
      fit += std::int64_t{n} * std::min(per_node, k.ranks);
      left -= n;
    }
    return fit;
  };
  int low = 1;
  int high = 1;
  for (const NodeKind& k : room) high = std::max(high, k.ranks);
  if (fitting(high) < ranks) return 0;
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (fitting(middle) < ranks) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// Of one node with room for `room`.
struct Fill {
  int per_node = 0;  ///< 0: there is not enough room, and `forced` are put on each.
  int forced = 0;
  [[nodiscard]] int ranks(int room) const {
    return per_node > 0 ? std::min(per_node, room) : forced;
  }
};

Fill fill_of(const Spread& room, int nodes, int ranks) {
  return {ranks_per_node(room, nodes, ranks), (ranks + nodes - 1) / std::max(1, nodes)};
}

}  // namespace

Placement placement_of(const std::vector<Host>& hosts) {
  std::vector<int> order;
  std::map<int, std::pair<bool, int>> racks;  // One with quick hosts, and its PUs.
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const Host& h = hosts[i];
    if (!h.usable) continue;
    order.push_back(static_cast<int>(i));
    auto& [quick, pus] = racks[h.rack];
    if (quick && is_slow(h.speed)) continue;
    if (!quick && !is_slow(h.speed)) pus = 0;
    quick = quick || !is_slow(h.speed);
    pus += room_on(h.topology.grant);
  }
  if (order.empty()) return {};
  const int root_rack =
      std::max_element(racks.begin(), racks.end(), [](const auto& a, const auto& b) {
        return a.second < b.second;
      })->first;
  const auto key = [&](int i) {
    const Host& h = hosts[at(i)];
    const bool elsewhere = h.rack != root_rack;
    const bool slow = is_slow(h.speed);
    // Of slow hosts the speed is more than the way.
    return std::tuple(slow, slow ? -speed_class(h.speed) : 0, elsewhere, -speed_class(h.speed),
                      elsewhere ? h.rack : 0, -h.topology.grant.cpus);
  };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return key(a) < key(b); });
  Placement placement;
  for (const int i : order) {
    const Host& h = hosts[at(i)];
    const Grant& grant = h.topology.grant;
    const double cpus = grant.cpus > 0 ? grant.cpus : std::max(1, grant.pus);
    placement.nodes.push_back({h.name, room_on(grant), h.speed, h.rack, cpus});
  }
  return placement;
}

Spread room_of(const Placement& placement) {
  Spread room;
  std::size_t first = 0;
  for (std::size_t i = 0; i < placement.nodes.size(); ++i) {
    const PlacedNode& node = placement.nodes[i];
    const Distance from_root = distance_of(placement, i);
    if (!room.empty() && node.ranks == placement.nodes[first].ranks &&
        kind_key(node, from_root) == kind_key(placement.nodes[first], room.back().from_root)) {
      NodeKind& kind = room.back();
      ++kind.nodes;
      kind.speed += (node.speed - kind.speed) / kind.nodes;
      continue;
    }
    first = i;
    room.push_back({1, node.ranks, node.cpus, node.speed, from_root});
  }
  return room;
}

int node_count(const Spread& spread) {
  return std::accumulate(spread.begin(), spread.end(), 0,
                         [](int sum, const NodeKind& k) { return sum + k.nodes; });
}

int rank_count(const Spread& spread) {
  std::int64_t ranks = 0;
  for (const NodeKind& k : spread) ranks += std::int64_t{k.nodes} * k.ranks;
  constexpr std::int64_t most = 1 << 30;
  return static_cast<int>(std::min(ranks, most));
}

std::vector<int> node_counts(const Spread& room) {
  std::vector<int> counts;
  int nodes = 0;
  for (std::size_t i = 0; i < room.size(); ++i) {
    nodes += room[i].nodes;
    const bool last = i + 1 == room.size();
    const auto tier = [](const NodeKind& k) {
      return std::tuple(is_slow(k.speed), is_slow(k.speed) ? speed_class(k.speed) : 0,
                        k.from_root == Distance::other_rack);
    };
    if (last || tier(room[i]) != tier(room[i + 1])) counts.push_back(nodes);
  }
  return counts;
}

Spread fill(const Spread& room, int nodes, int ranks) {
  const Fill even = fill_of(room, nodes, ranks);
  Spread spread;
  int left = ranks;
  for (const NodeKind& k : room) {
    const int each = even.ranks(k.ranks);
    const int full = std::min({k.nodes, nodes, left / std::max(1, each)});
    NodeKind kind = k;
    kind.ranks = each;
    kind.nodes = full;
    if (full > 0) spread.push_back(kind);
    nodes -= full;
    left -= full * each;
    if (full < k.nodes && nodes > 0 && left > 0) {  // The last one.
      kind.nodes = 1;
      kind.ranks = left;
      spread.push_back(kind);
      return spread;
    }
  }
  return spread;
}

std::vector<PlacedNode> fill(const Placement& placement, int nodes, int ranks) {
  const Fill even = fill_of(room_of(placement), nodes, ranks);
  std::vector<PlacedNode> filled;
  int left = ranks;
  for (const PlacedNode& node : placement.nodes) {
    if (left == 0) break;
    filled.push_back(node);
    filled.back().ranks = std::min(left, even.ranks(node.ranks));
    left -= filled.back().ranks;
  }
  return filled;
}

Spreads spreads_of(const Placement& placement, std::vector<int> counts) {
  // Kinds of nodes by number, whatever ranks they have.
  using Key = decltype(kind_key(PlacedNode{}, Distance::root_node));
  std::map<Key, int> numbers;
  std::vector<int> kind_of_node;
  std::vector<NodeKind> kinds;
  for (std::size_t i = 0; i < placement.nodes.size(); ++i) {
    const PlacedNode& node = placement.nodes[i];
    const Distance from_root = distance_of(placement, i);
    const auto [known, fresh] =
        numbers.try_emplace(kind_key(node, from_root), static_cast<int>(kinds.size()));
    if (fresh) kinds.push_back({0, 0, node.cpus, 0, from_root});
    kind_of_node.push_back(known->second);
    NodeKind& kind = kinds[at(known->second)];
    kind.speed += (node.speed - kind.speed) / ++kind.nodes;
  }
  std::sort(counts.begin(), counts.end());
  Spreads spreads;
  std::vector<int> ranks_on(placement.nodes.size());
  std::map<std::pair<int, int>, int> nodes_with;  // By kind and ranks on each.
  std::size_t rank = 0;
  for (const int count : counts) {
    for (; rank < std::min(at(count), placement.node_of_rank.size()); ++rank) {
      const auto node = at(placement.node_of_rank[rank]);
      const int kind = kind_of_node[node];
      int& here = ranks_on[node];
      if (here > 0) {
        const auto was = nodes_with.find({kind, here});
        if (--was->second == 0) nodes_with.erase(was);
      }
      ++nodes_with[{kind, ++here}];
    }
    Spread spread;
    for (const auto& [key, nodes] : nodes_with) {
      spread.push_back(kinds[at(key.first)]);
      spread.back().nodes = nodes;
      spread.back().ranks = key.second;
    }
    spreads[count] = std::move(spread);
  }
  return spreads;
}

std::vector<PlacedNode> first_ranks(const Placement& placement, int ranks) {
  std::vector<PlacedNode> nodes = placement.nodes;
  for (PlacedNode& node : nodes) node.ranks = 0;
  for (std::size_t r = 0; r < std::min(at(ranks), placement.node_of_rank.size()); ++r) {
    ++nodes[at(placement.node_of_rank[r])].ranks;
  }
  nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                             [](const PlacedNode& node) { return node.ranks == 0; }),
              nodes.end());
  return nodes;
}

}  // namespace mpisize
