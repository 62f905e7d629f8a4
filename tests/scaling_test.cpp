#include "scaling.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planning.hpp"

namespace mpisize::tools {
namespace {

using ::testing::ElementsAre;

Planning ranks(const std::string& rule) {
  Planning planning;
  planning.ranks = RankRule::read("--ranks", rule);
  return planning;
}

Machine pus(int nodes, int pus) {
  Machine machine;
  Topology& topology = machine.topology;
  topology.nodes = nodes;
  topology.grant.pus = topology.grant.cores = pus;
  topology.grant.cpus = pus;
  return machine;
}

TEST(NamesSeveral, IsNotASingleNumber) {
  EXPECT_FALSE(names_several({}));
  EXPECT_FALSE(names_several(ranks("4")));
  EXPECT_TRUE(names_several(ranks("4,8")));
  EXPECT_TRUE(names_several(ranks("2^k")));
}

TEST(CountsShown, ArePowersOfTwoAndTheWholeMachineUnlessTheRuleSaysMore) {
  EXPECT_THAT(counts_shown({}, pus(3, 4)), ElementsAre(1, 2, 4, 8, 12));
  EXPECT_THAT(counts_shown(ranks("4"), pus(2, 4)), ElementsAre(1, 2, 4, 8));
  EXPECT_THAT(counts_shown(ranks("3,6"), pus(2, 4)), ElementsAre(3, 6));
  EXPECT_THAT(counts_shown({}, pus(1, 1)), ElementsAre(1));
}

TEST(CountsShown, ObeyTheLimit) {
  Planning planning = ranks("2^k");
  planning.limits.max_ranks = 5;
  EXPECT_THAT(counts_shown(planning, pus(2, 4)), ElementsAre(1, 2, 4));
}

TEST(CountsShown, AreNotMoreThanAPersonReads) {
  const auto counts = counts_shown(ranks("n*1"), pus(1000, 1000));
  EXPECT_LE(counts.size(), 64U);
  EXPECT_GT(counts.size(), 40U);
  EXPECT_EQ(counts.front(), 1);
  EXPECT_EQ(counts.back(), 1'000'000);
}

TEST(PlansOver, LeaveOutWhatNoPlanCanBe) {
  KernelProfile kernel;
  kernel.items = 100;
  kernel.samples.resize(2);
  for (ItemSample& sample : kernel.samples) sample.time = Seconds(1);
  kernel.rank_memory = Bytes(1000);
  Machine machine = pus(1, 8);
  machine.topology.grant.memory = Bytes(4000);
  const auto plans = plans_over({1, 2, 4, 8}, machine, kernel, {});
  ASSERT_EQ(plans.size(), 3U);
  EXPECT_EQ(plans.back().plan.layout.ranks(), 4);
}

TEST(PlanFor, OfVeryManyRankCountsTakesOneThatTheRuleNames) {
  KernelProfile kernel;
  kernel.items = 100'000'000;
  kernel.samples.resize(2);
  for (ItemSample& sample : kernel.samples) sample.time = Seconds(0.01);
  Machine machine = pus(1000, 1000);
  machine.launch.per_rank = given(Seconds(0));
  const Choice choice = plan_for(machine, kernel, ranks("n*6"));
  EXPECT_EQ(choice.plan.verdict, Verdict::parallel);
  EXPECT_EQ(choice.plan.layout.ranks() % 6, 0);
  EXPECT_GT(choice.plan.layout.ranks(), 6000);
}

}  // namespace
}  // namespace mpisize::tools
