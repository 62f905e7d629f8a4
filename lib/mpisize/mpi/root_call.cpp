#include "mpisize/mpi/root_call.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/ending.hpp"
#include "mpisize/mpi/environment.hpp"
#include "mpisize/mpi/error.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {

RootCall::RootCall(Communicator& comm, Task& task, Options options, Seconds entered)
    : comm_(&comm),
      task_(&task),
      options_(std::move(options)),
      entered_(entered),
      dispatcher_(comm, task),
      has_computed_(static_cast<std::size_t>(comm.size())) {
  measured_.ranks.resize(static_cast<std::size_t>(comm.size()));
}

RootCall::~RootCall() {
  if (comm_->paused == this) comm_->paused = nullptr;
}

/// Takes in the results of another call that was prepared and not yet run: they must not be taken
/// for ours.
void RootCall::settle_paused() {
  RootCall* const other = std::exchange(comm_->paused, nullptr);
  if (other == nullptr || other == this) return;
  const auto on_returned = [other](Returned& r) { other->sampled(r); };
  PoliteWait wait(comm_->oversubscribed());
  while (other->dispatcher_.chunks_in_flight() > 0) {
    if (!other->dispatcher_.poll(on_returned)) wait.pause();
  }
}

/// Looks at the items; whatever fails here ends the call on every rank.
void RootCall::open() {
  task_->begin();
  const std::int64_t items = task_->items();
  order_ = WorkOrder(items, task_->item_sizes());
  picks_ = StratifiedPicks(items, options_.seed, order_.size_sums());
  bounds_ = sample_bounds(items, options_.sample_budget);
  stop_rule_ = StopRule(bounds_, items);
  kernel_.name = options_.name;
  kernel_.items = items;
  kernel_.size_sums = order_.size_sums();
  if (const auto age = process_age()) kernel_.before_call = *age - elapsed();
}

void RootCall::prepare() {
  guarded([this] {
    settle_paused();
    check_options();
    open();
    workers_ = options_.ranks.value_or(comm_->size()) - 1;
    const auto wanted = profile_request();
    const bool profile_this = wanted && (wanted->name.empty() || wanted->name == options_.name);
    if (!profile_this && plan_from_outside()) return;
    const auto known = comm_->profiles.find(options_.name);
    if (!profile_this && !options_.name.empty() && known != comm_->profiles.end()) {
      kernel_ = known->second;
      machine_ = *comm_->machine;
    } else if (order_.items() > 0) {
      sample();
    }
    if (profile_this) write_profile();
    plan();
    const bool worth_keeping = !options_.name.empty() && comm_->machine && !kernel_.samples.empty();
    if (worth_keeping) comm_->profiles[options_.name] = kernel_;
  });
}

void RootCall::run(Task& task) {
  task_ = &task;
  dispatcher_.rebind(task);
  guarded([this] {
    settle_paused();
    if (choice_.plan.verdict == Verdict::infeasible) {
      const auto& reasons = choice_.plan.reasons;
      throw InfeasibleError(reasons.empty() ? "no plan meets the limits" : reasons.front());
    }
    WorkSupply supply(order_, picks_.taken());
    execute(workshop(), supply, choice_.plan.pattern, choice_.plan.layout.ranks());
  });
}

Report RootCall::finish() {
  measured_.total = elapsed();
  Report report{choice_.plan, choice_.predicted, measured_};
  std::string text;
  guarded([&] {
    text = to_json(report);
    if (report_to_) write_file(*report_to_, text);
  });
  // A profile that misled is not used again.
  constexpr double misled = 0.25;
  const double predicted = report.predicted.total.value.value();
  if (predicted > 0 && std::abs(report.measured.total.value() / predicted - 1) > misled) {
    comm_->profiles.erase(options_.name);
  }
  dispatcher_.stop(StopReason::done, text);
  return report;
}

void RootCall::pause() {
  std::string text;
  guarded([&] { text = to_json(PlanFile{choice_, options_.name, std::nullopt}); });
  if (dispatcher_.chunks_in_flight() > 0) comm_->paused = this;
  dispatcher_.stop(StopReason::prepared, text);
}

void RootCall::guarded(const std::function<void()>& body) {
  try {
    body();
  } catch (const MpiError&) {
    throw;  // The ranks cannot be reached any more.
  } catch (const InfeasibleError& error) {
    end_with(StopReason::infeasible, error.what(), std::current_exception());
  } catch (const std::invalid_argument& error) {
    end_with(StopReason::invalid, error.what(), std::current_exception());
  } catch (const std::exception& error) {
    end_with(StopReason::broken, error.what(), std::current_exception());
  } catch (...) {
    end_with(StopReason::broken, what_of_current(), std::current_exception());
  }
  if (const auto& failure = dispatcher_.failure()) {
    dispatcher_.cancel();
    end_with(StopReason::kernel_failed, failure_text(*failure), nullptr);
  }
}

void RootCall::end_with(StopReason reason, const std::string& text,
                        const std::exception_ptr& error) {
  if (dispatcher_.chunks_in_flight() > 0) dispatcher_.cancel();
  dispatcher_.stop(reason, text);
  if (error) std::rethrow_exception(error);
  throw_kernel_error(text, dispatcher_.failure()->thrown);
}

void RootCall::check_options() const {
  const Options& o = options_;
  const auto refuse = [](const std::string& sentence) { throw std::invalid_argument(sentence); };
  if (o.ranks && (*o.ranks < 1 || *o.ranks > comm_->size())) {
    refuse("ranks is " + std::to_string(*o.ranks) + ", but the communicator has " +
           std::to_string(comm_->size()) + "; give 1 to " + std::to_string(comm_->size()));
  }
  if (!(o.sample_budget.value() >= 0) || std::isinf(o.sample_budget.value())) {
    refuse("sample_budget is " + std::to_string(o.sample_budget.value()) +
           " s; give a finite time of 0 or more");
  }
  if (o.root_computes && !*o.root_computes && o.ranks == 1) {
    refuse("root_computes is false but ranks is 1; someone must compute");
  }
  Request r;  // The planner knows its own bounds.
  r.limits = request().limits;
  r.forced = request().forced;
  (void)choose(r);
}

/// MPISIZE=off and MPISIZE_PLAN; true if one of them decided.
bool RootCall::plan_from_outside() {
  if (switched_off()) {
    Plan& plan = choice_.plan;
    plan.layout.rank_count = workers_ + 1;
    plan.layout.nodes = std::min(comm_->nodes(), plan.layout.rank_count);
    plan.verdict = workers_ > 0 ? Verdict::parallel : Verdict::serial;
    plan.pattern.schedule = Schedule::static_block;
    plan.pattern.queued = 1;
    plan.reasons = {"MPISIZE=off: static blocks over all ranks, nothing is measured."};
    return true;
  }
  const auto file = plan_request();
  if (!file || (!file->name.empty() && file->name != options_.name)) return false;
  const int ranks = file->choice.plan.layout.ranks();
  if (ranks > comm_->size()) {
    throw std::invalid_argument("the plan of MPISIZE_PLAN is for " + std::to_string(ranks) +
                                " ranks, but the communicator has " +
                                std::to_string(comm_->size()) + "; start as many or plan again");
  }
  choice_ = file->choice;
  report_to_ = file->report_to;
  return true;
}

Request RootCall::request() const {
  Request r;
  r.machine = machine_;
  r.kernel = kernel_;
  r.items = order_.items();
  r.done = done_;
  r.spent = elapsed();
  r.parallel_setup = parallel_setup_;
  r.ranks_are_warm = done_ > 0;
  r.seed = options_.seed;
  r.rank_counts = rank_grid(comm_->size());
  r.limits.min_speedup = options_.min_speedup;
  r.limits.max_memory = options_.max_memory;
  r.limits.deadline = options_.deadline;
  r.forced = {options_.ranks, options_.schedule, options_.chunk, options_.queued,
              options_.root_computes};
  return r;
}

void RootCall::plan() {
  if (dispatcher_.failure()) return;
  const Seconds begin = now();
  if (!kernel_.samples.empty()) {
    summarise(kernel_, std::max(1, comm_->ranks_here()));
    if (const auto resident = resident_memory()) kernel_.root_memory = *resident;
  }
  Request r = request();
  // Planning takes at most about 1 % of the run: 150 ns an event.
  constexpr double event_seconds = 150e-9;
  const double run = parallel_run().value();
  r.replay_events =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(0.01 * run / event_seconds), 4000, 200000);
  choice_ = choose(r);
  const Seconds planning = now() - begin;
  for (Seconds* t : {&choice_.predicted.total.value, &choice_.predicted.total.low,
                     &choice_.predicted.total.high, &choice_.predicted.stages.spent}) {
    *t += planning;
  }
  measured_.sampling = elapsed();
}

void RootCall::write_profile() {
  if (dispatcher_.failure()) return;
  summarise(kernel_, std::max(1, comm_->ranks_here()));
  if (const auto resident = resident_memory()) kernel_.root_memory = *resident;
  write_file(profile_request()->file, to_json(kernel_));
  if (dispatcher_.chunks_in_flight() > 0) dispatcher_.cancel();
  dispatcher_.stop(StopReason::profiled, "");
  end_program();
}

void RootCall::did(std::int64_t items) {
  done_ += items;
  if (!options_.on_progress) return;
  constexpr Seconds least_gap{0.1};
  const Seconds at = now();
  if (done_ < order_.items() && at - last_progress_ < least_gap) return;
  last_progress_ = at;
  options_.on_progress({done_, order_.items(), at - entered_});
}

Seconds RootCall::elapsed() const { return now() - entered_; }

Workshop RootCall::workshop() {
  return {comm_, &dispatcher_, task_, &measured_.ranks, [this](std::int64_t n) { did(n); }};
}

void refuse_call(Communicator& comm, Task& task, const std::string& sentence) {
  Dispatcher(comm, task).stop(StopReason::invalid, sentence);
  throw std::invalid_argument(sentence);
}

Report serve_call(Communicator& comm, Task& task) {
  const Ending ending = serve(comm, task);
  throw_if_failed(ending);
  return report_from_json(ending.text, "the root's report");
}

Choice serve_preparation(Communicator& comm, Task& task) {
  const Ending ending = serve(comm, task);
  throw_if_failed(ending);
  return plan_from_json(ending.text, "the root's plan").choice;
}

}  // namespace mpisize
