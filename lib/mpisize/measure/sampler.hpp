/// Which items are sampled, and when there are enough.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mpisize/model/kernel_profile.hpp"

namespace mpisize {

/// Bounds of the sampling of one call.
struct SampleBounds {
  std::int64_t most_items = 32;  ///< The larger of a tenth of the items and 32.
  std::int64_t most_stretches = 4096;
  Seconds budget{10};
  double precision = 0.05;  ///< Half width of the 90 % interval of the total, relative.
};
[[nodiscard]] SampleBounds sample_bounds(std::int64_t items, Seconds budget);

/// How many consecutive items are timed together: 1 if an item takes half a millisecond, more
/// below, so that neither the clock nor a cold cache counts, and ranks get on with each other as
/// they will when they compute whole chunks.
class Stretch {
 public:
  [[nodiscard]] std::int64_t items() const { return items_; }
  /// The stretch took that long; it grows, up to `most`, until one is long enough.
  void took(Seconds time, std::int64_t most);

 private:
  std::int64_t items_ = 1;
  bool settled_ = false;
};

/// Why sampling may stop, one sentence; empty: it may not. Looks at the precision only when the
/// number of samples has grown by a quarter since it last looked.
class StopRule {
 public:
  /// `first_items`: only the first items of a source are seen, of one that tells its length or not.
  enum class Sees { all, first_items, first_items_of_unknown };
  StopRule(const SampleBounds& bounds, std::int64_t items, Sees sees = Sees::all)
      : bounds_(bounds), items_(items), sees_(sees) {}
  [[nodiscard]] std::optional<std::string> stop(const KernelProfile& kernel, std::int64_t picked,
                                                Seconds elapsed);

 private:
  SampleBounds bounds_;
  std::int64_t items_;
  Sees sees_;
  std::size_t next_look_ = 16;
};

/// What follows from the samples: one-time cost, slow-down with `together` ranks a node, CPU share,
/// mean sizes, correlation of size and time.
void summarise(KernelProfile& kernel, int together);

/// How long one rank may compute alone while the others wait: 1 % of the estimated run, at most 20
/// ms.
[[nodiscard]] Seconds solo_limit(Seconds estimated_run);

}  // namespace mpisize
