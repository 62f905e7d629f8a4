#include "mpisize/mpi/root_call.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>

#include "mpisize/base/statistics.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/node_speed.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/dispatch_tree.hpp"
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

RootCall::RootCall(Communicator& comm, Flow& flow, PatternKind kind, Options options,
                   Seconds entered)
    : RootCall(comm, static_cast<Task&>(flow), std::move(options), entered) {
  flow_ = &flow;
  kind_ = kind;
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
  // Of a source without a known length as many are expected as matter for sampling.
  constexpr std::int64_t many = 100000;
  const std::int64_t items = flow_ != nullptr ? flow_->length().value_or(many) : task_->items();
  order_ = WorkOrder(items, task_->item_sizes());
  picks_ = StratifiedPicks(items, options_.seed, order_.size_sums());
  bounds_ = sample_bounds(items, options_.sample_budget);
  using Sees = StopRule::Sees;
  Sees sees = Sees::all;
  if (flow_ != nullptr) sees = flow_->length() ? Sees::first_items : Sees::first_items_of_unknown;
  stop_rule_ = StopRule(bounds_, items, sees);
  kernel_.name = options_.name;
  kernel_.kind = kind_;
  kernel_.items = items;
  kernel_.size_sums = order_.size_sums();
  if (const auto age = process_age()) kernel_.before_call = *age - elapsed();
  if (flow_ != nullptr) start_flow();
  if (!options_.journal.empty()) {
    open_journal();
    resume();
  }
}

void RootCall::prepare() {
  guarded([this] {
    settle_paused();
    check_options();
    send_terms();
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
    send_terms();
    if (choice_.plan.pattern.sub_roots && comm_->size() > 1) regroup();
    if (flow_ != nullptr) {
      run_flow();
    } else {
      run_map();
    }
    if (journal_) journal_->close();
  });
}

/// From here on sub-roots dispatch, each for its team; what was sampled comes back first.
void RootCall::regroup() {
  const SubRoots& sub = *choice_.plan.pattern.sub_roots;
  const int ranks = choice_.plan.layout.ranks();
  PoliteWait wait(comm_->oversubscribed());
  while (dispatcher_.chunks_in_flight() > 0 && !dispatcher_.failure()) {
    if (!dispatcher_.poll([this](Returned& r) { sampled(r); })) wait.pause();
  }
  if (dispatcher_.failure()) return;
  dispatcher_.regroup({ranks, sub});
  const int rack = sub.racks ? sub.racks->groups : 0;
  leaders_ = dispatch_tree(comm_->hosts(), sub.group, rack).taking_part(root_rank, ranks);
  behind_each_ = std::max(1, (ranks - 1) / std::max(1, *leaders_ - 1));
  dispatcher_.move_to(*comm_->teams(sub.group, rack).down);
}

/// The root counted.
int RootCall::dispatched_to() const { return leaders_.value_or(choice_.plan.layout.ranks()); }

std::optional<std::string> RootCall::run_supply(Supply& supply) {
  const ScatterPattern& pattern = choice_.plan.pattern;
  if (!leaders_) return execute(workshop(), supply, pattern, dispatched_to());
  std::vector<RankWork> by_leader(static_cast<std::size_t>(dispatcher_.comm().size()));
  Workshop shop = workshop();
  shop.use = &by_leader;
  auto stopped = execute(shop, supply, pattern, dispatched_to());
  measured_.ranks.front().items += by_leader.front().items;
  return stopped;
}

void RootCall::run_map() {
  if (dispatcher_.failure()) return;
  WorkSupply left(order_, picks_.taken());
  const ScatterPattern& pattern = choice_.plan.pattern;
  MapSupply supply(left, pattern, dispatched_to(), chunk_control(), options_.chunk.has_value());
  measured_.stopped = run_supply(supply);
  if (done_ + measured_.resumed == order_.items()) measured_.stopped.reset();
  note_adaptations(supply.control());
}

Report RootCall::finish() {
  if (leaders_) {
    for (const RankTally& tally : dispatcher_.tally()) {
      RankWork& use = measured_.ranks.at(static_cast<std::size_t>(tally.rank));
      use.items += tally.items;
      use.chunks += tally.chunks;
      use.busy += Seconds(tally.busy);
    }
  }
  measured_.total = elapsed();
  measured_.items = done_;
  measured_.lost = dispatcher_.lost();
  measured_.lost.insert(measured_.lost.end(), given_up_.begin(), given_up_.end());
  if (flow_ != nullptr) {
    measured_.flow = Flowed{flow_->pulled(), flow_->delivered(), flow_->most_held(),
                            flow_->pulling(), flow_->delivering()};
  }
  if (measured_.stopped) *measured_.stopped += "; resume with the same journal";
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
  terms_sent_ = false;
}

void RootCall::guarded(const std::function<void()>& body) {
  try {
    body();
  } catch (const ItemFailure& failing) {  // Of source or sink.
    dispatcher_.fail({failing.index, comm_->rank(), comm_->host(), what_of_nested(failing),
                      std::current_exception()});
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
  if (o.retries < 0) {
    refuse("retries is " + std::to_string(o.retries) + "; give 0 or more");
  }
  if (!(o.retry_wait.value() >= 0) || std::isinf(o.retry_wait.value())) {
    refuse("retry_wait is " + std::to_string(o.retry_wait.value()) +
           " s; give a finite time of 0 or more");
  }
  if (o.max_fails < 0) {
    refuse("max_fails is " + std::to_string(o.max_fails) + "; give 0 or more");
  }
  if (o.journal.empty() && (o.journal_sync || o.retry_failed)) {
    refuse("journal_sync and retry_failed need a journal; give one");
  }
  if (o.root_computes && !*o.root_computes && o.ranks == 1) {
    refuse("root_computes is false but ranks is 1; someone must compute");
  }
  Request r;  // The planner knows its own bounds.
  r.kind = kind_;
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
    if (flow_ != nullptr) {
      // The next best: chunks small enough that every rank has some of the window.
      constexpr std::int64_t window = 4096;
      plan.pattern.kind = kind_;
      plan.pattern.schedule = Schedule::dynamic;
      plan.pattern.queued = 2;
      plan.pattern.window = options_.window.value_or(window);
      plan.pattern.ordered = options_.ordered.value_or(true);
      plan.pattern.batch = options_.batch.value_or(window);
      plan.pattern.chunk = std::max<std::int64_t>(1, *plan.pattern.window / (8L * (workers_ + 1)));
      plan.reasons = {"MPISIZE=off: small chunks over all ranks, nothing is measured."};
    }
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
  r.kind = kind_;
  r.machine = machine_;
  r.kernel = kernel_;
  r.items = expected_items();
  r.done = done_ + (flow_ != nullptr ? flow_->kept() : measured_.resumed);
  r.in_flight = static_cast<int>(dispatcher_.items_in_flight());
  r.spent = elapsed();
  r.parallel_setup = parallel_setup_;
  r.ranks_are_warm = done_ > 0;
  r.seed = options_.seed;
  r.rank_counts = rank_grid(comm_->size());
  r.limits.min_speedup = options_.min_speedup;
  r.limits.max_memory = options_.max_memory;
  r.limits.deadline = options_.journal.empty() ? options_.deadline : std::nullopt;
  r.forced = {options_.ranks,         options_.schedule, options_.chunk,   options_.queued,
              options_.root_computes, options_.window,   options_.ordered, options_.batch,
              options_.group,         options_.rack};
  return r;
}

void RootCall::plan() {
  if (dispatcher_.failure()) return;
  const Seconds begin = now();
  if (!kernel_.samples.empty()) {
    summarise(kernel_, std::max(1, comm_->ranks_here()));
    if (const auto resident = resident_memory()) kernel_.root_memory = *resident;
  }
  slow_item_ = slowest_but_a_hundredth();
  Request r = request_where_ranks_are();
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

/// On several hosts the samples also tell which of them are slow; they are taken as of the median
/// host then.
Request RootCall::request_where_ranks_are() {
  Placement placement;
  const std::vector<ItemSample> sampled = kernel_.samples;
  if (comm_->nodes() > 1) {
    placement = comm_->placement(machine_);
    learn_speeds(placement, kernel_, expected_items());
    level(kernel_, placement);
    if (kernel_.samples != sampled) summarise(kernel_, std::max(1, comm_->ranks_here()));
  }
  Request r = request();
  if (flow_ != nullptr && !kernel_.samples.empty()) r.kernel = seen_of_flow();
  r.placement = std::move(placement);
  kernel_.samples = sampled;
  return r;
}

/// 99 % of the sampled items took less; of short ones as their stretch did.
std::optional<Seconds> RootCall::slowest_but_a_hundredth() const {
  if (kernel_.samples.empty()) return std::nullopt;
  std::vector<double> times;
  for (const ItemSample& s : kernel_.samples) {
    times.push_back(s.time.value() / static_cast<double>(s.count));
  }
  std::sort(times.begin(), times.end());
  constexpr double all_but_a_hundredth = 0.99;
  return Seconds(quantile(times, all_but_a_hundredth));
}

ChunkControl RootCall::chunk_control() const {
  const ScatterPattern& pattern = choice_.plan.pattern;
  return {pattern.chunk, mean_item() / behind_each_, dispatched_to(), pattern.root_computes};
}

void RootCall::note_adaptations(const ChunkControl& control) {
  measured_.adaptations = control.log();
  measured_.adapted = control.changes();
}

void RootCall::write_profile() {
  if (dispatcher_.failure()) return;
  summarise(kernel_, std::max(1, comm_->ranks_here()));
  if (const auto resident = resident_memory()) kernel_.root_memory = *resident;
  const bool flows = flow_ != nullptr && !kernel_.samples.empty();
  write_file(profile_request()->file, to_json(flows ? seen_of_flow() : kernel_));
  if (dispatcher_.chunks_in_flight() > 0) dispatcher_.cancel();
  dispatcher_.stop(StopReason::profiled, "");
  end_program();
}

void RootCall::did(std::int64_t items) {
  done_ += items;
  if (!options_.on_progress) return;
  constexpr Seconds least_gap{0.1};
  const Seconds at = now();
  std::optional<std::int64_t> total = order_.items();
  if (flow_ != nullptr) total = flow_->length();
  const std::int64_t done = done_ + measured_.resumed;
  if (done != total && at - last_progress_ < least_gap) return;
  last_progress_ = at;
  options_.on_progress({done, total, at - entered_});
}

/// Of a source without a known length at least as many as there were, until it has ended.
std::int64_t RootCall::expected_items() const {
  if (flow_ == nullptr) return order_.items();
  if (flow_->exhausted()) return flow_->pulled();
  return flow_->length().value_or(std::max(order_.items(), 2 * (flow_->pulled() + flow_->kept())));
}

Seconds RootCall::elapsed() const { return now() - entered_; }

Workshop RootCall::workshop() {
  return {&dispatcher_.comm(),
          &dispatcher_,
          task_,
          &measured_.ranks,
          [this](const Chunk& chunk) { settle(chunk); },
          [this] { return deliver(); },
          [this](std::int64_t before) { return reason_to_stop(before); }};
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
