#include "mpisize/model/machine.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace mpisize {
namespace {

Link link_of(Level level, double alpha) {
  Link link;
  link.level = level;
  link.pieces = {{Bytes(0), {Seconds(alpha), SecondsPerByte(1e-10)}}};
  return link;
}

Machine machine_with(std::vector<Link> links) {
  Machine machine;
  machine.links = std::move(links);
  return machine;
}

TEST(LinkAt, MachineWithoutLinksHasNone) {
  EXPECT_FALSE(link_at(Machine{}, Level::same_node).has_value());
}

TEST(LinkAt, LinkOfTheLevelIsTaken) {
  const auto machine =
      machine_with({link_of(Level::same_numa_node, 1e-7), link_of(Level::between_nodes, 2e-6)});
  EXPECT_EQ(link_at(machine, Level::between_nodes)->pieces[0].cost.alpha, Seconds(2e-6));
}

TEST(LinkAt, UnknownLevelTakesTheNearest) {
  const auto machine =
      machine_with({link_of(Level::same_numa_node, 1e-7), link_of(Level::between_nodes, 2e-6)});
  EXPECT_EQ(link_at(machine, Level::same_package)->level, Level::same_numa_node);
  EXPECT_EQ(link_at(machine, Level::same_node)->level, Level::between_nodes);
}

TEST(LinkAt, OfTwoEquallyNearLevelsTheFartherRanksCount) {
  const Link near = link_of(Level::same_numa_node, 1e-7);
  const Link far = link_of(Level::same_node, 5e-7);
  EXPECT_EQ(link_at(machine_with({near, far}), Level::same_package)->level, Level::same_node);
  EXPECT_EQ(link_at(machine_with({far, near}), Level::same_package)->level, Level::same_node);
}

TEST(LaunchTime, IsFixedPlusNodesPlusRanks) {
  Launch launch;
  launch.fixed = measured(Seconds(0.3), Seconds(0.3), Seconds(0.3));
  launch.per_node = measured(Seconds(0.05), Seconds(0.05), Seconds(0.05));
  launch.per_rank = measured(Seconds(0.01), Seconds(0.01), Seconds(0.01));
  const Interval time = launch_time(launch, 4, 64);
  EXPECT_NEAR(time.value.value(), 0.3 + 4 * 0.05 + 64 * 0.01, 1e-12);
  EXPECT_NEAR(time.low.value(), time.value.value(), 1e-12);
  EXPECT_NEAR(time.high.value(), time.value.value(), 1e-12);
}

TEST(LaunchTime, UncertaintiesOfThePartsAddInQuadrature) {
  Launch launch;
  launch.fixed = measured(Seconds(1), Seconds(0.7), Seconds(1.3));
  launch.per_node = measured(Seconds(0), Seconds(0), Seconds(0));
  launch.per_rank = measured(Seconds(0.2), Seconds(0.1), Seconds(0.3));
  const Interval time = launch_time(launch, 1, 4);
  EXPECT_NEAR(time.low.value(), 1.8 - 0.5, 1e-12);
  EXPECT_NEAR(time.high.value(), 1.8 + 0.5, 1e-12);
}

TEST(LaunchTime, IsNeverNegative) {
  Launch launch;
  launch.fixed = measured(Seconds(0.1), Seconds(0), Seconds(1));
  launch.per_rank = measured(Seconds(0.1), Seconds(0), Seconds(1));
  launch.per_node = measured(Seconds(0.1), Seconds(-1), Seconds(1));
  EXPECT_EQ(launch_time(launch, 1, 1).low, Seconds(0));
}

TEST(LaunchTime, NoRanksAreRefused) {
  EXPECT_THROW(static_cast<void>(launch_time(Launch{}, 1, 0)), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(launch_time(Launch{}, 0, 1)), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
