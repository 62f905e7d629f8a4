#include "mpisize/mpi/environment.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): setenv

#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>

#include "mpisize/measure/cache.hpp"
#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// A variable of the environment for one test.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    setenv(name, value.c_str(), 1);
  }
  ~Variable() { unsetenv(name_); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* name_;
};

TEST(ProfileRequest, NamesAFileAndPerhapsACall) {
  EXPECT_EQ(profile_request(), std::nullopt);
  {
    const Variable v("MPISIZE_PROFILE", "kernel.json");
    EXPECT_EQ(profile_request()->file, "kernel.json");
    EXPECT_EQ(profile_request()->name, "");
  }
  {
    const Variable v("MPISIZE_PROFILE", "/some/where/kernel.json:inner loop");
    EXPECT_EQ(profile_request()->file, "/some/where/kernel.json");
    EXPECT_EQ(profile_request()->name, "inner loop");
  }
  {
    const Variable v("MPISIZE_PROFILE", "/a:b/kernel.json");
    EXPECT_EQ(profile_request()->file, "/a:b/kernel.json");
  }
}

TEST(SwitchedOff, OnlyTheWordOffSwitchesOff) {
  EXPECT_FALSE(switched_off());
  const Variable v("MPISIZE", "off");
  EXPECT_TRUE(switched_off());
  const Variable w("MPISIZE", "on");
  EXPECT_FALSE(switched_off());
}

TEST(SwitchedOff, CallRunsStaticBlocksAndMeasuresNothing) {
  const Variable v("MPISIZE", "off");
  constexpr int n = 100;
  CallCount calls(n);
  const auto kernel = [&](double x, std::int64_t index) {
    calls.add(index);
    return rough(x);
  };
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(n), kernel);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(n), rough));
  EXPECT_EQ(calls.fewest_and_most(), exactly_once);
  EXPECT_EQ(outcome.report.plan.layout.ranks(), size_of());
  EXPECT_EQ(outcome.report.plan.pattern.schedule, Schedule::static_block);
  EXPECT_EQ(outcome.report.predicted.items_seen, 0);
  // An even block for each.
  EXPECT_GE(calls.here(), n / size_of());
  EXPECT_LE(calls.here(), n / size_of() + 1);
}

TEST(SwitchedOff, FewerItemsThanRanksAndNoneAreRightToo) {
  const Variable v("MPISIZE", "off");
  for (const std::int64_t n : {0, 1, 2}) {
    const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(n), rough);
    EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(n), rough));
  }
}

/// A directory whose path all ranks know; the root makes it and removes it.
class SharedDirectory {
 public:
  SharedDirectory() {
    if (is_root()) mine_.emplace();
    path_ = of_root(mine_ ? mine_->path().string() : "");
  }
  [[nodiscard]] std::filesystem::path path() const { return path_; }

 private:
  std::optional<TemporaryDirectory> mine_;
  std::string path_;
};

PlanFile plan_for(int ranks) {
  PlanFile file;
  Plan& plan = file.choice.plan;
  plan.verdict = ranks > 1 ? Verdict::parallel : Verdict::serial;
  plan.layout.rank_count = ranks;
  plan.pattern.schedule = Schedule::guided;
  plan.pattern.chunk = 3;
  plan.pattern.queued = 5;
  plan.reasons = {"Given by the test."};
  return file;
}

void write_at_root(const std::filesystem::path& path, const PlanFile& file) {
  if (is_root()) write_file(path, to_json(file));
  MPI_Barrier(MPI_COMM_WORLD);
}

TEST(PlanRequest, IsObeyedAndReported) {
  const SharedDirectory directory;
  const auto plan_path = directory.path() / "plan.json";
  const auto report_path = directory.path() / "report.json";
  PlanFile file = plan_for(size_of());
  file.report_to = report_path.string();
  write_at_root(plan_path, file);
  const Variable v("MPISIZE_PLAN", plan_path.string());
  CallCount calls(200);
  const auto kernel = [&](double x, std::int64_t index) {
    calls.add(index);
    return rough(x);
  };
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(200), kernel);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(200), rough));
  EXPECT_EQ(calls.fewest_and_most(), exactly_once);
  EXPECT_EQ(outcome.report.plan, file.choice.plan);
  EXPECT_EQ(report_from_json(read_file(report_path), "report.json"), outcome.report);
  MPI_Barrier(MPI_COMM_WORLD);  // The root may remove the directory now.
}

TEST(PlanRequest, ForFewerRanksLeavesTheOthersOut) {
  const SharedDirectory directory;
  const auto path = directory.path() / "plan.json";
  write_at_root(path, plan_for(1));
  const Variable v("MPISIZE_PLAN", path.string());
  CallCount calls(50);
  const auto kernel = [&](double x, std::int64_t index) {
    calls.add(index);
    return x;
  };
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(50), kernel);
  EXPECT_EQ(calls.here(), is_root() ? 50 : 0);
  EXPECT_EQ(outcome.results, numbers_at_root(50));
}

TEST(PlanRequest, ForAnotherCallIsNotForThisOne) {
  const SharedDirectory directory;
  const auto path = directory.path() / "plan.json";
  PlanFile file = plan_for(size_of());
  file.name = "wanted";
  write_at_root(path, file);
  const Variable v("MPISIZE_PLAN", path.string());
  Options options;
  options.name = "other";
  EXPECT_NE(map(MPI_COMM_WORLD, numbers_at_root(50), rough, options).report.plan, file.choice.plan);
  options.name = "wanted";
  EXPECT_EQ(map(MPI_COMM_WORLD, numbers_at_root(50), rough, options).report.plan, file.choice.plan);
}

/// The words of the exception of type E that a call ends with; the same on all ranks.
template <class E>
std::string words_of_call() {
  std::string words;
  try {
    (void)map(MPI_COMM_WORLD, numbers_at_root(50), rough);
  } catch (const E& error) {
    words = error.what();
  }
  EXPECT_EQ(words, of_root(words));
  return words;
}

TEST(PlanRequest, ForTooManyRanksIsRefusedOnEveryRank) {
  const SharedDirectory directory;
  const auto path = directory.path() / "plan.json";
  write_at_root(path, plan_for(size_of() + 1));
  const Variable v("MPISIZE_PLAN", path.string());
  const std::string words = words_of_call<std::invalid_argument>();
  EXPECT_NE(words.find(std::to_string(size_of() + 1) + " ranks"), std::string::npos) << words;
}

TEST(PlanRequest, FileThatIsMissingOrBrokenIsRefusedOnEveryRank) {
  const SharedDirectory directory;
  const auto path = directory.path() / "plan.json";
  {
    const Variable v("MPISIZE_PLAN", path.string());
    EXPECT_NE(words_of_call<std::runtime_error>().find("plan.json"), std::string::npos);
  }
  if (is_root()) write_file(path, "{\"schema\": ");
  MPI_Barrier(MPI_COMM_WORLD);
  const Variable v("MPISIZE_PLAN", path.string());
  EXPECT_NE(words_of_call<std::runtime_error>().find("plan.json"), std::string::npos);
}

TEST(PlanRequest, ReportThatCannotBeWrittenFailsOnEveryRank) {
  const SharedDirectory directory;
  const auto path = directory.path() / "plan.json";
  PlanFile file = plan_for(size_of());
  file.report_to = (directory.path() / "missing" / "report.json").string();
  write_at_root(path, file);
  {
    const Variable v("MPISIZE_PLAN", path.string());
    EXPECT_NE(words_of_call<std::runtime_error>().find("report.json"), std::string::npos);
  }
  EXPECT_EQ(map(MPI_COMM_WORLD, numbers_at_root(50), rough).results,
            plain_loop(numbers_at_root(50), rough));
}

}  // namespace
}  // namespace mpisize
