/// Items and results to bytes and back: trivially copyable types raw, others through cereal.
#pragma once

#include <cereal/archives/binary.hpp>
#include <cereal/cereal.hpp>
#include <cereal/types/array.hpp>
#include <cereal/types/complex.hpp>
#include <cereal/types/map.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/set.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/tuple.hpp>
#include <cereal/types/unordered_map.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>
#include <cstddef>
#include <cstring>
#include <functional>
#include <istream>
#include <ostream>
#include <span>
#include <stdexcept>
#include <streambuf>
#include <string_view>
#include <type_traits>

#include "mpisize/mpi/task.hpp"

namespace mpisize {

/// Trivially copyable, but what it shows lies elsewhere: its bytes mean nothing on another rank.
template <class T>
inline constexpr bool shows_elsewhere = std::is_pointer_v<T> || std::is_member_pointer_v<T>;
template <class C, class Traits>
inline constexpr bool shows_elsewhere<std::basic_string_view<C, Traits>> = true;
template <class T, std::size_t n>
inline constexpr bool shows_elsewhere<std::span<T, n>> = true;
template <class T>
inline constexpr bool shows_elsewhere<std::reference_wrapper<T>> = true;

/// Sent as its bytes.
template <class T>
inline constexpr bool packs_raw = std::is_trivially_copyable_v<T> && !shows_elsewhere<T>;

/// cereal can write and read it.
template <class T>
inline constexpr bool packs_by_cereal =
    !std::is_trivially_copyable_v<T> &&
    cereal::traits::is_output_serializable<T, cereal::BinaryOutputArchive>::value &&
    cereal::traits::is_input_serializable<T, cereal::BinaryInputArchive>::value;

namespace detail {

/// Appends what is written to it.
class AppendBuffer : public std::streambuf {
 public:
  explicit AppendBuffer(ByteBuffer& to) : to_(&to) {}

 protected:
  std::streamsize xsputn(const char* s, std::streamsize n) override {
    const auto* bytes = reinterpret_cast<const std::byte*>(s);
    to_->insert(to_->end(), bytes, bytes + n);
    return n;
  }
  int_type overflow(int_type c) override {
    to_->push_back(static_cast<std::byte>(c));
    return c;
  }

 private:
  ByteBuffer* to_;
};

/// Counts what is written to it.
class CountBuffer : public std::streambuf {
 public:
  [[nodiscard]] std::int64_t count() const { return count_; }

 protected:
  std::streamsize xsputn(const char*, std::streamsize n) override {
    count_ += n;
    return n;
  }
  int_type overflow(int_type c) override {
    ++count_;
    return c;
  }

 private:
  std::int64_t count_ = 0;
};

/// Reads from bytes that lie elsewhere.
class SpanBuffer : public std::streambuf {
 public:
  explicit SpanBuffer(std::span<const std::byte> from) {
    auto* begin = const_cast<char*>(reinterpret_cast<const char*>(from.data()));
    setg(begin, begin, begin + from.size());
  }
  [[nodiscard]] std::size_t used() const { return static_cast<std::size_t>(gptr() - eback()); }
};

}  // namespace detail

/// Appends the packed value.
template <class T>
void pack(const T& value, ByteBuffer& to) {
  if constexpr (packs_raw<T>) {
    const std::size_t at = to.size();
    to.resize(at + sizeof(T));
    std::memcpy(to.data() + at, &value, sizeof(T));
  } else {
    detail::AppendBuffer buffer(to);
    std::ostream stream(&buffer);
    cereal::BinaryOutputArchive archive(stream);
    archive(value);
  }
}

/// Takes a packed value off the front of `from`; throws std::runtime_error if it is too short.
template <class T>
void unpack(T& value, std::span<const std::byte>& from) {
  if constexpr (packs_raw<T>) {
    if (from.size() < sizeof(T)) throw std::runtime_error("a packed value is cut short");
    std::memcpy(&value, from.data(), sizeof(T));
    from = from.subspan(sizeof(T));
  } else {
    detail::SpanBuffer buffer(from);
    std::istream stream(&buffer);
    cereal::BinaryInputArchive archive(stream);
    archive(value);
    from = from.subspan(buffer.used());
  }
}

/// Bytes that pack() would append; nothing is copied.
template <class T>
[[nodiscard]] std::int64_t packed_size(const T& value) {
  if constexpr (packs_raw<T>) {
    return static_cast<std::int64_t>(sizeof(T));
  } else {
    detail::CountBuffer buffer;
    std::ostream stream(&buffer);
    cereal::BinaryOutputArchive archive(stream);
    archive(value);
    return buffer.count();
  }
}

}  // namespace mpisize
