#include "mpisize/choose/partition_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
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

WeighedOffer weighed_offer(const Offer& offer, const OfferPlanner& plan) {
  WeighedOffer w{offer, plan(offer), std::nullopt, std::nullopt};
  w.rejection = broken_limit(offer, w.plan);
  return w;
}

/// Plans on a quarter of the nodes, and on a sixteenth. None where the number of ranks is forced:
/// they do not fit, or are the same again.
std::vector<WeighedOffer> on_fewer_nodes(const WeighedOffer& full, const OfferPlanner& plan) {
  constexpr int step = 4;
  constexpr std::size_t most = 2;
  std::vector<WeighedOffer> smaller;
  int before = full.plan.layout.nodes;
  for (int n = before / step; n >= full.offer.least_nodes && smaller.size() < most; n /= step) {
    Offer offer = full.offer;
    offer.topology.nodes = n;
    WeighedOffer w = weighed_offer(offer, plan);
    if (w.rejection || w.plan.layout.nodes >= before) break;
    before = w.plan.layout.nodes;
    smaller.push_back(std::move(w));
  }
  return smaller;
}

/// Slurm, and what it has said so far.
struct Asking {
  const StartProbe& ask;
  Goal goal = Goal::time;
  int asked = 0;
  double best = HUGE_VAL;  ///< Of the goal, waiting included.

  [[nodiscard]] bool may_ask() const { return asked < most_start_probes; }

  /// Those that were not asked about yet, best first.
  void go_through(std::vector<WeighedOffer>& weighed) {
    std::vector<WeighedOffer*> order;
    for (WeighedOffer& w : weighed) {
      if (!w.rejection && !w.wait) order.push_back(&w);
    }
    std::stable_sort(order.begin(), order.end(),
                     [this](const WeighedOffer* a, const WeighedOffer* b) {
                       return objective(*a, goal) < objective(*b, goal);
                     });
    for (WeighedOffer* const w : order) {
      if (!may_ask() || objective(*w, goal) > equal * best) return;
      const StartEstimate answer = ask(*w);
      ++asked;
      w->wait = answer.wait;
      constexpr double fits = 1;  // As far as we know: none is nearer.
      if (answer.wait) {
        best = std::min(best, with_wait(*w, goal));
      } else {
        w->rejection = Rejection{"sbatch", "sbatch refuses the job: " + answer.words, "", fits};
      }
    }
  }
};

}  // namespace

double WeighedOffer::core_hours() const {
  constexpr double hour = 3600;
  const Layout& l = plan.layout;
  const double cores = offer.whole_nodes
                           ? static_cast<double>(l.nodes) * std::max(1, offer.topology.grant.cores)
                           : static_cast<double>(l.ranks()) * l.threads_per_rank;
  return cores * plan.total.value.value() / hour;
}

std::vector<WeighedOffer> weigh(const std::vector<Offer>& offers, const OfferPlanner& plan) {
  std::vector<WeighedOffer> weighed;
  weighed.reserve(offers.size());
  for (const Offer& offer : offers) weighed.push_back(weighed_offer(offer, plan));
  return weighed;
}

void probe_starts(std::vector<WeighedOffer>& weighed, Goal goal, const OfferPlanner& plan,
                  const StartProbe& ask) {
  Asking asking{ask, goal};
  asking.go_through(weighed);
  if (goal != Goal::time) return;
  for (std::size_t i = 0; i < weighed.size(); ++i) {
    const bool could_win = weighed[i].wait > Seconds(0) && asking.may_ask() &&
                           objective(weighed[i], goal) < asking.best;
    if (!could_win) continue;
    const auto smaller = on_fewer_nodes(weighed[i], plan);
    weighed.insert(weighed.begin() + static_cast<std::ptrdiff_t>(i) + 1, smaller.begin(),
                   smaller.end());
    i += smaller.size();
  }
  asking.go_through(weighed);
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
