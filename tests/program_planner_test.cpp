#include "mpisize/choose/program_planner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

Machine machine(int nodes, int cores) {
  Machine m;
  m.topology.nodes = nodes;
  m.topology.grant.cores = cores;
  m.launch.fixed = m.launch.per_node = m.launch.per_rank =
      measured(Seconds(0), Seconds(0), Seconds(0));
  return m;
}

ProgramRun plain(int ranks, double seconds, int threads = 1) {
  ProgramRun run;
  run.ranks = ranks;
  run.threads_per_rank = threads;
  run.wall = Seconds(seconds);
  for (int r = 0; r < ranks; ++r) {
    RankUse use;
    use.rank = r;
    use.wall = Seconds(seconds);
    use.peak_resident = Bytes(1'000'000'000);
    run.by_rank.push_back(use);
  }
  return run;
}

/// Runs on 1, 2, 4 and 8 ranks that take as long as `law` says.
template <class Law>
ProgramRequest request_of(Law law, int nodes = 4, int cores = 8) {
  std::vector<ProgramRun> runs;
  for (const int p : {1, 2, 4, 8}) {
    for (int i = 0; i < 3; ++i) runs.push_back(plain(p, law(p)));
  }
  ProgramRequest request;
  request.model = fit_program(runs, machine(nodes, cores));
  request.rank_counts = {1, 2, 4, 8, 16, 32};
  return request;
}
double good(double p) { return 100 / p + 3; }

TEST(ChooseProgram, WhatScalesGetsAllCores) {
  const auto choice = choose_program(request_of(good));
  EXPECT_EQ(choice.verdict, Verdict::parallel);
  EXPECT_EQ(choice.chosen.predicted.config, (ProgramConfig{32, 4, 1}));
  ASSERT_TRUE(choice.runner_up);
  EXPECT_EQ(choice.runner_up->predicted.config.ranks, 16);
  EXPECT_THAT(choice.reasons.front(), HasSubstr("32 ranks on 4 nodes: "));
}

TEST(ChooseProgram, ProgramThatGetsSlowerIsLeftOnOneRank) {
  const auto laws = {+[](double p) { return 10 + p; }, +[](double p) { return 10 + std::log2(p); },
                     +[](double) { return 10.0; }, +[](double p) { return 10 * p; },
                     +[](double p) { return 10 + 0.2 * std::sqrt(p); }};
  for (const auto& law : laws) {
    const auto choice = choose_program(request_of(law));
    EXPECT_EQ(choice.verdict, Verdict::serial) << law(8);
    EXPECT_EQ(choice.chosen.predicted.config.ranks, 1) << law(8);
  }
}

TEST(ChooseProgram, OfEqualTimesTheFewerCores) {
  const auto choice = choose_program(request_of([](double p) { return p < 4 ? 100 / p : 25; }));
  EXPECT_EQ(choice.chosen.predicted.config.ranks, 4);
}

TEST(ChooseProgram, CoreHoursAreLeastOnOneRankUnlessTimePresses) {
  auto request = request_of(good);
  request.goal = Goal::core_hours;
  EXPECT_EQ(choose_program(request).chosen.predicted.config.ranks, 1);
  request.limits.deadline = Seconds(20);
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.chosen.predicted.config.ranks, 8);
  EXPECT_EQ(choice.binding_limit, "deadline");
  EXPECT_THAT(choice.would_change, Contains(HasSubstr("Without the limit on deadline: 1 rank")));
}

TEST(ChooseProgram, EfficiencyIsKept) {
  auto request = request_of(good);
  request.limits.min_efficiency = 0.8;
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.chosen.predicted.config.ranks, 8);
  EXPECT_GE(choice.chosen.predicted.efficiency, 0.8);
  EXPECT_EQ(choice.binding_limit, "min_efficiency");
}

TEST(ChooseProgram, BudgetIsMoneyWithAPriceAndCoreHoursWithout) {
  auto request = request_of(good);
  request.limits.budget = 0.037;  // Core-hours: 133 core-seconds.
  EXPECT_EQ(choose_program(request).chosen.predicted.config.ranks, 8);
  request.rates.core_hour = 10;
  const auto dear = choose_program(request);
  EXPECT_EQ(dear.verdict, Verdict::infeasible);
  EXPECT_EQ(dear.binding_limit, "budget");
  request.limits.budget = 0.37;
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.chosen.predicted.config.ranks, 8);
  EXPECT_NEAR(*choice.chosen.cost, 10 * choice.chosen.core_hours, 1e-12);
}

TEST(ChooseProgram, WholeNodesArePaidWithTheirIdleCores) {
  auto request = request_of(good, 4, 8);
  request.goal = Goal::cost;
  request.rates.core_hour = 1;
  request.rates.whole_nodes = true;
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.chosen.predicted.config, (ProgramConfig{8, 1, 1})) << "a full node costs least";
  EXPECT_NEAR(choice.chosen.core_hours, 8 * 15.5 / 3600, 1e-6);
}

/// A node of 20 W and 7 W a core, measured on 1 and 4 cores.
PowerModel power_of_a_node() {
  ProgramRun one;
  one.wall = Seconds(10);
  one.energy = Joules(270);
  ProgramRun four = one;
  four.ranks = 4;
  four.energy = Joules(480);
  return *fit_power({one, four});
}

TEST(ChooseProgram, EnergyIsPowerTimesTimeOrNotMeasured) {
  auto request = request_of(good);
  request.goal = Goal::energy;
  const auto blind = choose_program(request);
  EXPECT_FALSE(blind.chosen.energy);
  EXPECT_THAT(blind.reasons, Contains(HasSubstr("Energy was not measured")));
  request.power = power_of_a_node();
  const auto choice = choose_program(request);
  const auto& chosen = choice.chosen;
  ASSERT_TRUE(chosen.energy);
  const ProgramConfig& config = chosen.predicted.config;
  EXPECT_NEAR(chosen.energy->value.value(),
              (20 * config.nodes + 7 * config.ranks) * chosen.predicted.total.value.value(), 1e-6);
  // One rank holds the node's 20 W for longest: it is not the least, as it is of core-hours.
  EXPECT_GT(config.ranks, 1);
  EXPECT_EQ(blind.chosen.predicted.config.ranks, 1);
  EXPECT_THAT(choice.reasons, Contains(HasSubstr("20 W a node + 7 W a core in use")));
  EXPECT_THAT(choice.reasons.front(), HasSubstr("the least energy of"));
}

TEST(ChooseProgram, LeastEnergyIsAmongThoseThatItIsKnownOf) {
  auto request = request_of(good);
  request.goal = Goal::energy;
  ProgramRun run;
  run.ranks = 4;
  run.wall = Seconds(10);
  run.energy = Joules(480);
  request.power = fit_power({run});
  EXPECT_EQ(choose_program(request).chosen.predicted.config.ranks, 4);
}

TEST(ChooseProgram, MemorySpreadsRanksOverNodesUntilTheyFit) {
  auto request = request_of(good, 8, 8);
  request.ranks = 8;
  request.limits.node_memory = Bytes(3'100'000'000);  // A rank takes 1 GB.
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.chosen.predicted.config, (ProgramConfig{8, 3, 1}));
  request.limits.node_memory = Bytes(900'000'000);
  const auto none = choose_program(request);
  EXPECT_EQ(none.verdict, Verdict::infeasible);
  EXPECT_EQ(none.binding_limit, "memory of a node");
  EXPECT_EQ(none.chosen.predicted.config.nodes, 8) << "the nearest";
}

TEST(ChooseProgram, InfeasibleNamesTheLimitAndTheNearest) {
  auto request = request_of(good);
  request.limits.deadline = Seconds(2);
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.verdict, Verdict::infeasible);
  EXPECT_EQ(choice.binding_limit, "deadline");
  EXPECT_EQ(choice.chosen.predicted.config.ranks, 32);
  EXPECT_THAT(choice.reasons.front(), HasSubstr("the nearest breaks deadline: 32 ranks"));
  EXPECT_TRUE(choice.front.empty());
}

TEST(ChooseProgram, CoresGrantedAreNeverExceeded) {
  // A threaded program on 2 cores.
  std::vector<ProgramRun> runs;
  for (int i = 0; i < 3; ++i) {
    runs.push_back(plain(1, 10));
    runs.push_back(plain(2, 6));
    runs.push_back(plain(1, 5.2, 2));
  }
  ProgramRequest request;
  request.model = fit_program(runs, machine(1, 2));
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.chosen.predicted.config, (ProgramConfig{1, 1, 2}));
  for (const ProgramCandidate& c : program_candidates(request)) {
    EXPECT_LE(c.predicted.config.ranks * c.predicted.config.threads, 2);
  }
}

TEST(ChooseProgram, WhatTheUserTookStays) {
  auto request = request_of(good);
  request.ranks = 4;
  request.nodes = 2;
  EXPECT_EQ(choose_program(request).chosen.predicted.config, (ProgramConfig{4, 2, 1}));
}

TEST(ChooseProgram, WeakScalingIsWeighedByItsWorkWhereItIsSaid) {
  const auto weak = [](double p) { return 10 + 0.1 * std::log2(p); };
  auto request = request_of(weak);
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.chosen.predicted.config.ranks, 1);
  EXPECT_THAT(choice.reasons.front(),
              AllOf(StartsWith("More ranks do not share the work"), HasSubstr("--scaling weak")));
  std::vector<ProgramRun> runs;
  for (const int p : {1, 2, 4, 8}) runs.push_back(plain(p, weak(p)));
  ProgramModelOptions options;
  options.scaling = Scaling::weak;
  request.model = fit_program(runs, machine(4, 8), options);
  const auto said = choose_program(request);
  EXPECT_EQ(said.chosen.predicted.config.ranks, 32);
  EXPECT_THAT(said.reasons.front(), StartsWith("Weak scaling, as given: "));
  options.scaling = Scaling::strong;
  request.model = fit_program(runs, machine(4, 8), options);
  EXPECT_THAT(choose_program(request).reasons.front(), StartsWith("1 rank: "));
}

TEST(ChooseProgram, WorkThatEveryRankDoesAgainIsNotTakenForMoreWork) {
  // As a program does that was never made parallel.
  const auto choice = choose_program(request_of([](double p) { return 10 + 0.25 * (p - 1); }));
  EXPECT_EQ(choice.verdict, Verdict::serial);
  EXPECT_THAT(choice.reasons.front(), HasSubstr("if it is the same work done again"));
}

TEST(ChooseProgram, WhatIsNotPredictedIsNotChosenAndSaid) {
  ProgramRequest request;
  request.model = fit_program({plain(4, 10)}, machine(4, 8));
  request.rank_counts = {4, 8};
  const auto choice = choose_program(request);
  EXPECT_EQ(choice.chosen.predicted.config.ranks, 4);
  EXPECT_THAT(choice.would_change, Contains(HasSubstr("Not weighed: 8 ranks")));
}

TEST(ChooseProgram, NothingToWeighIsInfeasible) {
  auto request = request_of(good);
  request.rank_counts = {64};
  EXPECT_EQ(choose_program(request).verdict, Verdict::infeasible);
  EXPECT_EQ(choose_program(request).binding_limit, "number of ranks");
}

TEST(ChooseProgram, BrokenLimitsAreRefused) {
  auto request = request_of(good);
  request.limits.budget = std::nan("");
  EXPECT_THROW(static_cast<void>(choose_program(request)), std::invalid_argument);
  request.limits.budget.reset();
  request.rates.core_hour = -1;
  EXPECT_THROW(static_cast<void>(choose_program(request)), std::invalid_argument);
  request.rates.core_hour.reset();
  request.limits.max_ranks = 0;
  EXPECT_THROW(static_cast<void>(choose_program(request)), std::invalid_argument);
}

/// Dumb: looks at every candidate.
std::optional<double> least_allowed(const ProgramRequest& request) {
  std::optional<double> least;
  for (const ProgramCandidate& c : program_candidates(request)) {
    const ProgramPrediction& p = c.predicted;
    const auto& limits = request.limits;
    const double paid = (c.cost ? *c.cost : c.core_hours) * (p.total.high / p.total.value);
    if (p.refusal || (limits.deadline && p.total.high > *limits.deadline) ||
        (limits.min_efficiency && p.efficiency < *limits.min_efficiency) ||
        (limits.budget && paid > *limits.budget) ||
        (limits.max_ranks && p.config.ranks > *limits.max_ranks)) {
      continue;
    }
    least = std::min(least.value_or(HUGE_VAL), objective(request, c));
  }
  return least;
}

TEST(ChooseProgram, NoAllowedCandidateIsBetter) {
  Random random(11);
  int feasible = 0;
  for (int i = 0; i < 60; ++i) {
    const double serial = random.uniform();
    const double growth = 0.2 * random.uniform();
    auto request = request_of([&](double p) { return serial + 30 / p + growth * p; });
    request.goal = static_cast<Goal>(random.below(4));
    if (random.uniform() < 0.5) request.rates.core_hour = random.uniform() + 0.1;
    if (random.uniform() < 0.5) request.power = power_of_a_node();
    if (random.uniform() < 0.3) request.limits.deadline = Seconds(1 + 30 * random.uniform());
    if (random.uniform() < 0.3) request.limits.min_efficiency = 0.2 + 0.9 * random.uniform();
    if (random.uniform() < 0.3) request.limits.budget = 0.03 * random.uniform();
    if (random.uniform() < 0.3) request.limits.max_ranks = 1 + static_cast<int>(random.below(40));
    const auto choice = choose_program(request);
    const auto least = least_allowed(request);
    EXPECT_EQ(choice.verdict == Verdict::infeasible, !least.has_value());
    if (!least) continue;
    ++feasible;
    EXPECT_LE(objective(request, choice.chosen), 1.01 * *least);
    EXPECT_TRUE(choice.chosen.breaks.empty());
  }
  EXPECT_GT(feasible, 15);
}

TEST(ChooseProgram, FrontHasNothingThatIsBeatenTwice) {
  const auto choice = choose_program(request_of([](double p) { return 30 / p + 0.5 * p; }));
  for (const ProgramCandidate& a : choice.front) {
    for (const ProgramCandidate& b :
         program_candidates(request_of([](double p) { return 30 / p + 0.5 * p; }))) {
      EXPECT_FALSE(a.on_front && b.predicted.total.value < a.predicted.total.value &&
                   b.core_hours < a.core_hours);
    }
  }
  EXPECT_GE(choice.front.size(), 3U);
}

}  // namespace
}  // namespace mpisize
