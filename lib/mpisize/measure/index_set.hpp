/// Which items are done.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>

namespace mpisize {

/// Indices as ranges that neither touch nor overlap: small while the holes are few.
class IndexSet {
 public:
  /// Adds `count` >= 1 indices from `first`; false, and nothing changed, if one is there already.
  bool insert(std::int64_t first, std::int64_t count);

  [[nodiscard]] bool contains(std::int64_t index) const;
  [[nodiscard]] std::size_t ranges() const { return ends_.size(); }

 private:
  std::map<std::int64_t, std::int64_t> ends_;  ///< One past the last index, by the first.
};

}  // namespace mpisize
