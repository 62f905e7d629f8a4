/// What the MPI tests need on every rank: who is here, sums over ranks, calls counted per item.
#pragma once

#include <mpi.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/options.hpp"

namespace mpisize::testing {

inline int rank_of(MPI_Comm comm = MPI_COMM_WORLD) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  return rank;
}

inline int size_of(MPI_Comm comm = MPI_COMM_WORLD) {
  int size = 0;
  MPI_Comm_size(comm, &size);
  return size;
}

inline bool is_root(MPI_Comm comm = MPI_COMM_WORLD) { return rank_of(comm) == 0; }

/// Element by element over all ranks, on all ranks.
inline std::vector<int> sum_over_ranks(std::vector<int> mine, MPI_Comm comm = MPI_COMM_WORLD) {
  std::vector<int> sum(mine.size());
  MPI_Allreduce(mine.data(), sum.data(), static_cast<int>(mine.size()), MPI_INT, MPI_SUM, comm);
  return sum;
}

inline int sum_over_ranks(int mine, MPI_Comm comm = MPI_COMM_WORLD) {
  return sum_over_ranks(std::vector<int>{mine}, comm).front();
}

/// The root's text, on all ranks.
inline std::string of_root(std::string text, MPI_Comm comm = MPI_COMM_WORLD) {
  auto length = static_cast<int>(text.size());
  MPI_Bcast(&length, 1, MPI_INT, 0, comm);
  text.resize(static_cast<std::size_t>(length));
  MPI_Bcast(text.data(), length, MPI_CHAR, 0, comm);
  return text;
}

/// How often each of n items was computed on this rank.
class CallCount {
 public:
  explicit CallCount(std::int64_t items) : calls_(static_cast<std::size_t>(items)) {}
  void add(std::int64_t index) { ++calls_.at(static_cast<std::size_t>(index)); }
  [[nodiscard]] int here() const { return std::accumulate(calls_.begin(), calls_.end(), 0); }

  /// Fewest and most calls of an item, all ranks together; {1, 1} if there are no items.
  [[nodiscard]] std::array<int, 2> fewest_and_most(MPI_Comm comm = MPI_COMM_WORLD) const {
    const auto all = sum_over_ranks(calls_, comm);
    if (all.empty()) return {1, 1};
    const auto [fewest, most] = std::minmax_element(all.begin(), all.end());
    return {*fewest, *most};
  }

 private:
  std::vector<int> calls_;
};

inline constexpr std::array<int, 2> exactly_once{1, 1};

/// 0, 1, 2 ...
inline std::vector<double> numbers(std::int64_t count) {
  std::vector<double> values(static_cast<std::size_t>(count));
  std::iota(values.begin(), values.end(), 0.0);
  return values;
}

/// The same on the root only; other ranks need no items.
inline std::vector<double> numbers_at_root(std::int64_t count, MPI_Comm comm = MPI_COMM_WORLD) {
  return numbers(is_root(comm) ? count : 0);
}

/// Bits depend on every bit of x: rounding, cancellation, a division.
inline double rough(double x) { return (x * x + 0.1) / (x + 1.0 / 3) - x; }

/// The plain loop.
template <class Items, class Kernel>
auto plain_loop(const Items& items, Kernel kernel) {
  std::vector<decltype(kernel(*std::begin(items)))> results;
  for (const auto& item : items) results.push_back(kernel(item));
  return results;
}

/// All ranks take part, whatever pays.
inline Options on_all_ranks(MPI_Comm comm = MPI_COMM_WORLD) {
  Options options;
  options.ranks = size_of(comm);
  return options;
}

}  // namespace mpisize::testing
