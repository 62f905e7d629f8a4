#include <algorithm>
#include <cmath>
#include <set>

#include "mpisize/model/message_program.hpp"
#include "mpisize/model/program_calls.hpp"

namespace mpisize {
namespace {

std::size_t at(int i) { return static_cast<std::size_t>(i); }

Bytes whole(double bytes) {
  constexpr double most = 1e15;
  return Bytes(std::llround(std::clamp(bytes, 0.0, most)));
}

/// How ranks lie on nodes.
struct Lying {
  int nodes = 1;
  int per_node = 1;
  bool dealt = false;  ///< In turn, not in blocks.
  [[nodiscard]] int node_of(int rank) const {
    return dealt ? rank % std::max(1, nodes) : rank / std::max(1, per_node);
  }
};

Lying lying_of(const ProgramCalls& calls, const ProgramConfig& config) {
  return {config.nodes, (config.ranks + config.nodes - 1) / std::max(1, config.nodes), calls.dealt};
}

/// Hosts beyond those known are in the first rack.
MessagePlayer player_of(const Machine& machine, int ranks, const Lying& lying) {
  std::vector<RankPlace> places;
  for (int r = 0; r < ranks; ++r) {
    const int host = lying.node_of(r);
    const bool known = at(host) < machine.hosts.size();
    places.push_back({host, known ? machine.hosts[at(host)].rack : 0});
  }
  return {machine.links, places};
}

/// Each rank with those at these distances on both sides, at once.
MessageProgram exchange(int ranks, const std::set<int>& distances, Bytes size) {
  MessageProgram program(at(ranks));
  for (int r = 0; r < ranks; ++r) {
    Step step;
    for (const int d : distances) {
      const int above = (r + d) % ranks;
      const int below = (r + ranks - d) % ranks;
      step.receives.push_back({below, size});
      step.sends.push_back({above, size});
      if (above == below) continue;  // Two ranks: one neighbour.
      step.receives.push_back({above, size});
      step.sends.push_back({below, size});
    }
    program[at(r)].push_back(step);
  }
  return program;
}

/// Messages of a rank in one exchange, and its time.
struct Exchange {
  double messages = 1;
  double seconds = 0;
};

Exchange one_exchange(const CallKind& kind, const MessagePlayer& player, Bytes size) {
  const int n = player.ranks();
  if (kind.everybody || kind.distance.empty()) {
    return {n - 1.0,
            player.play(program_of(Collective::alltoall, Algorithm::linear, n, size)).value()};
  }
  std::set<int> distances;
  for (const double e : kind.distance) {
    const auto d = static_cast<int>(std::lround(std::pow(n, e)));
    distances.insert(std::clamp(std::min(d, n - d), 1, n - 1));
  }
  const MessageProgram program = exchange(n, distances, size);
  return {static_cast<double>(program.front().front().sends.size()), player.play(program).value()};
}

/// Calls of one kind in the whole job of config.ranks, played on `played` ranks of it.
double kind_time(const CallKind& kind, const Machine& machine, const ProgramConfig& config,
                 const Lying& lying, int played) {
  const double ranks = config.ranks;
  const Bytes size = whole(kind.bytes.at(ranks));
  const double calls = kind.calls.at(ranks);
  if (calls <= 0) return 0;
  if (!kind.collective) {
    const Exchange e = one_exchange(kind, player_of(machine, played, lying), size);
    // With all peers the messages of a rank grow with P, and so does an exchange.
    const double messages = kind.everybody ? calls * (played - 1.0) / (ranks - 1.0) : calls;
    return messages / e.messages * e.seconds;
  }
  const int comm = static_cast<int>(
      std::clamp(std::lround(kind.comm_size.at(ranks) * played / ranks), 2L, long{played}));
  const MessagePlayer player = player_of(machine, comm, lying);
  return calls * kind.share * collective_time(player, *kind.collective, size).value();
}

/// Share of the workers that are on the root's node.
double near_root(const ProgramConfig& config, const Lying& lying) {
  return std::min(1.0, (lying.per_node - 1.0) / std::max(1, config.ranks - 1));
}

/// A message to every worker and back for each item that it does, all workers at once.
double root_time(const RootTraffic& root, const Machine& machine, const ProgramConfig& config,
                 const Lying& lying) {
  const int workers = std::max(1, config.ranks - 1);
  const double near = near_root(config, lying);
  const auto both_ways = [&](Level level) {
    const auto link = link_at(machine, level);
    return link ? (message_time(*link, whole(root.bytes_out)) +
                   message_time(*link, whole(root.bytes_in)))
                      .value()
                : 0;
  };
  return root.messages / workers *
         (near * both_ways(Level::same_node) + (1 - near) * both_ways(Level::between_nodes));
}

}  // namespace

Seconds root_receive_time(const ProgramCalls& calls, const Machine& machine,
                          const ProgramConfig& config) {
  if (!calls.root || machine.links.empty() || config.ranks < 2) return Seconds(0);
  const Bytes size = whole(calls.root->bytes_in);
  const auto held = [&](Level level) {
    const auto link = link_at(machine, level);
    if (!link) return 0.0;
    if (link->eager_limit && size > *link->eager_limit) return message_time(*link, size).value();
    const double port = link->node_per_byte ? link->node_per_byte->value.value() : 0;
    return link->message.receive.value.value() + static_cast<double>(size.value()) * port;
  };
  const double near = near_root(config, lying_of(calls, config));
  return Seconds(calls.root->messages *
                 (near * held(Level::same_node) + (1 - near) * held(Level::between_nodes)));
}

Seconds link_time(const ProgramCalls& calls, const Machine& machine, const ProgramConfig& config) {
  constexpr int most_played = 64;
  constexpr double nearly_doubled = 1.6;
  if (machine.links.empty() || config.ranks < 2) return Seconds(0);
  const Lying lying = lying_of(calls, config);
  if (calls.root) return Seconds(root_time(*calls.root, machine, config, lying));
  double sum = 0;
  for (const CallKind& kind : calls.kinds) {
    if (config.ranks <= most_played) {
      sum += kind_time(kind, machine, config, lying, config.ranks);
      continue;
    }
    const double all = kind_time(kind, machine, config, lying, most_played);
    const double half = kind_time(kind, machine, config, lying, most_played / 2);
    const double doublings = std::log2(static_cast<double>(config.ranks) / most_played);
    // In proportion to the ranks, or to the rounds of a tree.
    sum += all > nearly_doubled * half ? all * std::pow(all / half, doublings)
                                       : all + std::max(0.0, all - half) * doublings;
  }
  return Seconds(sum);
}

}  // namespace mpisize
