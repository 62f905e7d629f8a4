#include "mpisize/mpi/relay.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <stdexcept>

namespace mpisize {

Relay::Incoming& Relay::expect(const RecordHeader& header) {
  Held& held = held_.emplace_back();
  held.in.header = header;
  return held.in;
}

int Relay::open() {
  int opened = 0;
  for (auto it = held_.rbegin(); it != held_.rend() && !it->opened; ++it) {
    if (!it->in.pieces.done()) continue;
    open(*it);
    ++opened;
  }
  return opened;
}

void Relay::open(Held& held) {
  const RecordHeader& header = held.in.header;
  held.items = held.in.data;
  if (header.run_count == 1) {
    held.runs.assign(1, header.run);
  } else {
    held.runs.resize(static_cast<std::size_t>(std::max(0, header.run_count)));
    const std::size_t bytes = held.runs.size() * sizeof(Run);
    if (bytes > held.items.size()) throw std::runtime_error("a chunk of items is cut short");
    std::memcpy(held.runs.data(), held.items.data(), bytes);
    held.items = held.items.subspan(bytes);
  }
  for (const Run& run : held.runs) held.undone += run.count;
  left_ += held.undone;
  undone_ += held.undone;
  held.opened = true;
}

void Relay::take(std::int64_t most, Runs runs, Chunk& chunk) {
  const auto has_some = [](const Held& h) { return h.opened && h.next < h.runs.size(); };
  Held& held = *std::find_if(held_.begin(), held_.end(), has_some);
  chunk.runs.clear();
  chunk.items = 0;
  do {
    Run& from = held.runs[held.next];
    const std::int64_t end = up_to_grain(from.first + most - chunk.items, task_->grain());
    const Run run{from.first, std::min(end - from.first, from.count)};
    from.first += run.count;
    from.count -= run.count;
    if (from.count == 0) ++held.next;
    chunk.runs.push_back(run);
    chunk.items += run.count;
  } while (runs == Runs::many && chunk.items < most && held.next < held.runs.size());
  const std::size_t bytes = task_->packed_items(chunk.items, held.items);
  const std::int64_t first = chunk.runs.front().first;
  pieces_[first] = {&held, held.items.first(bytes), {}};
  held.handed.push_back(first);
  held.begun = true;
  held.items = held.items.subspan(bytes);
  left_ -= chunk.items;
  chunk.weight = static_cast<double>(chunk.items);
  chunk.position = first;
  chunk.measured = false;
  chunk.written = held.in.header.written;
}

std::optional<Relay::Done> Relay::settle(const Chunk& chunk, Seconds busy, ByteBuffer& results) {
  Piece& piece = pieces_.at(chunk.runs.front().first);
  Held& held = *piece.chunk;
  if (own_ == chunk.runs.front()) {
    if (chunk.written) {
      task_->write_loaded();
    } else {
      task_->pack_loaded(piece.results);
    }
    own_.reset();
  }
  held.busy += busy.value();
  held.undone -= chunk.items;
  undone_ -= chunk.items;
  if (held.undone > 0 || held.next < held.runs.size()) return std::nullopt;
  for (const std::int64_t first : held.handed) {
    const auto done = pieces_.find(first);
    results.insert(results.end(), done->second.results.begin(), done->second.results.end());
    pieces_.erase(done);
  }
  const auto at =
      std::find_if(held_.begin(), held_.end(), [&](const Held& h) { return &h == &held; });
  const Done done{static_cast<std::int32_t>(std::distance(held_.begin(), at)), held.busy};
  held_.erase(at);
  return done;
}

std::int64_t Relay::give_back() {
  std::int64_t chunks = 0;
  while (!held_.empty() && !held_.back().begun) {
    if (!held_.back().in.pieces.done()) break;  // Its data are still on their way: it is done here.
    if (held_.back().opened) {
      left_ -= held_.back().undone;
      undone_ -= held_.back().undone;
    }
    held_.pop_back();
    ++chunks;
  }
  return chunks;
}

void Relay::prepare_own(std::span<const Run> runs) {
  own_ = runs.front();
  task_->load(runs, items_from(own_->first));
}

void Relay::compute_in_place(Run run) {
  try {
    task_->compute_loaded(run.first - own_->first, run.count);
  } catch (ItemFailure& failing) {
    failing.position = failing.index;
    throw;
  }
}

void Relay::give_up(std::int64_t index) {
  if (own_ && index >= own_->first && index < own_->first + own_->count) {
    task_->blank_loaded(index - own_->first);
  }
}

void Relay::pack_items(Run run, ByteBuffer& to) const {
  const auto items = raw_items(run);
  to.insert(to.end(), items.begin(), items.end());
}

std::span<const std::byte> Relay::raw_items(Run run) const { return items_from(run.first); }

void Relay::unpack_results(Run run, std::span<const std::byte>& from) {
  const auto piece = pieces_.find(run.first);
  if (piece == pieces_.end()) return;
  piece->second.results.assign(from.begin(), from.end());
  from = {};
}

std::span<const std::byte> Relay::items_from(std::int64_t first) const {
  const auto piece = pieces_.find(first);
  return piece == pieces_.end() ? std::span<const std::byte>() : piece->second.items;
}

}  // namespace mpisize
