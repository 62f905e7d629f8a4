#include "mpisize/choose/planner.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "mpisize/choose/candidates.hpp"
#include "mpisize/choose/finalists.hpp"
#include "mpisize/choose/flow_bounds.hpp"
#include "mpisize/choose/placing.hpp"
#include "mpisize/choose/reasons.hpp"
#include "mpisize/choose/uncertainty.hpp"
#include "mpisize/model/replay.hpp"

namespace mpisize {
namespace {

[[noreturn]] void refuse(const std::string& sentence) { throw std::invalid_argument(sentence); }

void require_finite(double value, const std::string& name) {
  if (!std::isfinite(value))
    refuse(name + " is " + std::to_string(value) + "; give a finite number");
}

void validate_measurements(const Request& r) {
  const DispatchCost& d = r.machine.dispatch;
  require_finite(r.spent.value(), "spent");
  require_finite(r.parallel_setup.value(), "parallel_setup");
  require_finite(r.machine.topology.grant.cpus, "the CPUs granted (cpus)");
  require_finite(d.root_per_chunk.value.value(), "root_per_chunk");
  require_finite(d.shared_message.value, "shared_message");
  require_finite(d.worker_per_chunk.value.value(), "worker_per_chunk");
  require_finite(d.round_trip.value.value(), "round_trip");
  require_finite(d.root_per_byte.value.value(), "root_per_byte");
  for (const double residual : r.machine.model_error.residuals)
    require_finite(residual, "a residual");
  const KernelProfile& k = r.kernel;
  require_finite(k.first_item.value.value(), "first_item");
  require_finite(k.root_packing.value.value(), "root_packing");
  require_finite(k.worker_packing.value.value(), "worker_packing");
  require_finite(k.worker_turn.value.value(), "worker_turn");
  for (const Waiting& w : k.waiting) require_finite(w.share, "waiting");
  require_finite(k.cpu_share, "cpu_share");
  require_finite(k.trend_error, "trend_error");
  for (const Slowdown& s : k.slowdown) require_finite(s.factor.value, "slowdown");
  for (const ItemSample& s : k.samples) {
    require_finite(s.time.value(), "the time of item " + std::to_string(s.index));
  }
}

void validate(const Request& r) {
  const Forced& f = r.forced;
  if (r.items < 0) refuse("items is " + std::to_string(r.items) + "; give 0 or more");
  if (r.done < 0 || r.done > r.items) {
    refuse("done is " + std::to_string(r.done) + "; give 0 to " + std::to_string(r.items) +
           ", the items");
  }
  if (!(r.limits.min_speedup > 0) || std::isinf(r.limits.min_speedup)) {
    refuse("min_speedup is " + std::to_string(r.limits.min_speedup) +
           "; give a finite number above 0, such as 1.2");
  }
  if (f.ranks && *f.ranks < 1) refuse("ranks is " + std::to_string(*f.ranks) + "; give 1 or more");
  if (f.chunk && *f.chunk < 1) refuse("chunk is " + std::to_string(*f.chunk) + "; give 1 or more");
  if (f.queued && (*f.queued < 1 || *f.queued > most_queued)) {
    refuse("queued is " + std::to_string(*f.queued) + "; give 1 to " + std::to_string(most_queued));
  }
  if (f.chunk && f.schedule == Schedule::static_block) {
    refuse("chunk is " + std::to_string(*f.chunk) +
           " but a static schedule has one block per rank; drop one of the two");
  }
  if (f.group && *f.group < 0) {
    refuse("group is " + std::to_string(*f.group) + "; give the ranks behind a sub-root, or 0");
  }
  if (f.group.value_or(0) > 0 && f.root_computes.value_or(false)) {
    refuse("group is " + std::to_string(*f.group) +
           " and root_computes is true, but a root with sub-roots only dispatches; drop one of the "
           "two");
  }
  if (f.rack && *f.rack < 0) {
    refuse("rack is " + std::to_string(*f.rack) + "; give the groups of a rack, or 0");
  }
  if (f.rack.value_or(0) > 0 && f.group == 0) {
    refuse("rack is " + std::to_string(*f.rack) +
           " but group is 0, and racks are of groups; drop one of the two");
  }
  if (f.rack.value_or(0) > 0 && f.root_computes.value_or(false)) {
    refuse("rack is " + std::to_string(*f.rack) +
           " and root_computes is true, but a root with sub-roots only dispatches; drop one of the "
           "two");
  }
  validate_flow(r);
  if (r.limits.max_ranks && *r.limits.max_ranks < 1) {
    refuse("max_ranks is " + std::to_string(*r.limits.max_ranks) + "; give 1 or more");
  }
  if (r.limits.max_memory && r.limits.max_memory->value() <= 0) {
    refuse("max_memory is " + std::to_string(r.limits.max_memory->value()) +
           " bytes; give more than 0");
  }
  if (r.limits.deadline && !(r.limits.deadline->value() > 0)) {
    refuse("deadline is " + std::to_string(r.limits.deadline->value()) + " s; give more than 0");
  }
  for (const int n : r.rank_counts) {
    if (n < 1) refuse("rank count " + std::to_string(n) + " is below 1");
  }
  validate_measurements(r);
}

struct RankChoice {
  std::vector<int> counts;
  std::optional<std::string> limit;  ///< What cut it.
};

/// The grid, and as many as fill the nodes up to each kind.
std::vector<int> ranks_to_weigh(const Spread& room) {
  const int most = std::max(1, rank_count(room));
  std::vector<int> counts = rank_grid(most);
  std::int64_t ranks = 0;
  for (const NodeKind& kind : room) {
    ranks += std::int64_t{kind.nodes} * kind.ranks;
    if (ranks < most) counts.push_back(static_cast<int>(ranks));
  }
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  return counts;
}

RankChoice possible_ranks(const Request& r, const Placement& placement) {
  RankChoice choice;
  const Topology& t = r.machine.topology;
  if (r.forced.ranks) {
    choice.counts = {*r.forced.ranks};
  } else if (!r.rank_counts.empty()) {
    choice.counts = r.rank_counts;
  } else {
    choice.counts = placement.nodes.empty()
                        ? rank_grid(std::max(1, t.nodes * std::max(1, t.grant.pus)))
                        : ranks_to_weigh(room_of(placement));
  }
  if (r.up_to) {
    choice.counts.erase(std::remove_if(choice.counts.begin(), choice.counts.end(),
                                       [&r](int n) { return n > *r.up_to; }),
                        choice.counts.end());
  }
  const auto cut = [&](int most, const std::string& why) {
    const auto above = [most](int n) { return n > most; };
    if (std::none_of(choice.counts.begin(), choice.counts.end(), above)) return;
    choice.counts.erase(std::remove_if(choice.counts.begin(), choice.counts.end(), above),
                        choice.counts.end());
    choice.limit = why;
  };
  if (r.limits.max_ranks)
    cut(*r.limits.max_ranks, "max_ranks " + std::to_string(*r.limits.max_ranks));
  if (const auto on_node = ranks_in_memory(r)) {
    const std::int64_t most = std::int64_t{*on_node} * std::max(1, t.nodes);
    cut(static_cast<int>(std::min<std::int64_t>(most, 1 << 30)), "memory of a node");
  }
  return choice;
}

Situation situation_of(const Request& r, std::int64_t items) {
  Situation s;
  s.work = workload_of(r.kernel, items);
  const Topology& t = r.machine.topology;
  s.cpus = t.grant.cpus > 0 ? t.grant.cpus : std::max(1, t.grant.pus);
  s.nodes = std::max(1, t.nodes);
  s.costs = stage_costs(r.machine, r.kernel);
  s.kernel = r.kernel;
  s.kernel.samples.clear();
  s.parallel_setup = r.parallel_setup.value();
  s.items_in_flight = r.in_flight;
  s.mould.kind = r.kind;
  s.start_up = r.ranks_are_warm ? 0 : r.kernel.first_item.value.value();
  return s;
}

int nodes_of(const Situation& s, int ranks) {
  const Spread* const spread = spread_of(s, ranks);
  return spread != nullptr ? node_count(*spread) : std::min(s.nodes, ranks);
}

Stages stages_of(const Request& r, const Situation& s, const Finalist& f) {
  const ClosedForm t = closed_form(s, f.candidate.ranks, f.candidate.pattern);
  Stages stages;
  stages.spent = r.spent;
  stages.start_up = Seconds(t.start);
  stages.compute = Seconds(t.compute);
  // The replay has the last word on the total; what the closed form has not is imbalance.
  const double rest = std::max(0.0, f.seconds - t.start - t.compute);
  stages.dispatch = Seconds(std::min(t.dispatch, rest));
  stages.imbalance = Seconds(rest) - stages.dispatch;
  return stages;
}

std::string limiting_stage(const Stages& stages) {
  if (stages.dispatch > stages.compute * 0.5) return "root";
  if (stages.imbalance > stages.compute * 0.5) return "imbalance";
  return "computing";
}

Prediction prediction_of(const Request& r, const Situation& s, const Finalist& f,
                         const Uncertainty& u, Verdict verdict) {
  Prediction p;
  const ScatterPattern& pattern = f.candidate.pattern;
  const int computing = f.candidate.ranks - (pattern.root_computes ? 0 : 1);
  p.total = interval_of(f.seconds, r.spent.value(), u,
                        unseen_tail(s.work, computing, pattern.largest_first));
  const Workload all = r.done == 0 ? s.work : workload_of(r.kernel, r.items);
  const double serial_all = all.total * paces_of(s, 1, true).root +
                            static_cast<double>(r.items) * s.costs.flow_per_item + s.start_up;
  p.serial = interval_of(serial_all, 0, u, 0);
  p.stages = stages_of(r, s, f);
  p.limited_by = limiting_stage(p.stages);
  p.speedup = p.total.value.value() > 0 ? serial_all / p.total.value.value() : 1;
  p.speedup_low = verdict == Verdict::parallel
                      ? std::min(p.speedup, speedup_low(serial_all, p.total.value.value(), u))
                      : std::min(1.0, p.speedup);
  p.efficiency = p.speedup / f.candidate.ranks;
  p.items = r.items;
  p.items_seen = r.done;
  p.rare_items_possible = s.work.seen < s.work.items;
  return p;
}

Choice nothing_to_do(const Request& r) {
  Choice choice;
  choice.plan.reasons = {r.items == 0 ? "There are no items to compute."
                                      : "All items were computed while they were sampled."};
  choice.plan.pattern.kind = r.kind;
  choice.plan.pattern.schedule = Schedule::static_block;
  if (r.kind == PatternKind::stream) {
    choice.plan.pattern.window = r.forced.window.value_or(1);
    choice.plan.pattern.ordered = r.forced.ordered.value_or(true);
  }
  if (r.kind == PatternKind::batch) choice.plan.pattern.batch = r.forced.batch.value_or(1);
  choice.predicted.total = {r.spent, r.spent, r.spent};
  choice.predicted.stages.spent = r.spent;
  choice.predicted.items = r.items;
  choice.predicted.items_seen = r.done;
  choice.predicted.limited_by = "nothing";
  return choice;
}

}  // namespace

Choice choose(const Request& r) {
  validate(r);
  if (r.items == 0) return nothing_to_do(r);
  const std::int64_t left = r.items - r.done;
  if (left == 0) return nothing_to_do(r);

  const Placement placement = placement_of(r);
  const RankChoice possible = possible_ranks(r, placement);
  Situation s = situation_of(r, left);
  spread_ranks(s, placement, possible.counts);
  pack_ranks(s, r, possible.counts);
  const FlowBounds bounds = bound_flow(r, s);
  const double serial = serial_time(s) + s.start_up;
  Finalist alone;
  alone.candidate = {1, {}, serial};
  alone.candidate.pattern = s.mould;
  alone.candidate.pattern.schedule = Schedule::static_block;
  alone.candidate.pattern.queued = 1;
  alone.candidate.pattern.chunk = left;
  alone.seconds = serial;

  const bool memory_too_small = r.kind == PatternKind::map && r.limits.max_memory &&
                                (r.kernel.root_memory.value_or(Bytes(0)) > *r.limits.max_memory ||
                                 r.kernel.rank_memory.value_or(Bytes(0)) > *r.limits.max_memory);
  const bool largest_first = !s.work.size_sums.empty();
  constexpr std::size_t finalists = 20;
  const auto candidates = search(s, possible.counts, r.forced, largest_first, finalists);
  const auto replayed =
      replay_finalists(s, candidates, possible.counts, r.forced, r.replay_events, r.seed);

  Deliberation d;
  d.serial = serial;
  // Neither forced nor a program that accepts certain numbers of ranks only is asked whether more
  // than one pays.
  d.overridden =
      std::find(possible.counts.begin(), possible.counts.end(), 1) == possible.counts.end();
  d.costs = s.costs;
  d.seen = s.work.seen;
  d.work_mean = s.work.mean;
  d.flow = bounds.reasons;
  d.work_cv = s.work.mean > 0 ? s.work.sd / s.work.mean : 0;
  d.saturation =
      replayed.empty() ? 0 : saturating_workers(s, rank_chunk(replayed.front().candidate.pattern));

  WeighedHosts weighed;
  Finalist better;
  const Finalist* chosen = &alone;
  Verdict verdict = Verdict::serial;
  if (!replayed.empty()) {
    // Of those as fast, and replayed as often, the fewest ranks win.
    const Finalist* best = &replayed.front();
    for (const Finalist& f : replayed) {
      if (f.replays.size() >= best->replays.size() &&
          f.seconds <= replayed.front().seconds * as_fast &&
          f.candidate.ranks < best->candidate.ranks) {
        best = &f;
      }
    }
    // Slow hosts make a plan of another kind, which the search may have passed by.
    weighed = weigh_hosts(r, s, placement, possible.counts, best->candidate.ranks);
    const Finalist* const found[] = {weighed.without ? &*weighed.without : nullptr,
                                     weighed.with ? &*weighed.with : nullptr};
    for (const Finalist* const other : found) {
      if (other != nullptr && other->seconds * as_fast < best->seconds) best = other;
    }
    if (best == found[0] || best == found[1]) {
      better = *best;
      best = &better;
      weighed = weigh_hosts(r, s, placement, possible.counts, best->candidate.ranks);
    }
    const Uncertainty u = uncertainty_of(s.work, r.machine.model_error, best->replays, r.kind);
    d.best_parallel = best->seconds;
    d.best_ranks = best->candidate.ranks;
    d.through_root = time_through_root(s, d.best_ranks);
    d.best_speedup_low = speedup_low(serial, best->seconds, u);
    if (d.overridden || d.best_speedup_low >= r.limits.min_speedup) {
      chosen = best;
      verdict = Verdict::parallel;
    }
  }

  Choice choice;
  Plan& plan = choice.plan;
  plan.verdict = verdict;
  plan.layout.rank_count = chosen->candidate.ranks;
  plan.layout.nodes = nodes_of(s, plan.layout.rank_count);
  plan.layout.threads_per_rank = std::max(1, r.kernel.threads_per_rank);
  plan.pattern = chosen->candidate.pattern;
  finish_flow(r, s, plan, d.flow);
  if (verdict == Verdict::parallel) plan.placement = placed(s, placement, plan.layout.ranks());
  plan.binding_limit = possible.limit;

  const Uncertainty u = uncertainty_of(s.work, r.machine.model_error, chosen->replays, r.kind);
  choice.predicted = prediction_of(r, s, *chosen, u, verdict);
  Prediction& p = choice.predicted;
  const double spent = r.spent.value();

  if (verdict == Verdict::parallel) {
    d.hosts = explain_hosts(r, s, placement, weighed, *chosen);
  }
  d.uncertainty = u;
  for (const Finalist& f : replayed) {
    const bool same = f.candidate.ranks == chosen->candidate.ranks &&
                      same_kind_of_plan(f.candidate.pattern, chosen->candidate.pattern);
    if (same) continue;
    Layout other = plan.layout;
    other.rank_count = f.candidate.ranks;
    other.nodes = nodes_of(s, other.rank_count);
    plan.runner_up = Alternative{other, f.candidate.pattern, interval_of(f.seconds, spent, u, 0)};
    break;
  }
  if (bounds.too_small) {
    plan.verdict = Verdict::infeasible;
    plan.binding_limit = "max_memory";
    plan.reasons = {*bounds.too_small};
    return choice;
  }
  if (memory_too_small) {
    plan.verdict = Verdict::infeasible;
    plan.binding_limit = "max_memory";
  } else if (possible.counts.empty()) {
    plan.verdict = Verdict::infeasible;
  } else if (r.limits.deadline && p.total.high > *r.limits.deadline) {
    plan.verdict = Verdict::infeasible;
    plan.binding_limit = "deadline";
  }
  explain(r, d, choice);
  return choice;
}

Prediction predict(const Request& r, int ranks, const ScatterPattern& pattern) {
  validate(r);
  const std::int64_t left = r.items - r.done;
  if (left <= 0) return nothing_to_do(r).predicted;
  Situation s = situation_of(r, left);
  spread_ranks(s, placement_of(r), {ranks});
  pack_ranks(s, r, {ranks});
  s.mould = pattern;
  constexpr std::uint64_t replays = 16;
  Finalist f;
  f.candidate = {ranks, pattern, 0};
  for (std::uint64_t i = 0; i < replays; ++i) {
    f.replays.push_back(
        replay(s, ranks, pattern, r.seed + i, r.replay_events / static_cast<std::int64_t>(replays))
            .total);
  }
  f.seconds = mean(f.replays);
  const Uncertainty u = uncertainty_of(s.work, r.machine.model_error, f.replays, r.kind);
  return prediction_of(r, s, f, u, ranks > 1 ? Verdict::parallel : Verdict::serial);
}

}  // namespace mpisize
