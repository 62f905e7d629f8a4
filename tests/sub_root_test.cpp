// Through sub-roots results are those of the plain loop, every item is computed once, and failures,
// lost items and losses of patience are told as without them.
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

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

Options through_groups_of(int group, Schedule schedule = Schedule::dynamic) {
  Options o = on_all_ranks();
  o.group = group;
  o.schedule = schedule;
  return o;
}

TEST(SubRootsOf, EachHostHasItsOwnAndTheRootNone) {
  const std::vector<std::uint64_t> by_node{7, 7, 7, 8, 8, 8};
  EXPECT_EQ(sub_roots_of(by_node, 8), (std::vector<int>{0, 1, 1, 3, 3, 3}));
  const std::vector<std::uint64_t> in_turn{7, 8, 7, 8, 7, 8};
  EXPECT_EQ(sub_roots_of(in_turn, 8), (std::vector<int>{0, 1, 2, 1, 2, 1}));
}

TEST(SubRootsOf, OneServesAsManyAsItsGroupHolds) {
  const std::vector<std::uint64_t> hosts(8, 7);
  EXPECT_EQ(sub_roots_of(hosts, 3), (std::vector<int>{0, 1, 1, 1, 4, 4, 4, 7}));
  EXPECT_EQ(sub_roots_of(hosts, 1), (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(SubRoots, ResultsAreThoseOfThePlainLoopAndItemsAreComputedOnce) {
  const auto items = numbers_at_root(1000);
  for (const int group : {1, 2, 3, 100}) {
    for (const Schedule schedule : {Schedule::dynamic, Schedule::factoring}) {
      for (const std::optional<std::int64_t> chunk : {std::optional<std::int64_t>(), {1}, {200}}) {
        CallCount count(1000);
        Options o = through_groups_of(group, schedule);
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
        if (size_of() == 1) continue;
        ASSERT_TRUE(report.plan.pattern.sub_roots) << group;
        EXPECT_EQ(report.plan.pattern.sub_roots->group, group);
        std::int64_t told = 0;
        for (const RankWork& use : report.measured.ranks) told += use.items;
        EXPECT_EQ(told, 1000) << "what ranks did adds up";
        EXPECT_EQ(report.measured.ranks[static_cast<std::size_t>(rank_of())].items, count.here());
      }
    }
  }
}

TEST(SubRoots, CarryTypesThatArePacked) {
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

TEST(SubRoots, CarryItemsAndResultsThatFillNoFrame) {
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

TEST(SubRoots, DeliverAStreamInOrder) {
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
  Options o = on_all_ranks();
  o.group = 2;
  o.window = 400;
  o.sample_budget = Seconds(0);  // Or all of them may be sampled.
  const Report report = stream(MPI_COMM_WORLD, source, rough, sink, o);
  EXPECT_EQ(got, is_root() ? plain_loop(numbers(3000), rough) : std::vector<double>());
  EXPECT_EQ(report.measured.flow->delivered, 3000);
  if (size_of() > 1) {
    EXPECT_TRUE(report.plan.pattern.sub_roots);
  }
}

TEST(SubRoots, DeliverBatches) {
  std::int64_t delivered = 0;
  const auto sink = [&delivered](std::int64_t first, std::span<double> results) {
    EXPECT_EQ(first, delivered);
    for (const double r : results) EXPECT_EQ(r, rough(static_cast<double>(delivered++)));
  };
  Options o = on_all_ranks();
  o.group = 3;
  (void)batch(MPI_COMM_WORLD, numbers_at_root(2000), rough, sink, o);
  EXPECT_EQ(delivered, is_root() ? 2000 : 0);
}

TEST(SubRoots, AFailingItemEndsTheCallOnEveryRankWithItsRankAndWords) {
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

TEST(SubRoots, NameItemsThatWereLostAndTheirRanks) {
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

TEST(SubRoots, LeaveOutRanksThatThePlanLeavesOut) {
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

TEST(SubRoots, RefuseARootThatComputes) {
  Options o = through_groups_of(2);
  o.root_computes = true;
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(10), rough, o), std::invalid_argument);
  o = through_groups_of(-1);
  EXPECT_THROW((void)map(MPI_COMM_WORLD, numbers_at_root(10), rough, o), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
