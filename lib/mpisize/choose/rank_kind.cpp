#include "mpisize/choose/rank_kind.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <iterator>
#include <numeric>

namespace mpisize {
namespace {

bool is_power_of_two(int count) { return (count & (count - 1)) == 0; }

bool is_square(int count) {
  const auto root = static_cast<int>(std::lround(std::sqrt(count)));
  return root * root == count;
}

/// 0: beyond what any number of ranks divides.
std::int64_t common_multiple(const std::vector<int>& counts) {
  constexpr std::int64_t far_beyond = std::int64_t{1} << 31;
  std::int64_t multiple = 1;
  for (const int count : counts) {
    multiple = std::lcm(multiple, static_cast<std::int64_t>(count));
    if (multiple > far_beyond) return 0;
  }
  return multiple;
}

struct Kind {
  const char* words;
  std::function<bool(int)> has;
};

}  // namespace

std::optional<RankKind> kind_of_ranks(const std::vector<int>& ran, const std::vector<int>& failed,
                                      int most) {
  const auto did_run = [&](int n) { return std::find(ran.begin(), ran.end(), n) != ran.end(); };
  if (ran.empty() || std::all_of(failed.begin(), failed.end(), did_run)) return std::nullopt;
  const std::int64_t multiple = common_multiple(ran);
  const Kind kinds[] = {
      {"powers of two", is_power_of_two},
      {"squares", is_square},
      {"divisors of what it ran on", [=](int n) { return multiple > 0 && multiple % n == 0; }},
      {"those on which it ran", did_run}};
  const auto* const kind = std::find_if(std::begin(kinds), std::end(kinds), [&](const Kind& k) {
    return std::all_of(ran.begin(), ran.end(), k.has) &&
           std::none_of(failed.begin(), failed.end(),
                        [&](int n) { return k.has(n) && !did_run(n); });
  });
  RankKind found{kind->words, {}};  // The last one is always such a kind.
  for (int count = 1; count <= most; ++count) {
    if (kind->has(count)) found.counts.push_back(count);
  }
  return found;
}

}  // namespace mpisize
