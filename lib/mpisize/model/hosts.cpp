#include "mpisize/model/hosts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>

#include "mpisize/base/human.hpp"
#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

constexpr double far_from = 1.25;

std::size_t at(int i) { return static_cast<std::size_t>(i); }

/// Nothing but the link makes a message quick; all else only makes it slow.
Seconds quickest(const std::vector<HostPair>& pairs, Seconds HostPair::*part) {
  Seconds least = pairs.front().*part;
  for (const HostPair& p : pairs) least = std::min(least, p.*part);
  return least;
}

/// Near pairs, by what the quickest take.
class Near {
 public:
  explicit Near(const std::vector<HostPair>& pairs)
      : small_(quickest(pairs, &HostPair::small)), large_(quickest(pairs, &HostPair::large)) {}
  bool operator()(const HostPair& p) const {
    return p.small < far_from * small_ && p.large < far_from * large_;
  }
  [[nodiscard]] Seconds small() const { return small_; }
  [[nodiscard]] Seconds large() const { return large_; }

 private:
  Seconds small_;
  Seconds large_;
};

/// The value that most have, the first of those that are equally frequent.
template <class T>
T most_common(const std::vector<T>& values) {
  return *std::max_element(values.begin(), values.end(), [&values](const T& a, const T& b) {
    return std::count(values.begin(), values.end(), a) <
           std::count(values.begin(), values.end(), b);
  });
}

void judge_speed(std::vector<Host>& hosts) {
  std::vector<double> speeds;
  speeds.reserve(hosts.size());
  for (const Host& h : hosts) speeds.push_back(h.speed);
  // Of two hosts the quicker is the yardstick.
  const double usual = hosts.size() == 2 ? std::max(speeds[0], speeds[1]) : median(speeds);
  if (!(usual > 0)) return;
  for (Host& h : hosts) {
    h.speed /= usual;
    if (h.speed >= slow_host_speed) continue;
    h.findings.push_back(fmt::format("computes at {:.2f} of the others' speed", h.speed));
  }
}

void judge_shape(std::vector<Host>& hosts) {
  std::vector<int> cores;
  std::vector<int> pus;
  for (const Host& h : hosts) {
    cores.push_back(h.topology.grant.cores);
    pus.push_back(h.topology.grant.pus);
  }
  const int usual_cores = most_common(cores);
  const int usual_pus = most_common(pus);
  for (Host& h : hosts) {
    if (h.topology.grant.cores != usual_cores) {
      h.findings.push_back(fmt::format("has {} cores for us where most hosts have {}",
                                       h.topology.grant.cores, usual_cores));
    } else if (h.topology.grant.pus != usual_pus) {
      h.findings.push_back(fmt::format("has {} PUs for us where most hosts have {}",
                                       h.topology.grant.pus, usual_pus));
    }
  }
}

/// A host alone in its rack, where others have company, has a bad link.
void judge_links(std::vector<Host>& hosts, const std::vector<HostPair>& pairs) {
  if (pairs.empty()) return;
  std::map<int, int> members;
  for (const Host& h : hosts) ++members[h.rack];
  const auto largest =
      std::max_element(members.begin(), members.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (largest->second < 2) return;
  const Near near(pairs);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    Host& h = hosts[i];
    if (members[h.rack] > 1) continue;
    Seconds small(1e30);
    Seconds large(1e30);
    for (const HostPair& p : pairs) {
      if (at(p.a) != i && at(p.b) != i) continue;
      small = std::min(small, p.small);
      large = std::min(large, p.large);
    }
    h.findings.push_back(fmt::format(
        "its link is slower than its peers': {} instead of {} for a byte, {} instead of {} for a "
        "large message",
        human(small), human(near.small()), human(large), human(near.large())));
    h.usable = false;
    h.rack = largest->first;
  }
  // Numbered without holes.
  std::map<int, int> numbers;
  for (Host& h : hosts) {
    h.rack = numbers.try_emplace(h.rack, static_cast<int>(numbers.size())).first->second;
  }
}

}  // namespace

std::vector<std::vector<HostPair>> first_rounds(int hosts) {
  constexpr int few = 8;
  std::vector<std::vector<HostPair>> rounds;
  if (hosts < 2) return rounds;
  std::vector<int> order(at(hosts));
  std::iota(order.begin(), order.end(), 0);
  if (hosts <= few) {
    // Everybody meets everybody (round robin): one stays, the others move on by a place.
    if (hosts % 2 == 1) order.push_back(-1);
    const std::size_t n = order.size();
    for (std::size_t round = 1; round < n; ++round) {
      rounds.emplace_back();
      for (std::size_t i = 0; i < n / 2; ++i) {
        const auto [a, b] = std::minmax(order[i], order[n - 1 - i]);
        if (a >= 0) rounds.back().push_back(HostPair{a, b});
      }
      std::rotate(order.begin() + 1, order.end() - 1, order.end());
    }
    return rounds;
  }
  for (int bit = 1; bit < hosts; bit *= 2) {
    rounds.emplace_back();
    for (int i = 0; i < hosts; ++i) {
      const int j = i ^ bit;
      if (i < j && j < hosts) rounds.back().push_back(HostPair{i, j});
    }
  }
  constexpr std::uint64_t seed = 1;
  Random random(seed);
  const std::size_t drawn = 2 * rounds.size();
  for (std::size_t round = 0; round < drawn; ++round) {
    for (std::size_t i = order.size() - 1; i > 0; --i) {
      std::swap(order[i],
                order[at(static_cast<int>(random.below(static_cast<std::int64_t>(i) + 1)))]);
    }
    rounds.emplace_back();
    for (std::size_t i = 0; i + 1 < order.size(); i += 2) {
      const auto [a, b] = std::minmax(order[i], order[i + 1]);
      rounds.back().push_back(HostPair{a, b});
    }
  }
  return rounds;
}

std::vector<int> racks_of(int hosts, const std::vector<HostPair>& pairs) {
  std::vector<int> rack(at(hosts));
  std::iota(rack.begin(), rack.end(), 0);
  if (!pairs.empty()) {
    const Near near(pairs);
    for (const HostPair& p : pairs) {
      if (!near(p)) continue;
      const int from = std::max(rack[at(p.a)], rack[at(p.b)]);
      const int to = std::min(rack[at(p.a)], rack[at(p.b)]);
      std::replace(rack.begin(), rack.end(), from, to);
    }
  }
  std::map<int, int> numbers;
  for (int& r : rack) r = numbers.try_emplace(r, static_cast<int>(numbers.size())).first->second;
  return rack;
}

std::vector<HostPair> pairs_to_check(const std::vector<int>& racks,
                                     const std::vector<HostPair>& pairs, std::size_t most) {
  std::map<int, int> first;  // Host that speaks for a rack.
  for (std::size_t h = 0; h < racks.size(); ++h) first.try_emplace(racks[h], static_cast<int>(h));
  std::set<std::pair<int, int>> met;  // Racks.
  for (const HostPair& p : pairs) {
    met.insert(std::minmax(racks[at(p.a)], racks[at(p.b)]));
  }
  std::vector<HostPair> open;
  for (auto a = first.begin(); a != first.end(); ++a) {
    for (auto b = std::next(a); b != first.end(); ++b) {
      if (open.size() == most) return open;
      if (!met.contains(std::minmax(a->first, b->first)))
        open.push_back(HostPair{a->second, b->second});
    }
  }
  return open;
}

void judge(std::vector<Host>& hosts, const std::vector<HostPair>& pairs) {
  if (hosts.size() < 2) return;
  judge_speed(hosts);
  judge_shape(hosts);
  judge_links(hosts, pairs);
}

std::string other_mpi(const std::string& its, const std::string& first,
                      const std::string& of_first) {
  return "has " + its + " where " + first + " has " + of_first + "; load the same MPI on all hosts";
}

int rack_count(const std::vector<Host>& hosts) {
  std::set<int> racks;
  for (const Host& h : hosts) racks.insert(h.rack);
  return static_cast<int>(racks.size());
}

}  // namespace mpisize
