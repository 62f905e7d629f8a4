// More than 2^31 bytes in one message: counts of MPI are int. Needs much memory; skipped where it
// is short.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "mpisize/mpi/map.hpp"
#include "ranks.hpp"

namespace mpisize {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace): ours, ranks.hpp

constexpr std::int64_t gib = std::int64_t{1} << 30;
constexpr std::int64_t beyond = 2 * gib + 12'345;

std::int64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string name;
  std::int64_t kilobytes = 0;
  for (std::string unit; file >> name >> kilobytes; std::getline(file, unit)) {
    if (name == "MemAvailable:") return kilobytes * 1024;
  }
  return 0;
}

/// On all ranks alike.
bool enough_memory(std::int64_t needed) {
  return sum_over_ranks(available_memory() < needed ? 1 : 0) == 0;
}

#define MPISIZE_SKIP_BELOW(needed) \
  if (!enough_memory(needed)) GTEST_SKIP() << "needs " << (needed) / gib << " GiB of free memory"

/// The worker computes it all, but for the root's first item.
Options one_chunk() {
  Options options = on_all_ranks();
  options.schedule = Schedule::dynamic;
  options.chunk = 1'000'000'000;
  options.queued = 1;
  options.root_computes = false;
  options.sample_budget = Seconds(0);
  return options;
}

char byte_at(std::size_t i) { return static_cast<char>((i * 2654435761U) >> 13U); }

bool is_marked(const std::vector<char>& v) {
  if (static_cast<std::int64_t>(v.size()) != beyond) return false;
  for (std::size_t i = 0; i < v.size(); i += 4093) {
    if (v[i] != byte_at(i)) return false;
  }
  return v.back() == 'e';
}

std::vector<char> marked() {
  std::vector<char> v(static_cast<std::size_t>(beyond));
  for (std::size_t i = 0; i < v.size(); i += 4093) v[i] = byte_at(i);
  v.back() = 'e';
  return v;
}

TEST(BigPayload, OneItemBeyondTwoToThe31) {
  MPISIZE_SKIP_BELOW(14 * gib);
  std::vector<std::vector<char>> items(is_root() ? 3 : 0);
  if (is_root()) items[1] = marked();
  const auto outcome = map(
      MPI_COMM_WORLD, items,
      [](const std::vector<char>& v) { return v.empty()      ? 0
                                              : is_marked(v) ? 1
                                                             : -1; },
      one_chunk());
  EXPECT_EQ(outcome.results, is_root() ? (std::vector<int>{0, 1, 0}) : std::vector<int>{});
}

TEST(BigPayload, OneResultBeyondTwoToThe31) {
  MPISIZE_SKIP_BELOW(14 * gib);
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(3),
      [](double x) { return x == 1 ? marked() : std::vector<char>(); }, one_chunk());
  if (!is_root()) return;
  ASSERT_EQ(outcome.results.size(), 3U);
  EXPECT_TRUE(is_marked(outcome.results[1]));
  EXPECT_TRUE(outcome.results[0].empty());
}

struct Page {
  std::array<std::int64_t, 131'072> values;  // 1 MiB.
};

constexpr std::int64_t pages = 2 * 1024 + 40;

TEST(BigPayload, OneChunkOfRawItemsBeyondTwoToThe31) {
  MPISIZE_SKIP_BELOW(10 * gib);
  std::vector<Page> items(is_root() ? pages : 0);
  std::int64_t number = 0;
  for (Page& page : items) {
    page.values.front() = number;
    page.values.back() = -number;
    ++number;
  }
  const auto outcome = map(
      MPI_COMM_WORLD, items,
      [](const Page& page, std::int64_t i) {
        return page.values.front() == i && page.values.back() == -i;
      },
      one_chunk());
  EXPECT_EQ(outcome.results, std::vector<bool>(is_root() ? pages : 0, true));
}

TEST(BigPayload, OneChunkOfRawResultsBeyondTwoToThe31) {
  MPISIZE_SKIP_BELOW(14 * gib);
  const auto outcome = map(
      MPI_COMM_WORLD, numbers_at_root(pages),
      [](double, std::int64_t i) {
        Page page{};
        page.values.front() = i;
        page.values.back() = -i;
        return page;
      },
      one_chunk());
  for (std::size_t i = 0; i < outcome.results.size(); ++i) {
    const auto number = static_cast<std::int64_t>(i);
    ASSERT_EQ(outcome.results[i].values.front(), number);
    ASSERT_EQ(outcome.results[i].values.back(), -number);
  }
}

}  // namespace
}  // namespace mpisize
