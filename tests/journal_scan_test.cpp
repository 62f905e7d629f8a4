#include "mpisize/measure/journal_scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>

#include "journal_values.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/measure/journal_format.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::AllOf;
using testing::append;
using ::testing::HasSubstr;
using testing::identity;
using testing::options;
using testing::refusal;

/// A handful of records, and where each of them ends.
class JournalScan : public ::testing::Test {
 protected:
  static constexpr std::int64_t runs = 5;
  static constexpr std::int64_t items = 2;  // Of each run.

  JournalScan() {
    Journal journal(options(file()), identity);
    ends_.push_back(std::filesystem::file_size(file()));
    for (std::int64_t i = 0; i < runs; ++i) {
      append(journal, i * items, items);
      journal.commit();
      ends_.push_back(std::filesystem::file_size(file()));
    }
    journal.close();
    whole_ = testing::content(file());
  }

  [[nodiscard]] std::filesystem::path file() const { return directory_.path() / "j"; }

  /// How many whole runs the front of the file holds.
  [[nodiscard]] std::int64_t runs_within(std::size_t bytes) const {
    return std::max<std::int64_t>(
        0, std::count_if(ends_.begin(), ends_.end(), [&](auto end) { return end <= bytes; }) - 1);
  }

  /// Opens it and compares all that it holds with what was appended; how many runs.
  [[nodiscard]] std::int64_t right_runs() const {
    const Journal journal(options(file()), identity);
    std::int64_t right = 0;
    for (const JournalRun& run : journal.runs()) {
      EXPECT_EQ(run.first, right * items);
      EXPECT_EQ(run.input_hash, static_cast<std::uint64_t>(run.first) * 7);
      EXPECT_EQ(testing::read(journal, run), testing::results(right * items, items));
      ++right;
    }
    EXPECT_EQ(journal.repaired().has_value(), testing::content(file()) != changed_);
    return right;
  }

  void set(const std::string& bytes) {
    changed_ = bytes;
    testing::set_content(file(), bytes);
  }

  [[nodiscard]] std::string refused() const {
    return refusal<InputError>([&] { const Journal journal(options(file()), identity); });
  }

  testing::TemporaryDirectory directory_;
  std::vector<std::size_t> ends_;
  std::string whole_;
  std::string changed_;
};

TEST_F(JournalScan, CutAnywhereItKeepsAllEarlierRecords) {
  for (std::size_t length = 0; length <= whole_.size(); ++length) {
    SCOPED_TRACE(length);
    set(whole_.substr(0, length));
    const auto kept = runs_within(length);
    {
      Journal journal(options(file()), identity);
      ASSERT_EQ(static_cast<std::int64_t>(journal.runs().size()), kept);
      const bool clean = length == 0 || std::count(ends_.begin(), ends_.end(), length) == 1;
      EXPECT_EQ(journal.repaired().has_value(), !clean);
      append(journal, kept * items, items);  // It can be gone on with.
    }
    changed_ = testing::content(file());
    ASSERT_EQ(right_runs(), kept + 1);
  }
}

TEST_F(JournalScan, ChangedByteIsFoundOrCostsTheLastRecordOnly) {
  for (std::size_t at = 0; at < whole_.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xff}) {
      SCOPED_TRACE(::testing::Message() << "byte " << at << " ^ " << flip);
      auto bytes = whole_;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      set(bytes);
      if (at < ends_[runs - 1]) {
        const auto sentence = refused();
        ASSERT_NE(sentence, "");
        EXPECT_EQ(testing::content(file()), bytes) << "it must not be touched";
      } else {
        ASSERT_EQ(right_runs(), runs - 1);
      }
    }
  }
}

TEST_F(JournalScan, DamageBeforeTheEndIsRefusedWithItsPlaceAndARepairThatWorks) {
  auto bytes = whole_;
  bytes[ends_[2] + 60] = static_cast<char>(bytes[ends_[2] + 60] ^ 4);
  set(bytes);
  const auto where = std::to_string(ends_[2]);
  EXPECT_THAT(refused(), AllOf(HasSubstr("damaged at byte " + where),
                               HasSubstr("truncate -s " + where), HasSubstr(file().string())));
  std::filesystem::resize_file(file(), ends_[2]);
  changed_ = testing::content(file());
  EXPECT_EQ(right_runs(), 2);
}

TEST_F(JournalScan, RecordsThatMovedAreNotTaken) {
  set(whole_.substr(0, ends_[1]) + whole_.substr(ends_[2]));
  EXPECT_EQ(right_runs(), 1);
}

TEST_F(JournalScan, ZeroedTailIsCutOff) {
  set(whole_.substr(0, ends_[3]) + std::string(10'000, '\0'));
  EXPECT_EQ(right_runs(), 3);
}

TEST_F(JournalScan, TornResultThatHoldsAWholeJournalIsATornTail) {
  set(whole_);
  {
    Journal journal(options(file()), identity);
    journal.append(1000, 1, 0, std::as_bytes(std::span(whole_)));
  }
  set(testing::content(file()).substr(0, whole_.size() + 56 + whole_.size() - 1));
  EXPECT_EQ(right_runs(), runs);
}

TEST_F(JournalScan, RecordsOfAnotherJournalAreNotTaken) {
  auto other = identity;
  other.input = "c3d4";
  const auto path = directory_.path() / "other";
  {
    Journal journal(options(path), other);
    for (std::int64_t i = 0; i < 3; ++i) append(journal, i * items, items);
  }
  const auto theirs = testing::content(path);
  set(whole_.substr(0, ends_[0]) + theirs.substr(ends_[0] - 12));
  EXPECT_EQ(right_runs(), 0);
}

TEST_F(JournalScan, ResultsThatAreThereTwiceAreRefused) {
  // Sealed as they should be: made by a program that ran without the lock.
  const auto salt = journal_format::read_header(std::as_bytes(std::span(whole_))).salt;
  journal_format::RecordHead head;
  head.kind = journal_format::RecordKind::results;
  head.first = 3;
  head.count = 9;
  head = journal_format::seal(head, {}, salt, static_cast<std::int64_t>(whole_.size()));
  std::string record(sizeof head, '\0');
  std::memcpy(record.data(), &head, sizeof head);
  set(whole_ + record);
  EXPECT_THAT(refused(), AllOf(HasSubstr("twice within items 3 to 11"), HasSubstr("; give")));
}

TEST_F(JournalScan, HostileLengthsAndKindsAreNotBelieved) {
  const auto salt = journal_format::read_header(std::as_bytes(std::span(whole_))).salt;
  const std::string rest = "payload";
  const auto refuses_or_keeps = [&](journal_format::RecordHead head, std::uint64_t bytes) {
    // The hash is right and the length is not: sealed over the same length as a hostile writer
    // would.
    const std::string record = [&] {
      const auto at = static_cast<std::int64_t>(whole_.size());
      head.mark = journal_format::seal(head, {}, salt, at).mark;
      head.bytes = bytes;
      head.payload_hash = hash_bytes(std::as_bytes(std::span(rest)));
      head.head_hash = 0;
      const auto hashed = std::as_bytes(std::span(&head, 1)).first(48);
      head.head_hash = hash_bytes(hashed, salt + static_cast<std::uint64_t>(at));
      std::string text(sizeof head, '\0');
      std::memcpy(text.data(), &head, sizeof head);
      return text;
    }();
    set(whole_ + record + rest);
    if (refused().empty()) {
      changed_ = testing::content(file());
      EXPECT_EQ(right_runs(), runs);
    }
  };
  journal_format::RecordHead head;
  head.first = 100;
  head.count = 1;
  for (const std::uint64_t bytes :
       {std::uint64_t{8}, std::uint64_t{1} << 40U, std::uint64_t{1} << 63U, ~std::uint64_t{0},
        ~std::uint64_t{0} - 55}) {
    for (const std::uint32_t kind : {0U, 1U, 2U, 3U, ~0U}) {
      head.kind = static_cast<journal_format::RecordKind>(kind);
      refuses_or_keeps(head, bytes);
    }
  }
}

TEST_F(JournalScan, GarbageIsRefusedOrCutOffButNeverBelieved) {
  std::mt19937_64 random(20261124);
  const auto noise = [&](std::size_t bytes) {
    std::string text(bytes, '\0');
    std::generate(text.begin(), text.end(), [&] { return static_cast<char>(random()); });
    return text;
  };
  for (int i = 0; i < 300; ++i) {
    SCOPED_TRACE(i);
    set(noise(random() % 3000 + 1));
    EXPECT_THAT(refused(), HasSubstr("no journal"));
    set(whole_.substr(0, 8) + noise(random() % 3000 + 4));  // Only the magic is right.
    EXPECT_NE(refusal([&] { const Journal journal(options(file()), identity); }), "");
    set(whole_.substr(0, ends_[0]) + noise(random() % 3000 + 1));
    EXPECT_EQ(right_runs(), 0);
    set(whole_ + noise(random() % 3000 + 1));
    EXPECT_EQ(right_runs(), runs);
    // A stretch overwritten.
    auto bytes = whole_;
    const auto at = random() % bytes.size();
    const auto patch = noise(std::min<std::size_t>(random() % 200 + 1, bytes.size() - at));
    set(bytes.replace(at, patch.size(), patch));
    if (refused().empty()) {
      changed_ = testing::content(file());
      EXPECT_EQ(right_runs(), runs_within(at));
    }
  }
}

}  // namespace
}  // namespace mpisize
