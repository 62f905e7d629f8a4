// The messages of the layer against those that Open MPI counts itself, below the MPI interface.
//
// Open MPI's component "monitoring" of its point-to-point layer tells the messages of the program
// ("E", of tags that a program may use) from those of its own collectives ("I"). Three things of
// 4.1 are otherwise than they should be, and are kept out of what is compared:
// - an MPI_Alltoall that is done by persistent sends is counted as the program's: pairwise is
// asked;
// - MPI_Start of a persistent request is not counted at all;
// - MPI_Intercomm_create sends with the tag that the program gave, as the program's.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "layer_run.hpp"

namespace mpisize {
namespace {

using testing::LayerRun;
using testing::Peers;

std::vector<std::string> monitoring(const LayerRun& run) {
  return {"--mca", "coll_tuned_use_dynamic_rules",  "1",
          "--mca", "coll_tuned_alltoall_algorithm", "2",
          "--mca", "pml_monitoring_enable",         "2",
          "--mca", "pml_monitoring_enable_output",  "3",
          "--mca", "pml_monitoring_filename",       (run.path() / "monitored").string()};
}

/// Lines "E<tab>from<tab>to<tab>123 bytes<tab>4 msgs sent<tab>..." of one rank's file.
Peers monitored(const LayerRun& run, int rank) {
  std::ifstream file(run.path() / ("monitored." + std::to_string(rank) + ".prof"));
  Peers all;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string kind;
    std::string unit;
    int from = 0;
    int to = 0;
    std::int64_t bytes = 0;
    std::int64_t messages = 0;
    if (words >> kind && kind == "E" && words >> from >> to >> bytes >> unit >> messages) {
      EXPECT_EQ(from, rank);
      all[to] = {messages, bytes};
    }
  }
  return all;
}

/// Runs it and compares; the messages of all ranks.
std::int64_t agreed_messages(LayerRun& run, int ranks, Command line) {
  const auto all = run.run(std::move(line));
  EXPECT_EQ(run.done.exit_code(), 0) << run.errors();
  EXPECT_EQ(all.size(), ranks);
  std::int64_t messages = 0;
  for (const RankUse& rank : all) {
    EXPECT_EQ(testing::peers(rank), monitored(run, rank.rank)) << "rank " << rank.rank;
    for (const PeerUse& peer : rank.peers) messages += peer.messages;
  }
  return messages;
}

TEST(Monitoring, AgreesForAProgramOfCollectivesAndMessages) {
  constexpr int ranks = 3;
  LayerRun run;
  const std::vector<std::string> program{MPISIZE_TEST_PROGRAMS "/known_c", "plain"};
  EXPECT_EQ(agreed_messages(run, ranks, run.command(ranks, program, monitoring(run))),
            ranks * (50 + 50 + 50));
}

TEST(Monitoring, AgreesForPython) {
  Command look;
  look.argv = {MPISIZE_TEST_PYTHON, "-c", "import mpi4py"};
  const testing::TemporaryDirectory quiet;
  look.errors = quiet.path() / "errors";
  if (run(look).exit_code() != 0) GTEST_SKIP() << "no mpi4py: install python3-mpi4py";
  constexpr int ranks = 4;
  LayerRun run;
  const std::vector<std::string> program{MPISIZE_TEST_PYTHON, MPISIZE_TEST_SOURCES "/known.py"};
  // Seven of a kilobyte and one that is pickled each; mpi4py reduces objects by messages of its
  // own.
  EXPECT_GT(agreed_messages(run, ranks, run.command(ranks, program, monitoring(run))), ranks * 8);
}

TEST(Monitoring, AgreesForHpcc) {
  const std::filesystem::path example = "/usr/share/doc/hpcc/examples/_hpccinf.txt";
  if (!std::filesystem::exists(example) || !std::filesystem::exists("/usr/bin/hpcc")) {
    GTEST_SKIP() << "no hpcc with its example: install hpcc";
  }
  // HPL, on a grid of 2 x 2, is left out with fewer.
  constexpr int ranks = 4;
  LayerRun run;
  std::filesystem::copy_file(example, run.path() / "hpccinf.txt");
  auto options = monitoring(run);
  options.insert(options.end(), {"-wdir", run.path().string()});
  Command line = run.command(ranks, {"/usr/bin/hpcc"}, options);
  line.timeout = Seconds(400);
  EXPECT_GT(agreed_messages(run, ranks, line), 10'000);
}

}  // namespace
}  // namespace mpisize
