/// The worker's side of a Task: a chunk of items through the kernel.
#pragma once

#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include "mpisize/measure/hash.hpp"
#include "mpisize/mpi/packing.hpp"
#include "mpisize/mpi/task.hpp"

namespace mpisize::detail {

/// Kernel(item) or Kernel(item, index).
template <class Kernel, class Item>
decltype(auto) call_kernel(Kernel& kernel, const Item& item, std::int64_t index) {
  if constexpr (std::is_invocable_v<Kernel&, const Item&, std::int64_t>) {
    return kernel(item, index);
  } else if constexpr (std::is_invocable_v<Kernel&, const Item&>) {
    return kernel(item);
  }  // Else void; require_mappable() finds the words.
}

template <class Kernel, class Item>
using ResultOf = std::remove_cvref_t<decltype(call_kernel(
    std::declval<Kernel&>(), std::declval<const Item&>(), std::int64_t{}))>;

/// std::vector<bool> has no addressable elements: results are kept as this and converted at the
/// end.
template <class R>
using Stored = std::conditional_t<std::is_same_v<R, bool>, unsigned char, R>;

/// `Item` as it is sent; results as they are stored.
template <class Item, class R, class Kernel, class Interface = Task>
class KernelTask : public Interface {
 public:
  explicit KernelTask(Kernel& kernel) : kernel_(&kernel) {}

  void load(std::span<const Run> runs, std::span<const std::byte> bytes) override {
    expect(runs);
    const std::span<Item> room = room_for(indices_.size());
    if constexpr (packs_raw<Item>) {
      if (bytes.size() != room.size_bytes()) {
        throw std::runtime_error("a chunk of items is cut short");
      }
      // Implicit-lifetime types: the copy starts their lifetime.
      std::memcpy(static_cast<void*>(room.data()), bytes.data(), bytes.size());
    } else {
      for (Item& item : room) unpack(item, bytes);
    }
  }

  [[nodiscard]] std::size_t packed_items(std::int64_t count,
                                         std::span<const std::byte> bytes) const override {
    if constexpr (packs_raw<Item>) {
      if (static_cast<std::size_t>(count) > bytes.size() / sizeof(Item)) {
        throw std::runtime_error("a chunk of items is cut short");
      }
      return static_cast<std::size_t>(count) * sizeof(Item);
    } else {
      std::span<const std::byte> rest = bytes;
      for (Item item{}; count > 0; --count) unpack(item, rest);
      return bytes.size() - rest.size();
    }
  }

  void compute_loaded(std::int64_t first, std::int64_t count) override {
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(first + count);
         ++i) {
      loaded_results_[i] = guarded(loaded_item(i), indices_[i], static_cast<std::int64_t>(i));
    }
  }

  void blank_loaded(std::int64_t position) override {
    loaded_results_[static_cast<std::size_t>(position)] = {};
  }

  void pack_loaded(ByteBuffer& to) const override {
    if constexpr (packs_raw<Stored<R>>) {
      const auto bytes = std::as_bytes(std::span(loaded_results_).first(indices_.size()));
      to.insert(to.end(), bytes.begin(), bytes.end());
    } else {
      for (std::size_t i = 0; i < indices_.size(); ++i) pack(loaded_results_[i], to);
    }
  }

  [[nodiscard]] std::string result_name() const override {
    std::string name = typeid(R).name();
    return name.append(" ").append(std::to_string(sizeof(R)));
  }

 protected:
  /// Makes room for a chunk.
  void expect(std::span<const Run> runs) {
    indices_.clear();
    for (const Run& run : runs) {
      for (std::int64_t i = 0; i < run.count; ++i) indices_.push_back(run.first + i);
    }
    if (loaded_results_.size() < indices_.size()) loaded_results_.resize(indices_.size());
  }

  /// Where the items of the loaded chunk lie.
  [[nodiscard]] std::span<Item> room_for(std::size_t count) {
    if constexpr (packs_raw<Item>) {
      reserve_raw(count);
      return {raw_.get(), count};
    } else {
      loaded_.resize(count);
      return loaded_;
    }
  }
  [[nodiscard]] const Item& loaded_item(std::size_t i) const {
    if constexpr (packs_raw<Item>) {
      return raw_.get()[i];
    } else {
      return loaded_[i];
    }
  }

  R guarded(const Item& item, std::int64_t index, std::int64_t position) {
    try {
      return call_kernel(*kernel_, item, index);
    } catch (...) {
      std::throw_with_nested(ItemFailure(index, position));
    }
  }

  /// Of one item, after `before`.
  [[nodiscard]] static std::uint64_t hash_of(const Item& item, std::uint64_t before) {
    if constexpr (packs_raw<Item>) {
      return hash_bytes(std::as_bytes(std::span(&item, 1)), before);
    } else {
      ByteBuffer packed;
      pack(item, packed);
      return hash_bytes(packed, before);
    }
  }

  /// Throws std::runtime_error if an item does not survive packing.
  static void check_survives(const Item& item, std::int64_t index) {
    if constexpr (!packs_raw<Item>) {
      ByteBuffer once;
      pack(item, once);
      Item copy{};
      std::span<const std::byte> rest(once);
      unpack(copy, rest);
      ByteBuffer twice;
      pack(copy, twice);
      if (once != twice || !rest.empty()) {
        throw std::runtime_error("item " + std::to_string(index) +
                                 " changes when packed and unpacked; make its serialize function "
                                 "write and read every member");
      }
    }
  }

  std::vector<std::int64_t> indices_;  ///< Of the loaded chunk.
  std::vector<Stored<R>> loaded_results_;

 private:
  struct FreeRaw {
    void operator()(Item* p) const {
      ::operator delete(static_cast<void*>(p), std::align_val_t(alignof(Item)));
    }
  };

  void reserve_raw(std::size_t count) {
    if (count <= raw_capacity_) return;
    raw_.reset(
        static_cast<Item*>(::operator new(count * sizeof(Item), std::align_val_t(alignof(Item)))));
    raw_capacity_ = count;
  }

  Kernel* kernel_;
  std::unique_ptr<Item, FreeRaw> raw_;
  std::size_t raw_capacity_ = 0;
  std::vector<Item> loaded_;
};

}  // namespace mpisize::detail
