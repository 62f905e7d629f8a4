// A program linked with the library, as mpirun sees it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/json.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::TemporaryDirectory;

struct Finished {
  ChildRun run;
  std::string out;
  std::string errors;
};

/// mpirun -n ranks linked mode.
Finished linked(int ranks, const std::string& mode,
                std::map<std::string, std::string> environment) {
  const TemporaryDirectory directory;
  Command command;
  command.argv = {MPISIZE_TEST_MPIRUN,   "--oversubscribe",   "-n",
                  std::to_string(ranks), MPISIZE_TEST_LINKED, mode};
  environment["MPISIZE_TEST_RANKS"] = "";
  command.environment = std::move(environment);
  command.output = directory.path() / "out";
  command.errors = directory.path() / "errors";
  command.input = false;
  command.timeout = Seconds(30);
  Finished finished;
  finished.run = run(command);
  finished.out = read_file(*command.output);
  finished.errors = read_file(*command.errors);
  EXPECT_FALSE(finished.run.timed_out) << finished.errors;
  return finished;
}

class Ranks : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(LinkedProgram, Ranks, ::testing::Values(1, 3),
                         ::testing::PrintToStringParamName());

TEST_P(Ranks, RunsUnchangedWithoutAnyVariable) {
  const auto f = linked(GetParam(), "sum", {});
  EXPECT_EQ(f.run.exit_code(), 0) << f.errors;
  EXPECT_THAT(f.out, HasSubstr("sum 3660\n"));
}

TEST_P(Ranks, ErrorThatEscapesOnTheRootEndsTheJobWithoutAHang) {
  const auto f = linked(GetParam(), "throw", {});
  EXPECT_NE(f.run.exit_code(), 0);
  EXPECT_THAT(f.errors, HasSubstr("no luck"));
  EXPECT_THAT(f.out, Not(HasSubstr("sum")));
}

TEST_P(Ranks, ProfileIsWrittenAndEveryRankEndsInGoodOrder) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "kernel.json";
  const auto f = linked(GetParam(), "sum", {{"MPISIZE_PROFILE", path.string()}});
  EXPECT_EQ(f.run.exit_code(), 0) << f.errors;
  const KernelProfile kernel = kernel_profile_from_json(read_file(path), "kernel.json");
  EXPECT_EQ(kernel.name, "outer");
  EXPECT_EQ(kernel.items, 60);
  EXPECT_FALSE(kernel.samples.empty());
  // The program ended inside the first call, and what ranks had printed is not lost.
  EXPECT_THAT(f.out, Not(HasSubstr("done outer")));
  EXPECT_THAT(f.out, Not(HasSubstr("after the calls")));
  for (int rank = 0; rank < GetParam(); ++rank) {
    EXPECT_THAT(f.out, HasSubstr("buffered on " + std::to_string(rank)));
  }
}

TEST_P(Ranks, ProfileIsOfTheCallThatIsNamed) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "kernel.json";
  const auto f = linked(GetParam(), "sum", {{"MPISIZE_PROFILE", path.string() + ":inner"}});
  EXPECT_EQ(f.run.exit_code(), 0) << f.errors;
  EXPECT_EQ(kernel_profile_from_json(read_file(path), "kernel.json").name, "inner");
  EXPECT_THAT(f.out, HasSubstr("done outer"));
  EXPECT_THAT(f.out, Not(HasSubstr("done inner")));
}

TEST_P(Ranks, ProfileThatCannotBeWrittenIsAnErrorThatNamesIt) {
  const auto f = linked(GetParam(), "sum", {{"MPISIZE_PROFILE", "/missing/kernel.json"}});
  EXPECT_NE(f.run.exit_code(), 0);
  EXPECT_THAT(f.errors, HasSubstr("/missing/kernel.json"));
}

TEST_P(Ranks, ProfileOfACallThatNeverComesIsNotWritten) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "kernel.json";
  const auto f = linked(GetParam(), "sum", {{"MPISIZE_PROFILE", path.string() + ":neither"}});
  EXPECT_EQ(f.run.exit_code(), 0) << f.errors;
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_THAT(f.out, HasSubstr("sum 3660\n"));
}

}  // namespace
}  // namespace mpisize
