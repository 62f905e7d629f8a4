// mpisize submit of a script that it writes.

#include "command_test.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::Outcome;
using ::testing::StartsWith;

class SubmitCommand : public testing::KernelCommandTest {};

TEST_F(SubmitCommand, WritesAScriptAndItsPlanAndPrintsThePath) {
  const std::string job = file("job.sbatch").string();
  const Outcome o =
      mpisize({"submit", "--write", "--quiet", "--topology", "node:2 core:4 pu:1", "--kernel",
               kernel_file(), "--output", job, "--", "./app", "in put.dat"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, job + "\n");
  EXPECT_THAT(o.err, IsEmpty());
  EXPECT_THAT(files_in("work"), ElementsAre("job.plan.json", "job.sbatch", "kernel.json"));
  EXPECT_THAT(read_file(job),
              AllOf(StartsWith("#!"), HasSubstr("#SBATCH"), HasSubstr("'in put.dat'"),
                    HasSubstr(file("job.plan.json").string())));
  Command check;
  check.argv = {"bash", "-n", job};
  EXPECT_EQ(run(check).exit_code(), 0);
}

TEST_F(SubmitCommand, UnderDryRunPrintsTheScriptAndWritesNothing) {
  const Outcome o =
      mpisize({"submit", "--dry-run", "--launcher", "srun", "--topology", "node:2 core:4 pu:1",
               "--kernel", kernel_file(), "--output", file("job.sbatch").string(), "--", "./app"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(StartsWith("#!"), HasSubstr("srun"), Not(HasSubstr("mpirun -"))));
  EXPECT_THAT(files_in("work"), ElementsAre("kernel.json"));
}

}  // namespace
}  // namespace mpisize
