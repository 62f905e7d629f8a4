#include "mpisize/model/scaling_baselines.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "program_worlds.hpp"

namespace mpisize {
namespace {

std::vector<ProgramRun> by_law(const std::vector<int>& counts,
                               const std::function<double(double)>& law) {
  std::vector<ProgramRun> runs;
  for (const int p : counts) {
    ProgramRun run;
    run.ranks = p;
    run.wall = Seconds(law(p));
    runs.push_back(run);
  }
  return runs;
}

double predicted(Baseline baseline, const std::vector<ProgramRun>& runs, int ranks) {
  return *predict(baseline, fit_program(runs, Machine{}), {ranks, 1, 1});
}

TEST(Baselines, EachFindsItsOwnLaw) {
  const std::vector<int> counts{1, 2, 4, 8};
  const auto amdahl = [](double p) { return 100 * (0.1 + 0.9 / p); };
  EXPECT_NEAR(predicted(Baseline::amdahl, by_law(counts, amdahl), 64), amdahl(64), 1e-6);
  const auto usl = [](double p) { return 100 * (1 + 0.05 * (p - 1) + 0.002 * p * (p - 1)) / p; };
  EXPECT_NEAR(predicted(Baseline::usl, by_law(counts, usl), 64), usl(64), 1e-6);
  const auto ernest = [](double p) { return 1 + 100 / p + 0.5 * std::log2(p) + 0.1 * p; };
  EXPECT_NEAR(predicted(Baseline::ernest, by_law(counts, ernest), 64), ernest(64), 1e-6);
}

TEST(Baselines, HockneyAddsWhatTheLinksTake) {
  const worlds::World world = worlds::world_of(worlds::Kind::gradient, 4);
  const auto machine = worlds::machine_of(world);
  const auto model = fit_program(worlds::sample(world, {1, 2, 4}, 1, 1), machine);
  const double links = link_time(model.calls, machine, {32, 8, 1}).value();
  ASSERT_GT(links, 0);
  EXPECT_GT(*predict(Baseline::hockney, model, {32, 8, 1}), links);
}

TEST(HeldOut, LeavesEachCountOutInTurn) {
  const auto law = [](double p) { return 1 + 100 / p; };
  const auto table = held_out(by_law({1, 2, 4, 8}, law), Machine{});
  ASSERT_EQ(table.size(), 4U);
  for (const HeldOut& row : table) {
    EXPECT_NEAR(row.measured, law(row.ranks), 1e-9);
    EXPECT_NEAR(*row.of_baselines[0], 0, 1e-6) << "Amdahl needs no more than the others";
    EXPECT_TRUE(row.of_model);
  }
}

TEST(HeldOut, NeedsThreeCounts) {
  EXPECT_TRUE(held_out(by_law({1, 2}, [](double p) { return p; }), Machine{}).empty());
}

TEST(HeldOut, IsOfARepetitionWhereRunsWereCutOff) {
  auto runs = by_law({1, 2, 4}, [](double p) { return 100 / p; });
  for (ProgramRun& run : runs) {
    run.steady = SteadyState{"MPI_Barrier on all ranks", 50, run.wall, Seconds(1)};
  }
  ProgramModelOptions options;
  options.repetitions = 1000;
  const auto table = held_out(runs, Machine{}, options);
  ASSERT_EQ(table.size(), 3U);
  EXPECT_NEAR(table[0].measured, 2, 1e-9);
  EXPECT_NEAR(*table[1].of_model, 0, 0.1);
}

}  // namespace
}  // namespace mpisize
