/// map: every item through the kernel, all results at the root, in item order.
#pragma once

#include <mpi.h>

#include <iterator>
#include <memory>
#include <ranges>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "mpisize/choose/report.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/communicator.hpp"
#include "mpisize/mpi/error.hpp"
#include "mpisize/mpi/map_task.hpp"
#include "mpisize/mpi/options.hpp"
#include "mpisize/mpi/root_call.hpp"

namespace mpisize {

/// Results in item order at the root, empty elsewhere; the report is equal on all ranks.
template <class R>
struct [[nodiscard]] Outcome {
  std::vector<R> results;
  Report report;
};

/// A decided call: the plan, and at the root the results of the items that were sampled. Call map()
/// with it, or let it go, before MPI_Finalize.
template <class Item, class R>
class [[nodiscard]] Prepared {
 public:
  Plan plan;
  Prediction predicted;

  /// For map() and prepare_map() only.
  struct State {
    std::vector<detail::Stored<R>> results;
    std::unique_ptr<Task> task;  ///< Through which results come in between the two calls.
    std::unique_ptr<RootCall>
        call;  ///< Only at the root; goes first, it may still receive into results.
  };
  std::unique_ptr<State> state;
};

namespace detail {

template <class Items>
using ItemOf = std::remove_cv_t<std::ranges::range_value_t<Items>>;

/// One sentence for each way in which a call cannot work.
template <class Items, class Kernel>
constexpr void require_mappable() {
  static_assert(std::ranges::contiguous_range<const Items> && std::ranges::sized_range<const Items>,
                "mpisize::map: items must be a contiguous range; copy them into a std::vector "
                "(std::vector<bool> is none: use std::vector<char>)");
  using Item = ItemOf<Items>;
  static_assert(std::is_invocable_v<Kernel&, const Item&> ||
                    std::is_invocable_v<Kernel&, const Item&, std::int64_t>,
                "mpisize::map: the kernel must be callable with an item (const Item&), or with an "
                "item and its std::int64_t index");
  using R = ResultOf<Kernel, Item>;
  static_assert(!std::is_void_v<R>,
                "mpisize::map: the kernel must return a result; return a bool or a count if there "
                "is none");
  static_assert(packs_raw<Item> || packs_by_cereal<Item>,
                "mpisize::map: items of this type cannot be sent to another rank; make the type "
                "trivially copyable, or give it a cereal serialize function");
  static_assert(packs_raw<Item> || std::is_default_constructible_v<Item>,
                "mpisize::map: items that are not trivially copyable must be default "
                "constructible, so that a worker can unpack them");
  static_assert(packs_raw<R> || packs_by_cereal<R>,
                "mpisize::map: results of this type cannot be sent to another rank; make the type "
                "trivially copyable, or give it a cereal serialize function");
  static_assert(std::is_default_constructible_v<R> && std::is_move_assignable_v<R>,
                "mpisize::map: results must be movable and default constructible");
}

template <class R>
std::vector<R> released(std::vector<Stored<R>>&& results) {
  if constexpr (std::is_same_v<R, bool>) {
    return std::vector<bool>(results.begin(), results.end());
  } else {
    return std::move(results);
  }
}

}  // namespace detail

/// Decides only: samples, plans, keeps the sampled results. Collective; options and items count at
/// the root. Errors: as map().
template <class Items, class Kernel>
[[nodiscard]] auto prepare_map(MPI_Comm comm, const Items& items, Kernel&& kernel,
                               const Options& options = {}) {
  using Bare = std::remove_reference_t<Kernel>;
  detail::require_mappable<Items, Bare>();
  using Item = detail::ItemOf<Items>;
  using R = detail::ResultOf<Bare, Item>;
  const Seconds entered = now();
  Communicator& communicator = Communicator::of(comm);
  Prepared<Item, R> prepared;
  if (!communicator.is_root()) {
    std::vector<detail::Stored<R>> none;
    detail::MapTask<Item, R, Bare> task({}, none, kernel);
    Choice choice = serve_preparation(communicator, task);
    prepared.plan = std::move(choice.plan);
    prepared.predicted = std::move(choice.predicted);
    return prepared;
  }
  prepared.state = std::make_unique<typename Prepared<Item, R>::State>();
  prepared.state->task = std::make_unique<detail::MapTask<Item, R, Bare>>(
      std::span<const Item>(items), prepared.state->results, kernel);
  prepared.state->call =
      std::make_unique<RootCall>(communicator, *prepared.state->task, options, entered);
  prepared.state->call->prepare();
  prepared.state->call->pause();
  prepared.plan = prepared.state->call->choice().plan;
  prepared.predicted = prepared.state->call->choice().predicted;
  return prepared;
}

/// Runs what is left of a decided call, with the same items and kernel. Collective; the time
/// between the two calls counts in measured.total as in any call.
template <class Items, class Kernel, class Item, class R>
Outcome<R> map(MPI_Comm comm, const Items& items, Kernel&& kernel, Prepared<Item, R>&& prepared) {
  using Bare = std::remove_reference_t<Kernel>;
  detail::require_mappable<Items, Bare>();
  Communicator& communicator = Communicator::of(comm);
  if (!communicator.is_root()) {
    std::vector<detail::Stored<R>> none;
    detail::MapTask<Item, R, Bare> task({}, none, kernel);
    return {{}, serve_call(communicator, task)};
  }
  const auto state = std::move(prepared.state);
  std::vector<detail::Stored<R>> none;
  detail::MapTask<Item, R, Bare> task(std::span<const Item>(items), state ? state->results : none,
                                      kernel);
  if (!state || state->results.size() != std::ranges::size(items)) {
    refuse_call(
        communicator, task,
        "a prepared call can be run once, with the items it was prepared for; prepare another");
  }
  state->call->run(task);
  Report report = state->call->finish();
  return {detail::released<R>(std::move(state->results)), std::move(report)};
}

/// Sizes and runs: samples some items, chooses ranks, schedule, chunk and queue depth, or rank 0
/// alone, and computes the rest. Every item is computed once. Collective over an intracommunicator,
/// from the thread that initialised MPI; every rank passes the same kernel with its own captures.
/// Only the root's items and options count.
///
/// Errors, on every rank alike: std::invalid_argument for options that contradict each other,
/// before any item is computed; KernelError if the kernel throws; InfeasibleError if no plan meets
/// the limits; MpiError. The call can be repeated on the same communicator, except after MpiError.
template <class Items, class Kernel>
auto map(MPI_Comm comm, const Items& items, Kernel&& kernel, const Options& options = {})
    -> Outcome<detail::ResultOf<std::remove_reference_t<Kernel>, detail::ItemOf<Items>>> {
  using Bare = std::remove_reference_t<Kernel>;
  detail::require_mappable<Items, Bare>();
  using Item = detail::ItemOf<Items>;
  using R = detail::ResultOf<Bare, Item>;
  const Seconds entered = now();
  Communicator& communicator = Communicator::of(comm);
  if (!communicator.is_root()) {
    std::vector<detail::Stored<R>> none;
    detail::MapTask<Item, R, Bare> task({}, none, kernel);
    return {{}, serve_call(communicator, task)};
  }
  std::vector<detail::Stored<R>> results;
  detail::MapTask<Item, R, Bare> task(std::span<const Item>(items), results, kernel);
  RootCall call(communicator, task, options, entered);
  call.prepare();
  call.run(task);
  Report report = call.finish();
  return {detail::released<R>(std::move(results)), std::move(report)};
}

}  // namespace mpisize
