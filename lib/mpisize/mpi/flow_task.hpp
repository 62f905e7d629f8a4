/// The Task of a flow: batch and stream.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "mpisize/mpi/flow.hpp"
#include "mpisize/mpi/flow_ends.hpp"
#include "mpisize/mpi/kernel_task.hpp"

namespace mpisize::detail {

/// How results go to a sink of the root.
enum class Delivery { one_by_one, by_run };

template <class Source, class Kernel, class Sink, Delivery delivery>
class FlowTask final : public KernelTask<Stored<ItemOfSource<Source>>,
                                         ResultOf<Kernel, ItemOfSource<Source>>, Kernel, Flow> {
 public:
  using Item = Stored<ItemOfSource<Source>>;
  using R = ResultOf<Kernel, ItemOfSource<Source>>;
  using Base = KernelTask<Item, R, Kernel, Flow>;
  static constexpr bool indexed_source = IndexedSource<Source>;
  static constexpr bool indexed_sink = IndexedSink<Sink, R>;

  FlowTask(Source& source, Kernel& kernel, Sink& sink)
      : Base(kernel), source_(&source), sink_(&sink), pull_(source) {}

  // Ends.
  [[nodiscard]] std::optional<std::int64_t> length() const override { return pull_.length(); }
  [[nodiscard]] bool source_indexed() const override { return indexed_source; }
  [[nodiscard]] bool sink_indexed() const override { return indexed_sink; }
  [[nodiscard]] bool sink_collective() const override {
    if constexpr (HasCollective<Sink>) return sink_->collective();
    return false;
  }
  [[nodiscard]] std::int64_t grain() const override {
    std::int64_t grain = 1;
    if constexpr (HasGrain<Source>)
      grain = std::lcm(grain, std::max<std::int64_t>(1, source_->grain()));
    if constexpr (HasGrain<Sink>)
      grain = std::lcm(grain, std::max<std::int64_t>(1, sink_->grain()));
    return grain;
  }
  [[nodiscard]] std::string source_fingerprint() const override {
    if constexpr (HasFingerprint<Source>) return source_->fingerprint();
    return {};
  }
  void open_sink(std::int64_t chunk) override {
    if constexpr (HasOpen<Sink>) sink_->open(chunk);
    (void)chunk;
  }
  void flush_sink() override {
    if constexpr (HasFlush<Sink>) sink_->flush();
  }

  // At the root.
  void begin() override {}
  [[nodiscard]] std::int64_t items() const override { return length().value_or(0); }
  [[nodiscard]] std::vector<std::int64_t> item_sizes() const override { return {}; }

  void prepare_own(std::span<const Run> runs) override {
    if constexpr (indexed_source) load(runs, {});
    (void)runs;
  }

  void compute_in_place(Run run) override {
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) {
      result(i) = this->guarded(own_item(i), i, i);
    }
  }

  void pack_items(Run run, ByteBuffer& to) const override {
    if constexpr (!indexed_source) {
      for (std::int64_t i = run.first; i < run.first + run.count; ++i) pack(item(i), to);
    }
    (void)run, (void)to;
  }
  [[nodiscard]] std::span<const std::byte> raw_items(Run run) const override {
    if constexpr (!indexed_source && packs_raw<Item>) {
      const TypedBlock& block = typed(this->block_of(run.first));
      return std::as_bytes(std::span(block.items).subspan(at(block, run.first), size(run)));
    }
    (void)run;
    return {};
  }

  void unpack_results(Run run, std::span<const std::byte>& from) override {
    for (std::int64_t i = run.first; i < run.first + run.count; ++i) unpack(result(i), from);
  }
  [[nodiscard]] std::span<std::byte> raw_results(Run run) override {
    if constexpr (packs_raw<Stored<R>>) {
      TypedBlock& block = with_results(run.first);
      return std::as_writable_bytes(
          std::span(block.results).subspan(at(block, run.first), size(run)));
    } else {
      return {};
    }
  }
  void pack_results(Run run, ByteBuffer& to) const override {
    const TypedBlock& block = typed(this->block_of(run.first));
    for (std::size_t i = 0; i < size(run); ++i) pack(block.results[at(block, run.first) + i], to);
  }

  [[nodiscard]] std::uint64_t input_hash(Run run, std::uint64_t before) const override {
    std::uint64_t hash = before;
    if constexpr (!indexed_source) {
      for (std::int64_t i = run.first; i < run.first + run.count; ++i) {
        hash = this->hash_of(item(i), hash);
      }
    }
    (void)run;
    return hash;
  }
  void check_packing(std::int64_t index) override {
    if constexpr (!indexed_source) {
      if (this->pull_one()) this->check_survives(item(this->handed_out()), this->handed_out());
    }
    (void)index;
  }
  [[nodiscard]] std::int64_t item_bytes(std::int64_t index) const override {
    if constexpr (!indexed_source) return packed_size(item(index));
    (void)index;
    return 0;
  }
  [[nodiscard]] std::int64_t result_bytes(std::int64_t index) const override {
    const TypedBlock& block = typed(this->block_of(index));
    if (indexed_sink || block.results.empty()) return 0;
    return packed_size(block.results[at(block, index)]);
  }

  // At a worker.
  [[nodiscard]] std::size_t packed_items(std::int64_t count,
                                         std::span<const std::byte> bytes) const override {
    if constexpr (indexed_source) return 0;
    return Base::packed_items(count, bytes);
  }
  void load(std::span<const Run> runs, std::span<const std::byte> bytes) override {
    if constexpr (indexed_source) {
      this->expect(runs);
      const std::span<Item> room = this->room_for(this->indices_.size());
      std::size_t filled = 0;
      for (const Run& run : runs) {
        source_->read(run.first, room.subspan(filled, size(run)));
        filled += size(run);
      }
    } else {
      Base::load(runs, bytes);
    }
  }

  void write_loaded() override {
    if constexpr (indexed_sink) {
      const std::span<const R> results(this->loaded_results_.data(), this->indices_.size());
      for (std::size_t i = 0; i < results.size();) {
        std::size_t n = 1;
        while (i + n < results.size() && this->indices_[i + n] == this->indices_[i + n - 1] + 1)
          ++n;
        sink_->write(this->indices_[i], results.subspan(i, n));
        i += n;
      }
    }
  }

 protected:
  [[nodiscard]] std::unique_ptr<Block> new_block(std::int64_t first,
                                                 std::int64_t capacity) override {
    std::unique_ptr<TypedBlock> block = std::make_unique<TypedBlock>();
    if (!spare_.empty()) {
      block->items.swap(spare_.back()->items);
      block->results.swap(spare_.back()->results);
      spare_.pop_back();
    }
    // Items never move once they are there: messages are sent from where they lie.
    if constexpr (!indexed_source) block->items.reserve(static_cast<std::size_t>(capacity));
    (void)first;
    return block;
  }

  /// Memory that was touched once is worth keeping.
  void retire(std::unique_ptr<Block> block) override {
    constexpr std::size_t most_spare = 4;
    std::unique_ptr<TypedBlock> typed_block(static_cast<TypedBlock*>(block.release()));
    if (spare_.size() >= most_spare) return;
    typed_block->items.clear();
    typed_block->results.clear();
    spare_.push_back(std::move(typed_block));
  }

  std::int64_t pull_into(Block& block, std::int64_t count) override {
    if constexpr (indexed_source) {
      return std::clamp<std::int64_t>(*length() - this->pulled(), 0, count);
    } else {
      auto& items = typed(block).items;
      std::int64_t n = 0;
      try {
        for (; n < count; ++n) {
          auto next = pull_.next();
          if (!next) break;
          items.push_back(std::move(*next));
        }
      } catch (...) {
        std::throw_with_nested(ItemFailure(this->pulled() + n));
      }
      return n;
    }
  }

  [[nodiscard]] std::int64_t memory_of_items(const Block& block, Run run) const override {
    if constexpr (indexed_source) return 0;
    return memory_of<Item>(typed(block).items, at(block, run.first), size(run));
  }
  [[nodiscard]] std::int64_t memory_of_results(const Block& block, Run run) const override {
    if (typed(block).results.empty()) return 0;
    return memory_of<Stored<R>>(typed(block).results, at(block, run.first), size(run));
  }

  void sink_run(Block& block, Run run) override {
    auto& results = typed(block).results;
    const std::size_t from = at(block, run.first);
    std::int64_t index = run.first;
    try {
      if constexpr (indexed_sink) {
        sink_->write(run.first, std::span<const R>(results).subspan(from, size(run)));
      } else if constexpr (delivery == Delivery::one_by_one) {
        for (std::size_t i = 0; i < size(run); ++i, ++index) {
          (*sink_)(index, static_cast<R>(std::move(results[from + i])));
        }
      } else if constexpr (std::is_same_v<R, Stored<R>>) {
        (*sink_)(run.first, std::span<R>(results).subspan(from, size(run)));
      } else {
        const auto copy = std::make_unique<R[]>(size(run));
        std::copy_n(results.begin() + static_cast<std::ptrdiff_t>(from), size(run), copy.get());
        (*sink_)(run.first, std::span<R>(copy.get(), size(run)));
      }
    } catch (...) {
      std::throw_with_nested(ItemFailure(index));
    }
  }

 private:
  struct TypedBlock final : Block {
    std::vector<Item> items;
    std::vector<Stored<R>> results;  ///< As many as the block can have, once there is one.
  };

  static TypedBlock& typed(Block& block) { return static_cast<TypedBlock&>(block); }
  static const TypedBlock& typed(const Block& block) {
    return static_cast<const TypedBlock&>(block);
  }
  static std::size_t at(const Block& block, std::int64_t index) {
    return static_cast<std::size_t>(index - block.first);
  }
  static std::size_t size(Run run) { return static_cast<std::size_t>(run.count); }

  [[nodiscard]] const Item& item(std::int64_t index) const {
    const TypedBlock& block = typed(this->block_of(index));
    return block.items[at(block, index)];
  }
  [[nodiscard]] const Item& own_item(std::int64_t index) const {
    if constexpr (indexed_source) {
      return this->loaded_item(static_cast<std::size_t>(index - this->indices_.front()));
    } else {
      return item(index);
    }
  }
  TypedBlock& with_results(std::int64_t index) {
    TypedBlock& block = typed(this->block_of(index));
    if (block.results.empty()) block.results.resize(static_cast<std::size_t>(block.capacity));
    return block;
  }
  Stored<R>& result(std::int64_t index) {
    TypedBlock& block = with_results(index);
    return block.results[at(block, index)];
  }

  /// What values take in memory; what they own, by its packed size.
  template <class T>
  static std::int64_t memory_of(const std::vector<T>& values, std::size_t from, std::size_t count) {
    auto bytes = static_cast<std::int64_t>(count * sizeof(T));
    if constexpr (!packs_raw<T>) {
      for (std::size_t i = from; i < from + count; ++i) bytes += packed_size(values[i]);
    }
    return bytes;
  }

  Source* source_;
  Sink* sink_;
  Pull<Source> pull_;
  std::vector<std::unique_ptr<TypedBlock>> spare_;
};

}  // namespace mpisize::detail
