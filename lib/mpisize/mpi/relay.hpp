/// Chunks on their way through a sub-root: received whole, handed on in pieces, sent back whole.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "mpisize/mpi/dispatcher.hpp"
#include "mpisize/mpi/post.hpp"
#include "mpisize/mpi/task.hpp"

namespace mpisize {

/// Items and results stay packed, except those that the sub-root computes itself.
class Relay final : public Exchange {
 public:
  /// `task` computes, and knows how long a packed item is.
  explicit Relay(Task& task) : task_(&task) {}

  /// A chunk is coming: fill `data` and post what is on its way.
  struct Incoming {
    RecordHeader header;
    ByteBuffer data{};
    PieceRequests pieces{};
  };
  Incoming& expect(const RecordHeader& header);

  /// Looks whether chunks that were expected are here; how many. Throws std::runtime_error if one
  /// makes no sense.
  int open();

  /// Items that can be handed on, and those that are not done.
  [[nodiscard]] std::int64_t left() const { return left_; }
  [[nodiscard]] std::int64_t undone() const { return undone_; }

  enum class Runs { one, many };
  /// The next items of a chunk, at least one and at most `most`, or as many more as belong to the
  /// last of them. Those that are computed here are one run.
  void take(std::int64_t most, Runs runs, Chunk& chunk);

  /// A chunk that is done, and how many chunks before it are still held.
  struct Done {
    std::int32_t before = 0;
    double busy = 0;  ///< Seconds, of all ranks.
  };
  /// A piece is done. If its chunk is, too, its results are appended to `results`.
  [[nodiscard]] std::optional<Done> settle(const Chunk& piece, Seconds busy, ByteBuffer& results);

  /// The youngest chunks of which nothing was handed on are gone; how many.
  std::int64_t give_back();

  // Of one piece at a time, whose items and results go along with its first run.
  void prepare_own(std::span<const Run> runs) override;
  void compute_in_place(Run run) override;
  void give_up(std::int64_t index) override;
  void pack_items(Run run, ByteBuffer& to) const override;
  [[nodiscard]] std::span<const std::byte> raw_items(Run run) const override;
  void unpack_results(Run run, std::span<const std::byte>& from) override;
  [[nodiscard]] std::span<std::byte> raw_results(Run /*run*/) override { return {}; }

 private:
  struct Held;
  struct Piece {
    Held* chunk = nullptr;
    std::span<const std::byte> items{};
    ByteBuffer results{};
  };
  struct Held {
    Incoming in;
    std::vector<Run> runs{};  ///< Still to be handed on, from `next` on.
    std::size_t next = 0;
    std::span<const std::byte> items{};  ///< Of those.
    bool opened = false;
    bool begun = false;
    std::int64_t undone = 0;
    double busy = 0;
    std::vector<std::int64_t> handed{};  ///< First items of the pieces, in order.
  };

  void open(Held& held);
  [[nodiscard]] std::span<const std::byte> items_from(std::int64_t first) const;

  Task* task_;
  std::list<Held> held_;  ///< In the order of their coming.
  std::map<std::int64_t, Piece>
      pieces_;  ///< Handed on, of chunks that are not done; by first item.
  std::int64_t left_ = 0;
  std::int64_t undone_ = 0;
  std::optional<Run> own_;  ///< Piece that is computed here.
};

}  // namespace mpisize
