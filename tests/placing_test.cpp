#include "mpisize/choose/placing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <queue>
#include <string>
#include <vector>

#include "made_kernels.hpp"
#include "mpisize/model/replay.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t all_chunks = std::int64_t{1} << 40;

Host host(const std::string& name, double speed, int pus = 2, int rack = 0) {
  Host h;
  h.name = name;
  h.speed = speed;
  h.rack = rack;
  h.topology.grant = {pus, pus, static_cast<double>(pus), {}, {}};
  return h;
}

Machine machine_of(std::vector<Host> hosts) {
  Machine machine = made::machine(hosts.front().topology.grant.pus, Seconds(1e-6));
  machine.topology.nodes = static_cast<int>(
      std::count_if(hosts.begin(), hosts.end(), [](const Host& h) { return h.usable; }));
  machine.hosts = std::move(hosts);
  return machine;
}

Request request_of(std::vector<Host> hosts, std::int64_t items = 4000, double mean = 1e-3,
                   made::Shape shape = made::Shape::uniform) {
  Random random(5);
  const auto times = made::item_times(shape, items, mean, random);
  return made::request(machine_of(std::move(hosts)), made::sampled(times, 200, 1));
}

/// Ranks of speeds `v` that each take the next chunk when they are free: nothing else takes time.
double on_demand(const std::vector<double>& times, const std::vector<double>& v,
                 std::int64_t chunk) {
  using Free = std::pair<double, std::size_t>;
  std::priority_queue<Free, std::vector<Free>, std::greater<>> free;
  for (std::size_t r = 0; r < v.size(); ++r) free.push({0, r});
  double last = 0;
  for (std::size_t i = 0; i < times.size();) {
    auto [at, rank] = free.top();
    free.pop();
    for (std::int64_t c = 0; c < chunk && i < times.size(); ++c) at += times[i++] / v[rank];
    last = std::max(last, at);
    free.push({at, rank});
  }
  return last;
}

/// A block each, in rank order.
double in_blocks(const std::vector<double>& times, const std::vector<double>& v) {
  const auto ranks = static_cast<int>(v.size());
  ChunkSequence blocks(Schedule::static_block, static_cast<std::int64_t>(times.size()), ranks, 1);
  double last = 0;
  std::size_t i = 0;
  for (const double speed : v) {
    double sum = 0;
    for (std::int64_t left = blocks.next(); left > 0; --left) sum += times[i++];
    last = std::max(last, sum / speed);
  }
  return last;
}

struct Cluster {
  Situation situation;
  std::vector<double> speeds;  ///< Of the workers.
};

/// The root alone on its node, then `each` workers on each node of these speeds.
Cluster cluster(const std::vector<double>& times, const std::vector<double>& speeds, int each) {
  Cluster c;
  c.situation.work = made::exact_workload(times);
  Spread spread{{1, 1, 1, 1, Distance::root_node}};
  for (const double v : speeds) {
    spread.push_back({1, each, static_cast<double>(each), v, Distance::root_rack});
    c.speeds.insert(c.speeds.end(), static_cast<std::size_t>(each), v);
  }
  const int ranks = 1 + static_cast<int>(c.speeds.size());
  c.situation.spreads = std::make_shared<const Spreads>(Spreads{{ranks, spread}});
  return c;
}

TEST(Placing, ReplayOfUnlikeNodesIsThatOfADumbEventLoop) {
  Random random(11);
  std::vector<double> off;
  for (int round = 0; round < 60; ++round) {
    const auto shape = made::shapes[round % 3];  // Rising ones make ties.
    const auto items = 200 + random.below(2000);
    const auto times = made::item_times(shape, items, 1e-3, random);
    std::vector<double> speeds;
    for (int node = 0; node < 4; ++node) speeds.push_back(0.3 + random.uniform());
    const Cluster c = cluster(times, speeds, static_cast<int>(1 + random.below(4)));
    ScatterPattern p;
    p.queued = 1;
    p.root_computes = false;
    p.chunk = 1 + random.below(8);
    const int ranks = 1 + static_cast<int>(c.speeds.size());
    const double dumb = on_demand(times, c.speeds, p.chunk);
    EXPECT_NEAR(replay(c.situation, ranks, p, 1, all_chunks).total, dumb, 1e-6 * dumb);
    // The closed form is a rough guide.
    EXPECT_NEAR(closed_form(c.situation, ranks, p).total(), dumb, 0.5 * dumb)
        << made::name_of(shape) << " round " << round;
    off.push_back(std::abs(closed_form(c.situation, ranks, p).total() / dumb - 1));
    p.schedule = Schedule::static_block;
    const double blocks = in_blocks(times, c.speeds);
    EXPECT_NEAR(replay(c.situation, ranks, p, 1, all_chunks).total, blocks, 1e-6 * blocks);
  }
  EXPECT_LT(median(off), 0.05);
}

TEST(Placing, ClosedFormOfManyEqualItemsAddsUpTheSpeeds) {
  const std::vector<double> times(20000, 1e-3);
  const Cluster c = cluster(times, {1, 1, 0.5, 0.25}, 2);
  ScatterPattern p;
  p.root_computes = false;
  const double dumb = on_demand(times, c.speeds, 1);
  EXPECT_NEAR(closed_form(c.situation, 9, p).total(), dumb, 0.01 * dumb);
  EXPECT_NEAR(dumb, 20 / 5.5, 0.01);
  p.schedule = Schedule::static_block;
  const double blocks = in_blocks(times, c.speeds);
  EXPECT_NEAR(closed_form(c.situation, 9, p).total(), blocks, 0.01 * blocks);
  EXPECT_NEAR(blocks, 20.0 / 8 / 0.25, 0.01);
}

TEST(Placing, AJumpedReplayIsThatOfEveryChunk) {
  const std::vector<double> times(200000, 1e-4);
  Cluster c = cluster(times, {1, 0.4, 1, 0.8}, 3);
  c.situation.work = workload_of(made::sampled(times, 100, 1), 200000);
  ScatterPattern p;
  p.root_computes = false;
  const double full = replay(c.situation, 13, p, 1, all_chunks).total;
  EXPECT_NEAR(replay(c.situation, 13, p, 1, 2000).total, full, 0.01 * full);
}

TEST(Placing, NodesThatAreAlikeAreAsWithoutPlacement) {
  for (const Schedule schedule : {Schedule::static_block, Schedule::dynamic, Schedule::guided}) {
    for (const bool root_computes : {true, false}) {
      const Request r = request_of({host("a", 1), host("b", 1), host("c", 1)});
      Situation alike = made::situation(r);
      Situation placed = alike;
      spread_ranks(placed, placement_of(r), {6});
      ASSERT_NE(spread_of(placed, 6), nullptr);
      ScatterPattern p;
      p.schedule = schedule;
      p.root_computes = root_computes;
      EXPECT_NEAR(closed_form(placed, 6, p).total(), closed_form(alike, 6, p).total(), 1e-9);
      EXPECT_NEAR(replay(placed, 6, p, 1).total, replay(alike, 6, p, 1).total, 1e-9);
    }
  }
}

TEST(Placing, ASubRootPlanOnUnlikeNodesTakesTheSumOfTheSpeeds) {
  const std::vector<double> times(40000, 1e-3);
  Cluster c = cluster(times, {1, 1, 0.5, 0.5}, 8);
  c.situation.work = workload_of(made::sampled(times, 100, 1), 40000);
  ScatterPattern p;
  p.root_computes = false;
  p.chunk = 64;
  p.sub_roots = SubRoots{8, 1, 2, true};
  const double ideal = 40 / (8 * 3.0);
  EXPECT_NEAR(closed_form(c.situation, 33, p).total(), ideal, 0.1 * ideal);
  EXPECT_NEAR(replay(c.situation, 33, p, 1).total, ideal, 0.1 * ideal);
}

TEST(Placing, WaysBetweenRacksAreSlowerThanThoseInside) {
  Request r = request_of({host("a", 1), host("b", 1), host("c", 1, 2, 1), host("d", 1, 2, 1)}, 400);
  r.kernel.item_bytes = Bytes(100000);
  r.machine.dispatch.round_trip = measured(Seconds(400e-6), Seconds(0), Seconds(0));
  const auto link = [](Level level, Seconds latency, double per_byte) {
    Link l;
    l.level = level;
    l.latency = measured(latency, latency, latency);
    const SecondsPerByte g(per_byte);
    l.per_byte = measured(g, g, g);
    return l;
  };
  const auto time = [&](Seconds latency, double per_byte) {
    r.machine.links = {link(Level::between_nodes, Seconds(2e-4), 1e-9),
                       link(Level::between_racks, latency, per_byte)};
    Situation s = made::situation(r);
    spread_ranks(s, placement_of(r), {8});
    EXPECT_EQ(spread_of(s, 8)->back().from_root, Distance::other_rack);
    ScatterPattern p;
    const double replayed = replay(s, 8, p, 1).total;
    EXPECT_NEAR(closed_form(s, 8, p).total(), replayed, 0.2 * replayed);
    return replayed;
  };
  const double near = time(Seconds(2e-4), 1e-9);
  EXPECT_GT(time(Seconds(5e-3), 1e-9), 1.05 * near);
  // At 100 MB/s an item of 100 kB arrives in the time that a rank takes for one.
  EXPECT_GT(time(Seconds(2e-4), 1e-8), 1.3 * near);
}

TEST(Placing, AllHostsAreUsedWhereTheyAreAlike) {
  const Choice c = choose(request_of({host("a", 1), host("b", 1), host("c", 1)}));
  EXPECT_EQ(c.plan.layout.ranks(), 6);
  EXPECT_EQ(c.plan.layout.nodes, 3);
  ASSERT_EQ(c.plan.placement.size(), 3U);
  EXPECT_EQ(c.plan.placement[2].host, "c");
  EXPECT_EQ(c.plan.placement[2].ranks, 2);
}

TEST(Placing, ASlowHostHelpsWhereManyItemsGoOnDemand) {
  const Choice c = choose(request_of({host("a", 1), host("b", 0.58), host("c", 1)}));
  EXPECT_EQ(c.plan.layout.ranks(), 6);
  EXPECT_EQ(c.plan.placement.back().host, "b");
  EXPECT_THAT(c.plan.reasons,
              ::testing::Contains(HasSubstr("b computes at 0.58 of the others' speed: used; "
                                            "without")));
  const double ideal = 4 / (2 * 2.58);
  EXPECT_NEAR(c.predicted.total.value.value(), ideal, 0.05 * ideal);
}

TEST(Placing, ASlowHostIsLeftOutWhereItWouldEndLast) {
  // As many items as ranks on the quick hosts: each of them takes one.
  const Choice c = choose(request_of({host("a", 1), host("b", 0.3), host("c", 1)}, 4, 0.5));
  EXPECT_EQ(c.plan.layout.ranks(), 4);
  EXPECT_EQ(c.plan.layout.nodes, 2);
  EXPECT_THAT(c.plan.reasons,
              ::testing::Contains(HasSubstr("b computes at 0.30 of the others' speed: left out; "
                                            "with it")));
}

TEST(Placing, AQuotaIsNotCountedTwice) {
  const std::vector<double> times(1000, 1e-3);
  Situation s;
  s.work = made::exact_workload(times);
  // Measured at 0.45 because the quota is 0.45 CPUs.
  const auto pace = [&](int ranks) {
    return pace_of(s, {1, ranks, 0.45, 0.45, Distance::root_rack}, true);
  };
  EXPECT_NEAR(pace(1), 1 / 0.45, 1e-9);
  EXPECT_NEAR(pace(2), 2 / 0.45, 1e-9);
  s.kernel.cpu_share = 0;  // Sleeping needs no CPU.
  EXPECT_NEAR(pace(1), 1, 1e-9);
}

TEST(Placing, HostsThatCannotBeUsedAreNamed) {
  auto hosts = std::vector{host("a", 1), host("b", 1), host("c", 1)};
  hosts[1].usable = false;
  hosts[1].findings = {"cannot be used: no route to host"};
  const Choice c = choose(request_of(hosts));
  EXPECT_EQ(c.plan.layout.ranks(), 4);
  EXPECT_THAT(c.plan.reasons,
              ::testing::Contains("b is left out: cannot be used: no route to host."));
}

TEST(Placing, ForcedRanksGoWhereThereIsRoom) {
  Request r = request_of({host("a", 1, 8), host("b", 1, 2), host("c", 0.5, 8)});
  r.forced.ranks = 10;
  const Choice c = choose(r);
  ASSERT_GE(c.plan.placement.size(), 2U);
  int ranks = 0;
  for (const PlacedNode& node : c.plan.placement) ranks += node.ranks;
  EXPECT_EQ(ranks, 10);
  EXPECT_LE(c.plan.placement[1].ranks, 8);
}

TEST(Placing, OfATopologyThatIsNotTheHostsNothingIsPlaced) {
  Request r = request_of({host("a", 1), host("b", 1)});
  r.machine.topology.nodes = 16;
  EXPECT_THAT(choose(r).plan.placement, IsEmpty());
}

TEST(Placing, RanksThatRunAlreadyStayWhereTheyAre) {
  Request r = request_of({host("a", 1)});
  r.machine.hosts.clear();
  r.machine.topology.nodes = 2;
  r.rank_counts = {1, 2, 3, 4};
  r.placement.nodes = {{"a", 3, 1, 0, 4}, {"b", 1, 0.5, 0, 4}};
  r.placement.node_of_rank = {0, 1, 0, 0};
  const Choice c = choose(r);
  EXPECT_EQ(c.plan.layout.ranks(), 4);
  ASSERT_EQ(c.plan.placement.size(), 2U);
  EXPECT_EQ(c.plan.placement[0].ranks, 3);
  EXPECT_EQ(c.plan.placement[1].ranks, 1);
  const double ideal = 4 / 3.5;
  EXPECT_NEAR(c.predicted.total.value.value(), ideal, 0.05 * ideal);
  EXPECT_THAT(c.plan.reasons, ::testing::Contains(HasSubstr("b computes at 0.50")));
}

/// Nodes of 64 cores, alike and without names.
Request alike_request(int nodes) {
  Random random(5);
  const auto times = made::item_times(made::Shape::uniform, 100000, 1e-3, random);
  Request r = made::request(made::machine(64, Seconds(1e-6)), made::sampled(times, 200, 1));
  r.machine.topology.nodes = nodes;
  return r;
}

TEST(Placing, NodesThatAreAlikeAreFilledBeforeTheNextIsTaken) {
  Request r = alike_request(1024);
  for (const auto& [ranks, nodes] : {std::pair(2, 1), {64, 1}, {65, 2}, {1024, 16}}) {
    r.forced.ranks = ranks;
    const Choice c = choose(r);
    EXPECT_EQ(c.plan.layout.nodes, nodes) << ranks;
    EXPECT_THAT(c.plan.placement, IsEmpty());
  }
}

TEST(Placing, PackedRanksTakeACoreEachBeforeTheyShareOne) {
  Request r = alike_request(4);
  r.machine.topology.grant.pus = 128;
  r.forced.ranks = 256;
  EXPECT_EQ(choose(r).plan.layout.nodes, 4);
  r.forced.ranks = 128;
  EXPECT_EQ(choose(r).plan.layout.nodes, 2);
  r.forced.ranks = 512;
  EXPECT_EQ(choose(r).plan.layout.nodes, 4);
}

TEST(Placing, RanksSpreadWhereANodeSlowsThemDownButNotForALaunchThatTakesLonger) {
  Request r = alike_request(1024);
  r.forced.ranks = 64;
  Slowdown s;
  s.ranks_per_node = 64;
  s.factor = {8, 8, 8};
  r.kernel.slowdown = {s};
  const auto exactly = [](double t) { return measured(Seconds(t), Seconds(t), Seconds(t)); };
  r.machine.launch.per_node = exactly(0);
  const Choice spread = choose(r);
  EXPECT_GT(spread.plan.layout.nodes, 8);
  r.machine.launch.per_node = exactly(0.03);
  const Choice few = choose(r);
  EXPECT_GT(few.plan.layout.nodes, 1);
  EXPECT_LT(few.plan.layout.nodes, spread.plan.layout.nodes);
  r.machine.launch.per_node = exactly(1000);
  EXPECT_EQ(choose(r).plan.layout.nodes, 1);
}

TEST(Placing, NoNodeTakesMoreRanksThanItsMemory) {
  Request r = alike_request(1024);
  r.machine.topology.grant.memory = Bytes(16'000'000'000);
  r.kernel.rank_memory = Bytes(1'000'000'000);
  r.forced.ranks = 64;
  EXPECT_EQ(choose(r).plan.layout.nodes, 4);
}

TEST(Placing, OfPackedRanksThoseOnOtherNodesAreFar) {
  Request r = alike_request(1024);
  Situation s = made::situation(r);
  pack_ranks(s, r, {64, 128});
  EXPECT_EQ(far_workers(s, 64), 0);
  EXPECT_EQ(far_workers(s, 128), 64);
  EXPECT_EQ(paces_of(s, 64, true).far, 0);
}

TEST(Placing, PackedRanksTakeAsLongAsTheFormulasOfNodesThatAreAlikeSay) {
  const Request r = alike_request(4);
  const Situation even = made::situation(r);
  Situation packed = even;
  pack_ranks(packed, r, {256});
  ScatterPattern p;
  for (const Schedule schedule : {Schedule::static_block, Schedule::dynamic, Schedule::guided}) {
    p.schedule = schedule;
    EXPECT_NEAR(closed_form(packed, 256, p).total(), closed_form(even, 256, p).total(), 1e-9);
    EXPECT_NEAR(replay(packed, 256, p, 1).total, replay(even, 256, p, 1).total, 1e-9);
  }
}

/// Every number of ranks on every number of nodes, dynamic, replayed: the plan is hardly slower.
TEST(Placing, IsAsGoodAsTryingEveryNumberOfNodes) {
  Random random(23);
  for (int round = 0; round < 12; ++round) {
    std::vector<Host> hosts;
    for (int i = 0; i < 5; ++i) {
      hosts.push_back(host("n" + std::to_string(i), i < 3 ? 1 : 0.2 + 0.7 * random.uniform(),
                           static_cast<int>(1 + random.below(4))));
    }
    const Request r = request_of(hosts, 10 + random.below(200), 20e-3,
                                 made::shapes[static_cast<std::size_t>(random.below(3))]);
    const Choice c = choose(r);
    const Placement placement = placement_of(r);
    const Spread room = room_of(placement);
    Situation s = made::situation(r);
    const auto judged = [&](int ranks, const Spread& spread, const ScatterPattern& p) {
      s.spreads = std::make_shared<const Spreads>(Spreads{{ranks, spread}});
      double sum = 0;
      for (std::uint64_t seed = 50; seed < 58; ++seed) {
        sum += replay(s, ranks, p, seed, all_chunks).total;
      }
      return sum / 8;
    };
    double best = HUGE_VAL;
    for (int nodes = 1; nodes <= 5; ++nodes) {
      for (int ranks = std::max(2, nodes); ranks <= rank_count(room); ++ranks) {
        for (const std::int64_t chunk : {1, 2, 4}) {
          for (const bool root_computes : {true, false}) {
            ScatterPattern p;
            p.chunk = chunk;
            p.root_computes = root_computes;
            p.queued = 1;
            best = std::min(best, judged(ranks, fill(room, nodes, ranks), p));
          }
        }
      }
    }
    spread_ranks(s, placement, {c.plan.layout.ranks()});
    const Spread chosen = *spread_of(s, c.plan.layout.ranks());
    EXPECT_LT(judged(c.plan.layout.ranks(), chosen, c.plan.pattern), 1.12 * best)
        << "round " << round;
  }
}

}  // namespace
}  // namespace mpisize
