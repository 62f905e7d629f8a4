#include "mpisize/measure/counter_file.hpp"
#include "mpisize/model/steady_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/counter_view.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using counters::File;
using counters::Phase;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

template <std::size_t N>
void put(std::array<char, N>& field, std::string_view text) {
  std::copy(text.begin(), text.end(), field.begin());
}

/// Rank 1 of 4, a clock of microseconds, 10 s between MPI_Init and MPI_Finalize.
std::unique_ptr<File> sample() {
  auto file = std::make_unique<File>();
  counters::Header& header = file->header;
  header.magic = counters::magic;
  header.version = counters::version;
  header.file_bytes = sizeof(File);
  header.phase = Phase::finalised;
  header.rank = 1;
  header.world_size = 4;
  header.threads = 3;
  header.seconds_per_tick = 1e-6;
  header.init_entered = 1'000'000;
  header.init_left = 2'000'000;
  header.left = 11'000'000;
  header.finalize_entered = 12'000'000;
  header.finalize_left = 12'500'000;
  header.in_mpi_elsewhere = 500'000;
  header.before_init = 20'000'000;
  header.cpu_at_init = 100'000'000;
  header.cpu = 7'100'000'000;
  header.peak_resident = 50 << 20;
  put(header.host, "node7");
  const auto cell = [&](std::size_t at, const char* name, std::uint32_t size, std::uint64_t calls,
                        std::uint64_t bytes, std::uint64_t ticks) {
    file->cells[at].key = (std::uint64_t{at + 1} << 32U) | size;
    file->cells[at].calls = calls;
    file->cells[at].bytes = bytes;
    file->cells[at].ticks = ticks;
    put(file->cells[at].name, name);
  };
  cell(400, "MPI_Allreduce", 4, 5, 40, 1'500'000);
  cell(3, "MPI_Send", 4, 2, 24, 500'000);
  cell(7, "MPI_Send", 2, 1, 8, 100'000);
  cell(9, "MPI_Init", 4, 1, 0, 1'000'000);
  cell(10, "MPI_Finalize", 4, 1, 0, 500'000);
  file->peers[3] = {4, 2, 24, 0};
  file->peers[0] = {1, 1, 8, 0};
  file->other_peers = {0, 6, 60, 0};
  return file;
}

std::string_view bytes(const File& file) {
  return {reinterpret_cast<const char*>(&file), sizeof file};
}

TEST(CounterFile, IsReadAsTheRankHasCounted) {
  const auto use = rank_use(*sample(), "x");
  ASSERT_TRUE(use);
  RankUse expected;
  expected.rank = 1;
  expected.host = "node7";
  expected.before_init = Seconds(0.02);
  expected.wall = Seconds(10);
  expected.in_mpi = Seconds(1.6);  // 2.1 of all threads, 0.5 of others than the first.
  expected.cpu = Seconds(7);
  expected.peak_resident = Bytes(50 << 20);
  expected.threads = 3;
  expected.ended = true;
  expected.other_messages = 6;
  expected.other_bytes = Bytes(60);
  expected.peers = {{0, 1, 8}, {3, 2, 24}};
  EXPECT_NEAR(use->before_init.value(), 0.02, 1e-9);
  EXPECT_NEAR(use->wall.value(), 10, 1e-9);
  EXPECT_NEAR(use->in_mpi.value(), 1.6, 1e-9);
  EXPECT_NEAR(use->cpu.value(), 7, 1e-9);
  EXPECT_EQ(use->peers, expected.peers);
  ASSERT_EQ(use->routines.size(), 5);
  EXPECT_EQ(use->routines[0].routine, "MPI_Allreduce");
  EXPECT_EQ(use->routines[3].routine, "MPI_Send");
  EXPECT_EQ(use->routines[3].comm_size, 2);
  EXPECT_EQ(use->routines[4].calls, 2);
  EXPECT_EQ(use->routines[4].bytes, 24);
  EXPECT_NEAR(use->routines[4].time.value(), 0.5, 1e-9);
  // What is left has no fractions.
  RankUse rest = *use;
  rest.before_init = expected.before_init;
  rest.wall = expected.wall;
  rest.in_mpi = expected.in_mpi;
  rest.cpu = expected.cpu;
  rest.routines.clear();
  EXPECT_EQ(rest, expected);
}

TEST(CounterFile, OfARankThatWasKilledEndsWhereItWasLastSeen) {
  const auto file = sample();
  file->header.phase = Phase::running;
  file->header.finalize_entered = 0;
  file->header.finalize_left = 0;
  const auto use = rank_use(*file, "x");
  EXPECT_NEAR(use->wall.value(), 9, 1e-9);
  EXPECT_FALSE(use->ended);
  // It went into MPI once more and never came back.
  file->header.entered = 11'500'000;
  EXPECT_NEAR(rank_use(*file, "x")->wall.value(), 9.5, 1e-9);
  // It ended itself.
  file->header.ended = 11'700'000;
  file->header.phase = Phase::aborted;
  EXPECT_NEAR(rank_use(*file, "x")->wall.value(), 9.7, 1e-9);
}

TEST(CounterFile, TimeInMpiThatWasEstimatedIsNeverMoreThanAll) {
  const auto file = sample();
  file->cells[3].ticks = 100'000'000;
  file->header.sampled = 1;
  const auto use = rank_use(*file, "x");
  EXPECT_EQ(use->in_mpi, use->wall);
  EXPECT_TRUE(use->sampled);
}

TEST(CounterFile, OfASpawnedRankOrOneWithinMpiInitHasNothingToBeRead) {
  const auto file = sample();
  file->header.spawned = 1;
  EXPECT_FALSE(rank_use(*file, "x"));
  file->header.spawned = 0;
  file->header.phase = Phase::initialising;
  EXPECT_FALSE(rank_use(*file, "x"));
  EXPECT_FALSE(live_rank(*file, "x"));
}

struct Damage {
  const char* name;
  std::function<void(File&)> harm;
  const char* words;
};

class Damaged : public ::testing::TestWithParam<Damage> {};
INSTANTIATE_TEST_SUITE_P(
    CounterFile, Damaged,
    ::testing::Values(
        Damage{"Foreign", [](File& f) { f.header.magic[0] = '#'; }, "it begins otherwise"},
        Damage{"OtherVersion", [](File& f) { f.header.version = 99; }, "of version 99, not 1"},
        Damage{"OtherSize", [](File& f) { f.header.file_bytes = 8; }, "of version"},
        Damage{"NoState", [](File& f) { f.header.phase = static_cast<Phase>(77); }, "its state"},
        Damage{"NoClock", [](File& f) { f.header.seconds_per_tick = 0; }, "no rate"},
        Damage{"RankTooHigh", [](File& f) { f.header.rank = 4; }, "its rank is none"},
        Damage{"NegativeRank", [](File& f) { f.header.rank = -1; }, "its rank is none"},
        Damage{"HostWithoutEnd", [](File& f) { f.header.host.fill('x'); }, "has no end"},
        Damage{"RoutineWithoutEnd", [](File& f) { f.cells[5].name.fill('x'); }, "has no end"},
        Damage{"PeerTooHigh", [](File& f) { f.peers[9].key = 5; }, "a rank that is not there"},
        Damage{"CounterTooHigh", [](File& f) { f.cells[3].calls = ~0ULL; }, "beyond all reason"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST_P(Damaged, IsRefusedInOneSentenceThatNamesIt) {
  const TemporaryDirectory directory;
  const auto file = sample();
  GetParam().harm(*file);
  const auto path = directory.write("a.counters", bytes(*file));
  try {
    static_cast<void>(read_counters(directory.path()));
    FAIL() << "read";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr(path.string()), HasSubstr(GetParam().words)));
  }
}

TEST(CounterFile, CutShortOrTooLongIsRefused) {
  for (const std::size_t size : {std::size_t{1}, sizeof(File) - 1, sizeof(File) + 1}) {
    const TemporaryDirectory directory;
    std::string text(bytes(*sample()));
    text.resize(size);
    const auto path = directory.write("a.counters", text);
    try {
      static_cast<void>(read_counters(directory.path()));
      FAIL() << size;
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), AllOf(HasSubstr(path.string()), HasSubstr(std::to_string(size))));
    }
  }
}

TEST(CounterFile, TwoOfOneRankAreRefused) {
  const TemporaryDirectory directory;
  directory.write("a.counters", bytes(*sample()));
  directory.write("b.counters", bytes(*sample()));
  try {
    static_cast<void>(read_counters(directory.path()));
    FAIL() << "read";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), AllOf(HasSubstr("a.counters"), HasSubstr("b.counters")));
  }
}

TEST(CounterFile, RanksComeInOrderAndWhatHasNotBegunOrIsNoCountersIsLeftOut) {
  const TemporaryDirectory directory;
  const auto file = sample();
  for (const int rank : {2, 0, 3}) {
    file->header.rank = rank;
    directory.write(std::to_string(9 - rank) + ".counters", bytes(*file));
  }
  directory.write("empty.counters", "");
  directory.write("zeros.counters", std::string(sizeof(File), '\0'));
  directory.write("notes.txt", "something else");
  const auto ranks = read_counters(directory.path());
  ASSERT_EQ(ranks.size(), 3);
  EXPECT_EQ(ranks[0].rank, 0);
  EXPECT_EQ(ranks[1].rank, 2);
  EXPECT_EQ(ranks[2].rank, 3);
}

TEST(CounterFile, DirectoryThatIsNotThereIsNamed) {
  EXPECT_THROW(static_cast<void>(read_counters("/nowhere/at/all")), InputError);
}

TEST(CounterView, FindsFilesAsTheyCome) {
  const TemporaryDirectory directory;
  CounterView view(directory.path());
  view.find_new();
  EXPECT_TRUE(view.now().empty());
  const auto file = sample();
  directory.write("a.counters", bytes(*file));
  directory.write("b.counters", bytes(*file).substr(0, 100));  // It is just being made.
  view.find_new();
  ASSERT_EQ(view.now().size(), 1);
  EXPECT_EQ(view.now()[0].rank, 1);
  EXPECT_NEAR(view.now()[0].since_init.value(), 10, 1e-9);
  file->header.rank = 0;
  directory.write("b.counters", bytes(*file));
  view.find_new();
  const auto ranks = view.ranks();
  ASSERT_EQ(ranks.size(), 2);
  EXPECT_EQ(ranks[0].rank, 0);
  EXPECT_EQ(ranks[1], read_counters(directory.path())[1]);
}

TEST(Between, IsWhatCameAfterTheEarlierLook) {
  const auto file = sample();
  file->header.phase = Phase::running;
  file->header.finalize_entered = 0;
  const RankUse earlier = *rank_use(*file, "x");
  file->header.left += 4'000'000;
  file->header.cpu += 3'000'000'000;
  file->cells[3].calls += 10;
  file->cells[3].bytes += 80;
  file->cells[3].ticks += 1'000'000;
  file->peers[3].messages += 10;
  file->peers[3].bytes += 80;
  file->peers[1] = {2, 5, 50, 0};  // A new one.
  const RankUse stretch = between(earlier, *rank_use(*file, "x"));
  EXPECT_NEAR(stretch.wall.value(), 4, 1e-9);
  EXPECT_NEAR(stretch.cpu.value(), 3, 1e-9);
  EXPECT_NEAR(stretch.in_mpi.value(), 1, 1e-9);
  ASSERT_EQ(stretch.routines.size(), 1);
  EXPECT_EQ(stretch.routines[0].calls, 10);
  EXPECT_EQ(stretch.routines[0].bytes, 80);
  EXPECT_NEAR(stretch.routines[0].time.value(), 1, 1e-9);
  EXPECT_EQ(stretch.peers, (std::vector<PeerUse>{{1, 5, 50}, {3, 10, 80}}));
  EXPECT_EQ(stretch.other_messages, 0);
}

}  // namespace
}  // namespace mpisize
