// Racks are found from pairs of hosts, odd hosts are named.
#include "mpisize/model/hosts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Measured as the probe does it: rounds, then what is open, with 3 % of noise.
std::vector<HostPair> met(int hosts, const std::function<HostPair(HostPair)>& measure) {
  Random random(1);
  const auto noisy = [&](HostPair p) {
    p = measure(p);
    p.small = p.small * (1 + 0.03 * random.uniform());
    p.large = p.large * (1 + 0.03 * random.uniform());
    return p;
  };
  std::vector<HostPair> pairs;
  for (const auto& round : first_rounds(hosts)) {
    for (const HostPair& p : round) pairs.push_back(noisy(p));
  }
  for (;;) {
    const auto open = pairs_to_check(racks_of(hosts, pairs), pairs, 1);
    if (open.empty()) return pairs;
    pairs.push_back(noisy(open.front()));
  }
}

/// Racks given by a function of the host.
HostPair between(HostPair p, const std::function<int(int)>& rack, double small, double large) {
  const bool same = rack(p.a) == rack(p.b);
  p.small = Seconds(200e-6 * (same ? 1 : small));
  p.large = Seconds(9e-3 * (same ? 1 : large));
  return p;
}

TEST(Hosts, RoundsOfPairsGrowWithTheLogarithm) {
  EXPECT_EQ(first_rounds(2).size(), 1U);
  EXPECT_EQ(first_rounds(8).size(), 7U) << "everybody meets everybody";
  EXPECT_EQ(first_rounds(1000).size(), 30U);
  for (const auto& round : first_rounds(13)) {
    std::vector<int> seen;
    for (const HostPair& p : round) seen.insert(seen.end(), {p.a, p.b});
    std::sort(seen.begin(), seen.end());
    EXPECT_EQ(std::unique(seen.begin(), seen.end()), seen.end()) << "a host plays twice at once";
  }
}

TEST(Hosts, RacksAreFoundWhereverTheyAre) {
  const std::vector<std::function<int(int)>> layouts{[](int) { return 0; },
                                                     [](int h) { return h / 4; },
                                                     [](int h) { return h % 2; },
                                                     [](int h) { return h / 3; },
                                                     [](int h) { return h % 3; },
                                                     [](int h) { return h / 2; },
                                                     [](int h) { return h < 5 ? 0 : 1; }};
  for (int hosts = 2; hosts <= 24; ++hosts) {
    for (const auto& rack : layouts) {
      // Farther away, or only behind an uplink half as fast.
      for (const auto& [small, large] : {std::pair{1.5, 1.2}, std::pair{1.0, 1.9}}) {
        const auto pairs =
            met(hosts, [&](const HostPair& p) { return between(p, rack, small, large); });
        const auto found = racks_of(hosts, pairs);
        bool several = false;
        for (int h = 1; h < hosts; ++h) several = several || rack(h) != rack(0);
        bool company = false;  // Without two hosts in a rack, nothing is near.
        for (int a = 0; a < hosts; ++a) {
          for (int b = a + 1; b < hosts; ++b) company = company || rack(a) == rack(b);
        }
        if (!company) continue;
        for (int a = 0; a < hosts; ++a) {
          for (int b = a + 1; b < hosts; ++b) {
            EXPECT_EQ(found[static_cast<std::size_t>(a)] == found[static_cast<std::size_t>(b)],
                      rack(a) == rack(b))
                << hosts << " hosts, " << a << " and " << b;
          }
        }
      }
    }
  }
}

std::vector<Host> four_hosts() {
  std::vector<Host> hosts(4);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    hosts[i].name = "n" + std::to_string(i + 1);
    hosts[i].speed = 1e9;
    hosts[i].topology.grant = {8, 8, 8, {}, {}};
  }
  return hosts;
}

TEST(Hosts, AlikeHostsAreFine) {
  auto hosts = four_hosts();
  judge(hosts, met(4, [](const HostPair& p) {
          return between(
              p, [](int) { return 0; }, 1, 1);
        }));
  for (const Host& h : hosts) {
    EXPECT_THAT(h.findings, IsEmpty());
    EXPECT_TRUE(h.usable);
    EXPECT_DOUBLE_EQ(h.speed, 1);
  }
}

TEST(Hosts, ASlowHostIsNamedAndLeftToThePlanner) {
  auto hosts = four_hosts();
  hosts.push_back(hosts.back());
  hosts[1].speed = 0.8e9;
  hosts[2].speed = 0.45e9;
  judge(hosts, {});
  EXPECT_THAT(hosts[1].findings, ElementsAre(HasSubstr("0.80 of the others' speed")));
  EXPECT_TRUE(hosts[1].usable);
  EXPECT_THAT(hosts[2].findings, ElementsAre(HasSubstr("speed")));
  EXPECT_TRUE(hosts[2].usable);
}

TEST(Hosts, AnotherShapeIsNamed) {
  auto hosts = four_hosts();
  hosts[3].topology.grant.cores = 4;
  judge(hosts, {});
  EXPECT_THAT(hosts[3].findings, ElementsAre(HasSubstr("4 cores for us where most hosts have 8")));
}

TEST(Hosts, ABadLinkIsNotTakenForARack) {
  auto hosts = four_hosts();
  const auto lonely = [](int h) { return h == 2 ? 1 : 0; };
  const auto pairs = met(4, [&](const HostPair& p) { return between(p, lonely, 3, 3); });
  const auto racks = racks_of(4, pairs);
  for (std::size_t h = 0; h < hosts.size(); ++h) hosts[h].rack = racks[h];
  judge(hosts, pairs);
  EXPECT_THAT(hosts[2].findings, ElementsAre(HasSubstr("its link is slower than its peers'")));
  EXPECT_FALSE(hosts[2].usable);
  EXPECT_EQ(rack_count(hosts), 1);
}

}  // namespace
}  // namespace mpisize
