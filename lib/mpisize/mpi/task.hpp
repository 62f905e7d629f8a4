/// What the executor knows of a kernel and its items: types erased.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <string>
#include <vector>

#include "mpisize/model/work_list.hpp"

namespace mpisize {

using ByteBuffer = std::vector<std::byte>;

/// The next multiple of `grain`: no group of items that belong together is cut.
[[nodiscard]] constexpr std::int64_t up_to_grain(std::int64_t index, std::int64_t grain) {
  return (index + grain - 1) / grain * grain;
}

/// Thrown by a Task, with what the kernel, source or sink threw nested.
struct ItemFailure : std::exception {
  explicit ItemFailure(std::int64_t failing, std::int64_t at = 0) : index(failing), position(at) {}
  std::int64_t index;
  std::int64_t position;  ///< compute_in_place: the index; compute_loaded: in the loaded chunk.
};

/// What a root has for its workers, and takes from them. Runs are of item indices.
class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  Exchange(Exchange&&) = delete;
  Exchange& operator=(Exchange&&) = delete;
  virtual ~Exchange() = default;

  /// Before compute_in_place() of a chunk of the root's own, in parts.
  virtual void prepare_own(std::span<const Run> /*runs*/) {}
  virtual void compute_in_place(Run run) = 0;
  virtual void pack_items(Run run, ByteBuffer& to) const = 0;
  /// Takes the results of `run` off the front of `from`; throws std::runtime_error if too short.
  virtual void unpack_results(Run run, std::span<const std::byte>& from) = 0;
  /// The items as they lie in memory; empty unless they are trivially copyable.
  [[nodiscard]] virtual std::span<const std::byte> raw_items(Run run) const = 0;
  /// Where the results belong; empty unless they are trivially copyable.
  [[nodiscard]] virtual std::span<std::byte> raw_results(Run run) = 0;
  /// The item has no result: its last try failed. Before completed().
  virtual void give_up(std::int64_t /*index*/) {}
};

class Task : public Exchange {
 public:
  // At the root, which has items and results.
  /// Makes room for the results; called first.
  virtual void begin() = 0;
  [[nodiscard]] virtual std::int64_t items() const = 0;
  /// Packed size of every item; empty if all have one size.
  [[nodiscard]] virtual std::vector<std::int64_t> item_sizes() const = 0;
  /// Packs, unpacks and packs again: throws std::runtime_error if an item does not survive.
  virtual void check_packing(std::int64_t index) = 0;
  /// Results of the runs are in place.
  virtual void completed(std::span<const Run> /*runs*/) {}
  virtual void pack_results(Run run, ByteBuffer& to) const = 0;
  /// Of the items as they are packed, after those hashed before; `before` itself where the root
  /// does not see them.
  [[nodiscard]] virtual std::uint64_t input_hash(Run run, std::uint64_t before) const = 0;
  /// Type and size of a result, for the journal.
  [[nodiscard]] virtual std::string result_name() const = 0;
  /// Packed bytes of one item and of its result, which has been computed or given up.
  [[nodiscard]] virtual std::int64_t item_bytes(std::int64_t index) const = 0;
  [[nodiscard]] virtual std::int64_t result_bytes(std::int64_t index) const = 0;

  // At a worker, which has one chunk at a time.
  /// Bytes of the first `count` items of those packed; throws std::runtime_error if there are
  /// fewer.
  [[nodiscard]] virtual std::size_t packed_items(std::int64_t count,
                                                 std::span<const std::byte> bytes) const = 0;
  virtual void load(std::span<const Run> runs, std::span<const std::byte> bytes) = 0;
  /// Items at [first, first + count) of the loaded chunk.
  virtual void compute_loaded(std::int64_t first, std::int64_t count) = 0;
  /// The result of an item of the loaded chunk that failed becomes R{}.
  virtual void blank_loaded(std::int64_t position) = 0;
  /// Results of the loaded chunk, appended.
  virtual void pack_loaded(ByteBuffer& to) const = 0;

  // On every rank, where sources and sinks are indexed.
  /// Items that one rank reads and writes: those from a multiple of it to the next.
  [[nodiscard]] virtual std::int64_t grain() const { return 1; }
  /// Results of the loaded chunk go to the sink from here.
  virtual void write_loaded() {}
  /// Collective: the sink opens for chunks of so many items.
  virtual void open_sink(std::int64_t /*chunk*/) {}
  /// Collective: a collective sink writes what it has kept.
  virtual void flush_sink() {}
};

}  // namespace mpisize
