/// batch: results in large pieces, in order, within a bound of memory.
#pragma once

#include "mpisize/mpi/flow_call.hpp"

namespace mpisize {

/// Pulls items from `source` in batches, computes them on as many ranks as pay, and calls
/// `sink(std::int64_t first, std::span<R> results)` at the root for each batch, in order; the
/// results are let go when it returns. While one batch is computed the next one is pulled. The
/// sampled items come first, in batches of their own; items that failed for good
/// (Options::max_fails) split a batch. Collective, sources and indexed sinks: as stream().
///
/// Options::max_memory bounds what is held at a time; Options::batch forces the items of a batch.
///
/// Errors, on every rank alike: as of map(); KernelError also if source or sink throws.
template <class Source, class Kernel, class Sink>
Report batch(MPI_Comm comm, Source&& source, Kernel&& kernel, Sink&& sink,
             const Options& options = {}) {
  using S = std::remove_reference_t<Source>;
  using K = std::remove_reference_t<Kernel>;
  using T = std::remove_reference_t<Sink>;
  detail::require_flowable<S, K>();
  using R = detail::ResultOf<K, detail::ItemOfSource<S>>;
  static_assert(IndexedSink<T, R> || std::is_invocable_v<T&, std::int64_t, std::span<R>>,
                "mpisize::batch: the sink must be callable with an index (std::int64_t) and "
                "results (std::span<R>), or have write(first, span)");
  return detail::run_flow<detail::Delivery::by_run>(comm, PatternKind::batch, source, kernel, sink,
                                                    options);
}

}  // namespace mpisize
