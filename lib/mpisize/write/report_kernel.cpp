#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"
#include "mpisize/write/histogram.hpp"
#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/names.hpp"
#include "mpisize/write/report.hpp"

namespace mpisize {
namespace {

/// Mean item time of each stretch, weighted by its items, rising. First stretches of ranks carry
/// one-time costs and stand apart, unless there are no others.
std::vector<WeightedTime> item_times(const KernelProfile& kernel) {
  std::vector<WeightedTime> times;
  for (const bool first : {false, true}) {
    for (const ItemSample& s : kernel.samples) {
      const auto count = static_cast<double>(s.count);
      if (s.first == first) times.push_back({s.time / count, count});
    }
    if (!times.empty()) break;
  }
  std::sort(times.begin(), times.end(),
            [](const WeightedTime& a, const WeightedTime& b) { return a.time < b.time; });
  return times;
}

/// The time that a share p of the items does not exceed.
Seconds weighted_quantile(const std::vector<WeightedTime>& rising, double p) {
  double weight = 0;
  for (const WeightedTime& t : rising) weight += t.weight;
  double below = 0;
  for (const WeightedTime& t : rising) {
    below += t.weight;
    if (below >= p * weight) return t.time;
  }
  return rising.back().time;
}

std::string described_times(const std::vector<WeightedTime>& rising) {
  double weight = 0;
  Seconds sum;
  for (const WeightedTime& t : rising) {
    weight += t.weight;
    sum += t.weight * t.time;
  }
  const Seconds mean = sum / weight;
  double squares = 0;
  for (const WeightedTime& t : rising) {
    squares += t.weight * (t.time - mean).value() * (t.time - mean).value();
  }
  const double variation = mean > Seconds(0) ? std::sqrt(squares / weight) / mean.value() : 0.0;
  return fmt::format(
      "  item time   mean {}, median {}, 5 % to 95 %: {} to {}, longest {}, CV {:.2f}, measured\n",
      human(mean), human(weighted_quantile(rising, 0.5)), human(weighted_quantile(rising, 0.05)),
      human(weighted_quantile(rising, 0.95)), human(rising.back().time), variation);
}

}  // namespace

std::string describe(const KernelProfile& kernel) {
  std::int64_t seen = 0;
  for (const ItemSample& s : kernel.samples) seen += s.count;
  std::string text =
      fmt::format("kernel{}: {}, {} sampled", kernel.name.empty() ? "" : " " + kernel.name,
                  counted(kernel.items, "item"), human_count(seen));
  if (kernel.items > 0) {
    text += fmt::format(" ({:.3g} %)",
                        100 * static_cast<double>(seen) / static_cast<double>(kernel.items));
  }
  text += "\n";
  if (!kernel.stopped_because.empty()) {
    text += fmt::format("  sampling ended: {}\n", kernel.stopped_because);
  }
  const std::vector<WeightedTime> times = item_times(kernel);
  if (times.empty()) {
    text += "  item time   not sampled\n";
  } else {
    text += described_times(times) + histogram(times);
  }
  text += fmt::format("  first item  {} more, once a rank\n", human(kernel.first_item));
  text += fmt::format("  data        {} in and {} out an item\n", human(kernel.item_bytes),
                      human(kernel.result_bytes));
  text += fmt::format("  packing     root {}, worker {} an item\n", human(kernel.root_packing),
                      human(kernel.worker_packing));
  if (kernel.size_correlation) {
    text +=
        fmt::format("  item size and time: rank correlation {:.2f}\n", *kernel.size_correlation);
  }
  text += fmt::format("  memory      root {}, worker {}\n",
                      kernel.root_memory ? human(*kernel.root_memory) : "unknown",
                      kernel.rank_memory ? human(*kernel.rank_memory) : "unknown");
  text += fmt::format("  threads     {} a rank, CPU share of an item {:.2f}\n",
                      kernel.threads_per_rank, kernel.cpu_share);
  text += fmt::format("  turn        {} at a worker, from one queued chunk to the next\n",
                      human(kernel.worker_turn));
  for (const Slowdown& slowdown : kernel.slowdown) {
    const Estimate<double>& factor = slowdown.factor;
    text += fmt::format("  slow-down   {:.3f} (90 %: {:.3f} to {:.3f}), {}, with {} a node\n",
                        factor.value, factor.low, factor.high, name_of(factor.source),
                        counted(slowdown.ranks_per_node, "rank"));
  }
  for (const Waiting& waiting : kernel.waiting) {
    text += fmt::format("  waiting     {:.1f} % of the item time for a core, with {} a node\n",
                        100 * waiting.share, counted(waiting.ranks_per_node, "rank"));
  }
  if (kernel.before_call) {
    text += fmt::format("  before the call {}, measured\n", human(*kernel.before_call));
  }
  return text;
}

}  // namespace mpisize
