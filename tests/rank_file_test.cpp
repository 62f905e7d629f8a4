#include "mpisize/store/rank_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using testing::TemporaryDirectory;

std::vector<RankUse> sample() {
  std::vector<RankUse> ranks;
  for (int rank = 0; rank < 3; ++rank) {
    RankUse use;
    use.rank = rank;
    use.host = "node" + std::to_string(rank / 2);
    use.before_init = Seconds(0.01 * rank);
    use.wall = Seconds(10.5);
    use.in_mpi = Seconds(2.25);
    use.cpu = Seconds(9.75);
    use.peak_resident = Bytes(123'456'789'012);
    use.threads = rank + 1;
    use.sampled = rank == 1;
    use.ended = rank != 2;
    use.other_messages = rank;
    use.other_bytes = Bytes(8 * rank);
    use.routines = {{"MPI_Allreduce", 3, 100, 800, Seconds(0.5)},
                    {"MPI_Wait", 0, 7, 0, Seconds(1)}};
    if (rank > 0) use.peers = {{0, 5, 5'000'000'000}};
    ranks.push_back(use);
  }
  return ranks;
}

TEST(RankFile, GivesBackWhatWasWritten) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run.h5";
  write_ranks(path, sample());
  EXPECT_EQ(read_ranks(path), sample());
}

TEST(RankFile, MayBeOfNoRanks) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run.h5";
  write_ranks(path, {});
  EXPECT_TRUE(read_ranks(path).empty());
}

TEST(RankFile, ReplacesAnEarlierOneAndLeavesNothingElse) {
  const TemporaryDirectory directory;
  const auto path = directory.write("run.h5", "something old");
  write_ranks(path, sample());
  EXPECT_EQ(read_ranks(path).size(), 3);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory.path()), {}), 1);
}

TEST(RankFile, CutShortAnywhereIsRefusedOrStillWhole) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run.h5";
  write_ranks(path, sample());
  const std::string whole = read_file(path);
  for (std::size_t size = 0; size < whole.size(); size += 97) {
    const auto cut = directory.write("cut.h5", std::string_view(whole).substr(0, size));
    EXPECT_THROW(static_cast<void>(read_ranks(cut)), InputError) << size;
  }
}

TEST(RankFile, OfAnotherKindIsNamed) {
  const TemporaryDirectory directory;
  const auto path = directory.write("run.h5", "no HDF5 at all");
  try {
    static_cast<void>(read_ranks(path));
    FAIL() << "read";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr(path.string()));
  }
  EXPECT_THROW(static_cast<void>(read_ranks(directory.path() / "none.h5")), InputError);
  EXPECT_THROW(write_ranks("/nowhere/at/all/run.h5", sample()), InputError);
}

}  // namespace
}  // namespace mpisize
