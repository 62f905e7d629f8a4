#include "mpisize/write/report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"
#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/names.hpp"

namespace mpisize {
namespace {

/// Most reasons, and most remarks on what would change the choice, that are shown: the whole stays
/// within 40 lines.
constexpr std::size_t most_sentences = 8;

std::string headline(const Plan& plan) {
  switch (plan.verdict) {
    case Verdict::parallel:
      return fmt::format("parallel: {}\n  {}\n", in_words(plan.layout), in_words(plan.pattern));
    case Verdict::serial:
      return "serial: rank 0 alone\n";
    case Verdict::infeasible:
      return "infeasible: no plan meets the limits\n";
  }
  return "";
}

std::string sentences(const std::string& title, const std::vector<std::string>& all) {
  if (all.empty()) return "";
  std::string text = fmt::format("  {}\n", title);
  const std::size_t shown = std::min(all.size(), most_sentences);
  for (std::size_t i = 0; i < shown; ++i) text += fmt::format("    - {}\n", all[i]);
  if (shown < all.size()) text += fmt::format("    - and {} more\n", all.size() - shown);
  return text;
}

std::string stage_lines(const Prediction& predicted) {
  const Stages& stages = predicted.stages;
  const Seconds total = predicted.total.value;
  const auto line = [total](const char* name, Seconds time, const char* what) {
    const double share = total > Seconds(0) ? 100 * (time / total) : 0.0;
    return fmt::format("    {:<9} {:>8} {:>5.1f} %  {}\n", name, human(time), share, what);
  };
  return "  predicted stages; total = spent + start-up + compute + dispatch + imbalance\n" +
         line("spent", stages.spent, "set-up, sampling and planning before the prediction") +
         line("start-up", stages.start_up, "one-time cost of ranks that have not computed yet") +
         line("compute", stages.compute, "work / ranks that compute, with their slow-down") +
         line("dispatch", stages.dispatch,
              "root's packing and messages that computing does not hide") +
         line("imbalance", stages.imbalance, "waiting for the last rank, workers run dry");
}

std::string formula_lines(const ScatterPattern& pattern) {
  const char* total = pattern.root_computes
                          ? "max(K a, (W + K a) / (n + 1), node bound) + stall + tail"
                          : "max(K a, W / n, node bound) + tail";
  return fmt::format(
      "  formula: T = set-up + first + fill + {}\n"
      "    with K chunks, a the root's cost of one, W the workers' cost of all, n workers\n",
      total);
}

/// Why one that is not slower is only the runner-up.
std::string_view why_not(const Plan& plan, const Alternative& other, double longer) {
  if (longer > 0) return "";
  if (plan.verdict != Verdict::parallel) return ", which is too small a speed-up";
  if (other.layout.ranks() > plan.layout.ranks()) return ", not worth its additional ranks";
  return ", which the model cannot tell apart";
}

std::string runner_up_line(const Plan& plan, const Prediction& predicted) {
  if (!plan.runner_up) return "  runner-up: none was weighed\n";
  const Alternative& other = *plan.runner_up;
  std::string text = fmt::format("  runner-up: {}; {}\n    {}", in_words(other.layout),
                                 in_words(other.pattern), human(other.total));
  if (predicted.total.value > Seconds(0)) {
    const double longer = other.total.value / predicted.total.value - 1;
    text += fmt::format(", {:+.1f} %{}", 100 * longer, why_not(plan, other, longer));
  }
  return text + "\n";
}

/// The ranks that had items.
std::string use_lines(const Report& report) {
  const Measured& measured = report.measured;
  std::vector<RankWork> used;
  std::int64_t chunks = 0;
  Seconds sum;
  for (const RankWork& use : measured.ranks) {
    chunks += use.chunks;
    if (use.items == 0) continue;
    used.push_back(use);
    sum += use.busy;
  }
  if (used.empty()) return "  no rank had an item\n";
  const auto by_busy = [](const RankWork& a, const RankWork& b) { return a.busy < b.busy; };
  const auto by_items = [](const RankWork& a, const RankWork& b) { return a.items < b.items; };
  const auto [least, most] = std::minmax_element(used.begin(), used.end(), by_busy);
  const auto [fewest, largest] = std::minmax_element(used.begin(), used.end(), by_items);
  const Seconds mean = sum / static_cast<double>(used.size());
  std::string text = fmt::format("  {} of {} had items: {} to {} each, {} in all\n", used.size(),
                                 counted(static_cast<std::int64_t>(measured.ranks.size()), "rank"),
                                 human_count(fewest->items), human_count(largest->items),
                                 counted(chunks, "chunk"));
  text += fmt::format("  busy {} to {} a rank, mean {}", human(least->busy), human(most->busy),
                      human(mean));
  if (measured.total > Seconds(0)) {
    text += fmt::format(" ({:.1f} % of the total)", 100 * (mean / measured.total));
  }
  if (mean > Seconds(0)) {
    text += fmt::format("; load imbalance {:.1f} %", 100 * (most->busy / mean - 1));
  }
  return text + "\n";
}

std::string share_of(Seconds part, Seconds total) {
  return total > Seconds(0) ? fmt::format("{:.1f} %", 100 * (part / total)) : "0 %";
}

/// What went through a batch or stream, what was adapted on the way, lost, resumed, or left.
std::string flow_lines(const Measured& m) {
  std::string text;
  if (m.flow) {
    const Flowed& flow = *m.flow;
    text += fmt::format(
        "  {} pulled, {} delivered, at most {} held; source {}, sink {} of the total\n",
        counted(flow.pulled, "item"), human_count(flow.delivered), human_count(flow.most_held),
        share_of(flow.pulling, m.total), share_of(flow.delivering, m.total));
  }
  if (m.adapted > 0) {
    const Adaptation& first = m.adaptations.front();
    text += fmt::format(
        "  chunk sizes were changed {}, first on rank {} after {}: {} to {} items, at {} an item\n",
        m.adapted == 1 ? "once" : fmt::format("{} times", human_count(m.adapted)), first.rank,
        counted(first.at_item, "item"), human_count(first.chunk_before),
        human_count(first.chunk_after), human(Seconds(first.item_seconds)));
  }
  if (m.resumed > 0) {
    text += fmt::format("  {} in the journal, {} computed now\n", counted(m.resumed, "item"),
                        human_count(m.items));
  }
  if (!m.lost.empty()) {
    const DeadLetter& first = m.lost.front();
    text += fmt::format("  {} failed for good; item {} on rank {} ({}), {} tr{}: {}\n",
                        counted(static_cast<std::int64_t>(m.lost.size()), "item"), first.index,
                        first.rank, first.host, first.tries, first.tries == 1 ? "y" : "ies",
                        first.message);
  }
  if (m.stopped) text += fmt::format("  {}\n", *m.stopped);
  return text;
}

}  // namespace

double relative_error(const Report& report) {
  const Seconds predicted = report.predicted.total.value;
  const Seconds measured = report.measured.total;
  if (predicted == measured) return 0;
  return measured / predicted - 1;
}

bool inside_interval(const Report& report) {
  const Interval& predicted = report.predicted.total;
  return predicted.low <= report.measured.total && report.measured.total <= predicted.high;
}

std::string describe(const Choice& choice, bool explain) {
  const Plan& plan = choice.plan;
  const Prediction& predicted = choice.predicted;
  std::string text = headline(plan);
  if (plan.verdict != Verdict::infeasible && was_predicted(predicted)) {
    text += fmt::format("  predicted {}\n", human(predicted.total));
    text += fmt::format("  alone     {}\n", human(predicted.serial));
    text += fmt::format(
        "  speedup {:.2f}, at least {:.2f} (5 % quantile), parallel efficiency {:.2f}\n",
        predicted.speedup, predicted.speedup_low, predicted.efficiency);
  }
  if (!plan.placement.empty()) {
    text += fmt::format("  in rank order: {}\n", in_words(plan.placement));
  }
  text += sentences("because", plan.reasons);
  if (plan.binding_limit) text += fmt::format("  binding limit: {}\n", *plan.binding_limit);
  if (!explain) return text;

  text += fmt::format("  {} seen{}\n", counted(predicted.items_seen, "item"),
                      predicted.rare_items_possible ? "; rare long items cannot be excluded" : "");
  if (plan.verdict != Verdict::infeasible) {
    text += stage_lines(predicted);
    if (!predicted.limited_by.empty()) {
      text += fmt::format("  limited by: {}\n", predicted.limited_by);
    }
  }
  if (plan.verdict == Verdict::parallel) text += formula_lines(plan.pattern);
  text += runner_up_line(plan, predicted);
  return text + sentences("would change the choice", plan.would_change);
}

std::string describe(const Report& report) {
  const Prediction& predicted = report.predicted;
  const Measured& measured = report.measured;
  std::string text = headline(report.plan);
  const bool whole = !measured.stopped && predicted.items == measured.items + measured.resumed;
  if (was_predicted(predicted) && !whole && predicted.items > 0) {
    text += fmt::format("  predicted {} for {}\n  measured  {} for {}\n", human(predicted.total),
                        counted(predicted.items, "item"), human(measured.total),
                        counted(measured.items, "item"));
  } else if (was_predicted(predicted)) {
    text += fmt::format("  predicted {}\n", human(predicted.total));
    const char* where = "inside";
    if (!inside_interval(report)) {
      where = measured.total > predicted.total.high ? "above" : "below";
    }
    text += fmt::format("  measured  {} ({:+.1f} % of the predicted), {} the interval\n",
                        human(measured.total), 100 * relative_error(report), where);
  } else {
    text += fmt::format("  measured  {}; nothing was predicted\n", human(measured.total));
  }
  text += fmt::format("  sampling and planning {}, {} seen by then\n", human(measured.sampling),
                      counted(predicted.items_seen, "item"));
  if (was_predicted(predicted) && measured.total > Seconds(0) && (whole || predicted.items == 0)) {
    // So little work says nothing about the plan.
    text +=
        measured.sampling > predicted.serial.value
            ? fmt::format(
                  "  rank 0 alone would need {} (predicted), less than sampling and "
                  "planning took\n",
                  human(predicted.serial.value))
            : fmt::format("  {:.2f} times as fast as rank 0 alone (predicted, {})\n",
                          predicted.serial.value / measured.total, human(predicted.serial.value));
  }
  return text + use_lines(report) + flow_lines(measured);
}

}  // namespace mpisize
