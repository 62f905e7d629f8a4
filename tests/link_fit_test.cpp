#include "mpisize/model/link_fit.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <vector>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

std::vector<MessageTime> eager_up_to(std::int64_t limit, double noise) {
  Random random(3);
  std::vector<MessageTime> times;
  for (std::int64_t size = 1; size <= 1 << 22; size *= 2) {
    const double base = size <= limit ? 0.2e-6 + 3e-11 * static_cast<double>(size)
                                      : 2e-6 + 8e-11 * static_cast<double>(size);
    times.push_back({Bytes(size), Seconds(base * (1 + noise * random.normal()))});
  }
  return times;
}

TEST(FitLink, EagerLimitIsTheLastSizeBeforeTheJump) {
  const Link link = fit_link(Level::same_node, eager_up_to(4096, 0.02));
  EXPECT_EQ(link.eager_limit, Bytes(4096));
  EXPECT_EQ(link.level, Level::same_node);
  EXPECT_EQ(link.source, Source::measured);
}

TEST(FitLink, LinkWithoutAJumpShowsNoEagerLimit) {
  EXPECT_EQ(fit_link(Level::same_node, eager_up_to(1 << 30, 0.02)).eager_limit, std::nullopt);
}

TEST(FitLink, RelativeErrorIsThatOfSizesThatWereNotFitted) {
  EXPECT_LT(fit_link(Level::same_node, eager_up_to(1 << 30, 0)).relative_error, 1e-9);
  // Every second size takes twice as long: fitted on the others, the model is off by half.
  auto times = eager_up_to(1 << 30, 0);
  for (std::size_t i = 1; i < times.size(); i += 2) times[i].time = times[i].time * 2;
  EXPECT_NEAR(fit_link(Level::same_node, times).relative_error, 0.5, 0.01);
}

TEST(FitLink, FewerThanFourSizesAreRefused) {
  auto times = eager_up_to(4096, 0);
  times.resize(3);
  EXPECT_THROW(static_cast<void>(fit_link(Level::same_node, times)), std::invalid_argument);
}

}  // namespace
}  // namespace mpisize
