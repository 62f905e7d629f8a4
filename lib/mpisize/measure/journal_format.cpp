#include "mpisize/measure/journal_format.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <stdexcept>
#include <type_traits>

#include "mpisize/measure/hash.hpp"

namespace mpisize::journal_format {
namespace {

/// First bytes of a file; the control characters find transfers that change line ends (as PNG's
/// signature does).
constexpr std::string_view magic("mpjrnl\r\n", 8);
constexpr std::uint32_t record_mark = 0x52a1c35eU;

template <class T>
void put(std::vector<std::byte>& to, const T& value) {
  static_assert(std::is_trivially_copyable_v<T>);
  const auto bytes = std::as_bytes(std::span(&value, 1));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

void put_text(std::vector<std::byte>& to, std::string_view text) {
  put(to, static_cast<std::uint32_t>(text.size()));
  const auto bytes = std::as_bytes(std::span(text));
  to.insert(to.end(), bytes.begin(), bytes.end());
}

/// Takes values off the front; once the bytes do not suffice it has failed for good.
class Taker {
 public:
  explicit Taker(std::span<const std::byte> bytes) : bytes_(bytes) {}

  template <class T>
  T number() {
    T value{};
    if (const auto from = take(sizeof value); !from.empty()) {
      std::memcpy(&value, from.data(), sizeof value);
    }
    return value;
  }

  std::string text() {
    const auto from = take(number<std::uint32_t>());
    std::string result(from.size(), '\0');
    std::memcpy(result.data(), from.data(), from.size());
    return result;
  }

  [[nodiscard]] bool ended_well() const { return !failed_ && bytes_.empty(); }

 private:
  std::span<const std::byte> take(std::size_t size) {
    failed_ = failed_ || size > bytes_.size();
    if (failed_ || size == 0) return bytes_.first(0);
    const auto front = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return front;
  }

  std::span<const std::byte> bytes_;
  bool failed_ = false;
};

std::uint64_t head_hash(const RecordHead& head, std::uint64_t salt, std::int64_t offset) {
  const auto bytes = std::as_bytes(std::span(&head, 1)).first(offsetof(RecordHead, head_hash));
  return hash_bytes(bytes, salt + static_cast<std::uint64_t>(offset));
}

bool makes_sense(const RecordHead& head) {
  return head.first >= 0 && head.count >= 1 &&
         head.first <= std::numeric_limits<std::int64_t>::max() - head.count;
}

}  // namespace

// magic, version, bytes of the texts, texts, hash of all before it.
std::vector<std::byte> header_bytes(const JournalIdentity& identity) {
  std::vector<std::byte> texts;
  for (const auto& text : {identity.input, identity.kernel, identity.result}) put_text(texts, text);

  std::vector<std::byte> header;
  const auto signature = std::as_bytes(std::span(magic));
  header.insert(header.end(), signature.begin(), signature.end());
  put(header, version);
  put(header, static_cast<std::uint32_t>(texts.size()));
  header.insert(header.end(), texts.begin(), texts.end());
  put(header, hash_bytes(header));
  if (header.size() > longest_header) {
    throw std::invalid_argument("the fingerprints of a journal take " +
                                std::to_string(header.size()) + " bytes; give at most " +
                                std::to_string(longest_header));
  }
  return header;
}

Header read_header(std::span<const std::byte> bytes) {
  Header header;
  constexpr std::size_t fixed = magic.size() + 2 * sizeof(std::uint32_t);
  if (bytes.size() < fixed || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) {
    return header;
  }
  Taker front(bytes.subspan(magic.size()));
  header.version = front.number<std::uint32_t>();
  const std::size_t text_bytes = front.number<std::uint32_t>();
  header.state = header.version > version ? Header::State::newer : Header::State::damaged;
  if (header.version != version || text_bytes > bytes.size() - fixed) return header;
  const std::size_t hashed = fixed + text_bytes;
  if (bytes.size() - hashed < sizeof header.salt) return header;
  std::memcpy(&header.salt, bytes.subspan(hashed).data(), sizeof header.salt);
  if (header.salt != hash_bytes(bytes.first(hashed))) return header;

  Taker texts(bytes.subspan(fixed, text_bytes));
  header.identity.input = texts.text();
  header.identity.kernel = texts.text();
  header.identity.result = texts.text();
  if (!texts.ended_well()) return header;
  header.size = hashed + sizeof header.salt;
  header.state = Header::State::whole;
  return header;
}

RecordHead seal(RecordHead head, std::span<const std::byte> payload, std::uint64_t salt,
                std::int64_t offset) {
  head.mark = record_mark;
  head.bytes = payload.size();
  head.payload_hash = hash_bytes(payload);
  head.head_hash = head_hash(head, salt, offset);
  return head;
}

std::optional<RecordHead> read_head(std::span<const std::byte> bytes, std::uint64_t salt,
                                    std::int64_t offset) {
  RecordHead head;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.mark != record_mark || head.head_hash != head_hash(head, salt, offset) ||
      !makes_sense(head)) {
    return std::nullopt;
  }
  return head;
}

std::vector<std::byte> letter_bytes(const DeadLetter& letter) {
  constexpr std::size_t longest_host = 1 << 10;
  constexpr std::size_t longest_message = longest_letter - longest_host - 4 * sizeof(std::int32_t);
  std::vector<std::byte> bytes;
  put(bytes, std::int32_t{letter.rank});
  put(bytes, std::int32_t{letter.tries});
  put_text(bytes, std::string_view(letter.host).substr(0, longest_host));
  put_text(bytes, std::string_view(letter.message).substr(0, longest_message));
  return bytes;
}

std::optional<DeadLetter> read_letter(const RecordHead& head, std::span<const std::byte> payload) {
  Taker from(payload);
  DeadLetter letter;
  letter.index = head.first;
  letter.rank = from.number<std::int32_t>();
  letter.tries = from.number<std::int32_t>();
  letter.host = from.text();
  letter.message = from.text();
  if (head.count != 1 || !from.ended_well()) return std::nullopt;
  return letter;
}

}  // namespace mpisize::journal_format
