#include "mpisize/choose/partition_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>

#include "mpisize/base/human.hpp"

namespace mpisize {
namespace {

constexpr double equal = 1.01;  ///< Candidates that differ by less count as equal.

/// What the goal counts, as if the job started now.
double objective(const WeighedOffer& w, Goal goal) {
  if (goal == Goal::time) return w.plan.total.value.value();
  return w.core_hours() * (goal == Goal::cost ? w.plan.cost.value_or(1) : 1);
}

double with_wait(const WeighedOffer& w, Goal goal) {
  const double alone = objective(w, goal);
  return goal == Goal::time && w.wait ? alone + w.wait->value() : alone;
}

bool could_start_now(const WeighedOffer& w) { return w.offer.idle_nodes >= w.plan.layout.nodes; }

/// Of those that count as equal: less is better.
auto rank_of(const WeighedOffer& w) {
  const Seconds end = w.wait.value_or(Seconds(0)) + w.plan.total.value;
  return std::tuple(end.value(), !could_start_now(w), w.core_hours(), !w.offer.is_default);
}
/// The same where ends are within 1 % anyway.
auto rank_by_cost(const WeighedOffer& w) {
  return std::tuple(!could_start_now(w), w.core_hours(), !w.offer.is_default);
}

std::optional<std::size_t> best_of(const std::vector<WeighedOffer>& all, Goal goal) {
  const bool asked =
      std::any_of(all.begin(), all.end(), [](const WeighedOffer& w) { return w.wait.has_value(); });
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!all[i].rejection && (!asked || all[i].wait)) open.push_back(i);
  }
  if (open.empty()) return std::nullopt;
  double least = HUGE_VAL;
  for (const std::size_t i : open) least = std::min(least, with_wait(all[i], goal));
  std::optional<std::size_t> best;
  for (const std::size_t i : open) {
    if (with_wait(all[i], goal) > equal * least) continue;
    const auto better = [&](const WeighedOffer& a, const WeighedOffer& b) {
      return goal == Goal::time ? rank_by_cost(a) < rank_by_cost(b) : rank_of(a) < rank_of(b);
    };
    if (!best || better(all[i], all[*best])) best = i;
  }
  return best;
}

std::optional<std::size_t> nearest_of(const std::vector<WeighedOffer>& all) {
  std::optional<std::size_t> nearest;
  const auto excess = [&all](std::size_t i) {
    return all[i].rejection ? all[i].rejection->excess.value_or(HUGE_VAL) : HUGE_VAL;
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!nearest || excess(i) < excess(*nearest)) nearest = i;
  }
  return nearest;
}

std::string amount(const WeighedOffer& w, Goal goal) {
  if (goal == Goal::time) return "";
  return fmt::format(" for {} core-hours", human_number(w.core_hours()));
}

std::string in_words(const WeighedOffer& w, Goal goal) {
  std::string text = fmt::format("partition {}: {} node{}, {}", w.offer.partition,
                                 human_count(w.plan.layout.nodes),
                                 w.plan.layout.nodes == 1 ? "" : "s", human(w.plan.total.value));
  if (w.wait) text += fmt::format(" and {} of waiting", human(*w.wait));
  return text + amount(w, goal);
}

void explain_chosen(PartitionChoice& choice, Goal goal) {
  const WeighedOffer& best = choice.weighed[*choice.chosen];
  const WeighedOffer* second = nullptr;
  for (const WeighedOffer& w : choice.weighed) {
    if (&w == &best || w.rejection || (best.wait && !w.wait)) continue;
    if (second == nullptr || with_wait(w, goal) < with_wait(*second, goal)) second = &w;
  }
  std::string text = in_words(best, goal);
  text[0] = 'P';
  if (second != nullptr) text += "; next " + in_words(*second, goal);
  choice.reasons.push_back(text + ".");
}

void explain_nowhere(PartitionChoice& choice) {
  std::string text = "No partition takes the job";
  const char* separator = ": partition";
  if (choice.nearest) {
    const WeighedOffer& near = choice.weighed[*choice.nearest];
    text += fmt::format(": the nearest is {}, where {}", near.offer.partition, near.rejection->why);
    if (!near.rejection->repair.empty()) text += "; " + near.rejection->repair;
    choice.reasons.push_back(text + ".");
    text.clear();
    separator = "Partition";
  }
  for (const ClosedPartition& closed : choice.closed) {
    text += fmt::format("{} {}: {}", separator, closed.partition, closed.why);
    separator = "; partition";
  }
  if (!text.empty()) choice.reasons.push_back(text + ".");
}

/// The most nodes that a plan for less waiting may take.
std::vector<int> fewer(int nodes, int least) {
  constexpr int step = 4;
  std::vector<int> counts;
  for (int n = nodes / step; n >= least && counts.size() < 2; n /= step) counts.push_back(n);
  return counts;
}

}  // namespace

double WeighedOffer::core_hours() const {
  constexpr double hour = 3600;
  const Layout& l = plan.layout;
  const double cores = offer.whole_nodes
                           ? static_cast<double>(l.nodes) * std::max(1, offer.topology.grant.cores)
                           : static_cast<double>(l.ranks()) * l.threads_per_rank;
  return cores * plan.total.value.value() / hour;
}

std::vector<WeighedOffer> weigh(const std::vector<Offer>& offers, const OfferPlanner& plan,
                                const PartitionWishes& wishes) {
  std::vector<WeighedOffer> weighed;
  std::size_t calls = 0;
  const auto add = [&](const Offer& offer) {
    WeighedOffer w{offer, plan(offer), calls++, std::nullopt, std::nullopt};
    w.rejection = broken_limit(offer, w.plan);
    weighed.push_back(std::move(w));
  };
  for (const Offer& offer : offers) {
    add(offer);
    if (!wishes.fewer_nodes || weighed.back().plan.verdict != Verdict::parallel) continue;
    int before = weighed.back().plan.layout.nodes;
    for (const int nodes : fewer(before, offer.least_nodes)) {
      Offer smaller = offer;
      smaller.topology.nodes = nodes;
      add(smaller);
      const int now = weighed.back().plan.layout.nodes;
      // The ranks are forced: it is the same plan again, or does not fit.
      if (weighed.back().rejection || now >= before) {
        weighed.pop_back();
        break;
      }
      before = now;
    }
  }
  return weighed;
}

void probe_starts(std::vector<WeighedOffer>& weighed, Goal goal, const StartProbe& ask) {
  std::vector<std::size_t> order(weighed.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t i) { return weighed[i].rejection.has_value(); });
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return objective(weighed[a], goal) < objective(weighed[b], goal);
  });
  double best = HUGE_VAL;
  int asked = 0;
  for (const std::size_t i : order) {
    WeighedOffer& w = weighed[i];
    if (asked == most_start_probes || objective(w, goal) > equal * best) break;
    const StartEstimate answer = ask(w);
    ++asked;
    w.wait = answer.wait;
    if (!answer.wait) {
      w.rejection =
          Rejection{"sbatch", "sbatch refuses the job: " + answer.words, "", std::nullopt};
      continue;
    }
    best = std::min(best, with_wait(w, goal));
  }
}

PartitionChoice choose_partition(std::vector<WeighedOffer> weighed,
                                 std::vector<ClosedPartition> closed, Goal goal) {
  PartitionChoice choice;
  choice.weighed = std::move(weighed);
  choice.closed = std::move(closed);
  choice.chosen = best_of(choice.weighed, goal);
  if (choice.chosen) {
    explain_chosen(choice, goal);
  } else {
    choice.nearest = nearest_of(choice.weighed);
    explain_nowhere(choice);
  }
  return choice;
}

}  // namespace mpisize
