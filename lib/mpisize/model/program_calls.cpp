#include "mpisize/model/program_calls.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

/// Name without "MPI_", "MPI_I" and the v of vectors: "allreduce".
std::string stem_of(const std::string& routine) {
  std::string stem = routine.substr(routine.rfind("MPI_", 0) == 0 ? 4 : 0);
  for (char& c : stem) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  if (stem.size() > 1 && stem.front() == 'i' && stem != "init") stem.erase(0, 1);
  return stem;
}

struct KnownCollective {
  const char* stem;
  Collective what;
  double share;
};
constexpr std::array<KnownCollective, 16> known_collectives{{
    {"allreduce", Collective::allreduce, 1},
    {"bcast", Collective::bcast, 1},
    {"reduce", Collective::reduce, 1},
    {"barrier", Collective::barrier, 1},
    {"alltoall", Collective::alltoall, 1},
    {"alltoallv", Collective::alltoall, 1},
    {"alltoallw", Collective::alltoall, 1},
    {"allgather", Collective::allgather, 1},
    {"allgatherv", Collective::allgather, 1},
    {"gather", Collective::gatherv, 1},
    {"gatherv", Collective::gatherv, 1},
    {"scatter", Collective::scatterv, 1},
    {"scatterv", Collective::scatterv, 1},
    {"reduce_scatter", Collective::allreduce, 0.5},
    {"reduce_scatter_block", Collective::allreduce, 0.5},
    {"scan", Collective::allreduce, 1},
}};

const KnownCollective* known(const std::string& routine) {
  const std::string stem = stem_of(routine);
  const auto* const found = std::find_if(known_collectives.begin(), known_collectives.end(),
                                         [&](const KnownCollective& k) { return stem == k.stem; });
  return found == known_collectives.end() ? nullptr : found;
}

/// A kind of call: the routine, and whether on all ranks or on some.
using Key = std::pair<std::string, bool>;

struct Sum {
  double calls = 0;
  double bytes = 0;
  double sizes = 0;        ///< Communicator sizes, weighted by calls.
  bool some_none = false;  ///< Some ranks handed over nothing, others did.
  bool some = false;
};

std::map<Key, Sum> sums_of(const ProgramRun& run) {
  std::map<Key, Sum> sums;
  for (const RankUse& rank : run.by_rank) {
    for (const RoutineUse& use : rank.routines) {
      if (use.comm_size < 2 || use.calls == 0 || known(use.routine) == nullptr) continue;
      Sum& sum = sums[{use.routine, use.comm_size == run.ranks}];
      sum.calls += static_cast<double>(use.calls);
      sum.bytes += static_cast<double>(use.bytes);
      sum.sizes += static_cast<double>(use.calls) * use.comm_size;
      (use.bytes == 0 ? sum.some_none : sum.some) = true;
    }
  }
  return sums;
}

/// Bytes of a call as collective_time() wants them.
double size_of(const KnownCollective& what, const Sum& sum) {
  const double comm_size = sum.sizes / sum.calls;
  double per_call = sum.bytes / sum.calls;
  const bool rooted = what.what == Collective::bcast || what.what == Collective::scatterv;
  if (rooted && sum.some && sum.some_none) per_call *= comm_size;  // Only the root hands over.
  const bool by_pair = what.what == Collective::alltoall || what.what == Collective::scatterv;
  return by_pair ? per_call / comm_size : per_call;
}

double repetitions(const ProgramRun& run) {
  return run.steady ? static_cast<double>(run.steady->repetitions) : 1;
}

CallKind collective_kind(const ProgramPoints& points, const Key& key) {
  const KnownCollective& what = *known(key.first);
  std::vector<Seen> calls;
  std::vector<Seen> bytes;
  std::vector<Seen> sizes;
  for (const ProgramPoint& point : points.points) {
    const auto sums = sums_of(point.example);
    const auto found = sums.find(key);
    if (found == sums.end()) continue;
    const Sum& sum = found->second;
    const double p = point.config.ranks;
    calls.push_back({p, sum.calls / p / repetitions(point.example)});
    bytes.push_back({p, size_of(what, sum)});
    sizes.push_back({p, sum.sizes / sum.calls});
  }
  CallKind kind{key.first,    what.what,    what.share, grown(calls),
                grown(bytes), grown(sizes), false,      {}};
  if (key.second) kind.comm_size = {1, Shape::linear, true};
  return kind;
}

struct Traffic {
  double messages = 0;
  double bytes = 0;
};

/// Messages between different ranks that `from` sent, or all of them if -1.
Traffic traffic_of(const ProgramRun& run, int from = -1) {
  Traffic t;
  for (const RankUse& rank : run.by_rank) {
    if (from >= 0 && rank.rank != from) continue;
    for (const PeerUse& p : rank.peers) {
      if (p.peer == rank.rank) continue;
      t.messages += static_cast<double>(p.messages);
      t.bytes += static_cast<double>(p.bytes);
    }
  }
  return t;
}

/// Exponents of the distances to peers, d = P^e, of those that make a tenth of the messages or
/// more.
std::vector<double> distances_of(const ProgramRun& run) {
  constexpr std::array<double, 5> exponents{0, 1.0 / 3, 0.5, 2.0 / 3, 1};
  constexpr double least_share = 0.1;
  std::map<double, double> weight;
  double all = 0;
  for (const RankUse& rank : run.by_rank) {
    for (const PeerUse& p : rank.peers) {
      const int apart = std::abs(p.peer - rank.rank);
      const int distance = std::min(apart, run.ranks - apart);
      if (distance < 1) continue;
      const double e = run.ranks > 2 ? std::log(distance) / std::log(run.ranks) : 0;
      const double nearest =
          *std::min_element(exponents.begin(), exponents.end(),
                            [e](double a, double b) { return std::abs(a - e) < std::abs(b - e); });
      weight[nearest] += static_cast<double>(p.messages);
      all += static_cast<double>(p.messages);
    }
  }
  std::vector<double> found;
  for (const auto& [exponent, messages] : weight) {
    if (messages >= least_share * all) found.push_back(exponent);
  }
  return found;
}

bool with_everybody(const ProgramRun& run) {
  constexpr double nearly = 0.9;
  constexpr int fewest = 4;
  std::size_t peers = 0;
  for (const RankUse& rank : run.by_rank) peers += rank.peers.size();
  return run.ranks >= fewest &&
         static_cast<double>(peers) >= nearly * run.ranks * (run.ranks - 1.0);
}

std::optional<CallKind> message_kind(const ProgramPoints& points) {
  std::vector<Seen> calls;
  std::vector<Seen> bytes;
  const ProgramRun* widest = nullptr;
  for (const ProgramPoint& point : points.points) {
    const Traffic t = traffic_of(point.example);
    if (t.messages == 0) continue;
    const double p = point.config.ranks;
    calls.push_back({p, t.messages / p / repetitions(point.example)});
    bytes.push_back({p, t.bytes / t.messages});
    if (widest == nullptr || point.config.ranks >= widest->ranks) widest = &point.example;
  }
  if (widest == nullptr) return std::nullopt;
  CallKind kind;
  kind.routine = "messages";
  kind.calls = grown(calls);
  kind.bytes = grown(bytes);
  kind.comm_size = {1, Shape::linear, true};
  kind.everybody = with_everybody(*widest);
  kind.distance = distances_of(*widest);
  return kind;
}

RootTraffic root_traffic(const ProgramPoints& points) {
  const ProgramPoint& widest = points.points.back();
  const Traffic out = traffic_of(widest.example, 0);
  const Traffic all = traffic_of(widest.example);
  const double back = std::max(1.0, all.messages - out.messages);
  const double messages = std::max(1.0, out.messages);
  return {messages / repetitions(widest.example), out.bytes / messages,
          (all.bytes - out.bytes) / back};
}

}  // namespace

bool ProgramCalls::certain() const {
  return std::all_of(kinds.begin(), kinds.end(), [](const CallKind& kind) {
    return kind.calls.certain && kind.bytes.certain && kind.comm_size.certain;
  });
}

ProgramCalls program_calls(const ProgramPoints& points) {
  ProgramCalls calls;
  if (!points.profiled || points.points.empty()) return calls;
  if (points.master_worker) {
    calls.root = root_traffic(points);
    return calls;
  }
  std::set<Key> keys;
  for (const ProgramPoint& point : points.points) {
    for (const auto& [key, sum] : sums_of(point.example)) keys.insert(key);
  }
  for (const Key& key : keys) calls.kinds.push_back(collective_kind(points, key));
  if (auto messages = message_kind(points)) calls.kinds.push_back(*std::move(messages));
  return calls;
}

}  // namespace mpisize
