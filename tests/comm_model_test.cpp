#include "mpisize/model/comm_model.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

constexpr Hockney near_link{Seconds(1e-6), SecondsPerByte(1e-10)};

std::vector<std::int64_t> powers_of_two(int from, int to) {
  std::vector<std::int64_t> sizes;
  for (int i = from; i <= to; ++i) sizes.push_back(std::int64_t{1} << i);
  return sizes;
}

/// Times of a link, with relative normal noise.
std::vector<MessageTime> samples_of(const std::vector<LinkPiece>& pieces,
                                    const std::vector<std::int64_t>& sizes, double noise,
                                    std::uint64_t seed) {
  Random random(seed);
  Link link;
  link.pieces = pieces;
  std::vector<MessageTime> samples;
  for (const std::int64_t size : sizes) {
    const double factor = 1 + noise * random.normal();
    samples.push_back({Bytes(size), message_time(link, Bytes(size)) * factor});
  }
  return samples;
}

const std::vector<LinkPiece> eager_and_rendezvous{
    {Bytes(0), {Seconds(0.2e-6), SecondsPerByte(3e-11)}},
    {Bytes(4096), {Seconds(2e-6), SecondsPerByte(7e-11)}}};

// ---- the dumb oracle: every segmentation, plain least squares of the relative residuals ----

double square_error(const std::vector<MessageTime>& samples, std::size_t first, std::size_t last) {
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> weights;
  for (std::size_t i = first; i < last; ++i) {
    x.push_back(static_cast<double>(samples[i].size.value()));
    y.push_back(samples[i].time.value());
    weights.push_back(1 / (y.back() * y.back()));
  }
  const Line line = fit_line(x, y, weights);
  double sum = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    sum += weights[i] * std::pow(y[i] - line.intercept - line.slope * x[i], 2);
  }
  return sum;
}

/// Least square error of samples first .. end in exactly `pieces` pieces of at least three samples.
double best_square_error(const std::vector<MessageTime>& samples, std::size_t first,
                         std::size_t pieces) {
  const std::size_t n = samples.size();
  if (pieces == 1) return square_error(samples, first, n);
  double best = std::numeric_limits<double>::infinity();
  for (std::size_t i = first + 3; i + 3 * (pieces - 1) <= n; ++i) {
    best =
        std::min(best, square_error(samples, first, i) + best_square_error(samples, i, pieces - 1));
  }
  return best;
}

double square_error(const std::vector<MessageTime>& samples, const std::vector<LinkPiece>& pieces) {
  Link link;
  link.pieces = pieces;
  double sum = 0;
  for (const MessageTime& s : samples) sum += std::pow(message_time(link, s.size) / s.time - 1, 2);
  return sum;
}

// ---- Hockney ----

TEST(Hockney, HalfBandwidthPointTakesTwiceTheStartUpTime) {
  const Bytes half = half_bandwidth_size(near_link);
  EXPECT_EQ(half, Bytes(10000));
  EXPECT_DOUBLE_EQ(message_time(near_link, half).value(), 2e-6);
}

TEST(Hockney, LinkThatCostsNothingPerByteHasNoHalfBandwidthSize) {
  EXPECT_THROW(static_cast<void>(half_bandwidth_size({Seconds(1e-6), SecondsPerByte(0)})),
               std::invalid_argument);
}

TEST(MessageTime, EmptyMessageTakesTheStartUpTime) {
  EXPECT_EQ(message_time(near_link, Bytes(0)), near_link.alpha);
}

TEST(MessageTime, NegativeSizeIsRefused) {
  EXPECT_THROW(static_cast<void>(message_time(near_link, Bytes(-1))), std::invalid_argument);
}

TEST(MessageTime, LinkWithoutAPieceIsRefused) {
  EXPECT_THROW(static_cast<void>(message_time(Link{}, Bytes(1))), std::invalid_argument);
}

TEST(MessageTime, APieceHoldsFromItsFirstByteOn) {
  Link link;
  link.pieces = eager_and_rendezvous;
  EXPECT_DOUBLE_EQ(message_time(link, Bytes(4095)).value(), 0.2e-6 + 4095 * 3e-11);
  EXPECT_DOUBLE_EQ(message_time(link, Bytes(4096)).value(), 2e-6 + 4096 * 7e-11);
  EXPECT_DOUBLE_EQ(message_time(link, Bytes(1 << 30)).value(), 2e-6 + (1 << 30) * 7e-11);
}

TEST(LevelNames, AreTheWordsOfTheEnumerators) {
  EXPECT_EQ(name_of(Level::same_numa_node), "same_numa_node");
  EXPECT_EQ(name_of(Level::between_nodes), "between_nodes");
}

// ---- fit_pieces ----

TEST(FitPieces, OneLinkIsOnePieceWithItsParameters) {
  const auto pieces = fit_pieces(samples_of({{Bytes(0), near_link}}, powers_of_two(0, 22), 0, 1));
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_EQ(pieces[0].from, Bytes(0));
  EXPECT_NEAR(pieces[0].cost.alpha.value(), 1e-6, 1e-12);
  EXPECT_NEAR(pieces[0].cost.beta.value(), 1e-10, 1e-16);
}

TEST(FitPieces, KnownBreakpointIsFoundInNoisyTimes) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto pieces =
        fit_pieces(samples_of(eager_and_rendezvous, powers_of_two(0, 22), 0.03, seed));
    ASSERT_EQ(pieces.size(), 2U) << "seed " << seed;
    EXPECT_EQ(pieces[1].from, Bytes(4096)) << "seed " << seed;
    EXPECT_NEAR(pieces[0].cost.alpha.value(), 0.2e-6, 0.02e-6) << "seed " << seed;
    EXPECT_NEAR(pieces[1].cost.beta.value(), 7e-11, 0.05 * 7e-11) << "seed " << seed;
  }
}

TEST(FitPieces, NoiseAloneMakesAPieceInLessThanOneOfTwenty) {
  int mistaken = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto samples = samples_of({{Bytes(0), near_link}}, powers_of_two(0, 22), 0.05, seed);
    if (fit_pieces(samples).size() > 1) ++mistaken;
  }
  EXPECT_LT(mistaken, 5);
}

TEST(FitPieces, OutlierNeitherMakesAPieceNorBendsOne) {
  const auto sizes = powers_of_two(0, 22);
  for (std::size_t hit = 0; hit < sizes.size(); ++hit) {
    auto samples = samples_of({{Bytes(0), near_link}}, sizes, 0.01, hit + 1);
    samples[hit].time = samples[hit].time * 3;
    const auto pieces = fit_pieces(samples);
    ASSERT_EQ(pieces.size(), 1U) << "size " << sizes[hit];
    EXPECT_NEAR(pieces[0].cost.alpha.value(), 1e-6, 0.03e-6) << "size " << sizes[hit];
    EXPECT_NEAR(pieces[0].cost.beta.value(), 1e-10, 0.05e-10) << "size " << sizes[hit];
  }
}

TEST(FitPieces, NoSegmentationOfAsManyPiecesIsCloserThanByBruteForce) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto samples = samples_of(eager_and_rendezvous, powers_of_two(6, 17), 0.02, seed);
    const auto pieces = fit_pieces(samples);
    const double brute_force = best_square_error(samples, 0, pieces.size());
    // Brute force may take negative parts, which fit_pieces may not, and it does not weigh down far
    // samples.
    EXPECT_LE(square_error(samples, pieces), 1.15 * brute_force) << "seed " << seed;
  }
}

TEST(FitPieces, NeverMorePiecesThanAllowed) {
  const auto samples = samples_of(eager_and_rendezvous, powers_of_two(0, 22), 0, 1);
  EXPECT_EQ(fit_pieces(samples, 1).size(), 1U);
  EXPECT_EQ(fit_pieces(samples, 2).size(), 2U);
}

TEST(FitPieces, BreakpointsAscendFromZeroAndAreMeasuredSizes) {
  const std::vector<LinkPiece> three{{Bytes(0), {Seconds(1e-7), SecondsPerByte(1e-11)}},
                                     {Bytes(256), {Seconds(4e-7), SecondsPerByte(3e-11)}},
                                     {Bytes(32768), {Seconds(5e-6), SecondsPerByte(9e-11)}}};
  const auto samples = samples_of(three, powers_of_two(0, 22), 0.01, 7);
  const auto pieces = fit_pieces(samples);
  ASSERT_EQ(pieces.size(), 3U);
  EXPECT_EQ(pieces[0].from, Bytes(0));
  EXPECT_EQ(pieces[1].from, Bytes(256));
  EXPECT_EQ(pieces[2].from, Bytes(32768));
}

TEST(FitPieces, FallingTimesGiveNoNegativeCost) {
  std::vector<MessageTime> samples;
  samples.reserve(8);
  for (int i = 0; i < 8; ++i) samples.push_back({Bytes(1 << i), Seconds(1e-6 * (10 - i))});
  for (const LinkPiece& piece : fit_pieces(samples)) {
    EXPECT_GE(piece.cost.alpha, Seconds(0));
    EXPECT_GE(piece.cost.beta, SecondsPerByte(0));
  }
}

TEST(FitPieces, TwoSamplesAreOneLine) {
  const auto pieces = fit_pieces({{Bytes(0), Seconds(1e-6)}, {Bytes(1000), Seconds(3e-6)}});
  ASSERT_EQ(pieces.size(), 1U);
  EXPECT_NEAR(pieces[0].cost.alpha.value(), 1e-6, 1e-15);
  EXPECT_NEAR(pieces[0].cost.beta.value(), 2e-9, 1e-18);
}

TEST(FitPieces, BadSamplesAreRefused) {
  const Seconds t(1e-6);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW(static_cast<void>(fit_pieces({{Bytes(1), t}})), std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_pieces({{Bytes(2), t}, {Bytes(1), t}})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_pieces({{Bytes(1), t}, {Bytes(1), t}})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_pieces({{Bytes(1), t}, {Bytes(2), Seconds(0)}})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_pieces({{Bytes(1), t}, {Bytes(2), Seconds(nan)}})),
               std::invalid_argument);
  EXPECT_THROW(static_cast<void>(fit_pieces({{Bytes(1), t}, {Bytes(2), t}}, 0)),
               std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
