#include "mpisize/measure/journal_scan.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/measure/journal_format.hpp"

namespace mpisize {
namespace {

using journal_format::RecordHead;
using journal_format::RecordKind;

constexpr std::size_t window_size = 1 << 20;
constexpr std::int64_t head_size = sizeof(RecordHead);
static_assert(journal_format::longest_letter <= window_size);

/// A file read in large pieces.
class Window {
 public:
  explicit Window(const JournalFile& file)
      : file_(file),
        size_(file.size()),
        bytes_(static_cast<std::size_t>(std::min<std::int64_t>(size_, window_size))) {}

  [[nodiscard]] std::int64_t size() const { return size_; }

  /// Bytes from `offset`, at most `count` and a window; fewer at the end of the file.
  std::span<const std::byte> at(std::int64_t offset, std::uint64_t count) {
    if (offset >= size_) return {};
    const auto left =
        std::min<std::uint64_t>({count, window_size, static_cast<std::uint64_t>(size_ - offset)});
    if (offset < begin_ || offset + static_cast<std::int64_t>(left) > begin_ + held()) {
      begin_ = offset;
      held_ = file_.read(offset, bytes_);
    }
    const auto skip = static_cast<std::size_t>(offset - begin_);
    return std::span<const std::byte>(bytes_).subspan(
        skip, std::min(static_cast<std::size_t>(left), held_ - skip));
  }

 private:
  [[nodiscard]] std::int64_t held() const { return static_cast<std::int64_t>(held_); }

  const JournalFile& file_;
  std::int64_t size_;
  std::vector<std::byte> bytes_;
  std::int64_t begin_ = 0;
  std::size_t held_ = 0;
};

class Scan {
 public:
  Scan(const JournalFile& file, std::int64_t begin, std::uint64_t salt)
      : file_(file), window_(file), salt_(salt) {
    contents_.end = begin;
  }

  JournalContents run() {
    while (take_record()) {
    }
    if (contents_.end < window_.size()) expect_no_record_behind();
    std::sort(contents_.runs.begin(), contents_.runs.end(),
              [](const JournalRun& a, const JournalRun& b) { return a.first < b.first; });
    for (auto& [index, letter] : letters_) {
      if (!contents_.done.contains(index)) contents_.dead_letters.push_back(std::move(letter));
    }
    return std::move(contents_);
  }

 private:
  std::optional<RecordHead> head_at(std::int64_t offset) {
    return journal_format::read_head(window_.at(offset, sizeof(RecordHead)), salt_, offset);
  }

  /// Takes in the record at the end of what was read; false if there is none that is whole.
  bool take_record() {
    const auto head = head_at(contents_.end);
    if (!head) return false;
    const std::int64_t payload = contents_.end + head_size;
    if (head->bytes > static_cast<std::uint64_t>(window_.size() - payload)) return false;
    if (hash_at(payload, head->bytes) != head->payload_hash) return false;
    if (head->kind == RecordKind::results) {
      take_results(*head);
    } else {
      take_letter(*head, payload);
    }
    contents_.end = payload + static_cast<std::int64_t>(head->bytes);
    return true;
  }

  std::uint64_t hash_at(std::int64_t offset, std::uint64_t bytes) {
    if (bytes <= window_size) return hash_bytes(window_.at(offset, bytes));
    StreamHash hash;
    while (bytes > 0) {
      const auto part = window_.at(offset, bytes);
      if (part.empty()) break;  // The file has shrunk; the hash will tell.
      hash.add(part);
      offset += static_cast<std::int64_t>(part.size());
      bytes -= part.size();
    }
    return hash.value();
  }

  void take_results(const RecordHead& head) {
    if (!contents_.done.insert(head.first, head.count)) {
      throw InputError(file_.name() + " holds results twice within items " +
                       std::to_string(head.first) + " to " +
                       std::to_string(head.first + head.count - 1) +
                       "; give another journal and compute again");
    }
    contents_.runs.push_back({head.first, head.count, head.input_hash, contents_.end,
                              static_cast<std::int64_t>(head.bytes)});
  }

  void take_letter(const RecordHead& head, std::int64_t payload) {
    auto letter = head.kind == RecordKind::dead_letter && head.bytes <= window_size
                      ? journal_format::read_letter(head, window_.at(payload, head.bytes))
                      : std::nullopt;
    if (!letter) refuse_damaged();
    letters_.insert_or_assign(head.first, std::move(*letter));
  }

  /// The head of a later record is enough: its hash is no accident.
  void expect_no_record_behind() {
    for (std::int64_t at = contents_.end + 1; at + head_size <= window_.size(); ++at) {
      if (head_at(at)) refuse_damaged();
    }
  }

  [[noreturn]] void refuse_damaged() const {
    const std::string where = std::to_string(contents_.end);
    throw InputError(file_.name() + " is damaged at byte " + where +
                     ", before its end; restore it, or cut it there (truncate -s " + where +
                     ") to compute the rest again");
  }

  const JournalFile& file_;
  Window window_;
  std::uint64_t salt_;
  JournalContents contents_;
  std::map<std::int64_t, DeadLetter> letters_;
};

}  // namespace

JournalContents scan_journal(const JournalFile& file, std::int64_t begin, std::uint64_t salt) {
  return Scan(file, begin, salt).run();
}

}  // namespace mpisize
