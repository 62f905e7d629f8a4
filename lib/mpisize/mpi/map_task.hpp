/// The Task of a map over a contiguous range of items.
#pragma once

#include <span>
#include <vector>

#include "mpisize/mpi/kernel_task.hpp"

namespace mpisize::detail {

template <class Item, class R, class Kernel>
class MapTask final : public KernelTask<Item, R, Kernel> {
 public:
  /// Items and results of the root; empty on workers.
  MapTask(std::span<const Item> items, std::vector<Stored<R>>& results, Kernel& kernel)
      : KernelTask<Item, R, Kernel>(kernel), items_(items), results_(&results) {}

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
      result(i) = this->guarded(items_[static_cast<std::size_t>(i)], i, i);
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

  void check_packing(std::int64_t index) override {
    this->check_survives(items_[static_cast<std::size_t>(index)], index);
  }

  void pack_results(Run run, ByteBuffer& to) const override {
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) {
      pack((*results_)[static_cast<std::size_t>(i)], to);
    }
  }

  [[nodiscard]] std::uint64_t input_hash(Run run, std::uint64_t before) const override {
    std::uint64_t hash = before;
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) {
      hash = this->hash_of(items_[static_cast<std::size_t>(i)], hash);
    }
    return hash;
  }

  [[nodiscard]] std::int64_t item_bytes(std::int64_t index) const override {
    return packed_size(items_[static_cast<std::size_t>(index)]);
  }
  [[nodiscard]] std::int64_t result_bytes(std::int64_t index) const override {
    return packed_size((*results_)[static_cast<std::size_t>(index)]);
  }

 private:
  Stored<R>& result(std::int64_t i) { return (*results_)[static_cast<std::size_t>(i)]; }

  std::span<const Item> items_;
  std::vector<Stored<R>>* results_;
};

}  // namespace mpisize::detail
