#include "mpisize/model/work_list.hpp"

#include <algorithm>
#include <stdexcept>

namespace mpisize {
namespace {

std::uint32_t reverse_bits(std::uint32_t x) {
  x = ((x >> 1U) & 0x55555555U) | ((x & 0x55555555U) << 1U);
  x = ((x >> 2U) & 0x33333333U) | ((x & 0x33333333U) << 2U);
  x = ((x >> 4U) & 0x0f0f0f0fU) | ((x & 0x0f0f0f0fU) << 4U);
  x = ((x >> 8U) & 0x00ff00ffU) | ((x & 0x00ff00ffU) << 8U);
  return (x >> 16U) | (x << 16U);
}

/// Owen scrambling by a hash in which a bit is changed by the bits above it only, applied to the
/// reversed digits (Laine and Karras 2011; constants of Vegdahl 2021).
std::uint32_t scramble(std::uint32_t digits, std::uint32_t seed) {
  std::uint32_t x = reverse_bits(digits);
  x ^= x * 0x3d20adeaU;
  x += seed;
  x *= (seed >> 16U) | 1U;
  x ^= x * 0x05526c56U;
  x ^= x * 0x53a22864U;
  return reverse_bits(x);
}

bool before(const Run& a, const Run& b) { return a.first < b.first; }

/// Position of the item that holds the given byte of all.
std::int64_t position_of_bytes(const std::vector<SizeSum>& sums, double bytes) {
  const auto at = std::lower_bound(sums.begin(), sums.end(), bytes, [](const SizeSum& s, double b) {
    return static_cast<double>(s.bytes.value()) <= b;
  });
  if (at == sums.end()) return sums.back().items - 1;
  const SizeSum low = at == sums.begin() ? SizeSum{} : *(at - 1);
  const double share = (bytes - static_cast<double>(low.bytes.value())) /
                       static_cast<double>(at->bytes.value() - low.bytes.value());
  return low.items + static_cast<std::int64_t>(share * static_cast<double>(at->items - low.items));
}

}  // namespace

WorkList::WorkList(std::int64_t items) : WorkList(items, {}) {}

WorkList::WorkList(std::int64_t items, std::vector<Run> taken) {
  if (items < 0) throw std::invalid_argument("work list of a negative number of items");
  std::sort(taken.begin(), taken.end(), before);
  std::int64_t at = 0;
  for (const Run& hole : taken) {
    if (hole.first < at || hole.count < 0 || hole.first + hole.count > items) {
      throw std::invalid_argument("work list with overlapping or outlying runs taken out");
    }
    if (hole.first > at) runs_.push_back({at, hole.first - at});
    at = hole.first + hole.count;
  }
  if (at < items) runs_.push_back({at, items - at});
  for (const Run& run : runs_) left_ += run.count;
}

void WorkList::take(std::int64_t count, std::vector<Run>& to) {
  while (count > 0 && next_ < runs_.size()) {
    Run& run = runs_[next_];
    const std::int64_t n = std::min(count, run.count);
    to.push_back({run.first, n});
    run.first += n;
    run.count -= n;
    count -= n;
    left_ -= n;
    if (run.count == 0) ++next_;
  }
}

StratifiedPicks::StratifiedPicks(std::int64_t items, std::uint64_t seed,
                                 std::vector<SizeSum> size_sums)
    : items_(items), seed_(seed), size_sums_(std::move(size_sums)) {}

std::int64_t StratifiedPicks::draw() {
  const auto seed = static_cast<std::uint32_t>(seed_ ^ (seed_ >> 32U)) * 0x9e3779b9U + 0x7f4a7c15U;
  const std::uint32_t turn = drawn_++;
  const auto point = [](std::uint32_t index, std::uint32_t scrambling) {
    return static_cast<double>(scramble(reverse_bits(index), scrambling)) * 0x1.0p-32;
  };
  if (size_sums_.empty()) {
    return static_cast<std::int64_t>(point(turn, seed) * static_cast<double>(items_));
  }
  if (turn % 2 == 0) {
    return static_cast<std::int64_t>(point(turn / 2, seed) * static_cast<double>(items_));
  }
  const double bytes =
      point(turn / 2, ~seed) * static_cast<double>(size_sums_.back().bytes.value());
  return position_of_bytes(size_sums_, bytes);
}

bool StratifiedPicks::free(std::int64_t first, std::int64_t count) const {
  if (first < 0 || first + count > items_) return false;
  const auto after = std::lower_bound(taken_.begin(), taken_.end(), Run{first + count, 0}, before);
  return after == taken_.begin() || (after - 1)->first + (after - 1)->count <= first;
}

std::int64_t StratifiedPicks::next(std::int64_t stretch) {
  constexpr int tries = 64;
  for (int t = 0; t < tries; ++t) {
    const std::int64_t first = std::min(draw(), std::max<std::int64_t>(0, items_ - stretch));
    if (!free(first, stretch)) continue;
    const Run pick{first, stretch};
    taken_.insert(std::upper_bound(taken_.begin(), taken_.end(), pick, before), pick);
    return first;
  }
  // Nearly all is taken: the first free place.
  std::int64_t at = 0;
  for (std::size_t i = 0; i <= taken_.size(); ++i) {
    const std::int64_t end = i < taken_.size() ? taken_[i].first : items_;
    if (end - at >= stretch) {
      taken_.insert(taken_.begin() + static_cast<std::ptrdiff_t>(i), Run{at, stretch});
      return at;
    }
    if (i < taken_.size()) at = taken_[i].first + taken_[i].count;
  }
  return -1;
}

void StratifiedPicks::exclude(const std::vector<Run>& done) {
  taken_.insert(taken_.end(), done.begin(), done.end());
  std::sort(taken_.begin(), taken_.end(), before);
}

std::vector<Run> StratifiedPicks::taken() const { return taken_; }

}  // namespace mpisize
