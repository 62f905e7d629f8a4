#include "mpisize/model/schedule.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>

namespace mpisize {
namespace {

struct Named {
  Schedule schedule;
  std::string_view name;
};
constexpr std::array<Named, 5> names{{{Schedule::static_block, "static"},
                                      {Schedule::dynamic, "dynamic"},
                                      {Schedule::guided, "guided"},
                                      {Schedule::factoring, "factoring"},
                                      {Schedule::fixed_size, "fixed_size"}}};

constexpr std::int64_t divide_up(std::int64_t a, std::int64_t b) { return a / b + (a % b != 0); }

}  // namespace

std::string_view name_of(Schedule schedule) {
  for (const auto& n : names) {
    if (n.schedule == schedule) return n.name;
  }
  throw std::invalid_argument("unknown schedule");
}

std::optional<Schedule> schedule_named(std::string_view name) {
  for (const auto& n : names) {
    if (n.name == name) return n.schedule;
  }
  return std::nullopt;
}

std::int64_t fixed_size_chunk(std::int64_t items, int computing, Seconds per_chunk, Seconds sigma) {
  if (items < 1 || computing < 1) throw std::invalid_argument("fixed-size chunk of nothing");
  const auto n = static_cast<double>(items);
  const double p = computing;
  const std::int64_t even = divide_up(items, computing);
  if (computing == 1 || sigma.value() <= 0 || per_chunk.value() <= 0) return even;
  const double c = std::pow(
      std::sqrt(2.0) * n * per_chunk.value() / (sigma.value() * p * std::sqrt(std::log(p))),
      2.0 / 3.0);
  return std::clamp<std::int64_t>(static_cast<std::int64_t>(std::min(c, n)), 1, even);
}

ChunkSequence::ChunkSequence(Schedule schedule, std::int64_t items, int computing,
                             std::int64_t chunk)
    : schedule_(schedule), computing_(computing), chunk_(chunk), left_(items) {
  if (items < 0) throw std::invalid_argument("schedule of a negative number of items");
  if (computing < 1) throw std::invalid_argument("schedule over no rank");
  if (chunk < 1) throw std::invalid_argument("schedule in chunks below one item");
  if (schedule_ == Schedule::static_block) batch_left_ = computing_;
}

std::int64_t ChunkSequence::next() {
  std::int64_t size = chunk_;
  switch (schedule_) {
    case Schedule::static_block:
      // What is left over the ranks left: sizes differ by one item at most.
      size = batch_left_ > 0 ? divide_up(left_, batch_left_) : left_;
      --batch_left_;
      break;
    case Schedule::guided:
      size = std::max(chunk_, divide_up(left_, computing_));
      break;
    case Schedule::factoring:
      if (batch_left_ == 0) {
        batch_left_ = computing_;
        batch_chunk_ = std::max(chunk_, divide_up(left_, 2 * computing_));
      }
      --batch_left_;
      size = batch_chunk_;
      break;
    case Schedule::dynamic:
    case Schedule::fixed_size:
      break;
  }
  size = std::min(size, left_);
  left_ -= size;
  return size;
}

std::int64_t chunk_count(Schedule schedule, std::int64_t items, int computing, std::int64_t chunk) {
  const ChunkSequence check(schedule, items, computing, chunk);
  const std::int64_t p = computing;
  switch (schedule) {
    case Schedule::static_block:
      return std::min(items, p);
    case Schedule::dynamic:
    case Schedule::fixed_size:
      return divide_up(items, chunk);
    case Schedule::guided: {
      // R shrinks by the factor 1 - 1/P a chunk until R / P <= chunk.
      std::int64_t left = items;
      std::int64_t count = 0;
      while (left > 0 && divide_up(left, p) > chunk && count < 64) {
        left -= divide_up(left, p);
        ++count;
      }
      if (left > 0 && divide_up(left, p) > chunk) {
        const double shrink = std::log(static_cast<double>(left) /
                                       (static_cast<double>(p) * static_cast<double>(chunk)));
        count += static_cast<std::int64_t>(shrink / -std::log1p(-1.0 / static_cast<double>(p)));
        left = std::min(left, p * chunk);
      }
      return count + divide_up(left, chunk);
    }
    case Schedule::factoring: {
      std::int64_t left = items;
      std::int64_t count = 0;
      while (left > 0) {
        const std::int64_t size = std::max(chunk, divide_up(left, 2 * p));
        const std::int64_t chunks = std::min(p, divide_up(left, size));
        count += chunks;
        left -= std::min(left, chunks * size);
      }
      return count;
    }
  }
  throw std::invalid_argument("unknown schedule");
}

}  // namespace mpisize
