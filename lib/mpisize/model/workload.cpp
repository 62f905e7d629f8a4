#include "mpisize/model/workload.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

namespace mpisize {
namespace {

constexpr double size_predicts_time_from = 0.7;  ///< Spearman correlation.

bool by_size(const KernelProfile& kernel) {
  return !kernel.size_sums.empty() &&
         kernel.size_correlation.value_or(0) >= size_predicts_time_from;
}

/// The same sizes spread over another number of items.
std::vector<SizeSum> stretched(const std::vector<SizeSum>& sums, double stretch,
                               std::int64_t items) {
  std::vector<SizeSum> result;
  for (const SizeSum& s : sums) {
    const SizeSum moved{
        std::min(items,
                 static_cast<std::int64_t>(std::ceil(static_cast<double>(s.items) * stretch))),
        Bytes(static_cast<std::int64_t>(static_cast<double>(s.bytes.value()) * stretch))};
    if (!result.empty() && result.back().items == moved.items) {
      result.back() = moved;
    } else {
      result.push_back(moved);
    }
  }
  return result;
}

/// Samples that tell the time of an ordinary item, as if taken alone: the first of each rank only
/// if there is no other.
std::vector<ItemSample> ordinary(const KernelProfile& kernel) {
  std::vector<ItemSample> kept;
  for (const bool first_too : {false, true}) {
    for (const ItemSample& s : kernel.samples) {
      if (s.count > 0 && (first_too || !s.first)) kept.push_back(s);
    }
    if (kept.size() >= 2 || (first_too && !kept.empty())) break;
    kept.clear();
  }
  // Short stretches led up to the right length: their time is the clock's and the cold cache's.
  std::int64_t longest = 1;
  for (const ItemSample& s : kept) longest = std::max(longest, s.count);
  kept.erase(std::remove_if(kept.begin(), kept.end(),
                            [longest](const ItemSample& s) { return s.count * 2 < longest; }),
             kept.end());
  const double together = kernel.slowdown.empty() ? 1 : kernel.slowdown.back().factor.value;
  for (ItemSample& s : kept) {
    if (!s.alone) s.time = s.time / std::max(together, 1e-3);
  }
  if (kept.empty()) throw std::invalid_argument("the kernel's profile holds no sampled item");
  return kept;
}

/// Number of strata: the largest power of two that leaves four samples in each and at which the
/// strata differ, beyond chance, in item time; 1 if none is. Chance differences taken for real ones
/// would make every static block look uneven.
std::int64_t stratum_count(const std::vector<double>& rates, const std::vector<double>& places,
                           std::int64_t items) {
  constexpr std::int64_t most = 256;
  constexpr double beyond_chance = 2.33;  // 1 % of the cases without a difference.
  std::int64_t s = 1;
  while (s * 8 <= static_cast<std::int64_t>(rates.size()) && s * 2 <= items && s < most) s *= 2;
  for (; s > 1; s /= 2) {
    std::vector<std::size_t> strata;
    strata.reserve(places.size());
    for (const double place : places) {
      strata.push_back(static_cast<std::size_t>(place * static_cast<double>(s)));
    }
    if (group_difference(rates, strata) > beyond_chance) break;
  }
  return s;
}

/// First positions of strata that hold equal shares of the units.
std::vector<std::int64_t> stratum_begins(const Workload& work, std::int64_t strata) {
  std::vector<std::int64_t> begins{0};
  const double all = work.units(0, work.items);
  for (std::int64_t i = 1; i < strata; ++i) {
    const double share = all * static_cast<double>(i) / static_cast<double>(strata);
    std::int64_t low = begins.back() + 1;
    std::int64_t high = work.items;
    while (low < high) {
      const std::int64_t middle = low + (high - low) / 2;
      if (work.units(0, middle) < share) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low < work.items) begins.push_back(low);
  }
  return begins;
}

/// Expected maximum of n items by a Pareto tail through the upper tenth (Hill 1975); the largest
/// seen if the tail is light or too few were seen.
double expected_largest(std::vector<double> times, double n) {
  std::sort(times.begin(), times.end(), std::greater<>());
  const std::size_t k = times.size() / 10;
  constexpr std::size_t fewest = 3;
  if (k < fewest || times[k] <= 0) return times.front();
  double sum = 0;
  for (std::size_t i = 0; i < k; ++i) sum += std::log(times[i] / times[k]);
  const double inverse_index = std::min(sum / static_cast<double>(k), 0.5);
  const double grow = std::max(1.0, n / static_cast<double>(times.size()));
  return times.front() * std::pow(grow, inverse_index);
}

constexpr double least_noise = 0.01;  ///< Assumed where windows are too few to measure it.

/// Relative standard deviation of the means of time windows, beyond what independent items give:
/// six identical runs differ by more than their items' spread says (frequency, steal, neighbours).
double window_noise(const std::vector<ItemSample>& samples, const Workload& work) {
  std::map<int, std::vector<double>> by_rank;  // Time over expectation, in the order of time.
  std::vector<ItemSample> in_time = samples;
  std::sort(in_time.begin(), in_time.end(),
            [](const auto& a, const auto& b) { return a.started < b.started; });
  for (const ItemSample& s : in_time) {
    const double expected = work.stratum_of(s.position).mean_rate * work.units(s.position, s.count);
    if (expected > 0) by_rank[s.rank].push_back(s.time.value() / expected);
  }
  constexpr std::size_t windows = 4;
  double between = 0;   // Variance of the means of windows ...
  double expected = 0;  // ... and what the spread of the items alone makes of it.
  double ranks = 0;
  for (const auto& [rank, ratios] : by_rank) {
    const std::size_t per_window = ratios.size() / windows;
    if (per_window < 4) continue;
    std::vector<double> means;
    for (std::size_t w = 0; w < windows; ++w) {
      means.push_back(mean(std::span(ratios).subspan(w * per_window, per_window)));
    }
    between += variance(means);
    expected += variance(ratios) / static_cast<double>(per_window);
    ranks += 1;
  }
  constexpr double beyond_chance =
      2.33;  // Standard deviations of a variance ratio of 3 degrees of freedom a rank.
  if (ranks == 0 || between < expected * (1 + beyond_chance * std::sqrt(2 / (3 * ranks)))) {
    return least_noise;
  }
  return std::max(least_noise, std::sqrt((between - expected) / ranks));
}

}  // namespace

double Workload::units(std::int64_t first, std::int64_t count) const {
  if (size_sums.empty()) return static_cast<double>(count);
  const auto before = [&](std::int64_t position) {
    if (position <= 0) return 0.0;
    const auto at = std::lower_bound(size_sums.begin(), size_sums.end(), position,
                                     [](const SizeSum& s, std::int64_t p) { return s.items < p; });
    if (at == size_sums.end()) return static_cast<double>(size_sums.back().bytes.value());
    const SizeSum low = at == size_sums.begin() ? SizeSum{} : *(at - 1);
    const double share = static_cast<double>(position - low.items) /
                         static_cast<double>(std::max<std::int64_t>(1, at->items - low.items));
    return static_cast<double>(low.bytes.value()) +
           share * static_cast<double>(at->bytes.value() - low.bytes.value());
  };
  return before(first + count) - before(first);
}

const Stratum& Workload::stratum_of(std::int64_t position) const {
  const auto after = std::upper_bound(strata.begin(), strata.end(), position,
                                      [](std::int64_t p, const Stratum& s) { return p < s.first; });
  return after == strata.begin() ? strata.front() : *(after - 1);
}

double Workload::work_before(std::int64_t position) const {
  double sum = 0;
  for (const Stratum& s : strata) {
    if (s.first >= position) break;
    if (s.first + s.count <= position) {
      sum += s.mean_rate * s.units;
    } else {
      sum += s.mean_rate * units(s.first, position - s.first);
    }
  }
  return sum;
}

std::vector<TailPoint> tail_of(const std::vector<Stratum>& strata) {
  std::vector<TailPoint> tail;
  double items = 0;
  for (const Stratum& s : strata) items += static_cast<double>(s.count);
  for (const Stratum& s : strata) {
    const double units_per_item = s.units / static_cast<double>(std::max<std::int64_t>(1, s.count));
    const double share = static_cast<double>(s.count) / items / static_cast<double>(s.rates.size());
    for (const double rate : s.rates) tail.push_back({rate * units_per_item, share, 0});
  }
  std::sort(tail.begin(), tail.end(), [](const auto& a, const auto& b) { return a.time < b.time; });
  double share = 0;
  double seconds = 0;
  for (std::size_t i = tail.size(); i-- > 0;) {
    seconds += tail[i].share * tail[i].time;
    share += tail[i].share;
    tail[i] = {tail[i].time, share, seconds};
  }
  return tail;
}

double expected_excess(const Workload& work, double limit) {
  const auto above = std::upper_bound(work.tail.begin(), work.tail.end(), limit,
                                      [](double t, const TailPoint& p) { return t < p.time; });
  return above == work.tail.end() ? 0 : above->seconds - above->share * limit;
}

double longest_of(const Workload& work, double count) {
  const auto rare = std::partition_point(work.tail.begin(), work.tail.end(),
                                         [&](const TailPoint& p) { return p.share * count >= 1; });
  if (rare == work.tail.begin()) return work.mean;
  return std::prev(rare)->time;
}

Workload workload_of(const KernelProfile& kernel, std::int64_t items) {
  if (items < 1) throw std::invalid_argument("a workload without items");
  const std::vector<ItemSample> samples = ordinary(kernel);
  Workload work;
  work.items = items;
  // A profile of another number of items is stretched over these.
  const double stretch =
      kernel.items > 0 ? static_cast<double>(items) / static_cast<double>(kernel.items) : 1;
  if (by_size(kernel)) work.size_sums = stretched(kernel.size_sums, stretch, items);
  work.packed_in = kernel.item_bytes.value();
  work.packed_out = kernel.result_bytes.value();
  for (const ItemSample& s : kernel.samples) work.seen += s.count;

  const auto position = [&](const ItemSample& s) {
    return std::min(items - 1,
                    static_cast<std::int64_t>(static_cast<double>(s.position) * stretch));
  };

  std::vector<double> all_rates;
  std::vector<double> places;
  for (const ItemSample& s : samples) {
    const std::int64_t p = position(s);
    all_rates.push_back(s.time.value() / std::max(work.units(p, s.count), 1e-9));
    places.push_back(static_cast<double>(p) / static_cast<double>(items));
  }
  for (const std::int64_t first : stratum_begins(work, stratum_count(all_rates, places, items))) {
    Stratum s;
    s.first = first;
    work.strata.push_back(s);
  }
  for (std::size_t i = 0; i < work.strata.size(); ++i) {
    Stratum& s = work.strata[i];
    s.count = (i + 1 < work.strata.size() ? work.strata[i + 1].first : items) - s.first;
    s.units = work.units(s.first, s.count);
  }
  struct Sums {
    double seconds = 0;
    double units = 0;
  };
  std::vector<Sums> sums(work.strata.size());
  Sums all;
  std::vector<double> times;
  for (const ItemSample& s : samples) {
    const auto i = static_cast<std::size_t>(&work.stratum_of(position(s)) - work.strata.data());
    const double units = std::max(work.units(position(s), s.count), 1e-9);
    sums[i].seconds += s.time.value();
    sums[i].units += units;
    all.seconds += s.time.value();
    all.units += units;
    work.strata[i].rates.push_back(s.time.value() / units);
    times.push_back(s.time.value() / static_cast<double>(s.count));
  }

  double variance_of_total = 0;
  double spread = 0;
  for (std::size_t i = 0; i < work.strata.size(); ++i) {
    Stratum& s = work.strata[i];
    if (s.rates.empty()) s.rates.push_back(all.seconds / all.units);  // Neighbours speak for it.
    s.mean_rate = sums[i].units > 0 ? sums[i].seconds / sums[i].units : all.seconds / all.units;
    s.rate_sd = std::sqrt(variance(s.rates));
    const double units_per_item = s.units / static_cast<double>(std::max<std::int64_t>(1, s.count));
    const double sd_of_item = s.rate_sd * units_per_item;
    work.total += s.mean_rate * s.units;
    spread += sd_of_item * sd_of_item * static_cast<double>(s.count);
    const auto n = static_cast<double>(s.rates.size());
    const auto count = static_cast<double>(s.count);
    variance_of_total += count * count * sd_of_item * sd_of_item / n * std::max(0.0, 1 - n / count);
  }
  work.mean = work.total / static_cast<double>(items);
  work.sd = std::sqrt(spread / static_cast<double>(items));
  work.total_error = work.total > 0 ? std::sqrt(variance_of_total) / work.total : 0;
  work.total_error = std::hypot(work.total_error, kernel.trend_error);
  work.largest_seen = *std::max_element(times.begin(), times.end());
  if (work.size_sums.empty()) {
    work.largest = expected_largest(times, static_cast<double>(items));
  } else {
    work.largest = work.strata.front().mean_rate * work.units(0, 1);
  }
  work.tail = tail_of(work.strata);
  work.noise = window_noise(samples, work);
  return work;
}

double draw_time(const Workload& work, std::int64_t first, std::int64_t count, Random& random) {
  constexpr std::int64_t most_single_draws = 16;
  double sum = 0;
  while (count > 0) {
    const Stratum& s = work.stratum_of(first);
    const std::int64_t n = std::min(count, s.first + s.count - first);
    if (n <= 0) break;
    if (n <= most_single_draws) {
      for (std::int64_t i = 0; i < n; ++i) {
        const auto pick =
            static_cast<std::size_t>(random.below(static_cast<std::int64_t>(s.rates.size())));
        sum += s.rates[pick] * (work.size_sums.empty() ? 1.0 : work.units(first + i, 1));
      }
    } else {
      const double units = work.units(first, n);
      const double m = s.mean_rate * units;
      const double sd = s.rate_sd * units / std::sqrt(static_cast<double>(n));
      sum += std::max(m + sd * random.normal(), m * 0.1);
    }
    first += n;
    count -= n;
  }
  return sum;
}

double slowdown(const KernelProfile& kernel, double cpus, int computing, int polling) {
  const auto shared = [&](int ranks) {
    return std::max(1.0, (ranks * kernel.cpu_share + polling) / std::max(cpus, 1e-3));
  };
  // Linear between what was measured: 1 for one rank, unless that was measured too.
  const auto between = [computing](const auto& points, auto factor_of) {
    int below = 1;
    double factor = 1;
    for (const auto& point : points) {
      const double next = factor_of(point);
      if (point.ranks_per_node <= computing) {
        below = point.ranks_per_node;
        factor = next;
        continue;
      }
      const double t = static_cast<double>(computing - below) /
                       static_cast<double>(std::max(1, point.ranks_per_node - below));
      return factor + t * (next - factor);
    }
    return factor;
  };
  // Beyond sharing: memory bandwidth, caches, frequency; and waking up late, or others' load.
  const double slower = between(kernel.slowdown, [](const Slowdown& s) { return s.factor.value; });
  const double waits = between(kernel.waiting, [&shared](const Waiting& w) {
    return std::max(1.0, (1 + w.share) / shared(w.ranks_per_node));
  });
  return shared(computing) * std::max(slower, 0.5) * waits;
}

}  // namespace mpisize
