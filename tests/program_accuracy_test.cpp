// Programs of known laws, sampled on at most 8 ranks, predicted on 16 and 32. Prints the table.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "mpisize/base/statistics.hpp"
#include "mpisize/model/scaling_baselines.hpp"
#include "program_worlds.hpp"

namespace mpisize {
namespace {

using worlds::Kind;
using worlds::World;

constexpr std::array all_kinds{Kind::halo, Kind::plane, Kind::transpose, Kind::gradient,
                               Kind::master};
constexpr std::uint64_t seeds = 40;

/// How predictions compare with runs that were not seen.
struct Errors {
  std::vector<double> ours;
  std::array<std::vector<double>, all_baselines.size()> theirs;
  int covered = 0;
  int refused = 0;
  [[nodiscard]] double coverage() const {
    return covered / static_cast<double>(std::max<std::size_t>(1, ours.size()));
  }
};

struct Case {
  std::vector<int> counts{2, 4, 8};
  bool weak = false;
  bool profiled = true;
};

void judge(const World& world, const Case& of, std::uint64_t seed, int ranks, Errors& errors) {
  auto runs = worlds::sample(world, of.counts, 3, seed);
  if (!of.profiled) runs = worlds::unprofiled(std::move(runs));
  const auto model = fit_program(runs, worlds::machine_of(world));
  const ProgramConfig config{ranks, (ranks + world.cores - 1) / world.cores, 1};
  const auto p = predict(model, config);
  const double actual = worlds::run(world, ranks, seed * 31337 + 7).wall.value();
  if (p.refusal) {
    ++errors.refused;
    return;
  }
  errors.ours.push_back(std::abs(p.total.value.value() / actual - 1));
  if (actual >= p.total.low.value() && actual <= p.total.high.value()) ++errors.covered;
  for (std::size_t i = 0; i < all_baselines.size(); ++i) {
    errors.theirs.at(i).push_back(
        std::abs(*predict(all_baselines.at(i), model, config) / actual - 1));
  }
}

Errors errors_of(Kind kind, const Case& of, int ranks) {
  Errors errors;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    World world = worlds::world_of(kind, seed);
    if (of.weak) {
      world.weak = true;
      world.work /= 8;
    }
    judge(world, of, seed, ranks, errors);
  }
  return errors;
}

void add(Errors& sum, const Errors& more) {
  sum.ours.insert(sum.ours.end(), more.ours.begin(), more.ours.end());
  for (std::size_t i = 0; i < sum.theirs.size(); ++i) {
    sum.theirs.at(i).insert(sum.theirs.at(i).end(), more.theirs.at(i).begin(),
                            more.theirs.at(i).end());
  }
  sum.covered += more.covered;
  sum.refused += more.refused;
}

void print(const std::string& name, int ranks, const Errors& e) {
  const auto share = [](const std::vector<double>& x, double p) {
    return x.empty() ? 0 : 100 * quantile(x, p);
  };
  fmt::print("{:<22} {:>3} {:>4} {:>3} {:>6.1f} {:>6.1f} {:>6.0f}", name, ranks, e.ours.size(),
             e.refused, share(e.ours, 0.5), share(e.ours, 0.9), 100 * e.coverage());
  for (const auto& theirs : e.theirs) {
    fmt::print(" {:>6.1f} {:>6.1f}", share(theirs, 0.5), share(theirs, 0.9));
  }
  fmt::print("\n");
}

Errors suite(const std::string& name, const Case& of, int ranks) {
  fmt::print(
      "{:<22}   P    n ref  med %  p90 %  cov %  Amdahl        USL           Ernest        "
      "Hockney\n",
      name);
  Errors all;
  for (const Kind kind : all_kinds) {
    if (of.weak && kind == Kind::master) continue;
    const Errors e = errors_of(kind, of, ranks);
    print(std::string(worlds::name_of(kind)), ranks, e);
    add(all, e);
  }
  print("all", ranks, all);
  return all;
}

void expect_better_than_all(const Errors& e) {
  for (std::size_t i = 0; i < all_baselines.size(); ++i) {
    EXPECT_LT(median(e.ours), median(e.theirs.at(i))) << name_of(all_baselines.at(i));
  }
}

void expect_honest(const Errors& e) {
  EXPECT_GE(e.coverage(), 0.80);
  EXPECT_LE(e.coverage(), 0.98);
}

TEST(ProgramAccuracy, StrongScalingFourTimesAsFar) {
  for (const auto& counts : {std::vector{1, 2, 4, 8}, {2, 4, 8}, {2, 8}}) {
    const Errors e = suite("strong, to 8 ranks", {counts, false, true}, 32);
    EXPECT_LE(median(e.ours), 0.08);
    EXPECT_LE(quantile(e.ours, 0.9), 0.20);
    EXPECT_LE(e.refused, 10);
    expect_honest(e);
    expect_better_than_all(e);
  }
}

TEST(ProgramAccuracy, StrongScalingTwiceAsFar) {
  const Errors e = suite("strong, to 8 ranks", {}, 16);
  EXPECT_LE(median(e.ours), 0.05);
  EXPECT_LE(quantile(e.ours, 0.9), 0.12);
  EXPECT_EQ(e.refused, 0);
  expect_honest(e);
  expect_better_than_all(e);
}

TEST(ProgramAccuracy, WeakScaling) {
  for (const int ranks : {16, 32}) {
    const Errors e = suite("weak, to 8 ranks", {{2, 4, 8}, true, true}, ranks);
    EXPECT_LE(median(e.ours), 0.05);
    EXPECT_LE(quantile(e.ours, 0.9), 0.12);
    expect_honest(e);
    expect_better_than_all(e);
  }
}

TEST(ProgramAccuracy, FromWallTimesAlone) {
  for (const int ranks : {16, 32}) {
    const Errors e = suite("wall times, to 8 ranks", {{2, 4, 8}, false, false}, ranks);
    EXPECT_LE(median(e.ours), 0.10);
    EXPECT_LE(quantile(e.ours, 0.9), 0.22);
    expect_honest(e);
  }
}

}  // namespace
}  // namespace mpisize
