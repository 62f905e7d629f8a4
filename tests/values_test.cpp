#include "values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "errors.hpp"

namespace mpisize::tools {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The sentence with which a text is refused; empty if it is taken.
template <class Read>
std::string refusal(Read read, std::string_view text) {
  try {
    static_cast<void>(read("--option", text));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "";
}

TEST(Count, IsAWholeNumberFromOne) {
  EXPECT_EQ(read_count("-n", "1"), 1);
  EXPECT_EQ(read_count("-n", "2147483647"), 2147483647);
  for (const char* const text :
       {"0", "-1", "1.5", "", " 1", "1 ", "2147483648", "nan", "0x10", "+3"}) {
    EXPECT_THAT(refusal(read_count, text),
                AllOf(HasSubstr("--option"), HasSubstr(text), HasSubstr("from 1 to")))
        << text;
  }
}

TEST(Between, NamesBothLimits) {
  const auto group = [](std::string_view option, std::string_view text) {
    return read_between(option, text, 0, 1048576);
  };
  EXPECT_EQ(group("--group", "0"), 0);
  EXPECT_THAT(refusal(group, "-1"), HasSubstr("'-1' is not a whole number from 0 to 1048576"));
  EXPECT_THAT(refusal(group, "9000000000000000000"), HasSubstr("from 0 to 1048576"));
}

TEST(Ratio, IsFiniteAndAboveZero) {
  EXPECT_DOUBLE_EQ(read_ratio("--min-speedup", "1.05"), 1.05);
  for (const char* const text : {"nan", "inf", "-inf", "0", "-1", "1,2", "one", "", "1e999"}) {
    EXPECT_THAT(refusal(read_ratio, text), HasSubstr(std::string("'") + text + "'")) << text;
  }
}

TEST(Time, HasUnits) {
  EXPECT_EQ(read_time("--deadline", "60"), Seconds(60));
  EXPECT_EQ(read_time("--deadline", "60s"), Seconds(60));
  EXPECT_EQ(read_time("--deadline", "250 ms"), Seconds(0.25));
  EXPECT_EQ(read_time("--deadline", "1.5min"), Seconds(90));
  EXPECT_EQ(read_time("--deadline", "2h"), Seconds(7200));
}

TEST(Time, ReadsTheClockAsSlurmWritesIt) {
  EXPECT_EQ(read_time("--deadline", "90:00"), Seconds(5400));
  EXPECT_EQ(read_time("--deadline", "1:30:05"), Seconds(5405));
}

TEST(Time, MustBeFiniteAndAboveZero) {
  for (const char* const text :
       {"nan", "inf", "0", "-1s", "5 fortnights", "1:60:00", "1:2:3:4", ":"}) {
    EXPECT_THAT(refusal(read_time, text), HasSubstr(std::string("'") + text + "'")) << text;
  }
}

TEST(Size, CountsInPowersOf1024) {
  EXPECT_EQ(read_size("--max-memory", "1"), Bytes(1));
  EXPECT_EQ(read_size("--max-memory", "512M"), Bytes(std::int64_t{512} << 20));
  EXPECT_EQ(read_size("--max-memory", "4G"), Bytes(std::int64_t{4} << 30));
  EXPECT_EQ(read_size("--max-memory", "1.5GiB"), Bytes(std::int64_t{3} << 29));
}

TEST(Size, MustBeAtLeastOneByte) {
  for (const char* const text : {"0", "-4G", "nan", "4X", "G", "1e30T"}) {
    EXPECT_THAT(refusal(read_size, text), HasSubstr(std::string("'") + text + "'")) << text;
  }
}

TEST(Schedules, AreNamedInTheRefusal) {
  EXPECT_EQ(read_schedule("--schedule", "guided"), Schedule::guided);
  EXPECT_THAT(refusal(read_schedule, "random"),
              AllOf(HasSubstr("'random'"), HasSubstr("static"), HasSubstr("factoring")));
}

TEST(Counts, ComeAscendingAndOnce) {
  EXPECT_THAT(read_counts("-n", "4,1,2,4"), ElementsAre(1, 2, 4));
  EXPECT_THAT(refusal(read_counts, "1,,2"), HasSubstr("'1,,2' has an empty rank count"));
  EXPECT_THAT(refusal(read_counts, "1,0"), HasSubstr("'0'"));
}

TEST(RankRules, TakeNumbersAsTheyStand) {
  EXPECT_THAT(RankRule::read("--ranks", "16,4,8").counts(2), ElementsAre(4, 8, 16));
  EXPECT_THAT(RankRule::read("--ranks", "2-5").counts(2), ElementsAre(2, 3, 4, 5));
}

TEST(RankRules, ExpandPowersAndMultiplesUpToTheMachine) {
  EXPECT_THAT(RankRule::read("--ranks", "2^k").counts(20), ElementsAre(1, 2, 4, 8, 16));
  EXPECT_THAT(RankRule::read("--ranks", "n*6").counts(20), ElementsAre(6, 12, 18));
  EXPECT_THAT(RankRule::read("--ranks", "n*6,7").counts(13), ElementsAre(6, 7, 12));
  EXPECT_THAT(RankRule::read("--ranks", "n*6").counts(5), IsEmpty());
  EXPECT_EQ(RankRule::read("--ranks", "2^k").counts(2147483647).size(), 31U);
}

TEST(RankRules, ThinVeryManyCountsButKeepTheLast) {
  for (const char* const text : {"n*1", "1-67108864", "n*1,5-9", "n*1,n*2,7"}) {
    const auto counts = RankRule::read("--ranks", text).counts(67'108'864);
    EXPECT_LT(counts.size(), 1000U) << text;
    EXPECT_EQ(counts.front(), 1) << text;
    EXPECT_EQ(counts.back(), 67'108'864) << text;
    for (std::size_t i = 1; i < counts.size(); ++i) {
      EXPECT_GT(counts[i], counts[i - 1]);
      EXPECT_LE(counts[i], std::max(counts[i - 1] + 1, counts[i - 1] / 32 * 33 + 32)) << text;
    }
  }
  EXPECT_THAT(RankRule::read("--ranks", "1-2147483647").counts(4).back(), 2147483647);
  EXPECT_EQ(RankRule::read("--ranks", "1-1000").counts(4).size(), 1000U);
}

TEST(RankRules, FindTheNextAndThePreviousAsTheListDoes) {
  for (const char* const text : {"n*6,7", "2^k,5", "4-9,20", "3^k,n*7,11-13"}) {
    const auto rule = RankRule::read("--ranks", text);
    constexpr int most = 100;
    const auto counts = rule.counts(most);
    for (int n = 1; n <= most; ++n) {
      const auto above = std::lower_bound(counts.begin(), counts.end(), n);
      EXPECT_EQ(rule.next(n, most), above == counts.end() ? std::nullopt : std::optional(*above));
      const auto after = std::upper_bound(counts.begin(), counts.end(), n);
      EXPECT_EQ(rule.previous(n),
                after == counts.begin() ? std::nullopt : std::optional(*(after - 1)));
    }
  }
}

TEST(RankRules, ForceASingleNumberOnly) {
  EXPECT_TRUE(RankRule::read("--ranks", "4").forces());
  EXPECT_FALSE(RankRule::read("--ranks", "4,8").forces());
  EXPECT_FALSE(RankRule::read("--ranks", "2^k").forces());
}

TEST(RankRules, RefuseWhatTheyDoNotKnow) {
  for (const char* const text :
       {"", "0", "-2", "1^k", "2^3", "m*6", "n*0", "5-2", "4,", "n*", "*6", "nan"}) {
    EXPECT_THAT(refusal(RankRule::read, text), HasSubstr("rank count")) << text;
  }
  EXPECT_THAT(refusal(RankRule::read, "3000000000"), HasSubstr("from 1 to 2147483647"));
  EXPECT_THAT(refusal(RankRule::read, "1,,2"), HasSubstr("'1,,2' has an empty rank count"));
}

}  // namespace
}  // namespace mpisize::tools
