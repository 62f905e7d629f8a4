/// Sources and sinks of a flow: where items come from and results go to.
#pragma once

#include <concepts>
#include <cstdint>
#include <iterator>
#include <optional>
#include <ranges>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

namespace mpisize {

/// Read by index, on every rank: only ranges of indices travel. Optional members: `grain()`, items
/// that belong together, of which chunks are multiples; `fingerprint()`, what a journal knows the
/// input by.
template <class S>
concept IndexedSource = requires(S& source, std::int64_t first,
                                 std::span<typename std::remove_cvref_t<S>::value_type> items) {
  { source.size() } -> std::convertible_to<std::int64_t>;
  source.read(first, items);
};

/// Written by index, on the rank that computed. Optional members, all collective: `open(chunk)`,
/// before anything is written, with the items of a message; `collective()`: if true, write() only
/// keeps the results, and `flush()` is called on every rank where batches end. `grain()` as of a
/// source.
template <class K, class R>
concept IndexedSink = requires(K& sink, std::int64_t first, std::span<const R> results) {
  sink.write(first, results);
};

namespace detail {

template <class T>
concept HasGrain = requires(const T& end) {
  { end.grain() } -> std::convertible_to<std::int64_t>;
};
template <class T>
concept HasFingerprint = requires(const T& end) {
  { end.fingerprint() } -> std::convertible_to<std::string>;
};
template <class T>
concept HasOpen = requires(T& end) {
  end.open(std::int64_t{});
};
template <class T>
concept HasFlush = requires(T& end) {
  end.flush();
};
template <class T>
concept HasCollective = requires(const T& end) {
  { end.collective() } -> std::convertible_to<bool>;
};

template <class T>
struct OptionalValue {};
template <class T>
struct OptionalValue<std::optional<T>> {
  using type = T;
};

template <class S>
concept CallableSource = requires {
  typename OptionalValue<std::remove_cvref_t<std::invoke_result_t<S&>>>::type;
};

/// What a source gives: void if it is none.
template <class S>
constexpr auto item_of_source() {
  if constexpr (IndexedSource<S>) {
    return std::type_identity<typename std::remove_cvref_t<S>::value_type>{};
  } else if constexpr (CallableSource<S>) {
    return std::type_identity<
        typename OptionalValue<std::remove_cvref_t<std::invoke_result_t<S&>>>::type>{};
  } else if constexpr (std::ranges::input_range<S>) {
    return std::type_identity<std::remove_cv_t<std::ranges::range_value_t<S>>>{};
  } else {
    return std::type_identity<void>{};
  }
}
template <class S>
using ItemOfSource = typename decltype(item_of_source<S>())::type;

/// One item after the other.
template <class S>
class Pull {
 public:
  explicit Pull(S& source) : source_(&source) {}
  std::optional<ItemOfSource<S>> next() { return (*source_)(); }
  [[nodiscard]] std::optional<std::int64_t> length() const { return std::nullopt; }

 private:
  S* source_;
};

template <IndexedSource S>
class Pull<S> {
 public:
  explicit Pull(S& source) : source_(&source) {}
  [[nodiscard]] std::optional<std::int64_t> length() const {
    return static_cast<std::int64_t>(source_->size());
  }

 private:
  S* source_;
};

template <class S>
requires(!IndexedSource<S> && !CallableSource<S> && std::ranges::input_range<S>) class Pull<S> {
 public:
  explicit Pull(S& source) : source_(&source) {}
  std::optional<ItemOfSource<S>> next() {
    if (!at_) {
      at_.emplace(std::ranges::begin(*source_));
    } else if (*at_ != std::ranges::end(*source_)) {
      ++*at_;
    }
    if (*at_ == std::ranges::end(*source_)) return std::nullopt;
    return **at_;
  }
  [[nodiscard]] std::optional<std::int64_t> length() const {
    if constexpr (std::ranges::sized_range<S>) {
      return static_cast<std::int64_t>(std::ranges::size(*source_));
    } else {
      return std::nullopt;
    }
  }

 private:
  S* source_;
  std::optional<std::ranges::iterator_t<S>> at_;
};

}  // namespace detail
}  // namespace mpisize
