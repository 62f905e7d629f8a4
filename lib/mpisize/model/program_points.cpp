#include "mpisize/model/program_points.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

void require_time(Seconds time, const char* name) {
  if (!(time >= Seconds(0)) || !std::isfinite(time.value())) {
    throw std::invalid_argument(fmt::format(
        "a run with {} of {} s: it must be finite and not negative", name, time.value()));
  }
}

void check(const ProgramRun& run) {
  if (run.ranks < 1 || run.nodes < 1 || run.threads_per_rank < 1) {
    throw std::invalid_argument("a run of fewer than one rank, node or thread");
  }
  require_time(run.wall, "a wall time");
  if (!run.by_rank.empty() && static_cast<int>(run.by_rank.size()) != run.ranks) {
    throw std::invalid_argument(
        fmt::format("a run of {} ranks that lists {} of them", run.ranks, run.by_rank.size()));
  }
  for (const RankUse& rank : run.by_rank) {
    require_time(rank.wall, "a rank's wall time");
    require_time(rank.in_mpi, "a time in MPI");
  }
  if (run.steady) {
    require_time(run.steady->time, "a stretch");
    if (run.steady->repetitions < 1) {
      throw std::invalid_argument("a stretch of a run without a repetition");
    }
  }
}

double computing(const RankUse& rank) { return std::max(0.0, (rank.wall - rank.in_mpi).value()); }

/// What the root does besides waiting: its own computing, and handing over messages.
double busy_of_root(const RankUse& root) {
  double busy = computing(root);
  for (const RoutineUse& use : root.routines) {
    if (is_send(use.routine)) busy += use.time.value();
  }
  return busy;
}

void add_memory(const ProgramRun& run, RunParts& parts) {
  double sum = 0;
  double most = 0;
  for (const RankUse& rank : run.by_rank) {
    const auto bytes = static_cast<double>(rank.peak_resident.value());
    sum += bytes;
    most = std::max(most, bytes);
  }
  if (most <= 0) return;
  parts.most_memory = most;
  parts.mean_memory = sum / run.ranks;
}

RunParts parts_of(const ProgramRun& run, bool master_worker) {
  RunParts parts;
  const double share =
      run.steady ? 1 / static_cast<double>(run.steady->repetitions) : 1;  // Of a repetition.
  if (run.by_rank.empty()) {
    parts.inside = run.steady ? run.steady->time.value() * share : run.wall.value();
    parts.mean = parts.inside;
    if (run.steady) parts.before = run.steady->before.value();
    return parts;
  }
  std::vector<double> others;
  double wall = 0;
  for (const RankUse& rank : run.by_rank) {
    wall = std::max(wall, rank.wall.value());
    if (&rank != &run.by_rank.front() || run.ranks == 1) others.push_back(computing(rank));
  }
  const double mean_of_others = mean(others);
  const double root = computing(run.by_rank.front());
  parts.inside = wall * share;
  const double longest_of_others = *std::max_element(others.begin(), others.end());
  const double sum = mean_of_others * static_cast<double>(others.size());
  const bool all = !master_worker && run.ranks > 1;  // Rank 0 computes with the others.
  parts.mean = (all ? (sum + root) / run.ranks : mean_of_others) * share;
  parts.spread = std::sqrt(variance(others)) * share;
  if (!master_worker) parts.lag = (longest_of_others - mean_of_others) * share;
  if (all) parts.root_excess = (root - mean_of_others) * share;
  const double longest = all ? std::max(root, longest_of_others) : longest_of_others;
  // Who is served sooner computes more: a worker's share tells nothing of waiting for it.
  if (!master_worker) parts.imbalance = longest * share - parts.mean;
  parts.communication = std::max(0.0, parts.inside - parts.mean - parts.imbalance);
  if (master_worker && run.ranks > 1) parts.root_busy = busy_of_root(run.by_rank.front()) * share;
  if (run.steady) {
    parts.before = run.steady->before.value();
  } else {
    parts.outside = std::max(0.0, run.wall.value() - wall);
  }
  add_memory(run, parts);
  return parts;
}

/// A root that computes like the others hands out no work: they only tell it something.
bool root_works_too(const ProgramRun& run) {
  constexpr double like_others = 0.8;
  if (run.ranks < 2 || run.by_rank.empty()) return false;
  double others = 0;
  for (std::size_t r = 1; r < run.by_rank.size(); ++r) others += computing(run.by_rank[r]);
  return computing(run.by_rank.front()) >= like_others * others / (run.ranks - 1);
}

ProgramConfig config_of(const ProgramRun& run) {
  return {run.ranks, run.nodes, run.threads_per_rank};
}

/// Configurations among the runs that are of a kind.
template <class Kind>
std::size_t configurations(const std::vector<ProgramRun>& runs, Kind kind) {
  std::set<ProgramConfig> found;
  for (const ProgramRun& run : runs) {
    if (kind(run)) found.insert(config_of(run));
  }
  return found.size();
}

}  // namespace

std::string describe(const ProgramConfig& config) {
  std::string text = fmt::format("{} rank{}", config.ranks, config.ranks == 1 ? "" : "s");
  if (config.threads > 1) text += fmt::format(" x {} threads", config.threads);
  if (config.nodes > 1) text += fmt::format(" on {} nodes", config.nodes);
  return text;
}

bool is_send(std::string_view routine) {
  constexpr std::array<std::string_view, 14> known{
      "MPI_Send",   "MPI_Ssend",  "MPI_Bsend",      "MPI_Rsend",    "MPI_Isend",
      "MPI_Issend", "MPI_Ibsend", "MPI_Irsend",     "MPI_Sendrecv", "MPI_Sendrecv_replace",
      "MPI_Start",  "MPI_Put",    "MPI_Accumulate", "MPI_Isendrecv"};
  return std::find(known.begin(), known.end(), routine) != known.end();
}

int sharing(int ranks, bool master_worker) {
  return master_worker ? std::max(1, ranks - 1) : ranks;
}

bool is_master_worker(const ProgramRun& run) {
  constexpr int fewest = 3;
  if (run.ranks < fewest || run.by_rank.empty()) return false;
  const RankUse& root = run.by_rank.front();
  std::set<int> served;
  std::int64_t messages = 0;
  for (const PeerUse& p : root.peers) {
    if (p.peer != 0 && p.messages > 0) served.insert(p.peer);
    messages += p.messages;
  }
  if (static_cast<int>(served.size()) != run.ranks - 1) return false;
  for (std::size_t r = 1; r < run.by_rank.size(); ++r) {
    for (const PeerUse& p : run.by_rank[r].peers) {
      if (p.peer != 0 && p.messages > 0) return false;
    }
  }
  std::int64_t on_all = 0;
  for (const RoutineUse& use : root.routines) {
    if (use.comm_size == run.ranks && !is_send(use.routine) &&
        use.routine.find("recv") == std::string::npos &&
        use.routine.find("Recv") == std::string::npos &&
        use.routine.find("robe") == std::string::npos) {
      on_all += use.calls;
    }
  }
  return messages > on_all * (run.ranks - 1);
}

ProgramPoints program_points(const std::vector<ProgramRun>& runs) {
  ProgramPoints all;
  for (const ProgramRun& run : runs) check(run);
  const auto cut = [](const ProgramRun& run) { return run.steady.has_value(); };
  const auto ended = [](const ProgramRun& run) { return !run.steady; };
  all.per_repetition = configurations(runs, cut) > configurations(runs, ended);
  const auto same_kind = [&](const ProgramRun& run) { return cut(run) == all.per_repetition; };
  const std::size_t with_profile = configurations(
      runs, [&](const ProgramRun& run) { return same_kind(run) && !run.by_rank.empty(); });
  all.profiled = with_profile > 1 || (with_profile == 1 && configurations(runs, same_kind) == 1);
  std::vector<const ProgramRun*> used;
  bool star = true;
  int widest = 0;
  const ProgramRun* narrowest = nullptr;  ///< Of several ranks: there shares are largest.
  for (const ProgramRun& run : runs) {
    if (!same_kind(run) || (all.profiled && run.by_rank.empty())) {
      all.left_out.push_back(fmt::format(
          "{}: {}, unlike the other runs", describe(config_of(run)),
          !same_kind(run) ? (cut(run) ? "cut off" : "ran to its end") : "not profiled"));
      continue;
    }
    used.push_back(&run);
    widest = std::max(widest, run.ranks);
    if (run.ranks > 1 && (narrowest == nullptr || run.ranks < narrowest->ranks)) narrowest = &run;
    if (run.ranks > 2) star = star && is_master_worker(run);
  }
  all.master_worker = all.profiled && star && widest > 2 && !root_works_too(*narrowest);
  std::map<ProgramConfig, ProgramPoint> by_config;
  for (const ProgramRun* run : used) {
    ProgramPoint& point = by_config[config_of(*run)];
    point.config = config_of(*run);
    if (point.runs.empty()) point.example = *run;
    RunParts parts = parts_of(*run, all.master_worker);
    if (!all.profiled && !run->by_rank.empty())
      parts = parts_of(
          [&] {
            ProgramRun plain = *run;
            plain.by_rank.clear();
            return plain;
          }(),
          false);
    point.runs.push_back(parts);
  }
  for (auto& [config, point] : by_config) all.points.push_back(std::move(point));
  return all;
}

double median_of(const ProgramPoint& point, double RunParts::*part) {
  std::vector<double> values;
  values.reserve(point.runs.size());
  for (const RunParts& run : point.runs) values.push_back(run.*part);
  return median(values);
}

}  // namespace mpisize
