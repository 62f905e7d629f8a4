#include "mpisize/measure/journal.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>

#include "journal_values.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/measure/hash.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using testing::append;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::identity;
using ::testing::IsEmpty;
using testing::letter;
using testing::options;
using testing::refusal;
using testing::TemporaryDirectory;

class JournalTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "j"; }
  Journal open(const JournalIdentity& who = identity) const { return {options(file()), who}; }
  template <class Error = InputError>
  [[nodiscard]] std::string refused(const JournalIdentity& who = identity) const {
    return refusal<Error>([&] { const Journal journal(options(file()), who); });
  }

  // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
  TemporaryDirectory directory_;
};

TEST_F(JournalTest, GivesBackWhatWasAppendedInOrderOfTheItems) {
  {
    auto journal = open();
    EXPECT_THAT(journal.runs(), IsEmpty());
    append(journal, 10, 5);
    append(journal, 0, 1);
    journal.commit();
    append(journal, 1, 9);
    journal.close();
  }
  const auto journal = open();
  EXPECT_EQ(journal.repaired(), std::nullopt);
  ASSERT_EQ(journal.runs().size(), 3U);
  std::int64_t next = 0;
  for (const JournalRun& run : journal.runs()) {
    EXPECT_EQ(run.first, next);
    EXPECT_EQ(run.input_hash, static_cast<std::uint64_t>(run.first) * 7);
    EXPECT_EQ(testing::read(journal, run), testing::results(run.first, run.count));
    next = run.first + run.count;
  }
  EXPECT_EQ(next, 15);
}

TEST_F(JournalTest, GoesOnWhereItEnded) {
  for (int i = 0; i < 4; ++i) {
    auto journal = open();
    EXPECT_EQ(journal.runs().size(), static_cast<std::size_t>(i));
    append(journal, 100 - i, 1);
  }
}

TEST_F(JournalTest, NothingIsWrittenBeforeTheCommit) {
  auto journal = open();
  const auto before = std::filesystem::file_size(file());
  append(journal, 0, 3);
  journal.append(letter(7));
  EXPECT_EQ(std::filesystem::file_size(file()), before);
  journal.commit();
  const auto after = std::filesystem::file_size(file());
  EXPECT_GT(after, before);
  journal.commit();
  EXPECT_EQ(std::filesystem::file_size(file()), after);
}

TEST_F(JournalTest, EmptyAndLargeResultsAreKept) {
  const std::vector<std::byte> large(3'500'000, std::byte{0x5a});  // Beyond one piece of the scan.
  {
    auto journal = open();
    journal.append(0, 4, 0, {});
    journal.append(4, 1, 0, large);
    append(journal, 5, 2);
  }
  const auto journal = open();
  ASSERT_EQ(journal.runs().size(), 3U);
  std::vector<std::byte> bytes{std::byte{1}};
  journal.read(journal.runs()[0], bytes);
  EXPECT_THAT(bytes, IsEmpty());
  journal.read(journal.runs()[1], bytes);
  EXPECT_EQ(bytes, large);
  EXPECT_EQ(testing::read(journal, journal.runs()[2]), testing::results(5, 2));
}

TEST_F(JournalTest, LastDeadLetterOfAnItemCountsUnlessThereIsAResult) {
  {
    auto journal = open();
    journal.append(letter(8));
    journal.append(letter(5));
    journal.append(letter(3, "first"));
    journal.append(letter(3, "second"));
    append(journal, 4, 2);
    journal.append(letter(4, "after the result"));
  }
  EXPECT_THAT(open().dead_letters(), ElementsAre(letter(3, "second"), letter(8)));
}

TEST_F(JournalTest, LongMessagesAreCut) {
  const std::string endless(1 << 20, 'x');
  {
    auto journal = open();
    journal.append(letter(1, endless));
    append(journal, 2, 1);
  }
  const auto journal = open();
  ASSERT_EQ(journal.dead_letters().size(), 1U);
  EXPECT_THAT(endless, ::testing::StartsWith(journal.dead_letters()[0].message));
  EXPECT_GT(journal.dead_letters()[0].message.size(), 60'000U);
  EXPECT_EQ(journal.runs().size(), 1U);
}

TEST_F(JournalTest, AnItemIsAppendedOnce) {
  {
    auto journal = open();
    append(journal, 10, 5);
    EXPECT_THAT(refusal<std::invalid_argument>([&] { append(journal, 14, 2); }),
                AllOf(HasSubstr("14 to 15"), HasSubstr("append each item once")));
  }
  auto journal = open();
  EXPECT_NE(refusal<std::invalid_argument>([&] { append(journal, 9, 2); }), "");
  append(journal, 15, 1);
}

TEST_F(JournalTest, ImpossibleIndicesAreRefused) {
  auto journal = open();
  constexpr auto last = std::numeric_limits<std::int64_t>::max();
  EXPECT_NE(refusal<std::invalid_argument>([&] { journal.append(-1, 1, 0, {}); }), "");
  EXPECT_NE(refusal<std::invalid_argument>([&] { journal.append(0, 0, 0, {}); }), "");
  EXPECT_NE(refusal<std::invalid_argument>([&] { journal.append(last, 1, 0, {}); }), "");
  EXPECT_NE(refusal<std::invalid_argument>([&] { journal.append(letter(-1)); }), "");
  EXPECT_NE(refusal<std::invalid_argument>([&] { journal.append(letter(last)); }), "");
}

TEST_F(JournalTest, NothingIsAppendedAfterTheClose) {
  auto journal = open();
  journal.close();
  journal.close();
  EXPECT_NE(refusal<std::logic_error>([&] { append(journal, 0, 1); }), "");
}

TEST_F(JournalTest, ClosedJournalIsReadableAndFreeForOthers) {
  {
    auto journal = open();
    append(journal, 0, 2);
  }
  auto journal = open();
  EXPECT_THAT(refused(), HasSubstr("in use by another process"));
  journal.close();
  EXPECT_EQ(refused<std::exception>(), "");
  EXPECT_EQ(testing::read(journal, journal.runs().at(0)), testing::results(0, 2));
}

TEST_F(JournalTest, AnotherIdentityIsRefusedWithBothFingerprints) {
  open();
  auto other = identity;
  other.input = "c3d4";
  EXPECT_THAT(refused<std::invalid_argument>(other),
              AllOf(HasSubstr("'" + file().string() + "'"), HasSubstr("another input"),
                    HasSubstr(identity.input), HasSubstr("c3d4"), HasSubstr("; give another")));
  other = identity;
  other.kernel = "5555";
  EXPECT_THAT(refused<std::invalid_argument>(other),
              AllOf(HasSubstr("kernel"), HasSubstr(identity.kernel), HasSubstr("5555")));
  other = identity;
  other.result = "float 4";
  EXPECT_THAT(refused<std::invalid_argument>(other),
              AllOf(HasSubstr("double 8"), HasSubstr("float 4")));
  EXPECT_EQ(refused(), "");
}

TEST_F(JournalTest, AnInputThatIsNotKnownIsNotCompared) {
  auto unknown = identity;
  unknown.input = "";
  open();
  EXPECT_EQ(refused<std::exception>(unknown), "");
  std::filesystem::remove(file());
  open(unknown);
  EXPECT_EQ(refused<std::exception>(identity), "");
}

TEST_F(JournalTest, IdentityThatDoesNotFitIsRefused) {
  EXPECT_THAT(refused<std::invalid_argument>({"", "", std::string(100'000, 'x')}),
              HasSubstr("at most 65536"));
}

TEST_F(JournalTest, WhatIsNoJournalIsNotTouched) {
  for (const std::string& text :
       {std::string("a"), std::string("index,result\n0,1\n"), std::string(5000, '\0')}) {
    testing::set_content(file(), text);
    EXPECT_THAT(refused(), HasSubstr("is no journal; give another path"));
    EXPECT_EQ(testing::content(file()), text);
  }
}

TEST_F(JournalTest, NewerFormatIsRefused) {
  open();
  auto bytes = testing::content(file());
  bytes[8] = 2;
  testing::set_content(file(), bytes);
  EXPECT_THAT(refused(), AllOf(HasSubstr("format version 2"), HasSubstr("use the mpisize")));
  EXPECT_EQ(testing::content(file()), bytes);
}

TEST_F(JournalTest, HeaderWhoseTextsDoNotAddUpIsRefused) {
  // Hashed as it should be; texts begin at 16 with their length.
  open();
  auto bytes = testing::content(file());
  for (const int length : {0, 15, 17, 255}) {
    bytes[16] = static_cast<char>(length);
    const auto hashed = bytes.size() - sizeof(std::uint64_t);
    const auto hash = hash_bytes(std::as_bytes(std::span(bytes)).first(hashed));
    std::memcpy(&bytes[hashed], &hash, sizeof hash);
    testing::set_content(file(), bytes);
    EXPECT_THAT(refused(), HasSubstr("damaged header; restore it, or remove it")) << length;
  }
}

TEST_F(JournalTest, ReadFindsThatTheFileWasChangedMeanwhile) {
  {
    auto journal = open();
    append(journal, 0, 4);
  }
  const auto journal = open();
  auto bytes = testing::content(file());
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  testing::set_content(file(), bytes);
  EXPECT_THAT(refusal<std::runtime_error>([&] { testing::read(journal, journal.runs()[0]); }),
              AllOf(HasSubstr("has changed at byte"), HasSubstr("run again")));
}

TEST_F(JournalTest, SyncedJournalHoldsTheSame) {
  auto synced = options(file());
  synced.sync = true;
  {
    Journal journal(synced, identity);
    append(journal, 0, 1);
    journal.commit();
    append(journal, 1, 1);
  }
  EXPECT_EQ(Journal(synced, identity).runs().size(), 2U);
}

}  // namespace
}  // namespace mpisize
