/// The root's side of the conversation with the workers.
#pragma once

#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mpisize/model/dead_letter.hpp"
#include "mpisize/model/scatter_pattern.hpp"
#include "mpisize/mpi/communicator.hpp"
#include "mpisize/mpi/frame.hpp"
#include "mpisize/mpi/task.hpp"

namespace mpisize {

/// Items that go to a worker in one message.
struct Chunk {
  std::vector<Run> runs{};  ///< Of item indices.
  std::int64_t items = 0;
  double weight = 0;  ///< Expected share of the work: items, or bytes where size predicts time.
  std::int64_t position = 0;  ///< In the order of work, of the first item.
  bool measured = false;
  bool written = false;  ///< The results go to an indexed sink where they are computed.
};

/// A chunk whose results are in place.
struct Returned {
  int rank = 0;
  Chunk chunk{};  ///< May be taken, and its memory used again.
  Facts facts{};
  bool measured = false;
  Seconds packing{};           ///< Of a measured one: packing items and unpacking results here.
  std::int64_t bytes_in = 0;   ///< Packed items.
  std::int64_t bytes_out = 0;  ///< Packed results.
};

/// The lowest failing item seen.
struct Failure {
  std::int64_t item = 0;
  int rank = 0;
  std::string host;
  std::string what;
  std::exception_ptr thrown;  ///< Where it was thrown: at the root, for an item of its own.
};

class Dispatcher {
 public:
  using OnReturned = std::function<void(Returned&)>;

  Dispatcher(Communicator& comm, Exchange& task);
  ~Dispatcher();  ///< Waits for what is in flight.
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;
  Dispatcher(Dispatcher&&) = delete;
  Dispatcher& operator=(Dispatcher&&) = delete;

  void send(int worker, Chunk chunk);
  void echo(int worker, std::span<const std::byte> payload);

  /// Takes in what has arrived; calls on_returned for each chunk whose results are in place. True
  /// if anything arrived. Throws std::runtime_error if a message makes no sense.
  bool poll(const OnReturned& on_returned);

  /// Tells the depth of the queues: in shallow ones no chunk waits for the next to share a message.
  void queues_hold(int chunks) { shares_ = tiny_chunks_in_a_message(chunks) > 1; }

  /// Results go to another task from here on, over the same items.
  void rebind(Exchange& task) { task_ = &task; }
  /// Dispatches to the ranks of another communicator from here on. Nothing may be in flight.
  void move_to(Communicator& comm);
  [[nodiscard]] Communicator& comm() const { return *comm_; }

  [[nodiscard]] bool oversubscribed() const { return comm_->oversubscribed(); }
  /// On the root's node.
  [[nodiscard]] bool near(int worker) const { return comm_->near(worker); }
  [[nodiscard]] int queued(int worker) const {
    return static_cast<int>(at_worker_[static_cast<std::size_t>(worker)].size());
  }
  [[nodiscard]] std::int64_t chunks_in_flight() const { return chunks_in_flight_; }
  [[nodiscard]] std::int64_t items_in_flight() const { return items_in_flight_; }
  [[nodiscard]] const std::optional<Failure>& failure() const { return failure_; }
  void fail(Failure failure);  ///< Keeps the lowest item.

  /// What holds for the call from here on. `most_lost` items may fail for good; the next one fails
  /// the call.
  void agree(const CallTerms& terms, std::int64_t most_lost);
  [[nodiscard]] const CallTerms& terms() const { return terms_; }
  /// Items that failed for good.
  [[nodiscard]] const std::vector<DeadLetter>& lost() const { return lost_; }
  /// False if the item is one too many.
  [[nodiscard]] bool lose(const DeadLetter& item);

  /// Asks every worker for the chunks it has not begun: they come back uncomputed.
  void recall();

  /// A collective call of every rank is due: the workers are told; the caller does its part next.
  void tell_all(FrameKind kind, std::int64_t count);

  /// Tells every worker who serves whom for the rest of the call.
  void regroup(const Regrouping& order);

  /// Asks every sub-root what its ranks did, and waits for the answers.
  [[nodiscard]] std::vector<RankTally> tally();

  /// Tells every worker to drop what it has queued and waits until each has answered.
  void cancel();

  /// Ends the call on every worker; `text` reaches each.
  void stop(StopReason reason, const std::string& text);

 private:
  struct Sent {
    Chunk chunk{};
    std::int64_t bytes = 0;
    Seconds packing{};
    bool echo = false;
  };
  struct Arriving {
    int rank = 0;
    std::unique_ptr<Sent> sent{};
    RecordHeader header{};
    Facts facts{};
    std::size_t size = 0;
    ByteBuffer bytes{};  ///< Unless the results are received where they belong.
    bool in_place = false;
    PieceRequests pieces{};
  };

  bool take_all(const OnReturned& on_returned);
  void take(const Inbox::Arrival& arrival, const OnReturned& on_returned);
  void receive_data(const Inbox::Arrival& arrival, std::unique_ptr<Sent> sent);
  bool take_note(const Inbox::Arrival& arrival);
  void take_back(int rank, std::int64_t chunks);
  void take_tally(const Inbox::Arrival& arrival);
  void note_failure(const RecordHeader& header, std::span<const std::byte> text);
  void hand_over(int rank, bool measured, const Facts& facts, std::size_t size, Sent& sent,
                 const OnReturned& on_returned);
  void put_in_place(int rank, Sent& sent, std::span<const std::byte> bytes);
  void copy_in_place(int rank, const Sent& sent, std::span<const std::byte> bytes);
  [[nodiscard]] std::unique_ptr<Sent> blank();
  [[nodiscard]] std::unique_ptr<Sent> answered(int rank, std::int32_t before);
  [[nodiscard]] ByteBuffer buffer();
  void give_back(ByteBuffer buffer);
  [[nodiscard]] Outbox::Departure departure() const {
    return polling_ && shares_ ? Outbox::Departure::with_next : Outbox::Departure::now;
  }

  Communicator* comm_;
  Exchange* task_;
  std::vector<std::deque<std::unique_ptr<Sent>>> at_worker_;
  std::vector<std::unique_ptr<Sent>> blank_;  ///< Their memory is used again.
  std::deque<Arriving> arriving_;
  std::vector<ByteBuffer> spare_;
  std::int64_t chunks_in_flight_ = 0;
  std::int64_t items_in_flight_ = 0;
  int cancelled_ = 0;
  int tallied_ = 0;
  std::vector<RankTally> tallies_;
  bool dropping_ = false;
  bool polling_ = false;
  bool shares_ = false;
  std::vector<int> waiting_;  ///< Workers with chunks that wait for the end of the poll.
  std::optional<Failure> failure_;
  CallTerms terms_;
  std::int64_t most_lost_ = 0;
  std::vector<DeadLetter> lost_;
};

}  // namespace mpisize
