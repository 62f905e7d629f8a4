// Every item through the kernel once, every result to the sink once, and never more held than the
// window.
#include "mpisize/mpi/stream.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "mpisize/mpi/error.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

/// What a sink was given.
struct Log {
  std::vector<std::int64_t> order;
  std::map<std::int64_t, double> results;
  void operator()(std::int64_t index, double result) {
    order.push_back(index);
    results[index] = result;
  }
  [[nodiscard]] bool ascending() const { return std::is_sorted(order.begin(), order.end()); }
};

/// The log is that of the plain loop over 0 ... n - 1.
void expect_complete(const Log& log, std::int64_t n) {
  if (!is_root()) {
    EXPECT_TRUE(log.order.empty());
    return;
  }
  EXPECT_EQ(log.order.size(), static_cast<std::size_t>(n)) << "a result came twice or never";
  ASSERT_EQ(log.results.size(), static_cast<std::size_t>(n));
  for (const auto& [index, result] : log.results) {
    EXPECT_EQ(result, rough(static_cast<double>(index))) << index;
  }
}

/// 0, 1, 2 ... at the root, counting what was pulled.
struct Counter {
  std::int64_t end = 0;
  std::int64_t pulled = 0;
  std::optional<double> operator()() {
    if (pulled == end) return std::nullopt;
    return static_cast<double>(pulled++);
  }
};

std::vector<Options> plans() {
  std::vector<Options> all;
  for (const bool ordered : {true, false}) {
    for (const std::int64_t window : {1, 2, 7, 1000}) {
      for (const std::optional<std::int64_t> chunk :
           {std::optional<std::int64_t>{}, std::optional<std::int64_t>{3}}) {
        for (const int ranks : {1, size_of()}) {
          Options o;
          o.ordered = ordered;
          o.window = window;
          o.chunk = chunk;
          o.ranks = ranks;
          if (all.size() % 2 == 1) o.sample_budget = Seconds(0);
          all.push_back(o);
        }
      }
    }
  }
  return all;
}

std::string text_of(const Options& o) {
  return std::string(*o.ordered ? "ordered" : "unordered") + ", window " +
         std::to_string(*o.window) + ", chunk " + (o.chunk ? std::to_string(*o.chunk) : "free") +
         ", ranks " + std::to_string(*o.ranks);
}

TEST(Stream, DeliversEachResultOnceUnderEveryPlan) {
  constexpr std::int64_t n = 301;
  for (const Options& o : plans()) {
    SCOPED_TRACE(text_of(o));
    CallCount calls(n);
    Log log;
    Counter source{is_root() ? n : 0};
    const Report report = stream(
        MPI_COMM_WORLD, source,
        [&](double x, std::int64_t index) {
          calls.add(index);
          return rough(x);
        },
        log, o);
    expect_complete(log, n);
    EXPECT_EQ(calls.fewest_and_most(), exactly_once);
    if (*o.ordered) {
      EXPECT_TRUE(log.ascending());
    }
    EXPECT_EQ(report.plan.pattern.kind, PatternKind::stream);
    EXPECT_EQ(report.plan.pattern.ordered, o.ordered);
    ASSERT_TRUE(report.measured.flow);
    EXPECT_LE(report.measured.flow->most_held, *o.window);
    EXPECT_EQ(report.measured.flow->delivered, n);
  }
}

TEST(Stream, NeverPullsBeyondTheWindow) {
  constexpr std::int64_t n = 500;
  Options o = on_all_ranks();
  o.window = 20;
  Counter source{is_root() ? n : 0};
  std::int64_t delivered = 0;
  std::int64_t most = 0;
  const auto watched = [&]() {
    const auto item = source();
    most = std::max(most, source.pulled - delivered);
    return item;
  };
  (void)stream(
      MPI_COMM_WORLD, watched, rough, [&](std::int64_t, double) { ++delivered; }, o);
  if (is_root()) {
    EXPECT_EQ(delivered, n);
  }
  EXPECT_LE(most, 20);
}

TEST(Stream, TakesRangesThatArePassedOnce) {
  std::istringstream text(is_root() ? "3 1 4 1 5 9 2 6" : "");
  std::vector<int> results;
  (void)stream(
      MPI_COMM_WORLD,
      std::ranges::subrange(std::istream_iterator<int>(text), std::istream_iterator<int>()),
      [](int x) { return 10 * x; }, [&](std::int64_t, int r) { results.push_back(r); },
      on_all_ranks());
  if (is_root()) {
    EXPECT_EQ(results, (std::vector<int>{30, 10, 40, 10, 50, 90, 20, 60}));
  }
}

TEST(Stream, TakesListsOfStringsAndBools) {
  const std::list<std::string> words = {"a", "", "abc", std::string(9000, 'x')};
  std::vector<bool> long_words;
  (void)stream(
      MPI_COMM_WORLD, words, [](const std::string& word) { return word.size() > 2; },
      [&](std::int64_t, bool r) { long_words.push_back(r); }, on_all_ranks());
  if (is_root()) {
    EXPECT_EQ(long_words, (std::vector<bool>{false, false, true, true}));
  }
}

TEST(Stream, OfNothingDeliversNothing) {
  Log log;
  const Report report = stream(MPI_COMM_WORLD, Counter{}, rough, log);
  EXPECT_TRUE(log.order.empty());
  EXPECT_EQ(report.measured.items, 0);
}

TEST(Stream, OfFewerItemsThanRanksDeliversAll) {
  for (std::int64_t n = 1; n <= size_of(); ++n) {
    for (const double budget : {0.0, 10.0}) {
      for (const std::optional<int> ranks : {std::optional<int>{}, std::optional{size_of()}}) {
        SCOPED_TRACE(::testing::Message() << n << " items, budget " << budget);
        Options o;
        o.ranks = ranks;
        o.sample_budget = Seconds(budget);
        Log log;
        (void)stream(MPI_COMM_WORLD, Counter{is_root() ? n : 0}, rough, log, o);
        expect_complete(log, n);
      }
    }
  }
}

TEST(Stream, PullsNoMoreThanItIsGivenTimeFor) {
  // A source that never ends, and a sink that ends it: what is under way comes to an end.
  Log log;
  Options o = on_all_ranks();
  o.window = 64;
  struct Enough {};
  std::int64_t pulled = 0;
  EXPECT_THROW(
      (void)stream(
          MPI_COMM_WORLD, [&]() { return std::optional(static_cast<double>(pulled++)); }, rough,
          [&](std::int64_t index, double) {
            if (index == 1000) throw Enough{};
          },
          o),
      KernelError);
  EXPECT_LE(pulled, 1000 + 64 + 1);
}

TEST(Stream, LargeItemsTravelBothWays) {
  constexpr std::size_t length = 50000;
  std::vector<std::vector<double>> items(is_root() ? 40 : 0);
  for (std::size_t i = 0; i < items.size(); ++i) items[i].assign(length, static_cast<double>(i));
  std::int64_t right = 0;
  Options o = on_all_ranks();
  o.window = 9;
  (void)stream(
      MPI_COMM_WORLD, items,
      [](const std::vector<double>& x) {
        std::vector<double> twice = x;
        for (double& value : twice) value *= 2;
        return twice;
      },
      [&](std::int64_t index, const std::vector<double>& r) {
        right += r == std::vector<double>(length, 2.0 * static_cast<double>(index)) ? 1 : 0;
      },
      o);
  if (is_root()) {
    EXPECT_EQ(right, 40);
  }
}

}  // namespace
}  // namespace mpisize
