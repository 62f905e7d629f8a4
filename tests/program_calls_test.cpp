#include "mpisize/model/program_calls.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "program_worlds.hpp"

namespace mpisize {
namespace {

using worlds::Kind;
using worlds::World;

ProgramCalls calls_of(const World& world, const std::vector<int>& counts = {2, 4, 8}) {
  return program_calls(program_points(worlds::sample(world, counts, 1, 1)));
}

TEST(Grown, EveryShapeIsFoundFromThreeCounts) {
  for (int i = 0; i <= static_cast<int>(Shape::sqrt); ++i) {
    const auto shape = static_cast<Shape>(i);
    std::vector<Seen> seen;
    for (const double p : {3., 8., 20.}) seen.push_back({p, 7 * value_of(shape, p)});
    const Grown g = grown(seen);
    EXPECT_EQ(name_of(g.shape), name_of(shape));
    EXPECT_NEAR(g.coefficient, 7, 1e-9);
    EXPECT_TRUE(g.certain);
  }
}

TEST(Grown, OneCountIsTakenForConstantAndIsNotCertain) {
  const Grown g = grown(std::array{Seen{4, 10}});
  EXPECT_EQ(g.shape, Shape::constant);
  EXPECT_DOUBLE_EQ(g.at(99), 10);
  EXPECT_FALSE(g.certain);
}

TEST(Grown, NothingStaysNothing) {
  EXPECT_EQ(grown(std::array{Seen{4, 0}, Seen{8, 0}}).at(16), 0);
  EXPECT_EQ(grown({}).at(16), 0);
}

TEST(ProgramCalls, OfAlltoallThePairsShareShrinksWithTheSquare) {
  World world;
  world.kind = Kind::transpose;
  world.bytes = 1 << 22;
  world.steps = 20;
  const auto calls = calls_of(world);
  ASSERT_EQ(calls.kinds.size(), 1U);
  EXPECT_EQ(calls.kinds[0].collective, Collective::alltoall);
  EXPECT_DOUBLE_EQ(calls.kinds[0].calls.at(32), 20);
  EXPECT_NEAR(calls.kinds[0].bytes.at(32), (1 << 22) / 1024.0, 1);
  EXPECT_TRUE(calls.certain());
}

TEST(ProgramCalls, OfARowTheNeighboursAreAsManyAndAsNear) {
  World world;
  world.kind = Kind::halo;
  world.bytes = 4096;
  const auto calls = calls_of(world);
  ASSERT_EQ(calls.kinds.size(), 1U);
  EXPECT_NEAR(calls.kinds[0].calls.at(32), 20 * 62 / 32.0, 1e-9);
  EXPECT_NEAR(calls.kinds[0].bytes.at(32), 4096, 1e-6);
  EXPECT_EQ(calls.kinds[0].distance, std::vector{0.0});
}

TEST(ProgramCalls, OfAPlaneTheEdgesShrink) {
  World world;
  world.kind = Kind::plane;
  world.bytes = 1 << 20;
  const auto calls = calls_of(world, {4, 9, 16});
  ASSERT_EQ(calls.kinds.size(), 1U);
  EXPECT_EQ(calls.kinds[0].bytes.shape, Shape::inverse_sqrt);
  EXPECT_EQ(calls.kinds[0].calls.shape, Shape::plane);
}

TEST(ProgramCalls, RoutinesOnSomeRanksKeepTheirCommunicators) {
  ProgramPoints points;
  for (const int ranks : {4, 16, 64}) {
    ProgramRun run;
    run.ranks = ranks;
    const auto side = static_cast<int>(std::sqrt(ranks));
    for (int r = 0; r < ranks; ++r) {
      RankUse use;
      use.rank = r;
      use.routines = {{"MPI_Iallreduce", side, 10, 80, Seconds(0)},
                      {"MPI_Bcast", ranks, 3, r == 0 ? 3000 : 0, Seconds(0)},
                      {"MPI_Wait", 0, 10, 0, Seconds(0)}};
      run.by_rank.push_back(use);
    }
    points.points.push_back({{ranks, 1, 1}, {RunParts{}}, run});
  }
  const auto calls = program_calls(points);
  ASSERT_EQ(calls.kinds.size(), 2U);
  EXPECT_EQ(calls.kinds[0].collective, Collective::bcast);
  EXPECT_NEAR(calls.kinds[0].bytes.at(128), 1000, 1e-6) << "the root alone hands over";
  EXPECT_EQ(calls.kinds[1].collective, Collective::allreduce);
  EXPECT_NEAR(calls.kinds[1].comm_size.at(256), 16, 1e-6);
  EXPECT_NEAR(calls.kinds[1].bytes.at(256), 8, 1e-6);
}

TEST(LinkTime, IsThatOfTheCollectivesOneAfterTheOther) {
  World world;
  world.kind = Kind::gradient;
  world.bytes = 8;
  world.cores = 1;  // Every rank on a node of its own.
  world.steps = 20;
  const auto calls = calls_of(world);
  // Recursive doubling over 8 ranks: three messages, 40 calls.
  const double message = world.alpha + 8 * world.beta;
  EXPECT_NEAR(link_time(calls, worlds::machine_of(world), {8, 8, 1}).value(), 40 * 3 * message,
              0.2 * 40 * 3 * message);
  EXPECT_EQ(link_time(calls, worlds::machine_of(world), {1, 1, 1}).value(), 0);
  EXPECT_EQ(link_time(calls, Machine{}, {8, 8, 1}).value(), 0) << "without links";
}

TEST(LinkTime, RanksOfOneNodeAreNearer) {
  World world;
  world.kind = Kind::halo;
  const auto calls = calls_of(world);
  const auto machine = worlds::machine_of(world);
  EXPECT_LT(link_time(calls, machine, {8, 1, 1}), link_time(calls, machine, {8, 2, 1}) * 0.2);
}

TEST(LinkTime, BeyondWhatIsPlayedGoesOnAsBefore) {
  World world;
  world.kind = Kind::transpose;
  world.weak = true;
  world.bytes = 1 << 16;
  world.cores = 1;
  const auto calls = calls_of(world);
  const auto machine = worlds::machine_of(world);
  const double at_64 = link_time(calls, machine, {64, 64, 1}).value();
  const double at_256 = link_time(calls, machine, {256, 256, 1}).value();
  EXPECT_GT(at_256, 1.5 * at_64) << "latencies add up by rank";
  EXPECT_LT(at_256, 8 * at_64);
}

TEST(LinkTime, WorkersTalkToTheirMasterAtOnce) {
  World world;
  world.kind = Kind::master;
  world.items = 700;
  world.bytes = 8;
  world.cores = 1;
  const auto calls = calls_of(world);
  ASSERT_TRUE(calls.root);
  EXPECT_NEAR(calls.root->messages, 700, 7);
  const double both = 2 * (world.alpha + 8 * world.beta);
  EXPECT_NEAR(link_time(calls, worlds::machine_of(world), {15, 15, 1}).value(),
              calls.root->messages / 14 * both, 1e-9);
}

TEST(RootReceiveTime, LongMessagesHoldTheRootUntilTheyAreThere) {
  ProgramCalls calls;
  calls.root = RootTraffic{100, 8, 1e6};
  Link link;
  link.level = Level::between_nodes;
  link.pieces = {{Bytes(0), {Seconds(1e-3), SecondsPerByte(1e-8)}}};
  link.eager_limit = Bytes(4096);
  link.node_per_byte =
      Estimate<SecondsPerByte>{SecondsPerByte(1e-8), SecondsPerByte(1e-8), SecondsPerByte(1e-8)};
  Machine machine;
  machine.links = {link};
  const auto held = [&] { return root_receive_time(calls, machine, {3, 3, 1}).value(); };
  EXPECT_NEAR(held(), 100 * (1e-3 + 1e6 * 1e-8), 1e-9);
  calls.root->bytes_in = 1000;
  EXPECT_NEAR(held(), 100 * 1000 * 1e-8, 1e-9) << "short ones come by themselves";
  calls.root.reset();
  EXPECT_EQ(held(), 0);
}

}  // namespace
}  // namespace mpisize
