/// `mpisize map` behind "--": it starts its ranks itself.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "child_line.hpp"
#include "map_job.hpp"
#include "options.hpp"
#include "temporary.hpp"

namespace mpisize::tools {

/// What the words behind "mpisize map" say; empty if that is not the program. Throws UsageError as
/// the command does, and where it stands behind mpirun.
[[nodiscard]] std::optional<MapJob> read_map(const ChildLine& child);

/// What is wished for the plan, with the wishes of the map itself: ranks, chunk, limits. Throws
/// UsageError if both name the ranks.
[[nodiscard]] Planning with_wishes_of(const MapJob& map, Planning planning);

/// The MPI program that does the map, to be sampled: it neither journals nor touches the output.
class MapSample {
 public:
  /// Throws InputError if the program is not installed.
  explicit MapSample(const MapJob& map);
  [[nodiscard]] const ChildLine& child() const { return child_; }
  /// Its own words, if it said that it failed.
  [[nodiscard]] std::optional<std::string> complaint() const;

 private:
  TemporaryDirectory scratch_;
  ChildLine child_;
};

/// "out.h5" of "out.h5:/x".
[[nodiscard]] std::string file_of(const std::string& dataset);

/// The words that run the map on so many ranks.
[[nodiscard]] std::vector<std::string> map_line(const ChildLine& child, const MapJob& map,
                                                int ranks);

}  // namespace mpisize::tools
