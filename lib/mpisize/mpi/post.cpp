#include "mpisize/mpi/post.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>
#include <string>

#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/mpi/check.hpp"

namespace mpisize {
namespace {

/// Calls use(offset, size) for each piece of a payload.
template <class Use>
void for_each_piece(std::size_t bytes, Use use) {
  for (std::size_t at = 0; at < bytes;) {
    const std::size_t size = std::min(bytes - at, static_cast<std::size_t>(piece_bytes));
    use(at, static_cast<int>(size));
    at += size;
  }
}

[[noreturn]] void senseless(int rank) {
  throw std::runtime_error(
      "rank " + std::to_string(rank) +
      " sent a message that makes no sense; do all ranks run the same program?");
}

}  // namespace

void PieceRequests::send(std::span<const std::byte> bytes, int rank, MPI_Comm comm) {
  for_each_piece(bytes.size(), [&](std::size_t at, int size) {
    check(MPI_Isend(bytes.data() + at, size, MPI_BYTE, rank, payload_tag, comm,
                    &requests_.emplace_back()),
          "MPI_Isend");
  });
}

void PieceRequests::receive(std::span<std::byte> bytes, int rank, MPI_Comm comm) {
  for_each_piece(bytes.size(), [&](std::size_t at, int size) {
    check(MPI_Irecv(bytes.data() + at, size, MPI_BYTE, rank, payload_tag, comm,
                    &requests_.emplace_back()),
          "MPI_Irecv");
  });
}

bool PieceRequests::done() {
  if (requests_.empty()) return true;
  int flag = 0;
  check(
      MPI_Testall(static_cast<int>(requests_.size()), requests_.data(), &flag, MPI_STATUSES_IGNORE),
      "MPI_Testall");
  if (flag == 0) return false;
  requests_.clear();
  return true;
}

Outbox::Slot& Outbox::open() {
  if (!open_) {
    // Every test has a memory fence: many frames are let go of together.
    constexpr std::size_t let_go_from = 16;
    if (free_.empty() && slots_.size() >= let_go_from) (void)pending();
    if (free_.empty()) {
      free_.push_back(slots_.size());
      slots_.push_back(std::make_unique<Slot>());
      requests_.push_back(MPI_REQUEST_NULL);
      gone_.push_back(0);
    }
    open_ = free_.back();
    free_.pop_back();
    Slot& slot = *slots_[*open_];
    slot.free = false;
    slot.length = 0;
    slot.records = 0;
  }
  return *slots_[*open_];
}

ByteBuffer& Outbox::data() {
  ByteBuffer& buffer = open().data;
  buffer.clear();
  return buffer;
}

void Outbox::send(RecordHeader header, const Facts& facts, Departure departure) {
  send(header, open().data, facts, departure);
}

void Outbox::send(RecordHeader header, std::span<const std::byte> data, const Facts& facts,
                  Departure departure) {
  const std::size_t told = facts_bytes(header);
  std::size_t size = data.size();
  header.data_follows = told + size > most_body_bytes;
  const std::size_t body = told + (header.data_follows ? sizeof size : size);
  header.body = static_cast<std::int32_t>(body);
  const std::size_t head = header_bytes(header.kind);
  if (open().length + head + body > frame_bytes) {
    // The data may lie in the buffer of the frame that leaves now: it goes along with the record.
    Slot& full = open();
    flush();
    std::swap(full.data, open().data);
  }
  Slot& slot = open();
  std::byte* at = slot.frame.data() + slot.length;
  std::memcpy(at, &header, head);
  if (told > 0) std::memcpy(at + head, &facts, told);
  at += head + told;
  if (header.data_follows) {
    std::memcpy(at, &size, sizeof size);
  } else if (size > 0) {
    std::memcpy(at, data.data(), size);
  }
  slot.length += head + body;
  ++slot.records;
  if (header.data_follows) {
    leave(data);
  } else if (departure == Departure::now || slot.records == most_in_a_message) {
    flush();
  }
}

void Outbox::flush() {
  if (open_ && slots_[*open_]->records > 0) leave({});
}

void Outbox::leave(std::span<const std::byte> following) {
  Slot& slot = *slots_[*open_];
  check(MPI_Isend(slot.frame.data(), static_cast<int>(slot.length), MPI_BYTE, rank_, frame_tag,
                  comm_, &requests_[*open_]),
        "MPI_Isend");
  slot.pieces.send(following, rank_, comm_);
  open_.reset();
}

std::size_t Outbox::pending() {
  const std::size_t at_rest = free_.size() + (open_ ? 1 : 0);
  if (at_rest == slots_.size()) return 0;
  int count = 0;
  check(MPI_Testsome(static_cast<int>(requests_.size()), requests_.data(), &count, gone_.data(),
                     MPI_STATUSES_IGNORE),
        "MPI_Testsome");
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = *slots_[i];
    if (slot.free || i == open_ || requests_[i] != MPI_REQUEST_NULL || !slot.pieces.done())
      continue;
    // A buffer is used again, but one large message must not hold memory until the communicator
    // goes.
    constexpr std::size_t most_kept = std::size_t{16} << 20U;
    if (slot.data.capacity() > most_kept) ByteBuffer().swap(slot.data);
    slot.free = true;
    free_.push_back(i);
  }
  return slots_.size() - free_.size() - (open_ ? 1 : 0);
}

Inbox::Inbox(MPI_Comm comm, int rank_or_any, int slots)
    : frames_(static_cast<std::size_t>(slots)),
      requests_(static_cast<std::size_t>(slots), MPI_REQUEST_NULL),
      sender_(static_cast<std::size_t>(slots), nobody),
      length_(static_cast<std::size_t>(slots)) {
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    check(MPI_Recv_init(frames_[i].data(), static_cast<int>(frame_bytes), MPI_BYTE, rank_or_any,
                        frame_tag, comm, &requests_[i]),
          "MPI_Recv_init");
  }
  check(MPI_Startall(slots, requests_.data()), "MPI_Startall");
}

Inbox::~Inbox() {
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    const bool posted =
        sender_[i] == nobody && (i + frames_.size() - idle_) % frames_.size() >= idle_count_;
    if (posted) {
      MPI_Cancel(&requests_[i]);
      MPI_Wait(&requests_[i], MPI_STATUS_IGNORE);
    }
    MPI_Request_free(&requests_[i]);
  }
}

const Inbox::Arrival* Inbox::look() {
  if (sender_[head_] == nobody) {
    int flag = 0;
    MPI_Status status;
    check(MPI_Test(&requests_[head_], &flag, &status), "MPI_Test");
    if (flag == 0) {
      if (idle_count_ > 0) post_idle();
      return nullptr;
    }
    int length = 0;
    check(MPI_Get_count(&status, MPI_BYTE, &length), "MPI_Get_count");
    sender_[head_] = status.MPI_SOURCE;
    length_[head_] = static_cast<std::size_t>(length);
    read_ = 0;
  }
  open_record();
  return &arrival_;
}

/// Reads the record at read_ and checks it against the length of the frame.
void Inbox::open_record() {
  const int rank = sender_[head_];
  const auto frame = std::span(frames_[head_]).first(length_[head_]).subspan(read_);
  RecordHeader& header = arrival_.header;
  constexpr std::size_t least = header_bytes(FrameKind::result);
  if (frame.size() < least) senseless(rank);
  std::memcpy(static_cast<void*>(&header), frame.data(), least);
  const std::size_t head = header_bytes(header.kind);
  const std::size_t told = facts_bytes(header);
  const std::int64_t length = header.body;
  if (frame.size() < head || length < static_cast<std::int64_t>(told) ||
      static_cast<std::size_t>(length) > frame.size() - head) {
    senseless(rank);
  }
  if (head > least) std::memcpy(&header.run, frame.data() + least, sizeof header.run);
  const auto body = frame.subspan(head, static_cast<std::size_t>(length));
  arrival_.rank = rank;
  if (told == sizeof(Facts)) {
    std::memcpy(&arrival_.facts, body.data(), sizeof(Facts));
  } else if (told > 0) {
    arrival_.facts = {};
    std::memcpy(&arrival_.facts.busy, body.data(), sizeof arrival_.facts.busy);
  }
  arrival_.data = body.subspan(told);
  arrival_.data_size = arrival_.data.size();
  if (header.data_follows) {
    if (arrival_.data_size != sizeof arrival_.data_size) senseless(rank);
    std::memcpy(&arrival_.data_size, arrival_.data.data(), sizeof arrival_.data_size);
    arrival_.data = {};
  }
}

void Inbox::done_with() {
  const RecordHeader& header = arrival_.header;
  read_ += header_bytes(header.kind) + static_cast<std::size_t>(header.body);
  if (read_ < length_[head_]) return;
  sender_[head_] = nobody;
  ++idle_count_;
  head_ = (head_ + 1) % frames_.size();
  if (2 * idle_count_ > frames_.size()) post_idle();
}

void Inbox::post_idle() {
  for (; idle_count_ > 0; --idle_count_) {
    check(MPI_Start(&requests_[idle_]), "MPI_Start");
    idle_ = (idle_ + 1) % frames_.size();
  }
}

bool Inbox::more_at_hand() const { return sender_[head_] != nobody; }

}  // namespace mpisize
