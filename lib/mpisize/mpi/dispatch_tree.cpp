#include "mpisize/mpi/dispatch_tree.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

namespace mpisize {
namespace {

constexpr int root = 0;

std::size_t at(int rank) { return static_cast<std::size_t>(rank); }

/// Ranks of each host, in order, as many at a time as a group has.
std::vector<std::vector<int>> groups_of(const std::vector<std::uint64_t>& hosts, std::size_t most) {
  std::vector<std::vector<int>> groups;
  std::map<std::uint64_t, std::size_t> open;  // By host: the group that is being filled.
  for (std::size_t r = 1; r < hosts.size(); ++r) {
    const auto [its, fresh] = open.try_emplace(hosts[r], groups.size());
    if (!fresh && groups[its->second].size() == most) its->second = groups.size();
    if (its->second == groups.size()) groups.emplace_back();
    groups[its->second].push_back(static_cast<int>(r));
  }
  return groups;
}

}  // namespace

std::vector<int> DispatchTree::team_of(int rank) const {
  std::vector<int> team{rank};
  for (std::size_t r = at(rank) + 1; r < parent.size(); ++r) {
    if (parent[r] == rank) team.push_back(static_cast<int>(r));
  }
  return team;
}

int DispatchTree::depth_of(int rank) const {
  int depth = 0;
  for (; rank != root; rank = parent[at(rank)]) ++depth;
  return depth;
}

int DispatchTree::taking_part(int rank, int ranks) const {
  if (rank >= ranks) return 0;
  const auto its_own = parent.begin() + rank + 1;
  const auto end = parent.begin() + std::min<std::ptrdiff_t>(ranks, std::ssize(parent));
  return 1 + static_cast<int>(std::count(its_own, end, rank));
}

DispatchTree dispatch_tree(const std::vector<std::uint64_t>& hosts, int group, int rack) {
  DispatchTree tree{std::vector<int>(hosts.size(), root), std::vector<bool>(hosts.size())};
  tree.dispatches[root] = true;
  int above = root;
  int of_rack = 0;
  for (const std::vector<int>& ranks : groups_of(hosts, at(group))) {
    auto next = ranks.begin();
    if (rack > 0 && of_rack++ % rack == 0) {
      above = *next++;
      tree.dispatches[at(above)] = true;
    }
    if (next == ranks.end()) continue;
    const int sub_root = *next++;
    tree.dispatches[at(sub_root)] = true;
    tree.parent[at(sub_root)] = above;
    for (; next != ranks.end(); ++next) tree.parent[at(*next)] = sub_root;
  }
  return tree;
}

}  // namespace mpisize
