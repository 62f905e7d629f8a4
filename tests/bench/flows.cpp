// Batch and stream: what is held, what order and a journal cost, what a slow rank costs.

#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <mpisize/mpisize.hpp>

#include "forced.hpp"
#include "mpisize/base/statistics.hpp"
#include "patterns.hpp"
#include "rows.hpp"
#include "suite.hpp"

namespace bench {
namespace {

using mpisize::Bytes;
using mpisize::Options;
using mpisize::Report;
using mpisize::Seconds;

double megabytes(std::optional<Bytes> bytes) {
  constexpr double mega = 1 << 20;
  return bytes ? static_cast<double>(bytes->value()) / mega : HUGE_VAL;
}

/// Of the ranks of the communicator the largest, at the root.
double largest(MPI_Comm comm, double value) {
  double most = value;
  MPI_Reduce(&value, &most, 1, MPI_DOUBLE, MPI_MAX, 0, comm);
  return most;
}

std::int64_t ranks_with_items(const Report& report) {
  const auto& ranks = report.measured.ranks;
  return std::count_if(ranks.begin(), ranks.end(), [](const auto& rank) { return rank.items > 0; });
}

/// Item times of mean `mean` and coefficient of variation 1.
std::vector<double> times_of_cv_1(double mean, double total, std::uint64_t seed) {
  const double sigma = std::sqrt(std::log(2.0));
  mpisize::Random random(seed);
  std::vector<double> times(static_cast<std::size_t>(total / mean));
  for (double& t : times) t = mean * std::exp(sigma * random.normal() - sigma * sigma / 2);
  return times;
}

/// Seconds of one call, by turns of two ways, medians and their ratio.
template <class First, class Second>
nlohmann::json by_turns(int rounds, First first, Second second) {
  std::vector<double> a;
  std::vector<double> b;
  for (int i = 0; i < rounds; ++i) {
    if (i % 2 == 0) a.push_back(first());
    b.push_back(second());
    if (i % 2 == 1) a.push_back(first());
  }
  const double m_a = mpisize::median(a);
  const double m_b = mpisize::median(b);
  return {{"first", m_a}, {"second", m_b}, {"ratio", m_a / m_b}};
}

template <class Items, class Kernel>
double seconds_of(MPI_Comm comm, const std::string& pattern, const Items& items,
                  const Kernel& kernel, const Options& options) {
  const FreshComm mine(comm);
  polite_barrier(comm);
  return call(mine.get(), pattern, items, kernel, options).measured.total.value();
}

}  // namespace

nlohmann::json held(MPI_Comm comm, const Settings& settings) {
  const Worker work(false, steps_per_second());
  std::int64_t pulled = 0;
  std::int64_t delivered = 0;
  std::int64_t most = 0;
  double least_memory = HUGE_VAL;
  double most_memory = 0;
  const auto source = [&]() -> std::optional<double> {
    if (delivered >= settings.items) return std::nullopt;  // Nothing tells where it ends.
    ++pulled;
    most = std::max(most, pulled - delivered);
    return 2e-6;
  };
  const auto sink = [&](std::int64_t, double) {
    (void)work(Seconds(3e-6));
    ++delivered;
    if (delivered % 1000 == 0 && delivered > settings.items / 20) {
      const double here = megabytes(mpisize::resident_memory());
      least_memory = std::min(least_memory, here);
      most_memory = std::max(most_memory, here);
    }
  };
  Options options;
  options.window = 4096;
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  options.ranks = ranks;
  const Report report = mpisize::stream(
      comm, source, [work](double time) { return work(Seconds(time)).value(); }, sink, options);
  return {{"window", *options.window},
          {"most_held", most},
          {"delivered", delivered},
          {"spread", most_memory - least_memory},
          {"working", ranks_with_items(report)},
          {"wall", report.measured.total.value()}};
}

nlohmann::json stream_memory(MPI_Comm comm, const Settings& settings) {
  std::int64_t next = 0;
  double sum = 0;
  const auto before = mpisize::resident_memory();
  Options options;
  options.ordered = false;
  options.ranks = 2;
  const Report report = mpisize::stream(
      comm,
      [&]() -> std::optional<double> {
        if (next == settings.items) return std::nullopt;
        return static_cast<double>(next++);
      },
      [](double x) { return x * x; }, [&](std::int64_t, double r) { sum += r; }, options);
  const double grown = megabytes(mpisize::peak_resident_memory()) - megabytes(before);
  const std::int64_t window = report.plan.pattern.window.value_or(0);
  return {{"grown", grown},
          {"window", static_cast<double>(window * 16) / (1 << 20)},
          {"window_items", window},
          {"sum", sum},
          {"rate", static_cast<double>(settings.items) / report.measured.total.value()}};
}

nlohmann::json order(MPI_Comm comm, const Settings& settings) {
  std::vector<double> times;
  if (is_root(comm)) times = times_of_cv_1(settings.mean, 4 * settings.scale, settings.seed);
  const double speed = polite_sum(comm, is_root(comm) ? steps_per_second() : 0.0);
  const auto kernel = [work = Worker(settings.sleeping, speed)](double time) {
    return work(Seconds(time)).value();
  };
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  Options ordered;
  ordered.ranks = ranks;
  ordered.chunk = 4;
  ordered.window = 4 * 4 * ranks;
  ordered.ordered = true;
  Options unordered = ordered;
  unordered.ordered = false;
  return quietest(comm, settings.attempts, [&] {
    return by_turns(
        settings.rounds, [&] { return seconds_of(comm, "stream", times, kernel, unordered); },
        [&] { return seconds_of(comm, "stream", times, kernel, ordered); });
  });
}

nlohmann::json against_map(MPI_Comm comm, const Settings& settings) {
  std::vector<double> times;
  if (is_root(comm)) times = times_of_cv_1(settings.mean, 4 * settings.scale, settings.seed);
  const double speed = polite_sum(comm, is_root(comm) ? steps_per_second() : 0.0);
  const auto kernel = [work = Worker(settings.sleeping, speed)](double time) {
    return work(Seconds(time)).value();
  };
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  Options blocks;
  blocks.ranks = ranks;
  blocks.schedule = mpisize::Schedule::static_block;
  Options unordered;
  unordered.ordered = false;
  return quietest(comm, settings.attempts, [&] {
    return by_turns(
        settings.rounds, [&] { return seconds_of(comm, "map", times, kernel, blocks); },
        [&] { return seconds_of(comm, "stream", times, kernel, unordered); });
  });
}

nlohmann::json capped(MPI_Comm comm, const Settings& settings) {
  // Results of 64 kB; all of them are `items` times as large.
  constexpr std::size_t doubles = 8192;
  const auto kernel = [](double x) { return std::vector<double>(doubles, x); };
  std::vector<double> items(is_root(comm) ? static_cast<std::size_t>(settings.items) : 0, 1.0);
  Options options;
  options.max_memory = Bytes(std::int64_t{settings.cap} << 20);
  int ranks = 1;
  MPI_Comm_size(comm, &ranks);
  options.ranks = ranks;
  const double before = megabytes(mpisize::resident_memory());
  double sum = 0;
  polite_barrier(comm);
  const Report report = mpisize::batch(
      comm, items, kernel,
      [&](std::int64_t, std::span<std::vector<double>> part) {
        for (const auto& result : part) sum += result.back();
      },
      options);
  const double grown = largest(comm, megabytes(mpisize::peak_resident_memory()) - before);
  const double batched = report.measured.total.value();
  double uncapped = 0;
  if (settings.natural) {
    options.max_memory.reset();
    polite_barrier(comm);
    const FreshComm mine(comm);
    uncapped = mpisize::map(mine.get(), items, kernel, options).report.measured.total.value();
  }
  return {{"cap", settings.cap},
          {"results", static_cast<double>(settings.items) * doubles * 8 / (1 << 20)},
          {"grown", grown},
          {"sum", sum},
          {"batch", report.plan.pattern.batch.value_or(0)},
          {"wall", batched},
          {"uncapped", uncapped}};
}

nlohmann::json slowed(MPI_Comm comm, const Settings& settings) {
  int rank = 0;
  int ranks = 1;
  MPI_Comm_rank(comm, &rank);
  MPI_Comm_size(comm, &ranks);
  const Worker work(true, 0);
  std::vector<double> items;
  if (is_root(comm)) items.assign(static_cast<std::size_t>(settings.items), 1e-3);
  // What one of equal ranks has done by half of the run.
  const std::int64_t half = settings.items / ranks / 2;
  const double item = 1e-3;
  const double fast = static_cast<double>(ranks) - 1;
  const double bound = static_cast<double>(half) * item +
                       (static_cast<double>(settings.items) - static_cast<double>(half) * ranks) *
                           item / (fast + 0.25);
  return quietest(comm, settings.attempts, [&] {
    nlohmann::json result;
    for (const char* const pattern : {"map", "stream", "batch"}) {
      std::vector<double> ratios;
      for (int i = 0; i < settings.rounds; ++i) {
        std::int64_t done = 0;
        const bool slow = rank == ranks - 1;
        const auto kernel = [&](double time) {
          const bool now_slow = slow && ++done > half;
          return work(Seconds(now_slow ? 4 * time : time)).value();
        };
        ratios.push_back(seconds_of(comm, pattern, items, kernel, {}) / bound);
      }
      result[pattern] = mpisize::median(ratios);
    }
    return result;
  });
}

nlohmann::json journal(MPI_Comm comm, const Settings& settings) {
  const double speed = polite_sum(comm, is_root(comm) ? steps_per_second() : 0.0);
  const auto kernel = [work = Worker(false, speed)](double time) {
    return work(Seconds(time)).value();
  };
  std::vector<double> items;
  if (is_root(comm)) items.assign(static_cast<std::size_t>(settings.items), 1e-3);
  const std::string file =
      (std::filesystem::temp_directory_path() / "mpisize-bench.XXXXXX").string();
  return quietest(comm, settings.attempts, [&] {
    nlohmann::json result;
    for (const bool sync : {false, true}) {
      int turn = 0;
      const auto kept = [&] {
        Options options;
        options.ranks = 2;
        options.journal = file + std::to_string(++turn);
        options.journal_sync = sync;
        const double wall = seconds_of(comm, "stream", items, kernel, options);
        if (is_root(comm)) std::filesystem::remove(options.journal);
        return wall;
      };
      const auto plain = [&] {
        Options options;
        options.ranks = 2;
        return seconds_of(comm, "stream", items, kernel, options);
      };
      result[sync ? "synced" : "kept"] = by_turns(settings.rounds, kept, plain);
    }
    return result;
  });
}

}  // namespace bench
