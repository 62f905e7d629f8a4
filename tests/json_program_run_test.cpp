#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "mpisize/write/json.hpp"

namespace mpisize {
namespace {

/// Values of all sizes, zero and the ends of their ranges among them.
class Values {
 public:
  explicit Values(unsigned seed) : random_(seed) {}

  std::int64_t integer(std::int64_t least, std::int64_t most) {
    switch (below(6)) {
      case 0:
        return least;
      case 1:
        return most;
      default:
        return std::uniform_int_distribution<std::int64_t>(least, most)(random_);
    }
  }
  int count(int least, int most) { return static_cast<int>(integer(least, most)); }
  bool either() { return below(2) == 0; }
  Seconds time() {
    if (below(8) == 0) return Seconds(0);
    return Seconds(
        std::exp(std::uniform_real_distribution<>(std::log(1e-9), std::log(1e9))(random_)));
  }
  int below(int n) { return std::uniform_int_distribution<>(0, n - 1)(random_); }

 private:
  std::mt19937 random_;
};

constexpr std::int64_t many = std::int64_t{1} << 60;

RankUse rank_use(Values& any, int number) {
  RankUse rank;
  rank.rank = number;
  rank.host = any.either() ? "n1" : "node \"2\" \\";
  rank.before_init = any.time();
  rank.wall = any.time();
  rank.in_mpi = any.time();
  rank.cpu = any.time();
  rank.peak_resident = Bytes(any.integer(0, many));
  rank.threads = any.count(0, 512);
  for (const char* const routine : {"MPI_Allreduce", "MPI_Bcast", "MPI_Wait"}) {
    for (int size = any.below(3); size < 6; size += 1 + any.below(4)) {
      rank.routines.push_back(
          {routine, size, any.integer(0, many), any.integer(0, many), any.time()});
    }
  }
  for (int i = any.below(4); i > 0; --i) {
    rank.peers.push_back({any.count(0, 1 << 20), any.integer(0, many), any.integer(0, many)});
  }
  rank.other_messages = any.integer(0, many);
  rank.other_bytes = Bytes(any.integer(0, many));
  rank.sampled = any.either();
  rank.ended = any.either();
  return rank;
}

ProgramRun any_run(Values& any) {
  ProgramRun run;
  run.ranks = any.count(1, 1 << 20);
  run.nodes = any.count(1, 1 << 20);
  run.threads_per_rank = any.count(1, 512);
  run.wall = any.time();
  if (any.either()) run.energy = Joules(any.time().value());
  if (any.either()) {
    run.steady = SteadyState{"MPI_Bcast on 8 ranks", any.integer(0, many), any.time(), any.time()};
  }
  for (int number = any.below(3), i = any.below(7); i > 0; --i) {
    run.by_rank.push_back(rank_use(any, number));
    number += 1 + any.below(3);
  }
  return run;
}

TEST(JsonProgramRun, EveryRunComesBackAsItWas) {
  constexpr unsigned runs = 300;
  for (unsigned seed = 0; seed < runs; ++seed) {
    Values any(seed);
    const ProgramRun run = any_run(any);
    ASSERT_EQ(program_run_from_json(to_json(run), "r"), run) << "seed " << seed;
  }
}

TEST(JsonProgramRun, EveryFieldOfARankComesBackAlone) {
  // Each is changed alone, so that none is carried by another's key.
  const auto comes_back = [](auto change) {
    ProgramRun run;
    run.by_rank.resize(2);
    run.by_rank[1].rank = 1;
    change(run.by_rank[1]);
    EXPECT_EQ(program_run_from_json(to_json(run), "r"), run) << to_json(run);
  };
  comes_back([](RankUse& rank) { rank.before_init = Seconds(1); });
  comes_back([](RankUse& rank) { rank.wall = Seconds(2); });
  comes_back([](RankUse& rank) { rank.in_mpi = Seconds(3); });
  comes_back([](RankUse& rank) { rank.cpu = Seconds(4); });
  comes_back([](RankUse& rank) { rank.peak_resident = Bytes(5); });
  comes_back([](RankUse& rank) { rank.threads = 6; });
  comes_back([](RankUse& rank) { rank.other_messages = 7; });
  comes_back([](RankUse& rank) { rank.other_bytes = Bytes(8); });
  comes_back([](RankUse& rank) { rank.sampled = true; });
  comes_back([](RankUse& rank) { rank.ended = true; });
}

TEST(JsonProgramRun, FileOfRunsComesBackWithTheCountsOnWhichItFailed) {
  Values any(1);
  ProgramFile file;
  file.program = {"/opt/app", {"-i", ""}, "/scratch", "00ff"};
  file.machine = "node01";
  file.runs = {any_run(any), any_run(any)};
  EXPECT_EQ(program_file_from_json(to_json(file), "f"), file);
  file.repetitions = 7;
  file.failed = {6, 3};
  file.threads = {1, 2};
  file.dealt = true;
  EXPECT_EQ(program_file_from_json(to_json(file), "f"), file);
}

}  // namespace
}  // namespace mpisize
