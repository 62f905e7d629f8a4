#include "mpisize/write/test_only.hpp"

#include <gtest/gtest.h>

namespace mpisize {
namespace {

TEST(JobStart, IsReadFromWhatSbatchSays) {
  // Slurm 22.05.8, and as earlier ones end the line.
  const JobStart expected{"2024-05-01T12:00:00", 524288, "c[0001-4096]"};
  EXPECT_EQ(read_job_start("sbatch: Job 6 to start at 2024-05-01T12:00:00 using 524288 processors "
                           "on nodes c[0001-4096] in partition standard\n"),
            expected);
  EXPECT_EQ(read_job_start("sbatch: warning: something\nsbatch: Job 6 to start at "
                           "2024-05-01T12:00:00 using 524288 processors on nodes c[0001-4096]"),
            expected);
}

TEST(JobStart, OfComponentsIsThatOfTheLast) {
  const auto start = read_job_start(
      "sbatch: Job 7 to start at 2024-05-01T12:00:00 using 1 processors on nodes a in partition p\n"
      "sbatch: Job 8 to start at 2024-05-01T13:30:00 using 2 processors on nodes b in partition "
      "p\n");
  ASSERT_TRUE(start);
  EXPECT_EQ(start->time, "2024-05-01T13:30:00");
}

TEST(JobStart, IsNotMadeUp) {
  for (const char* const text :
       {"", "allocation failure: Requested node configuration is not available\n",
        "sbatch: Job 6 to start at Unknown using 2 processors on nodes n1",
        "sbatch: Job 6 to start at 2024-05-01T12:00 using 2 processors on nodes n1",
        "sbatch: Job 6 to start at 2024-05-01T12:00:00 using two processors on nodes n1",
        "sbatch: Job 6 to start at 2024-05-01T12:00:00 using 2 processors"}) {
    EXPECT_FALSE(read_job_start(text)) << text;
  }
}

}  // namespace
}  // namespace mpisize
