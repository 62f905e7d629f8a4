#include "mpisize/choose/next_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "program_worlds.hpp"

namespace mpisize {
namespace {

using worlds::Kind;
using worlds::World;

/// Samples as suggested until nothing is.
struct Sampled {
  ProgramRequest request;
  std::vector<ProgramRun> runs;
  std::vector<NextRun> suggestions;
};

Sampled sampled(const World& world, std::vector<int> accepted, const Sampling& sampling) {
  Sampled s;
  s.request.rank_counts = std::move(accepted);
  auto next = first_run(s.request.rank_counts, sampling);
  while (next && s.runs.size() < 40) {
    s.suggestions.push_back(*next);
    s.runs.push_back(worlds::run(world, next->config.ranks, 77 * s.runs.size() + world.seed));
    s.request.model = fit_program(s.runs, worlds::machine_of(world));
    next = next_run(s.request, sampling);
  }
  return s;
}

Sampling up_to(int ranks) {
  Sampling sampling;
  sampling.most_ranks = ranks;
  sampling.longest_run = Seconds(1000);
  return sampling;
}

TEST(NextRun, BeginsWithTheShortestRunAtHand) {
  EXPECT_EQ(first_run({1, 2, 4, 8, 16}, up_to(8))->config.ranks, 8);
  EXPECT_EQ(first_run({}, up_to(6))->config.ranks, 6);
  EXPECT_FALSE(first_run({16, 32}, up_to(8)));
}

TEST(NextRun, SecondCountIsFourTimesAwayIfTimeAllows) {
  const World world = worlds::world_of(Kind::gradient, 1);
  ProgramRequest request;
  request.rank_counts = {1, 2, 4, 8, 16, 32};
  request.model = fit_program({worlds::run(world, 8, 1)}, worlds::machine_of(world));
  Sampling sampling = up_to(8);
  EXPECT_EQ(next_run(request, sampling)->config.ranks, 2);
  const double time = worlds::run(world, 8, 1).wall.value();
  sampling.longest_run = Seconds(2.5 * time);
  EXPECT_EQ(next_run(request, sampling)->config.ranks, 4);
  sampling.longest_run = Seconds(1.5 * time);
  EXPECT_FALSE(next_run(request, sampling));
}

TEST(NextRun, KeepsToCountsAndRepeatsAllowed) {
  for (const Kind kind : {Kind::gradient, Kind::transpose, Kind::master}) {
    Sampling sampling = up_to(8);
    sampling.counts = 3;
    sampling.repeats = 3;
    sampling.narrow = 1e-6;
    const auto s = sampled(worlds::world_of(kind, 2), {2, 4, 6, 8, 16, 32}, sampling);
    std::map<int, int> runs;
    for (const NextRun& next : s.suggestions) {
      ++runs[next.config.ranks];
      EXPECT_LE(next.config.ranks, 8);
      EXPECT_FALSE(next.reason.empty());
    }
    EXPECT_EQ(runs.size(), 3U);
    for (const auto& [ranks, many] : runs) EXPECT_LE(many, 3);
  }
}

TEST(NextRun, ThreadsThatAreAskedForAreTried) {
  const World world = worlds::world_of(Kind::gradient, 1);
  ProgramRequest request;
  request.rank_counts = {1, 2};
  request.threads = {1, 2};
  request.model =
      fit_program({worlds::run(world, 1, 1), worlds::run(world, 2, 2)}, worlds::machine_of(world));
  const auto next = next_run(request, up_to(2));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->config, (ProgramConfig{1, 1, 2}));
}

TEST(NextRun, WhatIsNarrowEnoughIsNotRunAgain) {
  World world = worlds::world_of(Kind::gradient, 1);
  world.run_noise = world.step_noise = world.imbalance = 0;
  Sampling sampling = up_to(8);
  sampling.narrow = 0.5;
  const auto s = sampled(world, {1, 2, 4, 8, 16, 32}, sampling);
  EXPECT_LE(s.runs.size(), 5U);
}

TEST(NextRun, RepetitionThatItSuggestsNarrows) {
  World world = worlds::world_of(Kind::plane, 3);
  world.run_noise = 0.05;
  Sampling sampling = up_to(8);
  sampling.repeats = 8;
  const auto s = sampled(world, {1, 2, 4, 8, 16, 32}, sampling);
  const auto early = fit_program({s.runs.begin(), s.runs.begin() + 4}, worlds::machine_of(world));
  const auto width = [](const ProgramModel& model) {
    const auto draws = drawn_totals(model, {32, 8, 1});
    return coefficient_of_variation(draws);
  };
  ASSERT_GT(s.runs.size(), 6U);
  EXPECT_LT(width(s.request.model), width(early));
}

}  // namespace
}  // namespace mpisize
