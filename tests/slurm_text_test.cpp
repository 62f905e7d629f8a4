#include "mpisize/write/slurm_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpisize/base/error.hpp"

namespace mpisize::slurm_text {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Place place{"sinfo", 3};

TEST(SlurmText, ErrorNamesCommandLineAndWord) {
  try {
    static_cast<void>(number("12\tx", 100, place));
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("line 3 of what sinfo says has '12?x'"));
  }
  EXPECT_THROW(static_cast<void>(number(std::string(10'000, '9'), 100, place)), InputError);
}

TEST(SlurmText, LinesMayEndInAnyWay) {
  EXPECT_THAT(lines("a\nb\r\n\nc"), ElementsAre("a", "b", "", "c"));
  EXPECT_THAT(lines(""), IsEmpty());
}

TEST(SlurmText, WordsForNothingAreNothing) {
  for (const char* word : {"UNLIMITED", "NONE", "N/A", "(null)", "", "INFINITE"}) {
    EXPECT_TRUE(is_nothing(word)) << word;
    EXPECT_THAT(words(word), IsEmpty()) << word;
  }
  EXPECT_FALSE(is_nothing("0"));
  EXPECT_THAT(words("ALL"), IsEmpty());
  EXPECT_THAT(words("a,b"), ElementsAre("a", "b"));
}

TEST(SlurmText, NumbersAreWholeAndWithinTheirBound) {
  EXPECT_EQ(number("0", 9, place), 0);
  EXPECT_EQ(number("9", 9, place), 9);
  EXPECT_EQ(number("9+", 9, place), 9);
  for (const char* text : {"10", "-1", "1.5", "", "+", "x", "1 ", "99999999999999999999"}) {
    EXPECT_THROW(static_cast<void>(number(text, 9, place)), InputError) << text;
  }
}

TEST(SlurmText, MemoryIsInMebibytes) {
  EXPECT_EQ(memory("2", place), Bytes(2'097'152));
  EXPECT_THROW(static_cast<void>(memory("2000000000000", place)), InputError);
}

TEST(SlurmText, TimesAreReadInEveryForm) {
  const auto seconds = [](const char* text) { return duration(text, place).value(); };
  EXPECT_EQ(seconds("30"), 1800);
  EXPECT_EQ(seconds("30:05"), 1805);
  EXPECT_EQ(seconds("2:00:00"), 7200);
  EXPECT_EQ(seconds("02:00:01"), 7201);
  EXPECT_EQ(seconds("2-00"), 172800);
  EXPECT_EQ(seconds("2-"), 172800);
  EXPECT_EQ(seconds("2-01:30"), 178200);
  EXPECT_EQ(seconds("2-01:30:05"), 178205);
  for (const char* text : {"", "-", "1:", "1:2:3:4", "1-2:3:4:5", "abc", "UNLIMITED"}) {
    EXPECT_THROW(static_cast<void>(duration(text, place)), InputError) << text;
  }
}

TEST(SlurmText, GenericResourcesHaveANameAndACount) {
  EXPECT_THAT(gres("(null)", place), IsEmpty());
  EXPECT_THAT(gres("gpu:a100:4(S:0-1),nvme:2K", place),
              ElementsAre(Gres{"gpu:a100", 4}, Gres{"nvme", 2048}));
  EXPECT_THAT(gres("gpu:2(S:0,1)", place), ElementsAre(Gres{"gpu", 2}));
  EXPECT_THAT(gres("licence", place), ElementsAre(Gres{"licence", 1}));
  EXPECT_THROW(static_cast<void>(gres("gpu:many", place)), InputError);
  EXPECT_THROW(static_cast<void>(gres("gpu:9999999999999999G", place)), InputError);
}

}  // namespace
}  // namespace mpisize::slurm_text
