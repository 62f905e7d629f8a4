#include "mpisize/choose/program_candidates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <stdexcept>

#include "mpisize/choose/candidates.hpp"

namespace mpisize {
namespace {

constexpr double seconds_per_hour = 3600;

void require(const std::optional<double>& value, const char* name) {
  if (value && !(*value > 0 && std::isfinite(*value))) {
    throw std::invalid_argument(
        fmt::format("{} is {}, but must be above 0 and finite", name, *value));
  }
}

void check(const ProgramRequest& r) {
  require(r.limits.min_efficiency, "min_efficiency");
  require(r.limits.budget, "budget");
  require(r.rates.core_hour, "the price of a core-hour");
  if (r.limits.deadline) require(r.limits.deadline->value(), "deadline");
  for (const auto& count : {r.limits.max_ranks, r.ranks, r.nodes, r.threads_per_rank}) {
    if (count && *count < 1) {
      throw std::invalid_argument(
          fmt::format("a number of ranks, nodes or threads is {}, but must be 1 or more", *count));
    }
  }
}

int cores_of_node(const ProgramRequest& r) {
  return std::max(1, r.model.machine.topology.grant.cores);
}
int nodes_granted(const ProgramRequest& r) { return std::max(1, r.model.machine.topology.nodes); }

std::vector<int> threads_of(const ProgramRequest& r) {
  if (r.threads_per_rank) return {*r.threads_per_rank};
  if (!r.threads.empty()) return r.threads;
  std::set<int> seen{r.model.threads.base};
  for (const auto& [threads, ratio] : r.model.threads.measured) seen.insert(threads);
  return {seen.begin(), seen.end()};
}

std::vector<int> ranks_of(const ProgramRequest& r, int threads) {
  if (r.ranks) return {*r.ranks};
  const int most_cores = cores_of_node(r) * nodes_granted(r) / threads;
  const int most = std::min(most_cores, r.limits.max_ranks.value_or(most_cores));
  std::vector<int> counts;
  if (r.rank_counts.empty()) {
    if (most >= 1) counts = rank_grid(most);
  } else {
    for (const int count : r.rank_counts) {
      if (count >= 1 && count <= most) counts.push_back(count);
    }
  }
  const auto& seen = r.model.points.points;
  const bool master_alone = r.model.points.master_worker &&
                            std::none_of(seen.begin(), seen.end(), [](const ProgramPoint& point) {
                              return point.config.ranks == 1;
                            });
  if (master_alone) std::erase(counts, 1);  // Nobody knows what it does without workers.
  std::sort(counts.begin(), counts.end());
  counts.erase(std::unique(counts.begin(), counts.end()), counts.end());
  return counts;
}

std::optional<Bytes> memory_limit(const ProgramRequest& r) {
  return r.limits.node_memory ? r.limits.node_memory : r.model.machine.topology.grant.memory;
}

bool fits_memory(const ProgramRequest& r, const ProgramPrediction& p) {
  const auto limit = memory_limit(r);
  return !limit || !p.node_memory_high || *p.node_memory_high <= *limit;
}

/// As few nodes as have the cores and the memory.
ProgramPrediction placed(const ProgramRequest& r, int ranks, int threads) {
  const int least = nodes_for(r.model.machine.topology, ranks, threads, r.model.options.dealt);
  if (r.nodes) return predict(r.model, {ranks, std::min(ranks, *r.nodes), threads});
  const int most = std::max(least, std::min(ranks, nodes_granted(r)));
  ProgramPrediction p = predict(r.model, {ranks, least, threads});
  for (int nodes = least + 1; nodes <= most && !fits_memory(r, p); ++nodes) {
    // Ranks per node decide: numbers of nodes that leave them as they are do not help.
    if ((ranks + nodes - 1) / nodes == (ranks + nodes - 2) / (nodes - 1)) continue;
    p = predict(r.model, {ranks, nodes, threads});
  }
  return p;
}

double cores_paid(const ProgramRequest& r, const ProgramConfig& c) {
  if (r.rates.whole_nodes) return static_cast<double>(c.nodes) * cores_of_node(r);
  return static_cast<double>(c.ranks) * c.threads;
}

/// What stands against the limit, over it: above 1 breaks it.
struct Held {
  const char* limit;
  double ratio;
};

std::vector<Held> held_against(const ProgramRequest& r, const ProgramCandidate& c) {
  const ProgramPrediction& p = c.predicted;
  const double upper = p.total.value.value() > 0 ? p.total.high / p.total.value : 1;
  std::vector<Held> held;
  const auto memory = memory_limit(r);
  if (memory && p.node_memory_high) {
    held.push_back({"memory of a node", static_cast<double>(p.node_memory_high->value()) /
                                            static_cast<double>(memory->value())});
  }
  if (r.limits.deadline) held.push_back({"deadline", p.total.high / *r.limits.deadline});
  if (r.limits.min_efficiency) {
    held.push_back({"min_efficiency", *r.limits.min_efficiency / std::max(1e-9, p.efficiency)});
  }
  if (r.limits.budget) {
    held.push_back({"budget", c.cost.value_or(c.core_hours) * upper / *r.limits.budget});
  }
  return held;
}

ProgramCandidate candidate_of(const ProgramRequest& r, const ProgramPrediction& p) {
  ProgramCandidate c;
  c.predicted = p;
  const double seconds = p.total.value.value();
  c.core_hours = cores_paid(r, p.config) * seconds / seconds_per_hour;
  if (r.rates.core_hour) c.cost = c.core_hours * *r.rates.core_hour;
  if (r.power) c.energy = energy_of(*r.power, p.config, p.total);
  for (const Held& h : held_against(r, c)) {
    if (h.ratio > 1) c.breaks.emplace_back(h.limit);
  }
  return c;
}

}  // namespace

int nodes_for(const Topology& topology, int ranks, int threads, bool dealt) {
  if (dealt) return std::clamp(topology.nodes, 1, ranks);
  const int per_node = std::max(1, std::max(1, topology.grant.cores) / std::max(1, threads));
  return std::min(ranks, (ranks + per_node - 1) / per_node);
}

std::string_view name_of(Goal goal) {
  switch (goal) {
    case Goal::time:
      return "time";
    case Goal::core_hours:
      return "core-hours";
    case Goal::energy:
      return "energy";
    case Goal::cost:
      return "cost";
  }
  return "";
}

double objective(const ProgramRequest& request, const ProgramCandidate& c) {
  const bool by_work = request.model.options.scaling == Scaling::weak;
  const double work = by_work ? c.predicted.config.ranks : 1;
  switch (request.goal) {
    case Goal::time:
      return c.predicted.total.value.value() / work;
    case Goal::energy:
      if (!request.power) return c.core_hours / work;
      return c.energy ? c.energy->value.value() / work : std::numeric_limits<double>::infinity();
    case Goal::cost:
      return c.cost.value_or(c.core_hours) / work;
    case Goal::core_hours:
      break;
  }
  return c.core_hours / work;
}

std::vector<ProgramCandidate> program_candidates(const ProgramRequest& request) {
  check(request);
  std::vector<ProgramCandidate> candidates;
  for (const int threads : threads_of(request)) {
    for (const int ranks : ranks_of(request, threads)) {
      candidates.push_back(candidate_of(request, placed(request, ranks, threads)));
    }
  }
  return candidates;
}

double worst_ratio(const ProgramRequest& r, const ProgramCandidate& c) {
  double worst = 0;
  for (const Held& h : held_against(r, c)) worst = std::max(worst, h.ratio);
  return worst;
}

std::optional<std::string> worst_limit(const ProgramRequest& r, const ProgramCandidate& c) {
  std::optional<std::string> name;
  double worst = 1;
  for (const Held& h : held_against(r, c)) {
    if (h.ratio <= worst) continue;
    worst = h.ratio;
    name = h.limit;
  }
  return name;
}

}  // namespace mpisize
