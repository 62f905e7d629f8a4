/// stream: results one by one, from a source that may never end, with little held at a time.
#pragma once

#include "mpisize/mpi/flow_call.hpp"

namespace mpisize {

/// Pulls items from `source`, computes them on as many ranks as pay, and calls
/// `sink(std::int64_t index, R&& result)` at the root for each: by index if ordered, else as they
/// arrive. Items pulled and not yet delivered never exceed the window; a slow sink holds back the
/// source. Collective over an intracommunicator, as map(); only the root's source and sink are
/// used, unless they are indexed (IndexedSource, IndexedSink): then they are read and written on
/// every rank, and only ranges of indices travel.
///
/// A source is an input range, a callable that returns std::optional<Item>, empty at its end, or
/// indexed. Options::window and Options::ordered force what is chosen otherwise.
///
/// Errors, on every rank alike: as of map(); KernelError also if source or sink throws.
template <class Source, class Kernel, class Sink>
Report stream(MPI_Comm comm, Source&& source, Kernel&& kernel, Sink&& sink,
              const Options& options = {}) {
  using S = std::remove_reference_t<Source>;
  using K = std::remove_reference_t<Kernel>;
  using T = std::remove_reference_t<Sink>;
  detail::require_flowable<S, K>();
  using R = detail::ResultOf<K, detail::ItemOfSource<S>>;
  static_assert(IndexedSink<T, R> || std::is_invocable_v<T&, std::int64_t, R&&>,
                "mpisize::stream: the sink must be callable with an index (std::int64_t) and a "
                "result (R&&), or have write(first, span)");
  return detail::run_flow<detail::Delivery::one_by_one>(comm, PatternKind::stream, source, kernel,
                                                        sink, options);
}

}  // namespace mpisize
