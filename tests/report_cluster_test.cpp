#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpisize/write/report.hpp"
#include "recorded_clusters.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::recorded_cluster;

TEST(ClusterReport, HasALineForEachKindOfNode) {
  const std::string text = describe(recorded_cluster("big"));
  EXPECT_THAT(text, HasSubstr("cluster big: Slurm 22.05.8"));
  EXPECT_THAT(text, HasSubstr("  standard*  9 999  128 (2:64:1)  268 GB   2-00:00:00      to 1024  "
                              "9 999 idle  milan, whole nodes\n"));
  EXPECT_THAT(text, HasSubstr("from 1025"));
  EXPECT_THAT(text, HasSubstr("gpu, gpu:a100:4\n"));
  EXPECT_THAT(text, HasSubstr("array indices below 20 001"));
}

TEST(ClusterReport, ColumnsAreAligned) {
  const std::string text = describe(recorded_cluster("emulated"));
  const std::size_t header = text.find("states");
  ASSERT_NE(header, std::string::npos);
  const std::size_t column = header - text.rfind('\n', header);
  std::size_t line = text.find('\n', header);
  for (std::size_t row = 0; row < recorded_cluster("emulated").partitions.size(); ++row) {
    EXPECT_EQ(text[line + column - 1], ' ') << text;
    EXPECT_NE(text[line + column], ' ') << text;
    line = text.find('\n', line + 1);
  }
}

TEST(ClusterReport, SaysWhatTheUserMayNotUseAndWhy) {
  Cluster cluster = recorded_cluster("emulated");
  EXPECT_THAT(describe(cluster), HasSubstr("  physics: not for nobody now: it is down"));
  EXPECT_THAT(describe(cluster), Not(HasSubstr("closed: not for")));
  cluster.user.groups = {"users"};
  EXPECT_THAT(describe(cluster),
              HasSubstr("closed: not for nobody now: it is for the groups nogroup"));
}

TEST(ClusterReport, SaysWhatAJobGetsThatAsksForNothing) {
  const std::string text = describe(recorded_cluster("emulated"));
  EXPECT_THAT(text,
              HasSubstr("main: unless asked for 105 MB a CPU; time unless asked for 00:10:00"));
  EXPECT_THAT(text, HasSubstr("closed: at most 8.39 GB a node; "));
  EXPECT_THAT(text, HasSubstr("accounts of nobody: biology, physics (default)"));
}

}  // namespace
}  // namespace mpisize
