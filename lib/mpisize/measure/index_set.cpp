#include "mpisize/measure/index_set.hpp"

#include <iterator>
#include <utility>

namespace mpisize {

bool IndexSet::insert(std::int64_t first, std::int64_t count) {
  const std::int64_t end = first + count;
  const auto after = ends_.upper_bound(first);
  if (after != ends_.end() && after->first < end) return false;
  const bool joins_after = after != ends_.end() && after->first == end;
  if (after != ends_.begin()) {
    const auto before = std::prev(after);
    if (before->second > first) return false;
    if (before->second == first) {
      before->second = joins_after ? after->second : end;
      if (joins_after) ends_.erase(after);
      return true;
    }
  }
  if (!joins_after) {
    ends_.emplace_hint(after, first, end);
    return true;
  }
  auto node = ends_.extract(after);
  node.key() = first;
  ends_.insert(std::move(node));
  return true;
}

bool IndexSet::contains(std::int64_t index) const {
  const auto after = ends_.upper_bound(index);
  return after != ends_.begin() && std::prev(after)->second > index;
}

}  // namespace mpisize
