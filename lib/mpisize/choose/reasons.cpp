#include "mpisize/choose/reasons.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

std::string schedule_reason(const ScatterPattern& p, const Deliberation& d) {
  std::string text;
  switch (p.schedule) {
    case Schedule::static_block:
      text =
          "One block per rank: items cost about the same, so nothing is gained by handing out more "
          "often";
      break;
    case Schedule::dynamic:
    case Schedule::fixed_size:
      text = fmt::format("Chunks of {} item{} on demand, {} queued at each worker",
                         human_count(p.chunk), p.chunk == 1 ? "" : "s", p.queued);
      break;
    case Schedule::guided:
      text = fmt::format("Shrinking chunks (guided, at least {} item{}), {} queued at each worker",
                         human_count(p.chunk), p.chunk == 1 ? "" : "s", p.queued);
      break;
    case Schedule::factoring:
      text = fmt::format(
          "Batches of shrinking chunks (factoring, at least {} item{}), {} queued at each worker",
          human_count(p.chunk), p.chunk == 1 ? "" : "s", p.queued);
      break;
  }
  return fmt::format(
      "{}: item time {} with a coefficient of variation of {:.2f}, and a chunk costs the root {}.",
      text, human(Seconds(d.work_mean)), d.work_cv, human(Seconds(d.costs.root_per_chunk)));
}

void explain_parallel(const Request& r, const Deliberation& d, const Choice& choice,
                      std::vector<std::string>& reasons) {
  const Plan& plan = choice.plan;
  const Prediction& p = choice.predicted;
  reasons.push_back(fmt::format(
      "{} ranks take {}; rank 0 alone takes {}: the speed-up is {:.2f}, at least {:.2f}{}.",
      plan.layout.ranks(), human(p.total), human(p.serial.value), p.speedup, d.best_speedup_low,
      d.overridden ? (r.forced.ranks ? " (the number of ranks was forced)"
                                     : " (one rank is not among those accepted)")
                   : fmt::format(" for what is left, and --min-speedup asks for {:.2f}",
                                 r.limits.min_speedup)));
  reasons.push_back(schedule_reason(plan.pattern, d));
  if (const auto& sub = plan.pattern.sub_roots) {
    reasons.push_back(fmt::format(
        "Sub-roots dispatch, each for up to {} ranks of its node{}: alone the root would saturate "
        "at {:.0f} workers.",
        sub->group,
        sub->racks ? fmt::format(", behind others that dispatch for up to {} of them each",
                                 sub->racks->groups)
                   : "",
        std::min(d.saturation, 1e9)));
  } else if (plan.pattern.root_computes) {
    reasons.push_back(
        fmt::format("The root computes too: one worker fewer would leave it idle, and it would "
                    "saturate at {:.0f} workers.",
                    std::min(d.saturation, 1e9)));
  } else {
    reasons.emplace_back(
        "The root only dispatches: inside an item it could not serve the workers in time.");
  }
  constexpr double most = 0.5;
  if (plan.pattern.sub_roots && d.through_root > most * d.best_parallel) {
    reasons.push_back(fmt::format(
        "All items and results pass through the one root, which takes {} of it: sub-roots, however "
        "many levels of them, save messages and no bytes.",
        human(Seconds(d.through_root))));
  }
  if (plan.pattern.largest_first) {
    reasons.push_back(
        fmt::format("The largest items go first: size predicts time (rank correlation {:.2f}).",
                    r.kernel.size_correlation.value_or(0)));
  }
}

void explain_serial(const Request& r, const Deliberation& d, const Choice& choice,
                    std::vector<std::string>& reasons) {
  if (d.best_ranks == 0) {
    reasons.push_back(fmt::format("Rank 0 works alone: no other number of ranks was allowed ({}).",
                                  choice.plan.binding_limit.value_or("one rank")));
    return;
  }
  reasons.push_back(
      fmt::format("Rank 0 alone takes {} for what is left, the best parallel plan ({} ranks) {}: a "
                  "speed-up of {:.2f}, "
                  "surely {:.2f}, and --min-speedup asks for {:.2f}.",
                  human(Seconds(d.serial)), d.best_ranks, human(Seconds(d.best_parallel)),
                  d.best_parallel > 0 ? d.serial / d.best_parallel : 0, d.best_speedup_low,
                  r.limits.min_speedup));
  if (r.parallel_setup > Seconds(0)) {
    reasons.push_back(
        fmt::format("That includes {} (assumed) to find out what dispatching costs here.",
                    human(r.parallel_setup)));
  }
}

void explain_infeasible(const Request& r, const Choice& choice, std::vector<std::string>& reasons) {
  const std::string limit = choice.plan.binding_limit.value_or("ranks");
  if (limit == "deadline") {
    reasons.push_back(
        fmt::format("Even the fastest plan takes up to {}, and the deadline is {}; allow more time "
                    "or more ranks.",
                    human(choice.predicted.total.high), human(*r.limits.deadline)));
  } else if (limit == "max_memory") {
    reasons.push_back(
        fmt::format("A rank needs {}, the root {}, and max_memory is {}; allow more, or make items "
                    "or results smaller.",
                    human(r.kernel.rank_memory.value_or(Bytes(0))),
                    human(r.kernel.root_memory.value_or(Bytes(0))), human(*r.limits.max_memory)));
  } else {
    reasons.push_back(fmt::format(
        "No allowed number of ranks is within {}; ask for fewer, or allow more.", limit));
  }
}

void explain_changes(const Request& r, const Deliberation& d, Plan& plan) {
  if (plan.verdict == Verdict::serial && d.best_parallel > 0 && d.work_mean > 0) {
    plan.would_change.push_back(
        fmt::format("Items that take several times longer, or min_speedup below {:.2f}, would make "
                    "{} ranks pay.",
                    d.best_speedup_low, d.best_ranks));
  }
  if (plan.verdict == Verdict::parallel && plan.layout.ranks() - 1 > d.saturation) {
    plan.would_change.emplace_back(
        "Longer items or larger chunks would relieve the root, which is saturated.");
  }
  if (plan.binding_limit && plan.verdict == Verdict::parallel) {
    plan.would_change.push_back(
        fmt::format("More ranks may pay if {} allowed them.", *plan.binding_limit));
  }
  const DispatchCost& cost = r.machine.dispatch;
  if (cost.root_per_chunk.source == Source::assumed) {
    plan.would_change.emplace_back(
        "The cost of a chunk is assumed, not measured: mpisize probe measures it.");
  }
}

}  // namespace

void explain(const Request& r, const Deliberation& d, Choice& choice) {
  std::vector<std::string>& reasons = choice.plan.reasons;
  switch (choice.plan.verdict) {
    case Verdict::parallel:
      explain_parallel(r, d, choice, reasons);
      break;
    case Verdict::serial:
      explain_serial(r, d, choice, reasons);
      break;
    case Verdict::infeasible:
      explain_infeasible(r, choice, reasons);
      break;
  }
  reasons.insert(reasons.end(), d.hosts.begin(), d.hosts.end());
  reasons.insert(reasons.end(), d.flow.begin(), d.flow.end());
  if (choice.predicted.rare_items_possible && !choice.plan.pattern.largest_first) {
    reasons.push_back(fmt::format("Of {} items {} were seen: rare long items cannot be excluded.",
                                  human_count(r.items), human_count(d.seen)));
  }
  explain_changes(r, d, choice.plan);
}

}  // namespace mpisize
