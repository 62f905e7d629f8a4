#include "mpisize/mpi/dispatcher.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <utility>

#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {
namespace {

void append(ByteBuffer& to, std::span<const std::byte> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

[[noreturn]] void senseless(int rank) {
  throw std::runtime_error(
      "rank " + std::to_string(rank) +
      " sent a message that makes no sense; do all ranks run the same program?");
}

/// A worker's text: its host and, on the lines after it, what was thrown.
struct Words {
  std::string host;
  std::string what;
};
Words words_of(std::span<const std::byte> text) {
  const std::string words(reinterpret_cast<const char*>(text.data()), text.size());
  const auto line = words.find('\n');
  return {words.substr(0, line), line == std::string::npos ? "" : words.substr(line + 1)};
}

}  // namespace

Dispatcher::Dispatcher(Communicator& comm, Exchange& task)
    : comm_(&comm), task_(&task), at_worker_(static_cast<std::size_t>(comm.size())) {}

Dispatcher::~Dispatcher() {
  PoliteWait wait(comm_->oversubscribed());
  dropping_ = true;
  try {
    while (chunks_in_flight_ > 0) {
      if (!poll([](Returned&) {})) wait.pause();
    }
  } catch (const std::exception&) {
    // Only MPI itself can fail here; the next call on the communicator says so.
  }
}

void Dispatcher::send(int worker, Chunk chunk) {
  Outbox& outbox = comm_->outbox(worker);
  RecordHeader header{.kind = FrameKind::work};
  header.run_count = static_cast<std::int32_t>(chunk.runs.size());
  header.measured = chunk.measured;
  header.written = chunk.written;
  std::unique_ptr<Sent> sent = blank();
  if (chunk.runs.size() == 1) {
    header.run = chunk.runs.front();
    const auto raw = task_->raw_items(header.run);
    if (!raw.empty()) {
      sent->bytes = static_cast<std::int64_t>(raw.size());
      outbox.send(header, raw, {}, departure());
    }
  }
  if (sent->bytes == 0) {
    ByteBuffer& data = outbox.data();
    if (chunk.runs.size() > 1) append(data, std::as_bytes(std::span(chunk.runs)));
    const std::size_t before = data.size();
    const Seconds begin = chunk.measured ? now() : Seconds(0);
    for (const Run& run : chunk.runs) task_->pack_items(run, data);
    if (chunk.measured) sent->packing = now() - begin;
    sent->bytes = static_cast<std::int64_t>(data.size() - before);
    outbox.send(header, {}, departure());
  }
  if (polling_ && shares_) waiting_.push_back(worker);
  ++chunks_in_flight_;
  items_in_flight_ += chunk.items;
  sent->chunk = std::move(chunk);
  at_worker_[static_cast<std::size_t>(worker)].push_back(std::move(sent));
}

void Dispatcher::echo(int worker, std::span<const std::byte> payload) {
  Outbox& outbox = comm_->outbox(worker);
  append(outbox.data(), payload);
  outbox.send({.kind = FrameKind::echo}, {}, departure());
  if (polling_ && shares_) waiting_.push_back(worker);
  std::unique_ptr<Sent> sent = blank();
  sent->echo = true;
  sent->bytes = static_cast<std::int64_t>(payload.size());
  ++chunks_in_flight_;
  at_worker_[static_cast<std::size_t>(worker)].push_back(std::move(sent));
}

bool Dispatcher::poll(const OnReturned& on_returned) {
  polling_ = true;
  const bool any = take_all(on_returned);
  polling_ = false;
  for (const int worker : waiting_) comm_->outbox(worker).flush();
  waiting_.clear();
  return any;
}

bool Dispatcher::take_all(const OnReturned& on_returned) {
  bool any = false;
  // A bounded number, so that a root that computes comes back to its own items; but all that came
  // in while it was inside one, or workers run dry during the next.
  constexpr int fewest_frames = 64;
  const int most_frames = std::max(fewest_frames, 2 * comm_->size());
  for (int i = 0; i < most_frames && comm_->size() > 1; ++i) {
    const Inbox::Arrival* const arrival = comm_->inbox().look();
    if (arrival == nullptr) break;
    any = true;
    take(*arrival, on_returned);
  }
  for (auto it = arriving_.begin(); it != arriving_.end();) {
    if (!it->pieces.done()) {
      ++it;
      continue;
    }
    any = true;
    Arriving arrived = std::move(*it);
    it = arriving_.erase(it);
    --chunks_in_flight_;
    items_in_flight_ -= arrived.sent->chunk.items;
    if (arrived.header.kind == FrameKind::failure) {
      note_failure(arrived.header, arrived.bytes);
      continue;
    }
    if (!arrived.in_place) {
      put_in_place(arrived.rank, *arrived.sent, arrived.bytes);
      give_back(std::move(arrived.bytes));
    }
    hand_over(arrived.rank, arrived.header.measured, arrived.facts, arrived.size, *arrived.sent,
              on_returned);
    blank_.push_back(std::move(arrived.sent));
  }
  return any;
}

std::unique_ptr<Dispatcher::Sent> Dispatcher::blank() {
  if (blank_.empty()) return std::make_unique<Sent>();
  std::unique_ptr<Sent> sent = std::move(blank_.back());
  blank_.pop_back();
  *sent = Sent{};
  return sent;
}

/// A worker answers in order, a sub-root as chunks are done.
std::unique_ptr<Dispatcher::Sent> Dispatcher::answered(int rank, std::int32_t before) {
  auto& queue = at_worker_[static_cast<std::size_t>(rank)];
  if (before < 0 || static_cast<std::size_t>(before) >= queue.size()) senseless(rank);
  std::unique_ptr<Sent> sent = std::move(queue[static_cast<std::size_t>(before)]);
  queue.erase(queue.begin() + before);
  --chunks_in_flight_;
  items_in_flight_ -= sent->chunk.items;
  return sent;
}

void Dispatcher::take(const Inbox::Arrival& arrival, const OnReturned& on_returned) {
  const int rank = arrival.rank;
  const RecordHeader header = arrival.header;
  if (take_note(arrival)) {
    comm_->inbox().done_with();
    return;
  }
  if (header.kind != FrameKind::result && header.kind != FrameKind::failure) senseless(rank);
  std::unique_ptr<Sent> sent =
      answered(rank, header.kind == FrameKind::result ? header.run_count : 0);
  if (header.data_follows) {
    receive_data(arrival, std::move(sent));
    comm_->inbox().done_with();
    return;
  }
  if (header.kind == FrameKind::failure) {
    note_failure(header, arrival.data);
    comm_->inbox().done_with();
    return;
  }
  try {
    put_in_place(rank, *sent, arrival.data);
  } catch (...) {
    comm_->inbox().done_with();  // The workers are told to stop: what follows must still be read.
    throw;
  }
  comm_->inbox().done_with();
  hand_over(rank, header.measured, arrival.facts, arrival.data_size, *sent, on_returned);
  blank_.push_back(std::move(sent));
}

/// True if the record is no answer to a chunk.
bool Dispatcher::take_note(const Inbox::Arrival& arrival) {
  const RecordHeader& header = arrival.header;
  switch (header.kind) {
    case FrameKind::cancelled:
      ++cancelled_;
      return true;
    case FrameKind::recalled:
      take_back(arrival.rank, header.run.count);
      return true;
    case FrameKind::tallied:
      take_tally(arrival);
      return true;
    case FrameKind::lost_item: {
      if (header.data_follows) senseless(arrival.rank);
      const Words words = words_of(arrival.data);
      if (dropping_) return true;
      if (!lose({header.run.first, header.run_count, words.host, static_cast<int>(header.run.count),
                 words.what})) {
        note_failure(header, arrival.data);
      }
      return true;
    }
    default:
      return false;
  }
}

/// The youngest chunks of a rank were not begun.
void Dispatcher::take_back(int rank, std::int64_t chunks) {
  auto& queue = at_worker_[static_cast<std::size_t>(rank)];
  if (chunks < 0 || chunks > static_cast<std::int64_t>(queue.size())) senseless(rank);
  for (; chunks > 0; --chunks) {
    --chunks_in_flight_;
    items_in_flight_ -= queue.back()->chunk.items;
    queue.pop_back();
  }
}

void Dispatcher::take_tally(const Inbox::Arrival& arrival) {
  if (arrival.data.size() % sizeof(RankTally) != 0) senseless(arrival.rank);
  const std::size_t before = tallies_.size();
  tallies_.resize(before + arrival.data.size() / sizeof(RankTally));
  std::memcpy(static_cast<void*>(tallies_.data() + before), arrival.data.data(),
              arrival.data.size());
  if (arrival.header.run.count == 0) ++tallied_;
}

std::vector<RankTally> Dispatcher::tally() {
  tallies_.clear();
  tallied_ = 0;
  tell_all(FrameKind::tally, 0);
  PoliteWait wait(comm_->oversubscribed());
  while (tallied_ < comm_->size() - 1) {
    if (poll([](Returned&) {})) {
      wait.reset();
    } else {
      wait.pause();
    }
  }
  return std::exchange(tallies_, {});
}

void Dispatcher::regroup(const Regrouping& order) {
  for (int r = 1; r < comm_->size(); ++r) {
    append(comm_->outbox(r).data(), std::as_bytes(std::span(&order, 1)));
    comm_->outbox(r).send({.kind = FrameKind::regroup});
  }
  for (int r = 1; r < comm_->size(); ++r) (void)comm_->outbox(r).pending();
}

void Dispatcher::move_to(Communicator& comm) {
  comm_ = &comm;
  at_worker_.clear();
  at_worker_.resize(static_cast<std::size_t>(comm.size()));
}

void Dispatcher::agree(const CallTerms& terms, std::int64_t most_lost) {
  most_lost_ = most_lost;
  terms_ = terms;
  if (terms == CallTerms{}) return;
  for (int r = 1; r < comm_->size(); ++r) {
    append(comm_->outbox(r).data(), std::as_bytes(std::span(&terms, 1)));
    comm_->outbox(r).send({.kind = FrameKind::terms});
  }
}

bool Dispatcher::lose(const DeadLetter& item) {
  if (static_cast<std::int64_t>(lost_.size()) >= most_lost_) return false;
  task_->give_up(item.index);
  lost_.push_back(item);
  return true;
}

void Dispatcher::recall() {
  for (int r = 1; r < comm_->size(); ++r) {
    if (queued(r) == 0) continue;
    (void)comm_->outbox(r).data();
    comm_->outbox(r).send({.kind = FrameKind::recall});
  }
}

void Dispatcher::tell_all(FrameKind kind, std::int64_t count) {
  for (int r = 1; r < comm_->size(); ++r) {
    (void)comm_->outbox(r).data();
    comm_->outbox(r).send({.kind = kind, .run = {0, count}});
  }
}

void Dispatcher::receive_data(const Inbox::Arrival& arrival, std::unique_ptr<Sent> sent) {
  ++chunks_in_flight_;  // Still under way.
  items_in_flight_ += sent->chunk.items;
  Arriving& arriving = arriving_.emplace_back();
  arriving.rank = arrival.rank;
  arriving.header = arrival.header;
  arriving.facts = arrival.facts;
  arriving.size = arrival.data_size;
  arriving.sent = std::move(sent);
  std::span<std::byte> place;
  const Sent& of = *arriving.sent;
  if (arriving.header.kind == FrameKind::result && !dropping_ && !of.echo && !of.chunk.written &&
      of.chunk.runs.size() == 1) {
    place = task_->raw_results(of.chunk.runs.front());
    if (!place.empty() && place.size() != arriving.size) senseless(arriving.rank);
    arriving.in_place = !place.empty();
  }
  if (place.empty()) {
    arriving.bytes = buffer();
    arriving.bytes.resize(arriving.size);
    place = arriving.bytes;
  }
  arriving.pieces.receive(place, arriving.rank, comm_->get());
}

ByteBuffer Dispatcher::buffer() {
  if (spare_.empty()) return {};
  ByteBuffer buffer = std::move(spare_.back());
  spare_.pop_back();
  return buffer;
}

/// Memory that was touched once is worth keeping.
void Dispatcher::give_back(ByteBuffer buffer) {
  constexpr std::size_t most_kept = std::size_t{16} << 20U;
  constexpr std::size_t most_buffers = 4;
  if (buffer.capacity() <= most_kept && spare_.size() < most_buffers) {
    spare_.push_back(std::move(buffer));
  }
}

void Dispatcher::note_failure(const RecordHeader& header, std::span<const std::byte> text) {
  const Words words = words_of(text);
  fail({header.run.first, header.run_count, words.host, words.what, nullptr});
}

void Dispatcher::hand_over(int rank, bool measured, const Facts& facts, std::size_t size,
                           Sent& sent, const OnReturned& on_returned) {
  Returned returned;
  returned.rank = rank;
  returned.chunk = std::move(sent.chunk);
  returned.facts = facts;
  returned.measured = measured;
  returned.packing = sent.packing;
  returned.bytes_in = sent.bytes;
  returned.bytes_out = static_cast<std::int64_t>(size);
  on_returned(returned);
}

void Dispatcher::put_in_place(int rank, Sent& sent, std::span<const std::byte> bytes) {
  if (sent.echo || dropping_) return;
  const Seconds begin = sent.chunk.measured ? now() : Seconds(0);
  copy_in_place(rank, sent, bytes);
  if (sent.chunk.measured) sent.packing += now() - begin;
}

void Dispatcher::copy_in_place(int rank, const Sent& sent, std::span<const std::byte> bytes) {
  if (sent.chunk.written) {
    if (!bytes.empty()) senseless(rank);
    return;
  }
  for (const Run& run : sent.chunk.runs) {
    const auto place = task_->raw_results(run);
    if (place.empty()) {
      task_->unpack_results(run, bytes);
    } else {
      if (bytes.size() < place.size()) senseless(rank);
      std::memcpy(place.data(), bytes.data(), place.size());
      bytes = bytes.subspan(place.size());
    }
  }
  if (!bytes.empty()) senseless(rank);
}

void Dispatcher::fail(Failure failure) {
  if (!failure_ || failure.item < failure_->item) failure_ = std::move(failure);
}

void Dispatcher::cancel() {
  dropping_ = true;
  cancelled_ = 0;
  for (int r = 1; r < comm_->size(); ++r) {
    (void)comm_->outbox(r).data();
    comm_->outbox(r).send({.kind = FrameKind::cancel});
  }
  PoliteWait wait(comm_->oversubscribed());
  while (cancelled_ < comm_->size() - 1 || !arriving_.empty()) {
    if (poll([](Returned&) {})) {
      wait.reset();
    } else {
      wait.pause();
    }
  }
  for (auto& queue : at_worker_) queue.clear();
  chunks_in_flight_ = 0;
  items_in_flight_ = 0;
  dropping_ = false;
}

void Dispatcher::stop(StopReason reason, const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  for (int r = 1; r < comm_->size(); ++r) {
    append(comm_->outbox(r).data(), bytes);
    comm_->outbox(r).send({.kind = FrameKind::stop, .reason = reason});
  }
  // Long texts leave while the workers receive them; a worker still inside an item gets its later.
  for (int r = 1; r < comm_->size(); ++r) (void)comm_->outbox(r).pending();
}

}  // namespace mpisize
