#include "probe_job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpisize/base/error.hpp"

namespace mpisize::tools {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Partition partition(int nodes, int cpus = 32) {
  Partition p;
  p.name = "short";
  p.groups.resize(1);
  p.groups.front().states.idle = nodes;
  p.groups.front().cpus = cpus;
  return p;
}

std::string script(const Partition& p) {
  return render(ProbeJob{"probe-1", &p, std::nullopt, "/opt/my bin/mpisize", "/home/a/machine.json",
                         "/home/a/output.txt"});
}

TEST(ProbeJob, IsAScriptOfAFewMinutesOnTwoWholeNodes) {
  EXPECT_EQ(script(partition(7)),
            "#!/bin/bash\n"
            "# Written by mpisize probe: measures nodes and their links.\n"
            "#SBATCH --job-name=probe-1\n"
            "#SBATCH --partition=short\n"
            "#SBATCH --nodes=2\n"
            "#SBATCH --ntasks-per-node=32\n"
            "#SBATCH --exclusive\n"
            "#SBATCH --mem=0\n"
            "#SBATCH --time=5\n"
            "#SBATCH --output=/home/a/output.txt\n"
            "#SBATCH --no-requeue\n"
            "\n"
            "set -euo pipefail\n"
            "\n"
            "hosts=$(scontrol show hostnames \"$SLURM_JOB_NODELIST\" | paste -sd,)\n"
            "'/opt/my bin/mpisize' probe --quiet --hosts \"$hosts\" -o /home/a/machine.json\n");
}

TEST(ProbeJob, TakesAsManyNodesAsAJobMay) {
  Partition p = partition(7);
  EXPECT_EQ(probe_nodes(p), 2);
  p.max_nodes = 1;
  EXPECT_EQ(probe_nodes(p), 1);
  EXPECT_THAT(script(p), Not(HasSubstr("hosts")));
  p.max_nodes.reset();
  p.min_nodes = 5;
  EXPECT_EQ(probe_nodes(p), 5);
  EXPECT_EQ(probe_nodes(partition(1)), 1);
  EXPECT_THROW((void)script(Partition()), InputError);
}

TEST(ProbeJob, KeepsToTheLimitsOfThePartition) {
  Partition p = partition(7);
  p.max_time = Seconds(90);
  EXPECT_THAT(script(p), HasSubstr("--time=2\n"));
  p.max_cpus_per_node = 16;
  EXPECT_THAT(script(p), HasSubstr("--ntasks-per-node=16\n"));
  EXPECT_THAT(script(p), Not(HasSubstr("--exclusive")));
  p.max_memory_per_node = Bytes(1'000'000'000);
  EXPECT_THAT(script(p), Not(HasSubstr("--mem")));
}

TEST(ProbeJob, FitsTheSmallestNodes) {
  Partition p = partition(7, 64);
  p.groups.push_back(partition(3, 8).groups.front());
  EXPECT_THAT(script(p), HasSubstr("--ntasks-per-node=8\n"));
}

TEST(ProbeJob, HasTheAccountThatIsGiven) {
  const Partition p = partition(2);
  const ProbeJob job{"n", &p, "physics", "mpisize", "m.json", "o.txt"};
  EXPECT_THAT(render(job), HasSubstr("#SBATCH --account=physics\n"));
}

}  // namespace
}  // namespace mpisize::tools
