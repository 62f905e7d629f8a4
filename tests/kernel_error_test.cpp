// A call that fails ends on every rank, alike, and can be repeated.
#include <gtest/gtest.h>
#include <mpi.h>

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

class Mishap : public std::runtime_error {
 public:
  explicit Mishap(const std::string& words) : std::runtime_error(words) {}
};

/// What a rank caught.
struct Caught {
  std::string what;
  std::int64_t item = -1;
  int rank = -1;
  std::string host;
  std::optional<std::string> nested;  ///< What the kernel threw: words of a Mishap, or "42".
};

template <class Kernel>
std::optional<Caught> caught(std::int64_t n, Kernel&& kernel, const Options& options) {
  try {
    (void)map(MPI_COMM_WORLD, numbers_at_root(n), kernel, options);
  } catch (const KernelError& error) {
    Caught c{error.what(), error.item(), error.rank(), error.host(), std::nullopt};
    try {
      std::rethrow_if_nested(error);
    } catch (const Mishap& original) {
      c.nested = original.what();
    } catch (int number) {
      c.nested = std::to_string(number);
    } catch (...) {
      c.nested = "something else";
    }
    return c;
  }
  return std::nullopt;
}

std::string host_here() {
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  int length = 0;
  MPI_Get_processor_name(name.data(), &length);
  return {name.data(), static_cast<std::size_t>(length)};
}

/// The same error everywhere, with the original where it was thrown.
void expect_alike(const std::optional<Caught>& c) {
  EXPECT_EQ(sum_over_ranks(c ? 1 : 0), size_of()) << "caught on some ranks only";
  if (!c) return;
  EXPECT_EQ(c->what, of_root(c->what));
  EXPECT_EQ(std::to_string(c->item), of_root(std::to_string(c->item)));
  EXPECT_EQ(std::to_string(c->rank), of_root(std::to_string(c->rank)));
  EXPECT_EQ(c->host, host_here());
  EXPECT_NE(c->what.find("item " + std::to_string(c->item)), std::string::npos) << c->what;
  EXPECT_NE(c->what.find("rank " + std::to_string(c->rank)), std::string::npos) << c->what;
  EXPECT_NE(c->what.find(c->host), std::string::npos) << c->what;
  EXPECT_EQ(c->nested.has_value(), c->rank == rank_of());
}

void expect_next_call_right() {
  const auto outcome = map(MPI_COMM_WORLD, numbers_at_root(100), rough, on_all_ranks());
  EXPECT_EQ(outcome.results, plain_loop(numbers_at_root(100), rough));
}

/// Throws on the ranks that `where` holds for, from the call after `calm` calls of the rank on.
template <class Where>
auto failing(Where where, int calm = 0) {
  return [where, calm, calls = 0](double x, std::int64_t index) mutable {
    if (++calls > calm && where(rank_of())) throw Mishap("no " + std::to_string(index));
    return x;
  };
}

/// Sampling alone takes fewer calls than this of 2000 items; a static block has more.
constexpr int after_sampling = 205;

Options in_blocks() {
  Options options = on_all_ranks();
  options.schedule = Schedule::static_block;
  if (size_of() > 1) options.root_computes = true;
  return options;
}

TEST(KernelError, OfAWorkerReachesEveryRank) {
  if (size_of() == 1) return;
  for (const int calm : {0, after_sampling}) {
    const auto c = caught(2000, failing([](int rank) { return rank != 0; }, calm), in_blocks());
    expect_alike(c);
    if (c) {
      EXPECT_NE(c->rank, 0);
    }
    if (c && c->nested) {
      EXPECT_EQ(c->nested, "no " + std::to_string(c->item));
    }
    expect_next_call_right();
  }
}

TEST(KernelError, OfTheRootReachesEveryRank) {
  for (const int calm : {0, after_sampling}) {
    const auto c = caught(2000, failing([](int rank) { return rank == 0; }, calm), in_blocks());
    expect_alike(c);
    if (c) {
      EXPECT_EQ(c->rank, 0);
    }
    if (c && c->nested) {
      EXPECT_EQ(c->nested, "no " + std::to_string(c->item));
    }
    expect_next_call_right();
  }
}

TEST(KernelError, OfAllRanksIsThatOfOneItem) {
  for (const int calm : {0, after_sampling}) {
    const auto c = caught(2000, failing([](int) { return true; }, calm), in_blocks());
    expect_alike(c);
    if (c && c->nested) {
      EXPECT_EQ(c->nested, "no " + std::to_string(c->item));
    }
    expect_next_call_right();
  }
}

TEST(KernelError, NamesTheLowestFailingItemThatWasSeen) {
  // All items of a rank fail: the first one of a block is seen before the others of it.
  Options options = on_all_ranks();
  options.ranks = 1;
  const auto kernel = [](double x, std::int64_t index) {
    if (index >= 60) throw Mishap("late");
    return x;
  };
  const auto c = caught(64, kernel, options);
  expect_alike(c);
  ASSERT_TRUE(c.has_value());
  EXPECT_GE(c->item, 60);
}

TEST(KernelError, NoItemIsComputedAfterAFailureOfTheOnlyRank) {
  Options options;
  options.ranks = 1;
  int calls_after = 0;
  bool failed = false;
  const auto kernel = [&](double x, std::int64_t index) {
    if (failed) ++calls_after;
    failed = index == 500;
    if (failed) throw Mishap("once");
    return x;
  };
  const auto c = caught(1000, kernel, options);
  expect_alike(c);
  ASSERT_TRUE(c.has_value());
  EXPECT_EQ(c->item, 500);
  EXPECT_EQ(calls_after, 0);
}

TEST(KernelError, ThrownOnceIsFoundInAnySchedule) {
  for (const Schedule schedule :
       {Schedule::static_block, Schedule::dynamic, Schedule::guided, Schedule::factoring}) {
    for (const std::int64_t failing_item : {0, 57, 299}) {
      Options options = on_all_ranks();
      options.schedule = schedule;
      const auto kernel = [failing_item](double x, std::int64_t index) {
        if (index == failing_item) throw Mishap("this one");
        return x;
      };
      const auto c = caught(300, kernel, options);
      expect_alike(c);
      ASSERT_TRUE(c.has_value());
      EXPECT_EQ(c->item, failing_item);
    }
  }
  expect_next_call_right();
}

TEST(KernelError, WhatIsNoStdExceptionArrivesToo) {
  const auto kernel = [](double x, std::int64_t index) {
    if (index == 70) throw 42;  // NOLINT(hicpp-exception-baseclass): it is what is tested
    return x;
  };
  const auto c = caught(100, kernel, on_all_ranks());
  expect_alike(c);
  ASSERT_TRUE(c.has_value());
  EXPECT_NE(c->what.find("no std::exception"), std::string::npos) << c->what;
  if (c->nested) {
    EXPECT_EQ(c->nested, "42");
  }
  expect_next_call_right();
}

TEST(KernelError, WordsOfAnyLengthAndOfManyLinesArriveWhole) {
  for (const std::string& words :
       {std::string(), std::string("first\nsecond\n"), std::string(20'000, 'w')}) {
    for (const bool on_root : {true, false}) {
      if (!on_root && size_of() == 1) continue;
      const auto kernel = [&](double x) {
        if ((rank_of() == 0) == on_root) throw Mishap(words);
        return x;
      };
      const auto c = caught(100, kernel, on_all_ranks());
      expect_alike(c);
      ASSERT_TRUE(c.has_value());
      EXPECT_EQ(c->what.substr(c->what.size() - words.size()), words);
    }
  }
}

TEST(KernelError, ComesWhileOthersAreInsideLongItems) {
  if (size_of() == 1) return;
  const auto kernel = [](double x) {
    if (rank_of() == size_of() - 1) throw Mishap("early");
    polite_sleep(Seconds(0.02));
    return x;
  };
  expect_alike(caught(50, kernel, on_all_ranks()));
  expect_next_call_right();
}

TEST(KernelError, CallsGoOnForAsLongAsOneLikes) {
  for (int i = 0; i < 30; ++i) {
    const auto kernel = [i](double x, std::int64_t index) {
      if (index == i * 3) throw Mishap("again");
      return x;
    };
    const auto c = caught(100, kernel, on_all_ranks());
    expect_alike(c);
    ASSERT_TRUE(c.has_value());
    EXPECT_EQ(c->item, i * 3);
    if (i % 10 == 9) expect_next_call_right();
  }
}

}  // namespace
}  // namespace mpisize
