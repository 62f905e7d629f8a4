/// Kernels and machines made up for the tests of the model and the planner.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "mpisize/base/statistics.hpp"
#include "mpisize/choose/planner.hpp"
#include "mpisize/model/time_model.hpp"
#include "mpisize/model/work_list.hpp"

namespace mpisize::made {

enum class Shape { uniform, lognormal_cv1, lognormal_cv2, rising, straggler };
inline constexpr Shape shapes[] = {Shape::uniform, Shape::lognormal_cv1, Shape::lognormal_cv2,
                                   Shape::rising, Shape::straggler};

inline std::string name_of(Shape shape) {
  switch (shape) {
    case Shape::uniform:
      return "uniform";
    case Shape::lognormal_cv1:
      return "lognormal CV 1";
    case Shape::lognormal_cv2:
      return "lognormal CV 2";
    case Shape::rising:
      return "rising";
    case Shape::straggler:
      return "one straggler";
  }
  return "?";
}

/// Seconds of each item, their mean near `mean`.
inline std::vector<double> item_times(Shape shape, std::int64_t items, double mean,
                                      Random& random) {
  std::vector<double> times(static_cast<std::size_t>(items), mean);
  const auto lognormal = [&](double cv) {
    const double sigma = std::sqrt(std::log1p(cv * cv));
    for (double& t : times) t = mean * std::exp(sigma * random.normal() - sigma * sigma / 2);
  };
  switch (shape) {
    case Shape::uniform:
      for (double& t : times) t *= 0.98 + 0.04 * random.uniform();
      break;
    case Shape::lognormal_cv1:
      lognormal(1);
      break;
    case Shape::lognormal_cv2:
      lognormal(2);
      break;
    case Shape::rising:
      for (std::size_t i = 0; i < times.size(); ++i) {
        times[i] *= 0.1 + 1.8 * (static_cast<double>(i) + 0.5) / static_cast<double>(items);
      }
      break;
    case Shape::straggler:
      // A tenth of the total, anywhere.
      times[static_cast<std::size_t>(random.below(items))] *= static_cast<double>(items) / 9;
      break;
  }
  return times;
}

/// What sampling `samples` items one by one finds.
inline KernelProfile sampled(const std::vector<double>& times, std::int64_t samples,
                             std::uint64_t seed) {
  KernelProfile kernel;
  kernel.items = static_cast<std::int64_t>(times.size());
  kernel.item_bytes = Bytes(8);
  kernel.result_bytes = Bytes(8);
  StratifiedPicks picks(kernel.items, seed);
  for (std::int64_t i = 0; i < std::min(samples, kernel.items); ++i) {
    ItemSample s;
    s.index = s.position = picks.next(1);
    s.time = Seconds(times[static_cast<std::size_t>(s.index)]);
    s.in = s.out = Bytes(8);
    s.alone = true;
    kernel.samples.push_back(s);
  }
  return kernel;
}

/// One node with `cpus` cores on which a chunk costs root and worker `dispatch` each.
inline Machine machine(int cpus, Seconds dispatch) {
  Machine m;
  m.topology.node = {1, 1, cpus, cpus, {}};
  m.topology.grant = {cpus, cpus, static_cast<double>(cpus), {}, {}};
  const auto exactly = [](Seconds t) { return measured(t, t, t); };
  m.dispatch.root_per_chunk = exactly(dispatch);
  m.dispatch.worker_per_chunk = exactly(dispatch);
  m.dispatch.round_trip = exactly(dispatch * 4);
  return m;
}

inline Request request(const Machine& machine, const KernelProfile& kernel) {
  Request r;
  r.machine = machine;
  r.kernel = kernel;
  r.items = kernel.items;
  return r;
}

/// What choose() makes of a request in which nothing has run yet.
inline Situation situation(const Request& r) {
  Situation s;
  s.work = workload_of(r.kernel, r.items);
  s.cpus = r.machine.topology.grant.cpus;
  s.nodes = r.machine.topology.nodes;
  s.costs = stage_costs(r.machine, r.kernel);
  s.kernel = r.kernel;
  s.kernel.samples.clear();
  s.start_up = r.kernel.first_item.value.value();
  return s;
}

/// A stratum per item, so that every draw is that item's time.
inline Workload exact_workload(const std::vector<double>& times) {
  Workload work;
  work.items = work.seen = static_cast<std::int64_t>(times.size());
  for (std::size_t i = 0; i < times.size(); ++i) {
    work.strata.push_back({static_cast<std::int64_t>(i), 1, 1.0, {times[i]}, times[i], 0});
    work.total += times[i];
    work.largest = std::max(work.largest, times[i]);
  }
  work.tail = tail_of(work.strata);
  work.mean = work.total / static_cast<double>(times.size());
  work.sd = std::sqrt(variance(times));
  work.largest_seen = work.largest;
  return work;
}

}  // namespace mpisize::made
