// What a call says of itself, and what it keeps for the next one.
#include "mpisize/mpi/root_call.hpp"

#include <gtest/gtest.h>
#include <mpi.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "mpisize/mpi/map.hpp"
#include "mpisize/write/json.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

double sleeping(double x) {
  polite_sleep(Seconds(1e-3));
  return x;
}

void expect_consistent(const Report& report, std::int64_t items) {
  const Prediction& p = report.predicted;
  EXPECT_LE(p.total.low, p.total.value);
  EXPECT_LE(p.total.value, p.total.high);
  EXPECT_LE(p.serial.low, p.serial.value);
  EXPECT_LE(p.serial.value, p.serial.high);
  EXPECT_GT(p.total.value, Seconds(0));
  EXPECT_GT(p.items_seen, 0);
  EXPECT_LE(p.items_seen, std::max<std::int64_t>(items / 10, 32));
  EXPECT_GE(p.total.value, p.stages.spent);
  const Plan& plan = report.plan;
  EXPECT_GE(plan.layout.ranks(), 1);
  EXPECT_LE(plan.layout.ranks(), size_of());
  EXPECT_EQ(plan.verdict == Verdict::serial, plan.layout.ranks() == 1);
  EXPECT_EQ(plan.pattern.kind, PatternKind::map);
  EXPECT_GE(plan.pattern.queued, 1);
  EXPECT_LE(plan.pattern.queued, most_queued);
  EXPECT_GE(plan.pattern.chunk, 1);
  EXPECT_FALSE(plan.reasons.empty());
  const Measured& m = report.measured;
  EXPECT_GE(m.total, m.sampling);
  EXPECT_GE(m.sampling, Seconds(0));
  std::int64_t computed = 0;
  for (const RankWork& use : m.ranks) computed += use.items;
  EXPECT_EQ(computed, items);
}

TEST(Report, IsConsistentWhateverWasChosen) {
  for (const std::int64_t n : {1, 5, 40, 600}) {
    SCOPED_TRACE(n);
    expect_consistent(map(MPI_COMM_WORLD, numbers_at_root(n), rough).report, n);
    expect_consistent(map(MPI_COMM_WORLD, numbers_at_root(n), rough, on_all_ranks()).report, n);
  }
  expect_consistent(map(MPI_COMM_WORLD, numbers_at_root(150), sleeping).report, 150);
}

TEST(Report, SleepingItemsPayOnMoreRanks) {
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(300), sleeping);
  EXPECT_EQ(outcome.report.plan.verdict, size_of() > 1 ? Verdict::parallel : Verdict::serial);
}

TEST(Report, CallWithoutItemsIsSerialAndSaysSo) {
  const auto outcome = map(MPI_COMM_WORLD, numbers(0), rough);
  EXPECT_EQ(outcome.report.plan.verdict, Verdict::serial);
  EXPECT_EQ(outcome.report.predicted.items_seen, 0);
  EXPECT_FALSE(outcome.report.plan.reasons.empty());
}

TEST(Report, PredictionIsThatOfThePreparation) {
  const auto items = numbers_at_root(200);
  auto prepared = prepare_map(MPI_COMM_WORLD, items, sleeping);
  const Prediction frozen = prepared.predicted;
  const auto outcome = map(MPI_COMM_WORLD, items, sleeping, std::move(prepared));
  EXPECT_EQ(outcome.report.predicted, frozen);
}

/// A profile is used again unless its prediction was off by more than a quarter.
bool misled(const Report& report) {
  return std::abs(report.measured.total.value() / report.predicted.total.value.value() - 1) > 0.25;
}

TEST(Profiles, CallOfTheSameNameSamplesOnceOnly) {
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  Options options = on_all_ranks();
  options.name = "sleeping";
  bool known = false;
  for (int i = 0; i < 3; ++i) {
    const auto outcome = map(comm, numbers_at_root(100), sleeping, options);
    // One rank learns of no other and keeps no profile.
    EXPECT_EQ(outcome.report.predicted.items_seen == 0, known && size_of() > 1);
    EXPECT_EQ(outcome.results, numbers_at_root(100));
    known = !misled(outcome.report);
  }
  MPI_Comm_free(&comm);
}

TEST(Profiles, AreKeptByNameAndByCommunicator) {
  MPI_Comm first = MPI_COMM_NULL;
  MPI_Comm second = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &first);
  MPI_Comm_dup(MPI_COMM_WORLD, &second);
  Options options = on_all_ranks();
  options.name = "one";
  (void)map(first, numbers_at_root(100), sleeping, options);
  options.name = "two";
  EXPECT_GT(map(first, numbers_at_root(100), sleeping, options).report.predicted.items_seen, 0);
  EXPECT_GT(map(second, numbers_at_root(100), sleeping, options).report.predicted.items_seen, 0);
  // Without a name every call is a new one.
  for (int i = 0; i < 2; ++i) {
    const auto outcome = map(first, numbers_at_root(100), sleeping, on_all_ranks());
    EXPECT_GT(outcome.report.predicted.items_seen, 0);
  }
  MPI_Comm_free(&first);
  MPI_Comm_free(&second);
}

TEST(Profiles, KnownCallMayHaveOtherItems) {
  MPI_Comm comm = MPI_COMM_NULL;
  MPI_Comm_dup(MPI_COMM_WORLD, &comm);
  Options options = on_all_ranks();
  options.name = "texts";
  const auto size = [](const std::string& s) {
    polite_sleep(Seconds(5e-4));
    return s.size();
  };
  for (const std::size_t n : {100U, 40U, 3U, 0U, 250U}) {
    std::vector<std::string> items;
    for (std::size_t i = 0; is_root() && i < n; ++i) items.emplace_back(i * 13 % 29, 'x');
    const auto outcome = map(comm, items, size, options);
    EXPECT_EQ(outcome.results.size(), items.size());
    for (std::size_t i = 0; i < outcome.results.size(); ++i) {
      EXPECT_EQ(outcome.results[i], items[i].size());
    }
  }
  MPI_Comm_free(&comm);
}

TEST(Waiting, RankThatIsLeftOutDoesNotBurnItsCore) {
  if (size_of() == 1) return;
  Options options;
  options.ranks = 1;
  const auto sleep_long = [](double x) {
    polite_sleep(Seconds(0.05));
    return x;
  };
  // The communicator is there and warm.
  (void)map(MPI_COMM_WORLD, numbers_at_root(1), rough, options);
  const Seconds cpu = process_cpu_time();
  const Seconds begin = now();
  (void)map(MPI_COMM_WORLD, numbers_at_root(12), sleep_long, options);
  const double share = (process_cpu_time() - cpu) / (now() - begin);
  EXPECT_LT(share, 0.2);
}

}  // namespace
}  // namespace mpisize
