#include "mpisize/model/node_speed.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "made_kernels.hpp"

namespace mpisize {
namespace {

constexpr std::int64_t items = 100000;

/// Ranks in turn on nodes of these true speeds.
struct Job {
  Placement placement;
  KernelProfile kernel;
};

Job job(const std::vector<double>& speeds, int ranks_each, int samples_a_rank, double cv,
        std::uint64_t seed) {
  Job job;
  const auto nodes = static_cast<int>(speeds.size());
  for (int n = 0; n < nodes; ++n) job.placement.nodes.push_back({"", ranks_each, 1, 0, 8});
  Random random(seed);
  const double sigma = std::sqrt(std::log1p(cv * cv));
  job.kernel.items = items;
  for (int r = 0; r < nodes * ranks_each; ++r) {
    job.placement.node_of_rank.push_back(r % nodes);
    for (int i = 0; i < samples_a_rank; ++i) {
      ItemSample s;
      s.rank = r;
      s.index = s.position = random.below(items);
      const double time = 1e-3 * std::exp(sigma * random.normal() - sigma * sigma / 2);
      s.time = Seconds(time / speeds[static_cast<std::size_t>(r % nodes)]);
      job.kernel.samples.push_back(s);
    }
  }
  return job;
}

std::vector<double> learned(Job& job) {
  learn_speeds(job.placement, job.kernel, items);
  std::vector<double> speeds;
  for (const PlacedNode& node : job.placement.nodes) speeds.push_back(node.speed);
  return speeds;
}

TEST(LearnSpeeds, FindsTheSlowNode) {
  Job j = job({1, 1, 0.5, 1}, 2, 20, 0.2, 1);
  const auto speeds = learned(j);
  EXPECT_NEAR(speeds[2], 0.5, 0.05);
  for (const std::size_t quick : {0U, 1U, 3U}) EXPECT_NEAR(speeds[quick], 1, 0.1);
}

TEST(LearnSpeeds, TakesNoChanceForADifference) {
  int mistaken = 0;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Job j = job({1, 1, 1, 1}, 2, 8, 1, seed);
    for (const double v : learned(j)) {
      if (v != 1) {
        ++mistaken;
        break;
      }
    }
  }
  EXPECT_LE(mistaken, 8);
}

TEST(LearnSpeeds, DrawsFewScatteredSamplesTowardsOne) {
  double drawn = 0;
  int found = 0;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Job j = job({1, 1, 0.4, 1}, 1, 6, 1, seed);
    const double v = learned(j)[2];
    if (v == 1) continue;
    ++found;
    drawn += v;
  }
  ASSERT_GT(found, 5);
  EXPECT_GT(drawn / found, 0.25);
  EXPECT_LT(drawn / found, 0.8);
}

TEST(LearnSpeeds, SamplesCorrectWhatAProbeSaidOfAnotherKernel) {
  Job j = job({1, 1, 1}, 2, 20, 0.1, 3);
  j.placement.nodes[1].speed = 0.5;
  EXPECT_EQ(learned(j), (std::vector<double>{1, 1, 1}));
}

TEST(LearnSpeeds, WithoutSamplesTheProbeHolds) {
  Job j = job({1, 1, 1}, 2, 1, 0.1, 3);
  j.placement.nodes[1].speed = 0.5;
  EXPECT_EQ(learned(j), (std::vector<double>{1, 0.5, 1}));
  j.kernel.samples.clear();
  EXPECT_EQ(learned(j), (std::vector<double>{1, 0.5, 1}));
}

TEST(LearnSpeeds, WaitingInAQuotaIsSlowButNotAmongOwnRanks) {
  for (const double cpus : {8.0, 1.0}) {
    Job j = job({1, 1, 1}, 2, 20, 0.1, 4);
    for (ItemSample& s : j.kernel.samples) {
      s.waited = j.placement.node_of_rank[static_cast<std::size_t>(s.rank)] == 2 ? s.time * 1.5
                                                                                 : Seconds(0);
    }
    for (PlacedNode& node : j.placement.nodes) node.cpus = cpus;
    EXPECT_NEAR(learned(j)[2], cpus > 1 ? 0.4 : 1, 0.03);
  }
}

TEST(Level, MakesSamplesThoseOfSpeedOne) {
  Job j = job({1, 1, 0.5, 1}, 2, 200, 0.1, 1);
  (void)learned(j);
  level(j.kernel, j.placement);
  double sum = 0;
  double slow = 0;
  for (const ItemSample& s : j.kernel.samples) {
    sum += s.time.value() / 1600;
    if (s.rank % 4 == 2) slow += s.time.value() / 400;
  }
  EXPECT_NEAR(sum, 1e-3, 2e-5);
  EXPECT_NEAR(slow, 1e-3, 3e-5);
}

}  // namespace
}  // namespace mpisize
