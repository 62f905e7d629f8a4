#include "mpisize/write/program_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "program_values.hpp"
#include "program_worlds.hpp"

namespace mpisize {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(DescribeProgram, FrontIsATableWithTheChosenLineMarked) {
  const std::string text = describe(sample::program_choice());
  EXPECT_THAT(text, HasSubstr("parallel: 16 ranks x 2 threads on 4 nodes, 12.3 s (90 %: 11.9 s to "
                              "13.1 s)\n"));
  EXPECT_THAT(text, HasSubstr("      ranks threads   nodes      time   90 % interval          "
                              "speed-up  efficiency  core-hours        cost      energy   "
                              "90 % interval            memory/node\n"));
  EXPECT_THAT(text, HasSubstr(" ->       16       2       4    12.3 s     11.9 s to 13.1 s        "
                              " 8.13        25 %       0.109        1.09       "
                              "945 J      900 J to 1.01 kJ       2.00 GB\n"));
  EXPECT_THAT(text, HasSubstr("because\n"));
}

TEST(DescribeProgram, ColumnsOfWhatIsNotKnownAreNotThere) {
  ProgramChoice choice = sample::program_choice();
  choice.chosen.cost.reset();
  choice.chosen.energy.reset();
  choice.chosen.predicted.node_memory.reset();
  choice.front = {choice.chosen};
  const std::string text = describe(choice);
  EXPECT_THAT(text, Not(HasSubstr("cost")));
  EXPECT_THAT(text, Not(HasSubstr("energy")));
  EXPECT_THAT(text, Not(HasSubstr("memory")));
  EXPECT_THAT(explain(choice), HasSubstr("energy: not measured"));
}

TEST(DescribeProgram, InfeasibleSaysWhatBinds) {
  ProgramChoice choice = sample::program_choice();
  choice.verdict = Verdict::infeasible;
  choice.front.clear();
  EXPECT_EQ(describe(choice), "infeasible: deadline\nbecause\n");
}

TEST(ExplainProgram, HasReasonsRunnerUpAndWhatWouldChangeIt) {
  const std::string text = explain(sample::program_choice());
  EXPECT_THAT(text, HasSubstr("  because\n  and because\n"));
  EXPECT_THAT(text, HasSubstr("runner-up: 8 ranks, "));
  EXPECT_THAT(text, HasSubstr("would change it: more cores\n"));
}

TEST(ExplainModel, ShowsTheLawsAndTheCallsInFewLines) {
  const auto world = worlds::world_of(worlds::Kind::transpose, 2);
  const auto model = fit_program(worlds::sample(world, {2, 4, 8}, 2, 1), worlds::machine_of(world));
  const std::string text = explain(model);
  EXPECT_THAT(text, HasSubstr("MPI_Alltoall: 20 x (constant) a rank, "));
  EXPECT_THAT(text, HasSubstr("x (P^-2)\n"));
  EXPECT_THAT(text, HasSubstr("computing "));
  EXPECT_THAT(text, HasSubstr("link model"));
  EXPECT_LE(std::count(text.begin(), text.end(), '\n'), 40);
}

TEST(DescribeHeldOut, HasALineForEachCountAndTheMedians) {
  HeldOut row{4, 12.3, 0.021, {0.1, -0.2, std::nullopt, 0.4}};
  const std::string text = describe_held_out({row});
  EXPECT_THAT(text, HasSubstr("          4    12.3 s      +2.1 %       +10.0 %       -20.0 %       "
                              "      -       +40.0 %\n"));
  EXPECT_THAT(text, HasSubstr("    median                  2.1 %        10.0 %        20.0 %      "
                              "       -        40.0 %\n"));
  EXPECT_EQ(describe_held_out({}), "");
}

}  // namespace
}  // namespace mpisize
