#include "mpisize/measure/hash.hpp"

// Compiled in: nothing has to be linked by users, and short inputs are hashed without a call.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <vector>

#include <fmt/format.h>

#include "mpisize/base/error.hpp"

namespace mpisize {

struct StreamHash::State {
  XXH3_state_t xxh;
};

std::uint64_t hash_bytes(std::span<const std::byte> bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

StreamHash::StreamHash(std::uint64_t seed) : state_(std::make_unique<State>()) {
  XXH3_64bits_reset_withSeed(&state_->xxh, seed);
}
StreamHash::~StreamHash() = default;
StreamHash::StreamHash(StreamHash&&) noexcept = default;
StreamHash& StreamHash::operator=(StreamHash&&) noexcept = default;

void StreamHash::add(std::span<const std::byte> bytes) {
  XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}

std::uint64_t StreamHash::value() const { return XXH3_64bits_digest(&state_->xxh); }

std::string fingerprint_text(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

std::string file_fingerprint(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw InputError("cannot read '" + path.string() +
                     "': it is no regular file; give the path of one");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw InputError("cannot read '" + path.string() + "': " +
                     std::generic_category().message(errno) + "; give the path of a readable file");
  }
  constexpr std::size_t block_size = 1 << 16;
  std::vector<char> block(block_size);
  StreamHash hash;
  while (file) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    hash.add(std::as_bytes(std::span(block).first(static_cast<std::size_t>(file.gcount()))));
  }
  if (file.bad()) {
    throw InputError("cannot read '" + path.string() + "': reading failed; copy it and try again");
  }
  return fingerprint_text(hash.value());
}

const std::string& program_fingerprint() {
  static const std::string fingerprint = file_fingerprint("/proc/self/exe");
  return fingerprint;
}

}  // namespace mpisize
