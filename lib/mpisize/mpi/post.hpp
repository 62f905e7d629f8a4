/// Sending and receiving frames without ever blocking.
#pragma once

#include <mpi.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "mpisize/mpi/frame.hpp"
#include "mpisize/mpi/task.hpp"

namespace mpisize {

/// Requests of the pieces of one payload.
class PieceRequests {
 public:
  void send(std::span<const std::byte> bytes, int rank, MPI_Comm comm);
  void receive(std::span<std::byte> bytes, int rank, MPI_Comm comm);
  [[nodiscard]] bool done();

 private:
  std::vector<MPI_Request> requests_;
};

/// Records on their way to one rank. Each keeps its buffers until MPI has let go of them.
class Outbox {
 public:
  Outbox(MPI_Comm comm, int rank) : comm_(comm), rank_(rank) {}

  /// An empty data buffer of the next record, with its old capacity.
  [[nodiscard]] ByteBuffer& data();

  /// When a record leaves: at once, or with those that follow (flush() sends it at the latest).
  enum class Departure { now, with_next };

  /// Sends header, the facts of a result, and data().
  void send(RecordHeader header, const Facts& facts = {}, Departure departure = Departure::now);

  /// The same with data that lie elsewhere and stay there until the record is gone.
  void send(RecordHeader header, std::span<const std::byte> data, const Facts& facts = {},
            Departure departure = Departure::now);

  /// Sends what waits for a next record.
  void flush();

  /// Lets go of what has left; the number of frames still on their way.
  std::size_t pending();

 private:
  struct Slot {
    Frame frame;
    ByteBuffer data;
    PieceRequests pieces;
    std::size_t length = 0;  ///< Of the frame so far.
    int records = 0;
    bool free = true;
  };
  Slot& open();
  void leave(std::span<const std::byte> following);

  MPI_Comm comm_;
  int rank_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<MPI_Request> requests_;  ///< By slot: of the frame itself.
  std::vector<int> gone_;
  std::vector<std::size_t> free_;
  std::optional<std::size_t> open_;  ///< Slot that takes the next record.
};

/// Frames that arrive from one rank or from any, in the order of their sending. Receives stay
/// posted between calls, so that no frame is lost when one call follows another.
class Inbox {
 public:
  /// A record that has arrived.
  struct Arrival {
    int rank = 0;
    RecordHeader header{};
    Facts facts{};                      ///< Of a result.
    std::span<const std::byte> data{};  ///< In the record.
    std::size_t data_size = 0;          ///< In the record or following it.
  };

  Inbox(MPI_Comm comm, int rank_or_any, int slots);
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;
  Inbox(Inbox&&) = delete;
  Inbox& operator=(Inbox&&) = delete;

  /// The next record, or null. It is valid until done_with() is called, which must be before the
  /// next look.
  [[nodiscard]] const Arrival* look();
  void done_with();

  /// The frame that was looked at holds another record.
  [[nodiscard]] bool more_at_hand() const;

 private:
  static constexpr int nobody = -1;
  void open_record();
  void post_idle();

  std::vector<Frame> frames_;
  std::vector<MPI_Request> requests_;  ///< Persistent.
  std::vector<int> sender_;            ///< By slot: of the frame that has arrived, or nobody.
  std::vector<std::size_t> length_;    ///< By slot: of that frame.
  std::size_t head_ = 0;               ///< Receives are matched in the order of their posting.
  std::size_t read_ = 0;               ///< Bytes of the frame at the head that were looked at.
  Arrival arrival_;                    ///< The record after them.
  /// Slots that were read and wait to be posted again, off the way of the answer.
  std::size_t idle_ = 0;  ///< The first.
  std::size_t idle_count_ = 0;
};

}  // namespace mpisize
