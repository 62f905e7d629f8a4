/// The hosts of a machine, one by one: who is near to whom, and who is not like the others.
#pragma once

#include <string>
#include <vector>

#include "mpisize/model/topology.hpp"

namespace mpisize {

/// One host as the probe found it.
struct Host {
  std::string name;
  int rack = 0;        ///< From 0; hosts of a rack are nearer to each other than to the rest.
  double speed = 1;    ///< Of one rank computing, over the median host's.
  Topology topology;   ///< Of this host alone.
  bool usable = true;  ///< False: plans leave it out.
  std::vector<std::string> findings;  ///< What is odd about it, one sentence each.
  friend bool operator==(const Host&, const Host&) = default;
};

/// Hosts below this speed are slow: named, and taken last or not at all.
inline constexpr double slow_host_speed = 0.85;

/// Two hosts (by number) that exchanged messages: fastest one-way times.
struct HostPair {
  int a = 0;
  int b = 0;
  Seconds small{};  ///< Of a byte.
  Seconds large{};  ///< Of a large message, the same size for all pairs.
};

/// Pairs to be measured first, in rounds of pairs that share no host. Up to 8 hosts everybody meets
/// everybody; of more, host i meets i XOR 2^r in round r, and in twice as many rounds a host drawn
/// at random: the number of rounds grows with the logarithm of the number of hosts.
[[nodiscard]] std::vector<std::vector<HostPair>> first_rounds(int hosts);

/// Rack of each host, numbered from 0 in the order of hosts: hosts that are linked by near pairs. A
/// pair is near unless its small or large message takes 1.25 times as long as that of the quickest
/// pair or more.
[[nodiscard]] std::vector<int> racks_of(int hosts, const std::vector<HostPair>& pairs);

/// Pairs, one host of each of two racks, that have not met yet and must before the racks can be
/// told apart; at most `most`.
[[nodiscard]] std::vector<HostPair> pairs_to_check(const std::vector<int>& racks,
                                                   const std::vector<HostPair>& pairs,
                                                   std::size_t most);

/// Names what is odd: slow (plans weigh it), of another shape than most, or alone with a link
/// slower than what its peers have among each other (not usable; its rack becomes that of the
/// others). `speed` holds what was measured, in any unit, and becomes relative.
void judge(std::vector<Host>& hosts, const std::vector<HostPair>& pairs);

/// What to say of a host with another MPI than the first one has.
[[nodiscard]] std::string other_mpi(const std::string& its, const std::string& first,
                                    const std::string& of_first);

/// Number of different racks.
[[nodiscard]] int rack_count(const std::vector<Host>& hosts);

}  // namespace mpisize
