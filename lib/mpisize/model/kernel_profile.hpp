/// What one item of a kernel costs, from the items that were sampled.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/base/units.hpp"
#include "mpisize/model/scatter_pattern.hpp"

namespace mpisize {

/// One timed stretch of `count` consecutive items (1, unless items are too short for the clock).
struct ItemSample {
  std::int64_t index = 0;  ///< Of the first item.
  std::int64_t position =
      0;  ///< Of the first item in the order of work: its index, or by falling size.
  std::int64_t count = 1;
  Seconds time{};                 ///< Wall time of the stretch, waiting for a core not counted.
  std::optional<Seconds> cpu;     ///< CPU time of the process, threads of the kernel included.
  std::optional<Seconds> waited;  ///< Runnable, but no core free.
  /// Packing the items and unpacking the results; empty where the root computed itself.
  std::optional<Seconds> root_packing;
  /// Unpacking the items and packing the results.
  std::optional<Seconds> worker_packing;
  /// From the stretch before to this one, where it was queued: dispatching in company of the
  /// kernel.
  std::optional<Seconds> turn;
  Bytes in{};   ///< Packed items.
  Bytes out{};  ///< Packed results.
  int rank = 0;
  Seconds started{};   ///< Since the entry of the call.
  bool alone = false;  ///< No other rank was computing.
  bool first = false;  ///< First stretch of its rank: page faults, lazy binding, thread pools.
  friend bool operator==(const ItemSample&, const ItemSample&) = default;
};

/// Item time with `ranks_per_node` ranks computing over that with one, waiting for a core not
/// counted.
struct Slowdown {
  int ranks_per_node = 1;
  Estimate<double> factor = assumed(1.0, 1.0, 1.0);
  friend bool operator==(const Slowdown&, const Slowdown&) = default;
};

/// The `items` largest items have `bytes` packed bytes together.
struct SizeSum {
  std::int64_t items = 0;
  Bytes bytes{};
  friend bool operator==(const SizeSum&, const SizeSum&) = default;
};

/// Wait for a core over item time, with `ranks_per_node` ranks computing. Kernels that sleep or
/// wait are woken late even where CPU time is left.
struct Waiting {
  int ranks_per_node = 1;
  double share = 0;
  friend bool operator==(const Waiting&, const Waiting&) = default;
};

struct KernelProfile {
  std::string name;                     ///< Options::name of the call site.
  PatternKind kind = PatternKind::map;  ///< What the call was.
  std::int64_t items = 0;               ///< Items of the call.
  std::vector<ItemSample> samples;
  Estimate<Seconds> first_item =
      assumed(Seconds(0), Seconds(0), Seconds(0.01));  ///< One-time, per rank.
  std::vector<Slowdown> slowdown;
  std::vector<Waiting> waiting;  ///< Ascending in ranks.
  double cpu_share =
      1;  ///< CPU time of an item over its wall time; above 1 if the kernel starts threads.
  int threads_per_rank =
      1;  ///< Threads that the kernel keeps busy or has started, the caller included.
  std::optional<Bytes> rank_memory;  ///< Largest resident memory of a worker.
  std::optional<Bytes> root_memory;  ///< Resident memory of the root, items included.
  Bytes item_bytes{};                ///< Packed, mean.
  Bytes result_bytes{};              ///< Packed, mean.
  Estimate<Seconds> root_packing =
      assumed(Seconds(0), Seconds(0), Seconds(0));  ///< Pack and unpack at the root, per item.
  Estimate<Seconds> worker_packing =
      assumed(Seconds(0), Seconds(0), Seconds(0));  ///< Unpack and pack at a worker, per item.
  Estimate<Seconds> worker_turn =
      assumed(Seconds(0), Seconds(0), Seconds(0));  ///< Worker busy between two queued chunks.
  Estimate<Seconds> pull = assumed(Seconds(0), Seconds(0), Seconds(0));  ///< Source, per item.
  Estimate<Seconds> sink = assumed(Seconds(0), Seconds(0), Seconds(0));  ///< Sink, per item.
  Bytes item_memory{};                                                   ///< Of an item and
  Bytes result_memory{};    ///< of a result at the root, in batch and stream.
  double trend_error = 0;   ///< Relative standard error of the total from a trend that is followed
                            ///< beyond what was seen; 0: none is.
  bool items_known = true;  ///< False: the source does not tell its length, `items` is a guess.
  std::vector<SizeSum>
      size_sums;  ///< Ascending, the last of all items; empty: all items have one size.
  std::optional<double>
      size_correlation;  ///< Spearman, item size against item time; empty: all one size.
  std::optional<Seconds> before_call;  ///< From the start of the process to the entry of the call.
  std::string stopped_because;         ///< Why sampling ended, one sentence.
  friend bool operator==(const KernelProfile&, const KernelProfile&) = default;
};

}  // namespace mpisize
