#include "mpisize/mpi/host_probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <optional>

#include "mpisize/base/statistics.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/measure/work_rate.hpp"
#include "mpisize/mpi/check.hpp"
#include "mpisize/mpi/probe_comm.hpp"

namespace mpisize {
namespace {

constexpr int root = 0;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// A topology as numbers; "unknown" memory is left out of a pair (known, value).
std::vector<double> flattened(const Topology& t) {
  const auto memory = [](const std::optional<Bytes>& m) {
    return std::array<double, 2>{m ? 1.0 : 0.0, static_cast<double>(m.value_or(Bytes(0)).value())};
  };
  const auto node = memory(t.node.memory);
  const auto grant = memory(t.grant.memory);
  return {static_cast<double>(t.node.packages),
          static_cast<double>(t.node.numa_nodes),
          static_cast<double>(t.node.cores),
          static_cast<double>(t.node.pus),
          node[0],
          node[1],
          static_cast<double>(t.grant.cores),
          static_cast<double>(t.grant.pus),
          t.grant.cpus,
          grant[0],
          grant[1]};
}

Topology topology_of(const std::vector<double>& words) {
  const auto whole = [&words](std::size_t i) { return static_cast<int>(words.at(i)); };
  const auto memory = [&words](std::size_t i) -> std::optional<Bytes> {
    if (words.at(i) == 0) return std::nullopt;
    return Bytes(static_cast<std::int64_t>(words.at(i + 1)));
  };
  Topology t;
  t.node = {whole(0), whole(1), whole(2), whole(3), memory(4)};
  t.grant.cores = whole(6);
  t.grant.pus = whole(7);
  t.grant.cpus = words.at(8);
  t.grant.memory = memory(9);
  return t;
}

/// All PUs that ranks of this host may run on: mpirun binds each rank to few of them.
Topology topology_here(const ProbeComm& comm, const RankMap& map) {
  std::vector<double> mine;
  for (const int pu : affinity_pus()) mine.push_back(pu);
  const auto all = comm.gather(mine);
  std::vector<double> flat;
  for (std::size_t r = 0; r < all.size(); ++r) {
    for (const double pu : all[r]) flat.insert(flat.end(), {static_cast<double>(r), pu});
  }
  comm.share(flat);
  std::vector<int> pus;
  const int here = map.host_of[at(comm.rank())];
  for (std::size_t i = 0; i < flat.size(); i += 2) {
    if (map.host_of[static_cast<std::size_t>(flat[i])] == here) {
      pus.push_back(static_cast<int>(flat[i + 1]));
    }
  }
  std::sort(pus.begin(), pus.end());
  pus.erase(std::unique(pus.begin(), pus.end()), pus.end());
  return read_topology(pus);
}

/// Hosts with another MPI than the first may get through a probe, but not through every job.
void compare_mpi(const ProbeComm& comm, const RankMap& map, std::vector<Host>& hosts) {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> version{};
  int length = 0;
  check(MPI_Get_library_version(version.data(), &length), "MPI_Get_library_version");
  const std::string mine = mpi_name({version.data(), static_cast<std::size_t>(length)});
  const auto all = comm.gather(std::vector<double>(mine.begin(), mine.end()));
  const auto name_on = [&](std::size_t host) {
    const std::vector<double>& letters = all[at(map.ranks[host].front())];
    std::string name;
    for (const double letter : letters) name += static_cast<char>(letter);
    return name;
  };
  for (std::size_t h = 1; h < hosts.size(); ++h) {
    if (name_on(h) == name_on(0)) continue;
    hosts[h].usable = false;
    hosts[h].findings.push_back(other_mpi(name_on(h), hosts[0].name, name_on(0)));
  }
}

/// Shape and speed of each host, at the root.
std::vector<Host> look_at_hosts(const ProbeComm& comm, const RankMap& map) {
  constexpr Seconds of_a_turn{0.04};
  const int here = map.host_of[at(comm.rank())];
  const bool leads = map.ranks[at(here)].front() == comm.rank();
  const Topology topology = topology_here(comm, map);

  // Hosts that share a kernel take turns; all others compute at once.
  const auto kernels = comm.gather({static_cast<double>(kernel_identity())});
  std::vector<double> turns;
  std::map<double, double> taken;
  for (std::size_t h = 0; comm.rank() == root && h < map.hosts.size(); ++h) {
    const double kernel = kernels[at(map.ranks[h].front())].front();
    turns.push_back(taken[kernel]++);
  }
  comm.share(turns);
  const auto rounds = static_cast<int>(1 + *std::max_element(turns.begin(), turns.end()));
  double rate = 0;
  for (int turn = 0; turn < rounds; ++turn) {
    comm.meet();
    if (leads && static_cast<int>(turns[at(here)]) == turn) rate = work_rate(of_a_turn);
  }
  comm.meet();

  std::vector<double> words;
  if (leads) {
    words = flattened(topology);
    words.push_back(rate);
  }
  const auto all = comm.gather(words);
  std::vector<Host> hosts;
  for (std::size_t h = 0; comm.rank() == root && h < map.hosts.size(); ++h) {
    const std::vector<double>& of_host = all[at(map.ranks[h].front())];
    Host host;
    host.name = map.hosts[h];
    host.topology = topology_of(of_host);
    host.speed = of_host.back();
    hosts.push_back(host);
  }
  return hosts;
}

/// A part of the probe that some pairs of ranks play: the first serves, the second answers.
struct Match {
  int server = 0;
  int partner = 0;
  double what = 0;  ///< Level of a link; for the server.
};

std::vector<Match> shared(const ProbeComm& comm, const std::vector<Match>& matches) {
  std::vector<double> words;
  for (const Match& m : matches) {
    words.insert(words.end(),
                 {static_cast<double>(m.server), static_cast<double>(m.partner), m.what});
  }
  comm.share(words);
  std::vector<Match> result;
  for (std::size_t i = 0; i < words.size(); i += 3) {
    result.push_back({static_cast<int>(words[i]), static_cast<int>(words[i + 1]), words[i + 2]});
  }
  return result;
}

/// Plays the matches, whose ranks differ, at once. `serve` runs on each server; what it returns
/// comes back at the root, by match.
template <class Serve>
std::vector<std::vector<double>> play(const ProbeComm& comm, const std::vector<Match>& wanted,
                                      Serve serve) {
  const std::vector<Match> matches = shared(comm, wanted);
  comm.meet();
  std::vector<double> mine;
  for (const Match& m : matches) {
    if (m.server == comm.rank()) mine = serve(m);
    if (m.partner == comm.rank()) answer(comm, m.server);
  }
  const auto all = comm.gather(mine);
  std::vector<std::vector<double>> results;
  for (const Match& m : matches) {
    if (comm.rank() == root) results.push_back(all[at(m.server)]);
  }
  return results;
}

constexpr std::int64_t small_message = 1;
constexpr std::int64_t large_message = std::int64_t{1} << 20;
constexpr Seconds forever{1e9};

/// One round of pairs that talk at once.
void meet_pairs(const ProbeComm& comm, const RankMap& map, const std::vector<HostPair>& round,
                std::vector<HostPair>& met) {
  std::vector<Match> matches;
  matches.reserve(round.size());
  for (const HostPair& p : round) {
    matches.push_back({map.ranks[at(p.a)].front(), map.ranks[at(p.b)].front(), 0});
  }
  const auto times = play(comm, matches, [&comm](const Match& m) {
    // One quiet moment is enough: each trip counts by itself.
    constexpr int trips = 1;
    constexpr int small_rounds = 24;
    constexpr Seconds long_trip{0.02};
    PingPong game(comm, m.partner, forever);
    const Seconds small = game.quickest(small_message, trips, small_rounds);
    const Seconds first = game.quickest(large_message, 1, 1);
    const Seconds large =
        first > long_trip ? first : std::min(first, game.quickest(large_message, 1, 2));
    return std::vector<double>{small.value(), large.value()};
  });
  for (std::size_t i = 0; i < times.size(); ++i) {
    met.push_back(HostPair{round[i].a, round[i].b, Seconds(times[i][0]), Seconds(times[i][1])});
  }
}

/// Collective; pairs and racks are known at the root, and how it goes on is its choice.
std::vector<HostPair> find_racks(const ProbeComm& comm, const RankMap& map,
                                 std::vector<int>& racks) {
  const auto hosts = static_cast<int>(map.hosts.size());
  std::vector<HostPair> met;
  for (const auto& round : first_rounds(hosts)) meet_pairs(comm, map, round, met);
  constexpr std::size_t most_checks = 64;
  std::size_t checks = 0;
  for (;;) {
    std::vector<HostPair> open;
    if (comm.rank() == root) {
      racks = racks_of(hosts, met);
      open = pairs_to_check(racks, met, checks++ < most_checks ? 1 : 0);
    }
    std::vector<double> words;
    if (!open.empty()) words = {static_cast<double>(open[0].a), static_cast<double>(open[0].b)};
    comm.share(words);
    if (words.empty()) return met;
    meet_pairs(comm, map, {HostPair{static_cast<int>(words[0]), static_cast<int>(words[1])}}, met);
  }
}

/// Matches for one link per level; at the root.
std::vector<Match> representatives(const RankMap& map, const std::vector<Host>& hosts,
                                   const std::map<Level, int>& near_root) {
  std::vector<Match> matches;
  const auto add = [&matches](Level level, int server, int partner) {
    matches.push_back({server, partner, static_cast<double>(static_cast<int>(level))});
  };
  for (const auto& [level, rank] : near_root) {
    if (level < Level::between_nodes) add(level, root, rank);
  }
  const auto rank_on = [&map](std::size_t host) { return map.ranks[host].front(); };
  // The first pair of hosts of one rack, without findings if there is such a pair.
  const auto add_first = [&](Level level, bool same_rack) {
    for (const bool any : {false, true}) {
      for (std::size_t a = 0; a < hosts.size(); ++a) {
        for (std::size_t b = a + 1; b < hosts.size(); ++b) {
          const bool fine = hosts[a].usable && hosts[b].usable;
          if ((hosts[a].rack == hosts[b].rack) != same_rack || !(fine || any)) continue;
          add(level, rank_on(a), rank_on(b));
          return;
        }
      }
    }
  };
  add_first(Level::between_nodes, true);
  add_first(Level::between_racks, false);
  return matches;
}

/// Seconds per byte that pass when all matches stream at once.
std::optional<Estimate<SecondsPerByte>> together(const ProbeComm& comm,
                                                 const std::vector<Match>& wanted,
                                                 SecondsPerByte alone) {
  constexpr Seconds of_a_round{0.1};
  constexpr std::int64_t smallest = 64 << 10;
  constexpr std::int64_t largest = std::int64_t{8} << 20;
  constexpr int rounds = 3;
  constexpr int messages = 4;
  std::vector<double> words{static_cast<double>(wanted.size()), alone.value()};
  comm.share(words);
  if (words[0] < 1 || !(words[1] > 0)) return std::nullopt;
  const double bytes = of_a_round.value() / words[1] / words[0] / messages;
  const std::int64_t size = std::clamp(static_cast<std::int64_t>(bytes), smallest, largest);
  std::vector<double> each;
  for (int i = 0; i < rounds; ++i) {
    const auto times = play(comm, wanted, [&comm, size](const Match& m) {
      PingPong game(comm, m.partner, forever);
      if (m.what == 0) static_cast<void>(game.stream(size, 1));
      return std::vector<double>{game.stream(size, messages).value()};
    });
    double longest = 0;
    for (const auto& t : times) longest = std::max(longest, t.front());
    each.push_back(longest / (words[0] * messages * static_cast<double>(size)));
  }
  std::sort(each.begin(), each.end());
  return measured(SecondsPerByte(median(each)), SecondsPerByte(each.front()),
                  SecondsPerByte(each.back()));
}

/// All ranks exchange small messages, host with host: of as many as are under way at once a message
/// waits for half.
std::optional<Estimate<Seconds>> probe_fabric(const ProbeComm& comm, const RankMap& map) {
  std::vector<Match> all;
  const std::size_t half = map.hosts.size() / 2;
  for (std::size_t h = 0; comm.rank() == root && h < half; ++h) {
    const auto& from = map.ranks[h];
    const auto& to = map.ranks[h + half];
    for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i) {
      all.push_back({from[i], to[i], 0});
    }
  }
  const std::vector<Match> one(all.begin(), all.begin() + (all.empty() ? 0 : 1));
  const auto seconds = [&](const std::vector<Match>& matches) {
    const auto times = play(comm, matches, [&comm](const Match& m) {
      constexpr int trips = 20;
      constexpr int rounds = 3;
      PingPong game(comm, m.partner, forever);
      return std::vector<double>{game.quickest(small_message, trips, rounds).value()};
    });
    double sum = 0;
    for (const auto& t : times) sum += t.front();
    return times.empty() ? 0 : sum / static_cast<double>(times.size());
  };
  std::vector<double> gaps;
  constexpr int repetitions = 3;
  for (int i = 0; i < repetitions; ++i) {
    const double alone = seconds(one);
    const double together = seconds(all);
    gaps.push_back(2 * std::max(0.0, together - alone) / static_cast<double>(all.size() + 1));
  }
  if (all.size() < 2) return std::nullopt;
  std::sort(gaps.begin(), gaps.end());
  return measured(Seconds(median(gaps)), Seconds(gaps.front()), Seconds(gaps.back()));
}

/// Ports of the pair of hosts of a link, with all ranks that both have.
void probe_ports(const ProbeComm& comm, const RankMap& map, const Match& pair, Link& link) {
  std::vector<Match> matches;
  if (comm.rank() == root) {
    const auto& from = map.ranks[at(map.host_of[at(pair.server)])];
    const auto& to = map.ranks[at(map.host_of[at(pair.partner)])];
    for (std::size_t i = 0; i < std::min(from.size(), to.size()); ++i) {
      matches.push_back({from[i], to[i], 0});
    }
  }
  link.node_per_byte = together(
      comm, matches, link.pieces.empty() ? SecondsPerByte(0) : link.pieces.back().cost.beta);
}

}  // namespace

HostSurvey probe_hosts(MPI_Comm user, Seconds budget, const ProbeProgress& progress) {
  const ProbeComm comm(user);
  const RankMap map = map_ranks(comm);
  const Seconds start = now();
  const bool at_root = comm.rank() == root;
  const auto done = [&](double share) {
    if (progress && at_root) progress(share);
  };
  HostSurvey survey;
  survey.hosts = look_at_hosts(comm, map);
  compare_mpi(comm, map, survey.hosts);
  done(0.1);
  std::vector<int> racks;
  survey.pairs = find_racks(comm, map, racks);
  for (std::size_t h = 0; h < survey.hosts.size(); ++h) survey.hosts[h].rack = racks[h];
  if (at_root) judge(survey.hosts, survey.pairs);
  done(0.3);

  const auto near_root = partners_of_root(comm, map);
  std::vector<Match> matches;
  if (at_root) matches = representatives(map, survey.hosts, near_root);
  matches = shared(comm, matches);
  // Ports and the end take a part, too. Busy hosts may have used up the budget before: links are
  // what it is for.
  constexpr double of_links = 0.8;
  constexpr double least = 0.4;
  const Seconds each = std::max(least * budget, of_links * budget - (now() - start)) /
                       static_cast<double>(std::max<std::size_t>(1, matches.size()));
  std::vector<double> times{each.value()};
  comm.share(times);
  for (std::size_t i = 0; i < matches.size(); ++i) {
    const Match& m = matches[i];
    const Level level = static_cast<Level>(static_cast<int>(m.what));
    const auto words = play(comm, {m}, [&](const Match& match) {
      const auto link = measure_link(comm, level, match.partner, Seconds(times.front()), {});
      return link ? flattened(std::vector<Link>{*link}) : std::vector<double>();
    });
    Link link;
    if (at_root && !words.front().empty()) link = unflattened(words.front()).front();
    if (level == Level::between_nodes) probe_ports(comm, map, m, link);
    if (at_root && !link.pieces.empty()) survey.links.push_back(link);
    done(0.3 + 0.6 * static_cast<double>(i + 1) / static_cast<double>(matches.size()));
  }

  // Everybody to the first host at once.
  std::vector<Match> incast;
  SecondsPerByte alone{};
  std::size_t at_link = survey.links.size();
  for (std::size_t i = 0; i < survey.links.size(); ++i) {
    if (survey.links[i].level != Level::between_nodes) continue;
    at_link = i;
    alone = survey.links[i].pieces.back().cost.beta;
  }
  constexpr std::size_t most_senders = 16;
  const auto receivers = at_root ? map.ranks[0].size() : 0;
  for (std::size_t h = 1;
       at_root && h < std::min(map.hosts.size(), receivers + 1) && incast.size() < most_senders;
       ++h) {
    incast.push_back({map.ranks[h].front(), map.ranks[0][h - 1], 0});
  }
  const auto taken_in = together(comm, incast, alone);
  const auto fabric = probe_fabric(comm, map);
  if (at_link < survey.links.size()) {
    survey.links[at_link].incast_per_byte = taken_in;
    survey.links[at_link].shared_gap = fabric;
  }
  done(1);
  return survey;
}

}  // namespace mpisize
