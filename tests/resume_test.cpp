// What a journal holds is not computed again, whatever ended the call and on however many ranks it
// goes on.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/mpisize.hpp"
#include "ranks.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

constexpr std::int64_t n = 400;

/// A sleeping item, counted; throws from the given number of calls on this rank on.
struct Kernel {
  CallCount* calls;
  std::int64_t end = n;
  double operator()(double x, std::int64_t index) const {
    polite_sleep(Seconds(50e-6));
    if (calls->here() >= end) throw std::runtime_error("enough");
    calls->add(index);
    return rough(x);
  }
};

enum class Pattern { map, batch, ordered, unordered };
constexpr std::array patterns{Pattern::map, Pattern::batch, Pattern::ordered, Pattern::unordered};

/// Results by index, of one process's sink.
using Results = std::map<std::int64_t, double>;

template <class K>
Report call(Pattern pattern, const std::vector<double>& items, K&& kernel, Results& results,
            Options o) {
  const auto note = [&](std::int64_t index, double r) {
    EXPECT_TRUE(results.emplace(index, r).second) << "item " << index << " came twice";
  };
  if (pattern == Pattern::map) {
    const auto outcome = map(MPI_COMM_WORLD, items, kernel, o);
    for (std::size_t i = 0; i < outcome.results.size(); ++i) {
      note(static_cast<std::int64_t>(i), outcome.results[i]);
    }
    return outcome.report;
  }
  if (pattern == Pattern::batch) {
    return batch(
        MPI_COMM_WORLD, items, kernel,
        [&](std::int64_t first, std::span<double> part) {
          for (const double r : part) note(first++, r);
        },
        o);
  }
  o.ordered = pattern == Pattern::ordered;
  return stream(MPI_COMM_WORLD, items, kernel, note, o);
}

void expect_all(const Results& results) {
  if (!is_root()) return;
  ASSERT_EQ(results.size(), static_cast<std::size_t>(n));
  for (const auto& [index, r] : results) EXPECT_EQ(r, rough(static_cast<double>(index)));
}

class Resume : public ::testing::TestWithParam<Pattern> {
 protected:
  Options options(int ranks = size_of()) {
    Options o;
    o.ranks = ranks;
    o.journal = journal_;
    return o;
  }
  std::vector<double> items_ = numbers_at_root(n);

 private:
  TemporaryDirectory directory_;
  std::string journal_ = of_root((directory_.path() / "journal").string());
};

TEST_P(Resume, AfterAFailureOnlyWhatIsMissingIsComputed) {
  CallCount first(n);
  Results some;
  EXPECT_THROW((void)call(GetParam(), items_, Kernel{&first, n / 8}, some, options()), KernelError);
  CallCount second(n);
  Results results;
  const int ranks = size_of() > 1 ? size_of() - 1 : 1;
  const Report report = call(GetParam(), items_, Kernel{&second}, results, options(ranks));
  expect_all(results);
  EXPECT_GT(report.measured.resumed, 0);
  EXPECT_EQ(report.measured.resumed + report.measured.items, n);
  EXPECT_EQ(sum_over_ranks(second.here()), n - report.measured.resumed);
}

TEST_P(Resume, AFinishedCallComputesNothingAgain) {
  CallCount first(n);
  Results results;
  (void)call(GetParam(), items_, Kernel{&first}, results, options());
  expect_all(results);
  CallCount second(n);
  Results again;
  const Report report = call(GetParam(), items_, Kernel{&second}, again, options());
  expect_all(again);
  EXPECT_EQ(sum_over_ranks(second.here()), 0);
  EXPECT_EQ(report.measured.resumed, n);
}

TEST_P(Resume, ASignalEndsTheCallInOrder) {
  CallCount first(n);
  Results some;
  // Every rank gets it, as from mpirun or Slurm, once some items are done.
  int here = 0;
  const auto raising = [&](double x, std::int64_t index) {
    if (++here == 20) kill(getpid(), SIGTERM);
    return Kernel{&first}(x, index);
  };
  const Report report = call(GetParam(), items_, raising, some, options());
  if (size_of() == 1) {
    ASSERT_TRUE(report.measured.stopped);
  }
  if (report.measured.stopped) {
    EXPECT_NE(report.measured.stopped->find("SIGTERM"), std::string::npos);
    EXPECT_NE(report.measured.stopped->find("resume"), std::string::npos);
    EXPECT_LT(report.measured.items, n);
  }
  CallCount second(n);
  Results results;
  const Report rest = call(GetParam(), items_, Kernel{&second}, results, options());
  expect_all(results);
  EXPECT_EQ(rest.measured.resumed, report.measured.items) << "what was computed was not kept";
}

TEST_P(Resume, NothingIsBegunThatCannotEndBeforeTheDeadline) {
  Options o = options();
  o.deadline = Seconds(1e-9);
  CallCount first(n);
  Results some;
  const Report report = call(GetParam(), items_, Kernel{&first}, some, o);
  ASSERT_TRUE(report.measured.stopped);
  EXPECT_NE(report.measured.stopped->find("deadline"), std::string::npos);
  EXPECT_LT(report.measured.items, n) << "only what was sampled";
  CallCount second(n);
  Results results;
  (void)call(GetParam(), items_, Kernel{&second}, results, options());
  expect_all(results);
  EXPECT_EQ(sum_over_ranks(first.here()) + sum_over_ranks(second.here()), n);
}

TEST_P(Resume, AnotherInputIsRefused) {
  CallCount calls(n);
  Results results;
  (void)call(GetParam(), items_, Kernel{&calls}, results, options());
  std::vector<double> other = items_;
  if (is_root()) other[n / 2] = -1;
  Results none;
  try {
    (void)call(GetParam(), other, Kernel{&calls}, none, options());
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("made with"), std::string::npos) << error.what();
  }
}

TEST_P(Resume, AnotherKernelIsRefused) {
  CallCount calls(n);
  Results results;
  Options o = options();
  o.kernel_id = "first";
  (void)call(GetParam(), items_, Kernel{&calls}, results, o);
  o.kernel_id = "second";
  Results none;
  try {
    (void)call(GetParam(), items_, Kernel{&calls}, none, o);
    ADD_FAILURE() << "nothing was thrown";
  } catch (const std::invalid_argument& error) {
    const std::string words = error.what();
    EXPECT_NE(words.find("first"), std::string::npos) << words;
    EXPECT_NE(words.find("second"), std::string::npos) << words;
  }
}

TEST_P(Resume, LostItemsStayLostUntilTheyAreToBeTriedAgain) {
  CallCount calls(n);
  const auto fragile = [&](double x, std::int64_t index) {
    if (index % 100 == 7) throw std::runtime_error("bad");
    return Kernel{&calls}(x, index);
  };
  Options o = options();
  o.max_fails = 10;
  Results some;
  const Report first = call(GetParam(), items_, fragile, some, o);
  EXPECT_EQ(first.measured.lost.size(), 4U);
  CallCount second(n);
  Results same;
  const Report again = call(GetParam(), items_, Kernel{&second}, same, o);
  EXPECT_EQ(sum_over_ranks(second.here()), 0);
  EXPECT_EQ(again.measured.lost.size(), 4U) << "they are still without a result";
  o.retry_failed = true;
  CallCount third(n);
  Results results;
  const Report last = call(GetParam(), items_, Kernel{&third}, results, o);
  expect_all(results);
  EXPECT_EQ(sum_over_ranks(third.here()), 4);
  EXPECT_TRUE(last.measured.lost.empty());
}

TEST_P(Resume, TheItemThatFailedTheCallIsComputedAgain) {
  for (const int ranks : {1, size_of()}) {
    for (const std::int64_t max_fails : {1, 5, 20}) {
      SCOPED_TRACE(::testing::Message() << "ranks " << ranks << ", max_fails " << max_fails);
      TemporaryDirectory directory;
      Options o = options(ranks);
      o.journal = of_root((directory.path() / "journal").string());
      o.max_fails = max_fails;
      CallCount calls(n);
      const auto fragile = [&](double x, std::int64_t index) {
        if (index % 10 == 7) throw std::runtime_error("bad");
        return Kernel{&calls}(x, index);
      };
      Results some;
      EXPECT_THROW((void)call(GetParam(), items_, fragile, some, o), KernelError);
      o.retry_failed = true;
      CallCount second(n);
      Results results;
      (void)call(GetParam(), items_, Kernel{&second}, results, o);
      expect_all(results);
    }
  }
}

TEST(ResumeFlow, OfASourceOfUnknownLengthTheJournalMayFillTheWindow) {
  TemporaryDirectory directory;
  Options o = on_all_ranks();
  o.journal = of_root((directory.path() / "journal").string());
  for (const std::int64_t window : {1, 2, 100}) {
    for (const double budget : {0.0, 10.0}) {
      for (const std::int64_t length : {40, 40, 41, 50}) {  // Some items more than the journal has.
        SCOPED_TRACE(::testing::Message() << "window " << window << ", length " << length);
        o.window = window;
        o.sample_budget = Seconds(budget);
        std::int64_t pulled = 0;
        const auto source = [&]() -> std::optional<double> {
          if (pulled == length) return std::nullopt;
          return static_cast<double>(pulled++);
        };
        Results results;
        (void)stream(
            MPI_COMM_WORLD, source, rough,
            [&](std::int64_t index, double r) { results[index] = r; }, o);
        EXPECT_EQ(results.size(), is_root() ? static_cast<std::size_t>(length) : 0U);
        for (const auto& [index, r] : results) EXPECT_EQ(r, rough(static_cast<double>(index)));
      }
      if (is_root()) std::filesystem::remove(o.journal);
    }
  }
}

/// A result that counts for how many of its kind room was made.
struct Counted {
  Counted() { ++made; }
  double value = 0;
  inline static std::int64_t made = 0;
};

TEST(ResumeFlow, WhereTheJournalHasGapsRoomIsMadeForWhatIsMissing) {
  TemporaryDirectory directory;
  Options o = on_all_ranks();
  o.journal = of_root((directory.path() / "journal").string());
  o.batch = n;
  o.max_fails = n;
  const auto computed = [](double x) {
    Counted result;
    result.value = rough(x);
    return result;
  };
  const auto fragile = [&](double x, std::int64_t index) {
    if (index % 10 == 7) throw std::runtime_error("bad");
    return computed(x);
  };
  std::int64_t delivered = 0;
  const auto sink = [&](std::int64_t, std::span<Counted> part) { delivered += std::ssize(part); };
  (void)batch(MPI_COMM_WORLD, numbers_at_root(n), fragile, sink, o);
  EXPECT_EQ(delivered, is_root() ? n - n / 10 : 0);
  o.retry_failed = true;
  delivered = 0;
  Counted::made = 0;
  (void)batch(MPI_COMM_WORLD, numbers_at_root(n), computed, sink, o);
  EXPECT_EQ(delivered, is_root() ? n : 0);
  // Once for every item, and once for each that is computed; not for a batch at each gap.
  EXPECT_LE(Counted::made, 2 * n);
}

std::string name_of_pattern(const ::testing::TestParamInfo<Pattern>& info) {
  constexpr std::array names{"map", "batch", "ordered", "unordered"};
  return names.at(static_cast<std::size_t>(info.param));
}
INSTANTIATE_TEST_SUITE_P(Patterns, Resume, ::testing::ValuesIn(patterns), name_of_pattern);

}  // namespace
}  // namespace mpisize
