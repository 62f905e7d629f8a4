/// Items on their way from a source through the kernel to a sink: window, order and batches, at the
/// root. Types erased.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/mpi/compute_slice.hpp"
#include "mpisize/mpi/task.hpp"

namespace mpisize {

class Journal;
struct JournalRun;

/// What a flow keeps to.
struct FlowTerms {
  std::int64_t window = 1;      ///< Items pulled and not yet delivered.
  std::optional<Bytes> memory;  ///< Of those items and their results.
  bool ordered = true;          ///< Results go to the sink by index.
  bool whole_blocks = false;    ///< A sink is called once for each block, in order.
  std::int64_t block = 1;       ///< Items that are kept together; a batch.
  std::int64_t ahead = 0;       ///< Items pulled before anyone asks for them.
  friend bool operator==(const FlowTerms&, const FlowTerms&) = default;
};

/// Consecutive items and their results.
struct Block {
  Block() = default;
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;
  Block(Block&&) = delete;
  Block& operator=(Block&&) = delete;
  virtual ~Block() = default;

  std::int64_t first = 0;
  std::int64_t capacity = 0;
  std::int64_t pulled = 0;
  std::int64_t done = 0;       ///< Computed, or given up.
  std::int64_t delivered = 0;  ///< Given to the sink, or given up.
  bool closed = false;         ///< Nothing more is pulled into it.
  std::int64_t bytes = 0;      ///< Of items, and of results as far as they are known or expected.
  std::vector<std::int64_t> lost;  ///< Items given up, ascending.
};

/// Root and workers see one of these for batch and for stream. Items are pulled, handed out,
/// completed in any order, and delivered. Source and sink that throw: ItemFailure.
class Flow : public Task {
 public:
  void agree(const FlowTerms& terms);
  [[nodiscard]] const FlowTerms& terms() const { return terms_; }

  /// Up to `most` items, all in one block; pulls as many as are missing, for a millisecond at most.
  /// Without items if the window is full or the source has ended.
  [[nodiscard]] Run hand_out(std::int64_t most);
  /// Takes what a journal holds next; false if the window has no room for all of it.
  bool reach_new_item();
  /// Pulls some items that nobody has asked for yet; false if there is nothing to do.
  bool pull_ahead();
  /// All that the source has was handed out.
  [[nodiscard]] bool exhausted() const { return ended_ && handed_ == pulled_; }

  void completed(std::span<const Run> runs) override;
  /// The results of the run were given to an indexed sink where they were computed.
  void passed_on(Run run);
  void give_up(std::int64_t index) override;

  /// Gives up to `most` results, or one block, to the sink; the number of items let go.
  std::int64_t deliver(std::int64_t most);

  /// Items that a journal holds are taken from it instead of being handed out; those it says were
  /// given up, too, unless they are to be tried again.
  void resume_from(const Journal& journal, bool retry_failed);
  [[nodiscard]] std::int64_t resumed() const { return resumed_; }
  /// Items that the journal holds, taken or not.
  [[nodiscard]] std::int64_t kept() const { return kept_items_; }

  [[nodiscard]] std::int64_t pulled() const { return pulled_; }
  [[nodiscard]] std::int64_t handed_out() const { return handed_; }
  [[nodiscard]] std::int64_t delivered() const { return delivered_; }
  /// Largest number of items pulled and not delivered so far.
  [[nodiscard]] std::int64_t most_held() const { return most_held_; }
  [[nodiscard]] Seconds pulling() const { return pulling_; }     ///< Time in the source.
  [[nodiscard]] Seconds delivering() const { return sinking_; }  ///< Time in the sink.
  /// Length of the source; empty if it is not known before its end.
  [[nodiscard]] virtual std::optional<std::int64_t> length() const = 0;
  [[nodiscard]] virtual bool source_indexed() const = 0;
  [[nodiscard]] virtual bool sink_indexed() const = 0;
  [[nodiscard]] virtual bool sink_collective() const { return false; }
  /// Of an indexed source that can tell.
  [[nodiscard]] virtual std::string source_fingerprint() const { return {}; }
  /// Bytes of an item and of a result in memory: the largest means seen where memory is limited.
  [[nodiscard]] Bytes item_memory() const { return Bytes(item_bytes_); }
  [[nodiscard]] Bytes result_memory() const { return Bytes(result_bytes_); }

 protected:
  [[nodiscard]] Block& block_of(std::int64_t index);
  [[nodiscard]] const Block& block_of(std::int64_t index) const;

  [[nodiscard]] virtual std::unique_ptr<Block> new_block(std::int64_t first,
                                                         std::int64_t capacity) = 0;
  virtual void retire(std::unique_ptr<Block> /*block*/) {}
  /// Makes sure that an item was pulled that nobody was handed; false if there is none.
  bool pull_one();
  /// Appends up to `count` items of the source to the block; fewer: it has ended.
  virtual std::int64_t pull_into(Block& block, std::int64_t count) = 0;
  /// Bytes of these items in memory, and of these results.
  [[nodiscard]] virtual std::int64_t memory_of_items(const Block& block, Run run) const = 0;
  [[nodiscard]] virtual std::int64_t memory_of_results(const Block& block, Run run) const = 0;
  /// Gives the results of the run to the sink.
  virtual void sink_run(Block& block, Run run) = 0;

 private:
  /// Items that need not be computed.
  struct Kept {
    std::int64_t first = 0;
    std::int64_t count = 0;
    const JournalRun* run = nullptr;  ///< Null: one item that was given up.
  };

  [[nodiscard]] bool may_pull() const;
  std::int64_t pull(std::int64_t most);
  [[nodiscard]] std::int64_t until_journal() const;
  bool resume_some();
  Block& open_block(std::int64_t capacity);
  void close(Block& block);
  void let_go(Block& block, std::int64_t items);
  void queue_up(Run run);
  std::int64_t deliver_run(Run run);
  std::int64_t deliver_block();

  FlowTerms terms_;
  std::map<std::int64_t, std::unique_ptr<Block>> blocks_;  ///< By first item.
  bool ended_ = false;
  std::int64_t pulled_ = 0;
  std::int64_t handed_ = 0;
  std::int64_t delivered_ = 0;
  std::int64_t most_held_ = 0;
  std::int64_t held_bytes_ = 0;
  std::int64_t item_bytes_ = 0;    ///< Expected of one item: the largest mean of a pull so far.
  std::int64_t result_bytes_ = 0;  ///< Likewise of one result.
  std::map<std::int64_t, std::int64_t> waiting_;  ///< Ordered: complete runs, by first item.
  std::deque<Run> ready_;                         ///< Unordered: runs to be delivered.
  ComputeSlice slice_;
  Seconds pulling_{};
  Seconds sinking_{};

  const Journal* journal_ = nullptr;
  std::vector<Kept> kept_runs_;  ///< Of the journal, ascending.
  std::size_t next_kept_ = 0;
  ByteBuffer kept_;                  ///< Results of that run,
  std::span<const std::byte> rest_;  ///< those not yet taken,
  std::uint64_t hash_ = 0;           ///< and the hash of its items so far.
  std::int64_t resumed_ = 0;
  std::int64_t kept_items_ = 0;
};

}  // namespace mpisize
