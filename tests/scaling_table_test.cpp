#include "mpisize/write/scaling_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample_values.hpp"

namespace mpisize {
namespace {

using testing::HasSubstr;

TEST(CoreHours, AreRanksTimesThreadsTimesTime) {
  EXPECT_DOUBLE_EQ(core_hours(sample::choice()), 8 * 4 * 12.3 / 3600);
}

TEST(DescribeScaling, LineHasWhatAnOwnerOfCoreHoursAsks) {
  const std::string text = describe_scaling({sample::choice()});
  EXPECT_THAT(text, HasSubstr("ranks   nodes      time   90 % interval"));
  EXPECT_THAT(text, HasSubstr("          8       2    12.3 s     11.9 s to 13.1 s         5.12"
                              "        64 %       0.109         8 x 6  computing\n"));
}

TEST(DescribeScaling, PlanWithoutSubRootsHasADash) {
  Choice choice = sample::choice();
  choice.plan.pattern.sub_roots->racks.reset();
  EXPECT_THAT(describe_scaling({choice}), HasSubstr("  8  computing\n"));
  choice.plan.pattern.sub_roots.reset();
  EXPECT_THAT(describe_scaling({choice}), HasSubstr("  -  computing\n"));
}

TEST(DescribeScaling, LargeCountsKeepTheirDigits) {
  Choice choice = sample::choice();
  choice.plan.layout = {16384, 1048576, 1};
  choice.predicted.total = {Seconds(3600), Seconds(3500), Seconds(3700)};
  EXPECT_THAT(describe_scaling({choice}), HasSubstr("1048576   16384"));
  EXPECT_THAT(describe_scaling({choice}), HasSubstr("  1 048 576  "));
}

TEST(DescribeScaling, OfNothingIsNothing) { EXPECT_EQ(describe_scaling({}), ""); }

}  // namespace
}  // namespace mpisize
