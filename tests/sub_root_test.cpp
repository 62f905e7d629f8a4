// Through sub-roots, and through sub-roots above those, results are those of the plain loop, every
// item is computed once, and failures, lost items and losses of patience are told as without them.
#include "mpisize/mpi/sub_root.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/mpisize.hpp"
#include "ranks.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// The groups of a rack; 0: no racks.
class SubRoots : public ::testing::TestWithParam<int> {
 protected:
  [[nodiscard]] static Options through_groups_of(int group) {
    Options o = on_all_ranks();
    o.group = group;
    o.rack = GetParam();
    return o;
  }
  static void expect_taken(const Report& report, int group) {
    if (size_of() == 1) return;
    ASSERT_TRUE(report.plan.pattern.sub_roots) << group;
    EXPECT_EQ(report.plan.pattern.sub_roots->group, group);
    const auto& racks = report.plan.pattern.sub_roots->racks;
    EXPECT_EQ(racks ? racks->groups : 0, GetParam());
  }
};

INSTANTIATE_TEST_SUITE_P(OfGroups, SubRoots, ::testing::Values(0));
INSTANTIATE_TEST_SUITE_P(OfRacksOfTwo, SubRoots, ::testing::Values(2));

TEST_P(SubRoots, ResultsAreThoseOfThePlainLoopAndItemsAreComputedOnce) {
  const auto items = numbers_at_root(1000);
  const bool racks = GetParam() > 0;
  for (const int group : racks ? std::vector<int>{1, 3} : std::vector<int>{1, 2, 3, 100}) {
    for (const Schedule schedule : {Schedule::dynamic, Schedule::factoring}) {
      for (const std::optional<std::int64_t> chunk : {std::optional<std::int64_t>(), {1}, {200}}) {
        CallCount count(1000);
        Options o = through_groups_of(group);
        o.schedule = schedule;
        o.chunk = chunk;
        const auto [results, report] = map(
            MPI_COMM_WORLD, items,
            [&count](double x, std::int64_t index) {
              count.add(index);
              return rough(x);
            },
            o);
        EXPECT_EQ(results, plain_loop(items, rough)) << group;
        EXPECT_EQ(count.fewest_and_most(), exactly_once) << group;
        expect_taken(report, group);
        std::int64_t told = 0;
        for (const RankWork& use : report.measured.ranks) told += use.items;
        EXPECT_EQ(told, 1000) << "what ranks did adds up";
        EXPECT_EQ(report.measured.ranks[static_cast<std::size_t>(rank_of())].items, count.here());
      }
    }
  }
}

TEST_P(SubRoots, CarryTypesThatArePacked) {
  std::vector<std::string> words;
  for (int i = 0; is_root() && i < 500; ++i) words.emplace_back(static_cast<std::size_t>(i), 'x');
  const auto twice = [](const std::string& word) { return word + word; };
  Options o = through_groups_of(3);
  o.chunk = 40;
  const auto outcome = map(MPI_COMM_WORLD, words, twice, o);
  std::vector<std::string> expected;
  for (const auto& word : words) expected.push_back(word + word);
  EXPECT_EQ(outcome.results, expected);
}

TEST_P(SubRoots, CarryItemsAndResultsThatFillNoFrame) {
  constexpr std::size_t large = 40000;
  std::vector<std::vector<double>> items;
  for (int i = 0; is_root() && i < 60; ++i) items.emplace_back(large, i);
  const auto sums = [](const std::vector<double>& v) {
    return std::vector<double>(v.size(), std::accumulate(v.begin(), v.end(), 0.0));
  };
  const auto outcome = map(MPI_COMM_WORLD, items, sums, through_groups_of(4));
  for (std::size_t i = 0; i < outcome.results.size(); ++i) {
    ASSERT_EQ(outcome.results[i].size(), large);
    EXPECT_EQ(outcome.results[i].back(), static_cast<double>(i * large));
  }
}

TEST_P(SubRoots, DeliverAStreamInOrder) {
  std::int64_t next = 0;
  const auto source = [&next]() -> std::optional<double> {
    if (next == 3000) return std::nullopt;
    return static_cast<double>(next++);
  };
  std::vector<double> got;
  const auto sink = [&got](std::int64_t index, double&& result) {
    EXPECT_EQ(index, static_cast<std::int64_t>(got.size()));
    got.push_back(result);
  };
  Options o = through_groups_of(2);
  o.window = 400;
  o.sample_budget = Seconds(0);  // Or all of them may be sampled.
  const Report report = stream(MPI_COMM_WORLD, source, rough, sink, o);
  EXPECT_EQ(got, is_root() ? plain_loop(numbers(3000), rough) : std::vector<double>());
  EXPECT_EQ(report.measured.flow->delivered, 3000);
  expect_taken(report, 2);
}

TEST_P(SubRoots, DeliverBatches) {
  std::int64_t delivered = 0;
  const auto sink = [&delivered](std::int64_t first, std::span<double> results) {
    EXPECT_EQ(first, delivered);
    for (const double r : results) EXPECT_EQ(r, rough(static_cast<double>(delivered++)));
  };
  (void)batch(MPI_COMM_WORLD, numbers_at_root(2000), rough, sink, through_groups_of(3));
  EXPECT_EQ(delivered, is_root() ? 2000 : 0);
}

TEST_P(SubRoots, AFailingItemEndsTheCallOnEveryRankWithItsRankAndWords) {
  for (const std::int64_t bad : {0, 700, 999}) {
    const auto kernel = [bad](double x, std::int64_t index) {
      if (index == bad) throw std::runtime_error("no root of " + std::to_string(index));
      return rough(x);
    };
    Options o = through_groups_of(2);
    o.chunk = 50;
    std::string words;
    int at = -1;
    try {
      (void)map(MPI_COMM_WORLD, numbers_at_root(1000), kernel, o);
    } catch (const KernelError& error) {
      words = error.what();
      at = error.rank();
      EXPECT_EQ(error.item(), bad);
    }
    EXPECT_NE(words.find("no root of " + std::to_string(bad)), std::string::npos);
    EXPECT_EQ(words, of_root(words)) << "all ranks say the same";
    EXPECT_GE(at, 0);
    EXPECT_LT(at, size_of());
    // The communicator is as good as new.
    const auto again = map(MPI_COMM_WORLD, numbers_at_root(100), rough, o);
    EXPECT_EQ(again.results, plain_loop(numbers_at_root(100), rough));
  }
}

TEST_P(SubRoots, NameItemsThatWereLostAndTheirRanks) {
  const std::set<std::int64_t> bad{3, 400, 401, 999};
  std::set<std::int64_t> mine;
  const auto kernel = [&](double x, std::int64_t index) {
    if (bad.count(index) > 0) {
      mine.insert(index);
      throw std::runtime_error("bad");
    }
    return rough(x);
  };
  Options o = through_groups_of(3);
  o.max_fails = 10;
  o.retries = 1;
  o.retry_wait = Seconds(1e-4);
  const auto [results, report] = map(MPI_COMM_WORLD, numbers_at_root(1000), kernel, o);
  std::set<std::int64_t> lost;
  for (const DeadLetter& item : report.measured.lost) {
    lost.insert(item.index);
    EXPECT_EQ(item.tries, 2);
    if (item.rank == rank_of()) {
      EXPECT_EQ(mine.count(item.index), 1U);
    }
  }
  EXPECT_EQ(lost, bad);
  auto expected = plain_loop(numbers_at_root(1000), rough);
  for (const std::int64_t i : bad) {
    if (is_root()) expected[static_cast<std::size_t>(i)] = 0;
  }
  EXPECT_EQ(results, expected);
}

TEST_P(SubRoots, LeaveOutRanksThatThePlanLeavesOut) {
  if (size_of() < 4) GTEST_SKIP() << "needs 4 ranks";
  CallCount count(600);
  Options o = through_groups_of(2);
  o.ranks = size_of() - 1;
  o.sample_budget = Seconds(0);
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(600),
      [&count](double x, std::int64_t index) {
        count.add(index);
        return rough(x);
      },
      o);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(600), rough));
  EXPECT_EQ(count.fewest_and_most(), exactly_once);
  if (rank_of() == size_of() - 1) {
    EXPECT_EQ(count.here(), 0);
  }
}

TEST_P(SubRoots, ServeFewerItemsThanRanks) {
  for (const std::int64_t n : {0, 1, 2, 5}) {
    CallCount count(n);
    const auto outcome = map(
        MPI_COMM_WORLD, numbers_at_root(n),
        [&count](double x, std::int64_t index) {
          count.add(index);
          return rough(x);
        },
        through_groups_of(3));
    EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(n), rough)) << n;
    EXPECT_EQ(count.fewest_and_most(), exactly_once) << n;
  }
}

TEST_P(SubRoots, CarrySizesThatDifferLargestFirst) {
  // Handed out one by one, they still come in pieces as large as planned.
  std::vector<std::vector<double>> items;
  for (std::size_t i = 0; is_root() && i < 600; ++i) items.emplace_back(1 + i * 7 % 600, 1.0);
  const auto sum = [](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.1);
  };
  for (const std::int64_t chunk : {1, 40, 300}) {
    Options o = through_groups_of(3);
    o.chunk = chunk;
    const auto outcome = map(MPI_COMM_WORLD, items, sum, o);
    EXPECT_EQ(outcome.results, plain_loop(items, sum)) << chunk;
  }
}

TEST_P(SubRoots, EndTheCallIfTheSinkThrows) {
  const auto sink = [](std::int64_t index, double&& /*result*/) {
    if (index == 900) throw std::runtime_error("the disk is full");
  };
  Options o = through_groups_of(2);
  o.window = 200;
  std::string words;
  try {
    (void)stream(MPI_COMM_WORLD, numbers_at_root(2000), rough, sink, o);
  } catch (const std::exception& error) {
    words = error.what();
  }
  EXPECT_NE(words.find("the disk is full"), std::string::npos) << words;
  EXPECT_EQ(words, of_root(words));
}

TEST_P(SubRoots, LeaveAJournalThatARerunGoesOnFrom) {
  const std::optional<TemporaryDirectory> folder =
      is_root() ? std::optional<TemporaryDirectory>(std::in_place) : std::nullopt;
  constexpr std::int64_t n = 800;
  Options o = through_groups_of(2);
  o.chunk = 20;
  o.sample_budget = Seconds(0);
  if (folder) o.journal = (folder->path() / "journal").string();
  CallCount count(n);
  const auto kernel = [&count](double x, std::int64_t index) {
    polite_sleep(Seconds(50e-6));
    if (index == 700) throw std::runtime_error("enough");
    count.add(index);
    return rough(x);
  };
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(n), kernel, o), KernelError);
  const auto good = [](double x) { return rough(x); };
  o.kernel_id = "";
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(n), good, o);
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(n), rough));
  EXPECT_GT(outcome.report.measured.resumed, 0);
  EXPECT_LT(outcome.report.measured.resumed, n);
  EXPECT_EQ(outcome.report.measured.resumed + outcome.report.measured.items, n);
}

TEST_P(SubRoots, RefuseARootThatComputes) {
  Options o = through_groups_of(2);
  o.root_computes = true;
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(10), rough, o), std::invalid_argument);
  o = through_groups_of(-1);
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(10), rough, o), std::invalid_argument);
}

TEST(Racks, NeedNoGroupToBeForced) {
  Options o = on_all_ranks();
  o.rack = 2;
  const auto [results, report] = map(MPI_COMM_WORLD, numbers_at_root(500), rough, o);
  EXPECT_EQ(results, plain_loop(numbers_at_root(500), rough));
  if (size_of() > 1) {
    EXPECT_TRUE(has_racks(report.plan.pattern));
  }
}

TEST(Racks, AreOfGroupsAndNotFewerThanNone) {
  Options o = on_all_ranks();
  o.rack = -1;
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(10), rough, o), std::invalid_argument);
  o.rack = 2;
  o.group = 0;
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(10), rough, o), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
