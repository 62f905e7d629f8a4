/// What the executor knows of a kernel and its items: types erased.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <span>
#include <vector>

#include "mpisize/model/work_list.hpp"

namespace mpisize {

using ByteBuffer = std::vector<std::byte>;

/// Thrown by the compute functions of a Task, with what the kernel threw nested.
struct ItemFailure : std::exception {
  explicit ItemFailure(std::int64_t failing) : index(failing) {}
  std::int64_t index;
};

/// Runs are of item indices.
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task(Task&&) = delete;
  Task& operator=(Task&&) = delete;
  virtual ~Task() = default;

  // At the root, which has items and results.
  /// Makes room for the results; called first.
  virtual void begin() = 0;
  [[nodiscard]] virtual std::int64_t items() const = 0;
  /// Packed size of every item; empty if all have one size.
  [[nodiscard]] virtual std::vector<std::int64_t> item_sizes() const = 0;
  virtual void compute_in_place(Run run) = 0;
  virtual void pack_items(Run run, ByteBuffer& to) const = 0;
  /// Takes the results of `run` off the front of `from`; throws std::runtime_error if too short.
  virtual void unpack_results(Run run, std::span<const std::byte>& from) = 0;
  /// The items as they lie in memory; empty unless they are trivially copyable.
  [[nodiscard]] virtual std::span<const std::byte> raw_items(Run run) const = 0;
  /// Where the results belong; empty unless they are trivially copyable.
  [[nodiscard]] virtual std::span<std::byte> raw_results(Run run) = 0;
  /// Packs, unpacks and packs again: throws std::runtime_error if an item does not survive.
  virtual void check_packing(std::int64_t index) const = 0;
  /// Packed bytes of one item and of its result, which has been computed.
  [[nodiscard]] virtual std::int64_t item_bytes(std::int64_t index) const = 0;
  [[nodiscard]] virtual std::int64_t result_bytes(std::int64_t index) const = 0;

  // At a worker, which has one chunk at a time.
  virtual void load(std::span<const Run> runs, std::span<const std::byte> bytes) = 0;
  /// Items at [first, first + count) of the loaded chunk.
  virtual void compute_loaded(std::int64_t first, std::int64_t count) = 0;
  /// Results of the loaded chunk, appended.
  virtual void pack_loaded(ByteBuffer& to) const = 0;
};

}  // namespace mpisize
