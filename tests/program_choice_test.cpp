// Choices for programs of known laws: how far from the best they are.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "mpisize/choose/next_run.hpp"
#include "program_worlds.hpp"

namespace mpisize {
namespace {

using worlds::Kind;
using worlds::World;

/// Samples as suggested until nothing is.
struct Sampled {
  ProgramRequest request;
  std::vector<ProgramRun> runs;
};

Sampled sampled(const World& world, std::vector<int> accepted, const Sampling& sampling) {
  Sampled s;
  s.request.rank_counts = std::move(accepted);
  auto next = first_run(s.request.rank_counts, sampling);
  while (next && s.runs.size() < 40) {
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

TEST(ProgramChoice, ChoicesFromAtMostFourCountsAreGood) {
  std::vector<double> regrets;
  for (const Kind kind : {Kind::halo, Kind::plane, Kind::transpose, Kind::gradient, Kind::master}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      World world = worlds::world_of(kind, seed);
      if (seed % 3 == 0) world.work /= 20;  // Few ranks are best.
      if (seed % 3 == 1) {                  // Communication sets the limit.
        world.alpha *= 20;
        world.crowd *= 5;
        world.bytes *= 3;
      }
      std::vector<int> accepted{1, 2, 4, 8, 16, 32};
      if (kind == Kind::master) accepted.erase(accepted.begin());
      const auto s = sampled(world, accepted, up_to(8));
      EXPECT_LE(s.request.model.rank_counts.size(), 4U);
      const int chosen = choose_program(s.request).chosen.predicted.config.ranks;
      std::map<int, double> truth;
      double best = HUGE_VAL;
      for (const int ranks : accepted) {
        truth[ranks] = worlds::truth(world, ranks);
        best = std::min(best, truth[ranks]);
      }
      regrets.push_back(truth[chosen] / best - 1);
    }
  }
  EXPECT_LE(median(regrets), 0.05);
  EXPECT_LE(quantile(regrets, 0.9), 0.12);
}

TEST(ProgramChoice, NoisyProgramsThatGetSlowerAreLeftOnOneRankToo) {
  for (const Kind kind : {Kind::halo, Kind::plane, Kind::transpose, Kind::gradient}) {
    for (std::uint64_t seed = 1; seed <= 15; ++seed) {
      World world = worlds::world_of(kind, seed);
      world.replicated += world.work;  // Every rank does all of it, and talks besides.
      world.work = 0;
      ProgramRequest request;
      request.model =
          fit_program(worlds::sample(world, {1, 2, 4, 8}, 3, seed), worlds::machine_of(world));
      request.rank_counts = {1, 2, 4, 8, 16, 32};
      EXPECT_EQ(choose_program(request).chosen.predicted.config.ranks, 1)
          << worlds::name_of(kind) << " " << seed;
    }
  }
}

}  // namespace
}  // namespace mpisize
