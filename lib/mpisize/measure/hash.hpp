/// Hashes of contents: XXH3 with 64 bits (Collet 2019), which finds accidents, not forgeries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace mpisize {

[[nodiscard]] std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed = 0);

/// The same hash of bytes that come in pieces.
class StreamHash {
 public:
  explicit StreamHash(std::uint64_t seed = 0);
  ~StreamHash();
  StreamHash(StreamHash&&) noexcept;
  StreamHash& operator=(StreamHash&&) noexcept;

  void add(std::span<const std::byte> bytes);
  /// Of all that was added so far.
  [[nodiscard]] std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// 16 hexadecimal digits.
[[nodiscard]] std::string fingerprint_text(std::uint64_t hash);

/// Of the content of a regular file. Throws InputError naming the path.
[[nodiscard]] std::string file_fingerprint(const std::filesystem::path& path);

/// Of the running program's file, computed once; the shared libraries that it loads are not in it.
/// Throws InputError if /proc/self/exe cannot be read.
[[nodiscard]] const std::string& program_fingerprint();

}  // namespace mpisize
