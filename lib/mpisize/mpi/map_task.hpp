/// The Task of a map over a contiguous range of items.
#pragma once

#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

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

template <class Item, class R, class Kernel>
class MapTask final : public Task {
 public:
  /// Items and results of the root; empty on workers.
  MapTask(std::span<const Item> items, std::vector<Stored<R>>& results, Kernel& kernel)
      : items_(items), results_(&results), kernel_(&kernel) {}

  void begin() override { results_->resize(items_.size()); }

  [[nodiscard]] std::int64_t items() const override {
    return static_cast<std::int64_t>(items_.size());
  }

  [[nodiscard]] std::vector<std::int64_t> item_sizes() const override {
    std::vector<std::int64_t> sizes;
    if constexpr (!packs_raw<Item>) {
      sizes.reserve(items_.size());
      for (const Item& item : items_) sizes.push_back(packed_size(item));
    }
    return sizes;
  }

  void compute_in_place(Run run) override {
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) {
      result(i) = guarded(items_[static_cast<std::size_t>(i)], i);
    }
  }

  void pack_items(Run run, ByteBuffer& to) const override {
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) {
      pack(items_[static_cast<std::size_t>(i)], to);
    }
  }

  void unpack_results(Run run, std::span<const std::byte>& from) override {
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) unpack(result(i), from);
  }

  [[nodiscard]] std::span<const std::byte> raw_items(Run run) const override {
    if constexpr (packs_raw<Item>) {
      return std::as_bytes(
          items_.subspan(static_cast<std::size_t>(run.first), static_cast<std::size_t>(run.count)));
    } else {
      return {};
    }
  }

  [[nodiscard]] std::span<std::byte> raw_results(Run run) override {
    if constexpr (packs_raw<Stored<R>>) {
      return std::as_writable_bytes(std::span(*results_).subspan(
          static_cast<std::size_t>(run.first), static_cast<std::size_t>(run.count)));
    } else {
      return {};
    }
  }

  void check_packing(std::int64_t index) const override {
    if constexpr (!packs_raw<Item>) {
      ByteBuffer once;
      pack(items_[static_cast<std::size_t>(index)], once);
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

  [[nodiscard]] std::int64_t item_bytes(std::int64_t index) const override {
    return packed_size(items_[static_cast<std::size_t>(index)]);
  }
  [[nodiscard]] std::int64_t result_bytes(std::int64_t index) const override {
    return packed_size((*results_)[static_cast<std::size_t>(index)]);
  }

  void load(std::span<const Run> runs, std::span<const std::byte> bytes) override {
    indices_.clear();
    for (const Run& run : runs) {
      for (std::int64_t i = 0; i < run.count; ++i) indices_.push_back(run.first + i);
    }
    if (loaded_results_.size() < indices_.size()) loaded_results_.resize(indices_.size());
    if constexpr (packs_raw<Item>) {
      reserve_raw(indices_.size());
      if (bytes.size() != indices_.size() * sizeof(Item)) {
        throw std::runtime_error("a chunk of items is cut short");
      }
      // Implicit-lifetime types: the copy starts their lifetime.
      std::memcpy(static_cast<void*>(raw_.get()), bytes.data(), bytes.size());
    } else {
      loaded_.resize(indices_.size());
      for (Item& item : loaded_) unpack(item, bytes);
    }
  }

  void compute_loaded(std::int64_t first, std::int64_t count) override {
    for (auto i = static_cast<std::size_t>(first); i < static_cast<std::size_t>(first + count);
         ++i) {
      loaded_results_[i] = guarded(loaded_item(i), indices_[i]);
    }
  }

  void pack_loaded(ByteBuffer& to) const override {
    if constexpr (packs_raw<Stored<R>>) {
      const auto bytes = std::as_bytes(std::span(loaded_results_).first(indices_.size()));
      to.insert(to.end(), bytes.begin(), bytes.end());
    } else {
      for (std::size_t i = 0; i < indices_.size(); ++i) pack(loaded_results_[i], to);
    }
  }

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

  const Item& loaded_item(std::size_t i) const {
    if constexpr (packs_raw<Item>) {
      return raw_.get()[i];
    } else {
      return loaded_[i];
    }
  }

  Stored<R>& result(std::int64_t i) { return (*results_)[static_cast<std::size_t>(i)]; }

  R guarded(const Item& item, std::int64_t index) {
    try {
      return call_kernel(*kernel_, item, index);
    } catch (...) {
      std::throw_with_nested(ItemFailure(index));
    }
  }

  std::span<const Item> items_;
  std::vector<Stored<R>>* results_;
  Kernel* kernel_;

  std::vector<std::int64_t> indices_;  ///< Of the loaded chunk.
  std::unique_ptr<Item, FreeRaw> raw_;
  std::size_t raw_capacity_ = 0;
  std::vector<Item> loaded_;
  std::vector<Stored<R>> loaded_results_;
};

}  // namespace mpisize::detail
