/// The bytes of a journal: a header that says what it belongs to, then records.
///
/// Numbers lie in the byte order of the machine. A record is a head and its payload; the head holds
/// the payload's hash and its own, and both hashes depend on the header and on the place in the
/// file: a record that has moved, or a result that happens to look like a record, is not taken for
/// one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/model/dead_letter.hpp"

namespace mpisize {

/// What a journal belongs to; a rerun must agree.
struct JournalIdentity {
  std::string input;   ///< Fingerprint of the input; empty: not known, the records' hashes judge.
  std::string kernel;  ///< Fingerprint of the kernel.
  std::string result;  ///< Type and size of the results, e.g. "double 8".
  friend bool operator==(const JournalIdentity&, const JournalIdentity&) = default;
};

namespace journal_format {

inline constexpr std::uint32_t version = 1;
inline constexpr std::size_t longest_header = 1 << 16;
/// Of the payload of a dead letter.
inline constexpr std::size_t longest_letter = 1 << 16;

enum class RecordKind : std::uint32_t { results = 1, dead_letter = 2 };

struct RecordHead {
  std::uint32_t mark = 0;
  RecordKind kind{};
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::uint64_t input_hash = 0;
  std::uint64_t bytes = 0;  ///< Of the payload.
  std::uint64_t payload_hash = 0;
  std::uint64_t head_hash = 0;
};
static_assert(sizeof(RecordHead) == 56, "no holes: every byte of the head is hashed");

/// Throws std::invalid_argument if the texts do not fit into a header.
[[nodiscard]] std::vector<std::byte> header_bytes(const JournalIdentity& identity);

struct Header {
  enum class State { whole, foreign, newer, damaged };
  State state = State::foreign;
  std::uint32_t version = 0;
  JournalIdentity identity;
  std::size_t size = 0;    ///< Where the records begin.
  std::uint64_t salt = 0;  ///< Of the records' hashes.
};
/// `bytes`: the beginning of a file, the first `longest_header` bytes or all of it.
[[nodiscard]] Header read_header(std::span<const std::byte> bytes);

/// Head of a record that is to lie at `offset`; first, count and input_hash are the caller's.
[[nodiscard]] RecordHead seal(RecordHead head, std::span<const std::byte> payload,
                              std::uint64_t salt, std::int64_t offset);

/// The head at the front of `bytes`, if it was written there and for this journal. Its `bytes` may
/// still point beyond the end of the file.
[[nodiscard]] std::optional<RecordHead> read_head(std::span<const std::byte> bytes,
                                                  std::uint64_t salt, std::int64_t offset);

/// Host and message are cut to what a record may hold.
[[nodiscard]] std::vector<std::byte> letter_bytes(const DeadLetter& letter);
/// Empty if the bytes are none.
[[nodiscard]] std::optional<DeadLetter> read_letter(const RecordHead& head,
                                                    std::span<const std::byte> payload);

}  // namespace journal_format
}  // namespace mpisize
