#include "mpisize/choose/program_reasons.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

constexpr double per_cent = 100;

std::string of_repetition(const ProgramPrediction& p) {
  return p.per_repetition ? " a repetition" : "";
}

std::string amount(const ProgramRequest& r, const ProgramCandidate& c) {
  switch (r.goal) {
    case Goal::time:
      break;
    case Goal::energy:
      if (c.energy) return human(c.energy->value);
      return fmt::format("{:.3g} core-hours", c.core_hours);
    case Goal::cost:
      if (c.cost) return fmt::format("a cost of {:.3g}", *c.cost);
      return fmt::format("{:.3g} core-hours", c.core_hours);
    case Goal::core_hours:
      return fmt::format("{:.3g} core-hours", c.core_hours);
  }
  return human(c.predicted.total.value);
}

void explain_parallel(const ProgramRequest& r, const ProgramDeliberation& weighed,
                      ProgramChoice& choice) {
  const ProgramPrediction& p = choice.chosen.predicted;
  std::string text = describe(choice.chosen) + of_repetition(p);
  if (weighed.candidates.size() > 1) {
    text += fmt::format(", the least {} of {} configurations", name_of(r.goal),
                        weighed.candidates.size());
  }
  if (r.goal != Goal::time) text += fmt::format(" ({})", amount(r, choice.chosen));
  if (weighed.serial) {
    text += fmt::format("; one rank takes {}", human(weighed.serial->predicted.total.value));
  }
  choice.reasons.push_back(fmt::format("{}: a {}speed-up of {:.2f}, an efficiency of {:.0f} %.",
                                       text, r.model.scaling == Scaling::weak ? "scaled " : "",
                                       p.speedup, per_cent * p.efficiency));
}

void explain_serial(const ProgramRequest& r, const ProgramDeliberation& weighed,
                    ProgramChoice& choice) {
  const std::string mine = describe(choice.chosen) + of_repetition(choice.chosen.predicted);
  const ProgramCandidate* other = nullptr;
  for (const ProgramCandidate& c : weighed.candidates) {
    if (c.predicted.config.ranks < 2) continue;
    if (other == nullptr || objective(r, c) < objective(r, *other)) other = &c;
  }
  if (other == nullptr) {
    choice.reasons.push_back(mine + ", and no other number of ranks could be weighed.");
  } else if (weighed.gain_in_doubt) {
    choice.reasons.push_back(fmt::format("{}; {}: several ranks are not surely faster than one.",
                                         mine, describe(*other)));
  } else if (r.goal == Goal::time) {
    choice.reasons.push_back(
        fmt::format("{}; the best of several ranks, {}, is no faster.", mine, describe(*other)));
  } else {
    choice.reasons.push_back(fmt::format("{}, {}; the best of several ranks, {}, take {}.", mine,
                                         amount(r, choice.chosen),
                                         describe(other->predicted.config), amount(r, *other)));
  }
}

void explain_infeasible(const ProgramRequest& r, const ProgramDeliberation& weighed,
                        ProgramChoice& choice) {
  if (weighed.candidates.empty()) {
    choice.reasons.push_back(
        weighed.refused.empty()
            ? "No number of ranks that the program accepts is within the cores granted and "
              "max_ranks; ask for fewer threads, or allow more."
            : "No configuration could be predicted: " +
                  weighed.refused.front().predicted.refusal->reason + ".");
    return;
  }
  const ProgramPrediction& p = choice.chosen.predicted;
  const std::string limit = choice.binding_limit.value_or("limits");
  std::string nearest = describe(choice.chosen);
  if (limit == "memory of a node" && p.node_memory_high) {
    nearest += fmt::format(", with up to {} on a node", human(*p.node_memory_high));
  } else if (limit == "min_efficiency") {
    nearest += fmt::format(", at an efficiency of {:.0f} %", per_cent * p.efficiency);
  } else if (limit == "budget") {
    nearest += fmt::format(", for {:.3g} {}", choice.chosen.cost.value_or(choice.chosen.core_hours),
                           choice.chosen.cost ? "of money" : "core-hours");
  }
  choice.reasons.push_back(fmt::format(
      "No configuration meets all limits; the nearest breaks {}: {}; allow that, or loosen another "
      "limit.",
      limit, nearest));
  (void)r;
}

void explain_parts(const ProgramRequest& r, ProgramChoice& choice) {
  const ProgramPrediction& p = choice.chosen.predicted;
  const double total = p.total.value.value();
  if (total <= 0) return;
  const auto share = [total](Seconds part) { return per_cent * part.value() / total; };
  if (r.model.points.profiled) {
    choice.reasons.push_back(fmt::format(
        "Of that {:.0f} % is computing, {:.0f} % waiting for the slowest rank, {:.0f} % "
        "communication, {:.0f} % launch ({}).",
        share(p.computing), share(p.imbalance), share(p.communication), share(p.launch),
        p.rests_on));
  } else {
    choice.reasons.push_back(fmt::format(
        "Only wall times are known: the program could not be profiled ({}).", p.rests_on));
  }
  if (r.model.points.master_worker) {
    choice.reasons.emplace_back(
        "Rank 0 hands out work and the others compute: efficiency and speed-up compare with one "
        "worker, and waiting counts as communication.");
  }
  if (r.model.work_growth && r.model.scaling) {
    choice.reasons.push_back(
        fmt::format("{} scaling{}: the work in all grows with the {:.2f}th power of the ranks.",
                    *r.model.scaling == Scaling::strong ? "Strong" : "Weak",
                    r.model.options.scaling ? ", as given" : "", *r.model.work_growth));
  }
}

/// Stands first: from outside, more work is not to be told from the same work done once more.
void explain_growing_work(const ProgramRequest& r, ProgramChoice& choice) {
  if (r.model.scaling != Scaling::weak || choice.reasons.empty()) return;
  std::string& first = choice.reasons.front();
  if (r.model.options.scaling) {
    first = "Weak scaling, as given: the time for the same work decides. " + first;
  } else {
    first =
        "More ranks do not share the work, they do more of it: if that is a larger case, say that "
        "it scales weakly (--scaling weak), and the time for the same work decides; if it is the "
        "same work done again, the time alone does, as here. " +
        first;
  }
}

void explain_goal(const ProgramRequest& r, ProgramChoice& choice) {
  if (r.power) choice.reasons.push_back(describe(*r.power) + ".");
  if (r.goal == Goal::energy && !r.power) {
    choice.reasons.emplace_back("Energy was not measured: core-hours stand in for it.");
  }
  if (r.goal == Goal::cost && !r.rates.core_hour) {
    choice.reasons.emplace_back("There is no price: core-hours stand in for the cost.");
  }
}

void explain_changes(const ProgramRequest& r, const ProgramDeliberation& weighed,
                     ProgramChoice& choice) {
  if (choice.verdict != Verdict::infeasible && choice.binding_limit && weighed.unlimited) {
    choice.would_change.push_back(fmt::format("Without the limit on {}: {}.", *choice.binding_limit,
                                              describe(*weighed.unlimited)));
  }
  if (!weighed.refused.empty()) {
    const auto& p = weighed.refused.front().predicted;
    const std::size_t more = weighed.refused.size() - 1;
    choice.would_change.push_back(fmt::format("Not weighed: {}{}: {}.", describe(p.config),
                                              more == 0 ? "" : fmt::format(" and {} more", more),
                                              p.refusal->reason));
  }
  const auto most = std::max_element(weighed.candidates.begin(), weighed.candidates.end(),
                                     [](const ProgramCandidate& a, const ProgramCandidate& b) {
                                       return a.predicted.config.ranks < b.predicted.config.ranks;
                                     });
  if (r.goal == Goal::time && choice.verdict == Verdict::parallel && weighed.refused.empty() &&
      weighed.candidates.size() > 1 &&
      most->predicted.config.ranks == choice.chosen.predicted.config.ranks) {
    choice.would_change.emplace_back("More ranks may pay if there were cores for them.");
  }
}

}  // namespace

std::string describe(const ProgramCandidate& candidate) {
  return fmt::format("{}: {}", describe(candidate.predicted.config),
                     human(candidate.predicted.total));
}

void explain(const ProgramRequest& request, const ProgramDeliberation& weighed,
             ProgramChoice& choice) {
  switch (choice.verdict) {
    case Verdict::parallel:
      explain_parallel(request, weighed, choice);
      break;
    case Verdict::serial:
      explain_serial(request, weighed, choice);
      break;
    case Verdict::infeasible:
      explain_infeasible(request, weighed, choice);
      break;
  }
  explain_growing_work(request, choice);
  if (!weighed.candidates.empty()) explain_parts(request, choice);
  explain_goal(request, choice);
  explain_changes(request, weighed, choice);
}

}  // namespace mpisize
