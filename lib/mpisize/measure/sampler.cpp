#include "mpisize/measure/sampler.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/trend.hpp"
#include "mpisize/model/workload.hpp"

namespace mpisize {
namespace {

constexpr double two_sided_90 = 1.645;

/// Mean and standard error.
struct Mean {
  double value = 0;
  double error = 0;
};

Mean mean_of(const std::vector<double>& x) {
  return {mean(x), std::sqrt(variance(x) / static_cast<double>(x.size()))};
}

double per_item(const ItemSample& s) { return s.time.value() / static_cast<double>(s.count); }

void summarise_first_items(KernelProfile& k) {
  std::vector<double> first;
  std::vector<double> later;
  for (const ItemSample& s : k.samples) (s.first ? first : later).push_back(per_item(s));
  if (first.empty() || later.empty()) return;
  const double typical = median(later);
  // A first item that is merely long is no start-up cost: only what the spread of items does not
  // explain.
  const double spread = median_absolute_deviation(later);
  const double extra = std::max(0.0, median(first) - typical - spread);
  const double most = std::max(extra, *std::max_element(first.begin(), first.end()) - typical);
  k.first_item = measured(Seconds(extra), Seconds(0), Seconds(std::max(extra, most)));
}

void summarise_slowdown(KernelProfile& k, int together) {
  constexpr std::size_t fewest = 8;
  std::vector<double> alone;
  std::vector<double> others;
  for (const ItemSample& s : k.samples) {
    if (!s.first) (s.alone ? alone : others).push_back(per_item(s));
  }
  k.slowdown.clear();
  if (together < 2 || alone.size() < fewest || others.size() < fewest) return;
  const Mean a = mean_of(alone);
  const Mean b = mean_of(others);
  if (a.value <= 0 || b.value <= 0) return;
  const double ratio = b.value / a.value;
  const double error = ratio * std::hypot(a.error / a.value, b.error / b.value);
  const double low = ratio - two_sided_90 * error;
  const double high = ratio + two_sided_90 * error;
  // Company cannot make items faster: what is not surely above 1 is 1.
  k.slowdown.push_back(
      {together, measured(low > 1 ? ratio : 1.0, std::max(low, 1.0), std::max(high, 1.0))});
}

/// Medians: the burst in which sampling begins is no steady state.
void summarise_waiting(KernelProfile& k, int together) {
  constexpr std::size_t fewest = 8;
  k.waiting.clear();
  for (const bool alone : {true, false}) {
    std::vector<double> shares;
    for (const ItemSample& s : k.samples) {
      if (s.first || s.alone != alone || !s.waited || s.time <= Seconds(0)) continue;
      shares.push_back(*s.waited / s.time);
    }
    const int ranks = alone ? 1 : together;
    const bool known = !k.waiting.empty() && ranks <= k.waiting.back().ranks_per_node;
    if (shares.size() < fewest || known) continue;
    k.waiting.push_back({ranks, median(shares)});
  }
}

/// Lower quartile: a worker that was preempted between two chunks tells nothing of dispatching.
void summarise_turns(KernelProfile& k) {
  constexpr std::size_t fewest = 8;
  std::vector<double> turns;
  for (const ItemSample& s : k.samples) {
    if (s.turn) turns.push_back(s.turn->value());
  }
  if (turns.size() < fewest) return;
  std::sort(turns.begin(), turns.end());
  k.worker_turn = measured(Seconds(quantile(turns, 0.25)), Seconds(turns.front()),
                           Seconds(quantile(turns, 0.75)));
}

void summarise_shares(KernelProfile& k) {
  double cpu = 0;
  double wall = 0;
  std::int64_t items = 0;
  std::int64_t in = 0;
  std::int64_t out = 0;
  for (const ItemSample& s : k.samples) {
    items += s.count;
    in += s.in.value();
    out += s.out.value();
    if (s.cpu) {
      cpu += s.cpu->value();
      wall += s.time.value();
    }
  }
  if (wall > 0)
    k.cpu_share = std::min(cpu / wall, static_cast<double>(std::max(1, k.threads_per_rank)));
  if (items > 0) {
    k.item_bytes = Bytes(in / items);
    k.result_bytes = Bytes(out / items);
  }
}

/// Mean per item with its 90 % interval; first items, which touch new memory, only if there are no
/// others.
Estimate<Seconds> packing(const KernelProfile& k, std::optional<Seconds> ItemSample::*part) {
  std::vector<double> times;
  for (const bool first : {false, true}) {
    for (const ItemSample& s : k.samples) {
      if (s.*part && s.first == first) {
        times.push_back((s.*part)->value() / static_cast<double>(s.count));
      }
    }
    if (!times.empty()) break;
  }
  if (times.empty()) return assumed(Seconds(0), Seconds(0), Seconds(0));
  const Mean m = mean_of(times);
  const double half = two_sided_90 * m.error;
  return measured(Seconds(m.value), Seconds(std::max(0.0, m.value - half)),
                  Seconds(m.value + half));
}

}  // namespace

SampleBounds sample_bounds(std::int64_t items, Seconds budget) {
  SampleBounds bounds;
  constexpr std::int64_t share = 10;
  constexpr std::int64_t least = 32;
  bounds.most_items = std::min(items, std::max(items / share, least));
  bounds.budget = budget;
  return bounds;
}

void Stretch::took(Seconds time, std::int64_t most) {
  constexpr double aim = 500e-6;
  constexpr double fastest_growth = 8;
  settled_ = settled_ || time.value() >= aim / 2;
  if (!settled_) {
    const double growth = std::clamp(aim / std::max(time.value(), 1e-9), 1.0, fastest_growth);
    items_ = static_cast<std::int64_t>(std::ceil(static_cast<double>(items_) * growth));
  }
  items_ = std::clamp<std::int64_t>(items_, 1, std::max<std::int64_t>(1, most));
}

std::optional<std::string> StopRule::stop(const KernelProfile& kernel, std::int64_t picked,
                                          Seconds elapsed) {
  if (elapsed > bounds_.budget) return "the time budget is spent";
  const auto stretches = static_cast<std::int64_t>(kernel.samples.size());
  if (picked >= bounds_.most_items || stretches >= bounds_.most_stretches) {
    return "a tenth of the items, or 32, is the most that is sampled";
  }
  constexpr std::size_t fewest = 32;
  if (kernel.samples.size() < std::max(next_look_, fewest)) return std::nullopt;
  next_look_ = kernel.samples.size() + kernel.samples.size() / 4;
  const bool seen_in_order = sees_ != Sees::all;
  const KernelProfile known =
      seen_in_order ? spread_out(kernel, items_, sees_ == Sees::first_items) : kernel;
  if (sees_ == Sees::first_items && trend_in_doubt(kernel)) return std::nullopt;
  const Workload work = workload_of(known, items_);
  if (two_sided_90 * work.total_error > bounds_.precision) return std::nullopt;
  return "the 90 % interval of the total is within 5 %";
}

void summarise(KernelProfile& k, int together) {
  summarise_first_items(k);
  summarise_slowdown(k, together);
  summarise_waiting(k, together);
  summarise_turns(k);
  summarise_shares(k);
  k.root_packing = packing(k, &ItemSample::root_packing);
  k.worker_packing = packing(k, &ItemSample::worker_packing);
  k.size_correlation.reset();
  if (k.size_sums.empty()) return;
  std::vector<double> sizes;
  std::vector<double> times;
  for (const ItemSample& s : k.samples) {
    sizes.push_back(static_cast<double>(s.in.value()) / static_cast<double>(s.count));
    times.push_back(per_item(s));
  }
  if (!sizes.empty()) k.size_correlation = rank_correlation(sizes, times);
}

Seconds solo_limit(Seconds estimated_run) { return std::min(Seconds(20e-3), estimated_run * 0.01); }

}  // namespace mpisize
