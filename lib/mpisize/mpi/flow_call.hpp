/// What batch and stream have in common.
#pragma once

#include <mpi.h>

#include <type_traits>
#include <utility>

#include "mpisize/choose/report.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/communicator.hpp"
#include "mpisize/mpi/error.hpp"
#include "mpisize/mpi/flow_task.hpp"
#include "mpisize/mpi/options.hpp"
#include "mpisize/mpi/root_call.hpp"

namespace mpisize::detail {

/// One sentence for each way in which a call cannot work.
template <class Source, class Kernel>
constexpr void require_flowable() {
  static_assert(!std::is_void_v<ItemOfSource<Source>>,
                "mpisize: a source must be an input range, a callable that returns a "
                "std::optional of an item, or have value_type, size() and read(first, span)");
  using Item = ItemOfSource<Source>;
  static_assert(std::is_invocable_v<Kernel&, const Item&> ||
                    std::is_invocable_v<Kernel&, const Item&, std::int64_t>,
                "mpisize: the kernel must be callable with an item (const Item&), or with an item "
                "and its std::int64_t index");
  using R = ResultOf<Kernel, Item>;
  static_assert(!std::is_void_v<R>,
                "mpisize: the kernel must return a result; return a bool or a count if there is "
                "none");
  static_assert(packs_raw<Item> || packs_by_cereal<Item>,
                "mpisize: items of this type cannot be sent to another rank; make the type "
                "trivially copyable, or give it a cereal serialize function");
  static_assert(packs_raw<Item> || std::is_default_constructible_v<Item>,
                "mpisize: items that are not trivially copyable must be default constructible, so "
                "that a worker can unpack them");
  static_assert(packs_raw<R> || packs_by_cereal<R>,
                "mpisize: results of this type cannot be sent to another rank; make the type "
                "trivially copyable, or give it a cereal serialize function");
  static_assert(std::is_default_constructible_v<R> && std::is_move_assignable_v<R>,
                "mpisize: results must be movable and default constructible");
}

template <Delivery delivery, class Source, class Kernel, class Sink>
Report run_flow(MPI_Comm comm, PatternKind kind, Source& source, Kernel& kernel, Sink& sink,
                const Options& options) {
  const Seconds entered = now();
  Communicator& communicator = Communicator::of(comm);
  FlowTask<Source, Kernel, Sink, delivery> task(source, kernel, sink);
  if (!communicator.is_root()) return serve_call(communicator, task);
  RootCall call(communicator, task, kind, options, entered);
  call.prepare();
  call.run(task);
  return call.finish();
}

}  // namespace mpisize::detail
