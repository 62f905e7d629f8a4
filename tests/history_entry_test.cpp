#include "mpisize/model/history_entry.hpp"

#include <gtest/gtest.h>

#include "history_values.hpp"

namespace mpisize {
namespace {

TEST(Kinship, TellsWhatDiffers) {
  const Program program{"/a/app", {"x", "y"}, "/here", "12"};
  EXPECT_EQ(kinship(program, program), Kinship::same);
  Program other = program;
  other.directory = "/there";
  EXPECT_EQ(kinship(program, other), Kinship::elsewhere);
  other.hash = "13";
  EXPECT_EQ(kinship(program, other), Kinship::rebuilt);
  other.arguments = {"x y"};
  EXPECT_EQ(kinship(program, other), Kinship::other);
  other = program;
  other.path = "/b/app";
  EXPECT_EQ(kinship(program, other), Kinship::other);
}

TEST(Kinship, ContentThatIsNotKnownIsNotTheSame) {
  const Program program{"/a/app", {}, "/here", ""};
  EXPECT_EQ(kinship(program, program), Kinship::rebuilt);
}

TEST(HistoryEntry, IsWholeOnlyAfterAGoodEndThatWasNotCutOff) {
  HistoryEntry entry = sample::whole_run("app", 4, Seconds(3));
  EXPECT_TRUE(is_whole(entry));
  entry.ending.status = 1;
  EXPECT_FALSE(is_whole(entry));
  entry.ending = {std::nullopt, 9};
  EXPECT_FALSE(is_whole(entry));
  entry.ending = {};
  EXPECT_FALSE(is_whole(entry));
  entry.ending.status = 0;
  entry.slurm = SlurmFacts{};
  EXPECT_TRUE(is_whole(entry));
  entry.slurm->cause = FailureCause::out_of_memory;
  EXPECT_FALSE(is_whole(entry));
  entry.slurm.reset();
  entry.seen->steady = SteadyState{"MPI_Bcast on all ranks", 5, Seconds(1), Seconds(0)};
  EXPECT_FALSE(is_whole(entry));
  entry.seen.reset();
  EXPECT_FALSE(is_whole(entry));
}

TEST(HistoryEntry, RepeatsAnotherOnTheSameRanksThreadsAndMachine) {
  const HistoryEntry entry = sample::whole_run("app", 4, Seconds(3));
  HistoryEntry other = entry;
  other.time = "2025-01-01T00:00:00Z";
  other.program.directory = "/elsewhere";
  EXPECT_TRUE(repeats(entry, other));
  const auto differs = [&](auto change) {
    HistoryEntry changed = entry;
    change(changed);
    return !repeats(entry, changed);
  };
  EXPECT_TRUE(differs([](HistoryEntry& e) { e.ranks = 5; }));
  EXPECT_TRUE(differs([](HistoryEntry& e) { e.nodes = 5; }));
  EXPECT_TRUE(differs([](HistoryEntry& e) { e.threads_per_rank = 5; }));
  EXPECT_TRUE(differs([](HistoryEntry& e) { e.machine = "m"; }));
  EXPECT_TRUE(differs([](HistoryEntry& e) { e.kind = RunKind::sample; }));
  EXPECT_TRUE(differs([](HistoryEntry& e) { e.program.hash = "1"; }));
}

TEST(UtcTime, HasItsShapeAndExists) {
  for (const char* const good :
       {"2024-02-29T23:59:59Z", "2000-02-29T00:00:00.5Z", "2024-12-31T23:59:60.123456789Z"}) {
    EXPECT_TRUE(is_utc_time(good)) << good;
  }
  for (const char* const bad :
       {"", "Z", "2024-02-29T23:59:59", "2024-02-29 23:59:59Z", "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z", "2024-00-01T00:00:00Z", "2024-13-01T00:00:00Z",
        "2024-04-31T00:00:00Z", "2024-04-00T00:00:00Z", "2024-04-30T24:00:00Z",
        "2024-04-30T00:60:00Z", "2024-04-30T00:00:61Z", "2024-04-30T00:00:00.Z",
        "2024-04-30T00:00:00.1234567890Z", "2024-04-30T00:00:00,5Z", "2024-04-30T00:00:00.5xZ",
        "2024-04-30T00:00:00+02:00", "20x4-04-30T00:00:00Z"}) {
    EXPECT_FALSE(is_utc_time(bad)) << bad;
  }
}

TEST(ProgramName, IsTheLastPartOfThePath) {
  EXPECT_EQ(program_name({"/a/b/app", {}, "", ""}), "app");
  EXPECT_EQ(program_name({"app", {}, "", ""}), "app");
}

}  // namespace
}  // namespace mpisize
