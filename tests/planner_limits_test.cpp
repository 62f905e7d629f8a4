// Limits and broken requests: choose() of planner.hpp.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "made_kernels.hpp"
#include "mpisize/choose/planner.hpp"

namespace mpisize {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

Request simple_request() {
  Random random(1);
  const auto times = made::item_times(made::Shape::uniform, 1000, 1e-3, random);
  return made::request(made::machine(8, Seconds(1e-6)), made::sampled(times, 100, 1));
}

TEST(PlannerLimits, AMissedDeadlineIsInfeasibleAndSaysSo) {
  Request r = simple_request();
  r.limits.deadline = Seconds(0.01);  // 1 s of work on 8 cores.
  const Plan plan = choose(r).plan;
  EXPECT_EQ(plan.verdict, Verdict::infeasible);
  EXPECT_EQ(plan.binding_limit, "deadline");
  ASSERT_FALSE(plan.reasons.empty());
  EXPECT_NE(plan.reasons.front().find("deadline"), std::string::npos);
  r.limits.deadline = Seconds(10);
  EXPECT_EQ(choose(r).plan.verdict, Verdict::parallel);
}

TEST(PlannerLimits, RanksThatNoNodeHasMemoryForAreInfeasibleWithOneRepair) {
  Request r = simple_request();
  r.machine.topology.grant.memory = Bytes(1'000'000'000);
  r.kernel.rank_memory = Bytes(100'000'000);
  r.forced.ranks = 1'000'000'000;
  const Plan plan = choose(r).plan;
  EXPECT_EQ(plan.verdict, Verdict::infeasible);
  EXPECT_EQ(plan.reasons.front(),
            "No allowed number of ranks is within memory of a node; ask for fewer, or allow more.");
}

TEST(PlannerLimits, LookingAtFewerRanksIsNoLimitThatIsToldOf) {
  Request r = simple_request();
  r.up_to = 3;
  const Plan plan = choose(r).plan;
  EXPECT_LE(plan.layout.ranks(), 3);
  EXPECT_EQ(plan.binding_limit, std::nullopt);
  for (const std::string& change : plan.would_change) {
    EXPECT_EQ(change.find("allowed them"), std::string::npos) << change;
  }
}

TEST(PlannerLimits, ADeadlineCountsTheTimeAlreadySpent) {
  Request r = simple_request();
  r.limits.deadline = Seconds(10);
  r.spent = Seconds(9.99);
  EXPECT_EQ(choose(r).plan.verdict, Verdict::infeasible);
}

TEST(PlannerLimits, TooLittleMemoryIsInfeasibleAndSaysSo) {
  Request r = simple_request();
  r.kernel.rank_memory = Bytes(2'000'000'000);
  r.limits.max_memory = Bytes(1'000'000'000);
  const Plan plan = choose(r).plan;
  EXPECT_EQ(plan.verdict, Verdict::infeasible);
  EXPECT_EQ(plan.binding_limit, "max_memory");
  ASSERT_FALSE(plan.reasons.empty());
  EXPECT_NE(plan.reasons.front().find("max_memory"), std::string::npos);
  r.kernel.rank_memory = Bytes(1000);
  r.kernel.root_memory = Bytes(2'000'000'000);
  EXPECT_EQ(choose(r).plan.verdict, Verdict::infeasible);
  r.limits.max_memory = Bytes(3'000'000'000);
  EXPECT_EQ(choose(r).plan.verdict, Verdict::parallel);
}

TEST(PlannerLimits, MemoryOfTheNodeLimitsTheRanks) {
  Request r = simple_request();
  r.machine.topology.grant.memory = Bytes(10'000'000'000);
  r.kernel.rank_memory = Bytes(2'000'000'000);
  r.kernel.root_memory = Bytes(4'000'000'000);
  const Plan plan = choose(r).plan;
  EXPECT_EQ(plan.layout.ranks(), 4);  // The root and three of 2 GB.
  EXPECT_EQ(plan.binding_limit, "memory of a node");
}

TEST(PlannerLimits, MoreForcedRanksThanAllowedIsInfeasible) {
  Request r = simple_request();
  r.forced.ranks = 8;
  r.limits.max_ranks = 4;
  const Plan plan = choose(r).plan;
  EXPECT_EQ(plan.verdict, Verdict::infeasible);
  ASSERT_FALSE(plan.reasons.empty());
  EXPECT_NE(plan.reasons.front().find("max_ranks 4"), std::string::npos);
}

struct Broken {
  const char* named;
  std::function<void(Request&)> breaks;
};

TEST(PlannerLimits, EachBrokenValueIsRefusedByName) {
  const std::vector<Broken> cases{
      {"items is -1", [](Request& r) { r.items = -1; }},
      {"done is 1001", [](Request& r) { r.done = 1001; }},
      {"done is -1", [](Request& r) { r.done = -1; }},
      {"min_speedup is nan", [](Request& r) { r.limits.min_speedup = nan; }},
      {"min_speedup is inf", [](Request& r) { r.limits.min_speedup = infinity; }},
      {"min_speedup is 0", [](Request& r) { r.limits.min_speedup = 0; }},
      {"min_speedup is -1", [](Request& r) { r.limits.min_speedup = -1; }},
      {"ranks is 0", [](Request& r) { r.forced.ranks = 0; }},
      {"chunk is 0", [](Request& r) { r.forced.chunk = 0; }},
      {"queued is 0", [](Request& r) { r.forced.queued = 0; }},
      {"queued is 33", [](Request& r) { r.forced.queued = 33; }},
      {"chunk is 5 but a static schedule",
       [](Request& r) {
         r.forced.chunk = 5;
         r.forced.schedule = Schedule::static_block;
       }},
      {"max_ranks is 0", [](Request& r) { r.limits.max_ranks = 0; }},
      {"max_memory is 0", [](Request& r) { r.limits.max_memory = Bytes(0); }},
      {"deadline is nan", [](Request& r) { r.limits.deadline = Seconds(nan); }},
      {"deadline is 0", [](Request& r) { r.limits.deadline = Seconds(0); }},
      {"rank count 0",
       [](Request& r) {
         r.rank_counts = {1, 0};
       }},
      {"spent is nan", [](Request& r) { r.spent = Seconds(nan); }},
      {"cpus) is nan", [](Request& r) { r.machine.topology.grant.cpus = nan; }},
      {"root_per_chunk is nan",
       [](Request& r) { r.machine.dispatch.root_per_chunk.value = Seconds(nan); }},
      {"shared_message is nan", [](Request& r) { r.machine.dispatch.shared_message.value = nan; }},
      {"round_trip is inf",
       [](Request& r) { r.machine.dispatch.round_trip.value = Seconds(infinity); }},
      {"root_per_byte is nan",
       [](Request& r) { r.machine.dispatch.root_per_byte.value = SecondsPerByte(nan); }},
      {"residual is nan",
       [](Request& r) {
         r.machine.model_error.residuals = {0.1, nan};
       }},
      {"first_item is nan", [](Request& r) { r.kernel.first_item.value = Seconds(nan); }},
      {"root_packing is nan", [](Request& r) { r.kernel.root_packing.value = Seconds(nan); }},
      {"worker_packing is nan", [](Request& r) { r.kernel.worker_packing.value = Seconds(nan); }},
      {"cpu_share is nan", [](Request& r) { r.kernel.cpu_share = nan; }},
      {"slowdown is nan",
       [](Request& r) {
         r.kernel.slowdown = {{2, measured(nan, 1.0, 1.0)}};
       }},
      {"the time of item", [](Request& r) { r.kernel.samples[3].time = Seconds(nan); }},
  };
  for (const Broken& broken : cases) {
    Request r = simple_request();
    broken.breaks(r);
    try {
      (void)choose(r);
      ADD_FAILURE() << "accepted: " << broken.named;
    } catch (const std::invalid_argument& refusal) {
      EXPECT_NE(std::string(refusal.what()).find(broken.named), std::string::npos)
          << refusal.what() << " does not say: " << broken.named;
    }
  }
}

TEST(PlannerLimits, AProfileWithoutSamplesIsRefused) {
  Request r = simple_request();
  r.kernel.samples.clear();
  EXPECT_THROW((void)choose(r), std::invalid_argument);
}

TEST(PlannerReasons, EveryPlanHasOneAndNamesItsAlternative) {
  Request r = simple_request();
  for (const double min_speedup : {1.2, 100.0}) {
    r.limits.min_speedup = min_speedup;
    const Plan plan = choose(r).plan;
    EXPECT_FALSE(plan.reasons.empty());
    ASSERT_TRUE(plan.runner_up.has_value());
    EXPECT_GT(plan.runner_up->total.value, Seconds(0));
  }
}

TEST(PlannerReasons, SerialNamesTheSpeedupThatWasMissed) {
  Request r = simple_request();
  r.limits.min_speedup = 50;
  const Plan plan = choose(r).plan;
  EXPECT_NE(plan.reasons.front().find("50.00"), std::string::npos) << plan.reasons.front();
  EXPECT_FALSE(plan.would_change.empty());
}

TEST(PlannerReasons, AnAssumedDispatchCostIsPointedOut) {
  const auto mentions_probe = [](const Plan& plan) {
    return std::any_of(plan.would_change.begin(), plan.would_change.end(), [](const auto& change) {
      return change.find("mpisize probe") != std::string::npos;
    });
  };
  Request r = simple_request();
  EXPECT_FALSE(mentions_probe(choose(r).plan));
  r.machine.dispatch = {};
  EXPECT_TRUE(mentions_probe(choose(r).plan));
}

}  // namespace
}  // namespace mpisize
