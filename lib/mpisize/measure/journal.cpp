#include "mpisize/measure/journal.hpp"

#include <algorithm>
#include <cstring>
#include <exception>
#include <limits>
#include <stdexcept>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

using journal_format::Header;
using journal_format::RecordHead;
using journal_format::RecordKind;

constexpr Seconds sync_interval{0.1};
/// A buffer that has grown beyond is given back.
constexpr std::size_t kept_buffer = 1 << 20;

bool starts_with(std::span<const std::byte> whole, std::span<const std::byte> part) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

}  // namespace

Journal::Journal(const JournalOptions& options, const JournalIdentity& identity)
    : sync_(options.sync), file_(options.file, options.patience), last_sync_(now()) {
  const auto ours = journal_format::header_bytes(identity);
  std::vector<std::byte> front(journal_format::longest_header);
  front.resize(file_.read(0, front));
  // A death between the creation and the header leaves the front of it, and no record.
  if (front.size() < ours.size() && starts_with(ours, front)) {
    create(identity, front);
    return;
  }
  const Header header = journal_format::read_header(front);
  check(header, identity);
  salt_ = header.salt;
  contents_ = scan_journal(file_, static_cast<std::int64_t>(header.size), salt_);
  end_ = contents_.end;
  cut_off_tail();
}

Journal::~Journal() {
  try {
    close();
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): nobody was told it is kept.
  }
}

void Journal::create(const JournalIdentity& identity, std::span<const std::byte> torn) {
  if (!torn.empty()) repaired_ = file_.name() + " had an incomplete header and was begun anew";
  const auto header = journal_format::header_bytes(identity);
  file_.truncate(0);
  file_.write(0, header);
  salt_ = journal_format::read_header(header).salt;
  end_ = static_cast<std::int64_t>(header.size());
  if (!sync_) return;
  file_.sync();
  file_.sync_directory();
}

void Journal::check(const Header& header, const JournalIdentity& identity) const {
  switch (header.state) {
    case Header::State::foreign:
      throw InputError("'" + file_.path().string() +
                       "' is no journal; give another path, or remove it");
    case Header::State::newer:
      throw InputError(file_.name() + " has format version " + std::to_string(header.version) +
                       ", newer than " + std::to_string(journal_format::version) +
                       "; use the mpisize that wrote it, or give another journal");
    case Header::State::damaged:
      throw InputError(file_.name() +
                       " has a damaged header; restore it, or remove it to compute all again");
    case Header::State::whole:
      break;
  }
  check_same("input", header.identity.input, identity.input);
  check_same("kernel", header.identity.kernel, identity.kernel);
  check_same("type of results", header.identity.result, identity.result);
}

void Journal::check_same(const char* what, const std::string& theirs,
                         const std::string& ours) const {
  if (theirs == ours || theirs.empty() || ours.empty()) return;
  throw std::invalid_argument(file_.name() + " belongs to another " + what + " (" + theirs +
                              ", this one is " + ours + "); give another journal, or the " + what +
                              " it was made with");
}

void Journal::cut_off_tail() {
  const std::int64_t tail = file_.size() - end_;
  if (tail == 0) return;
  file_.truncate(end_);
  repaired_ = file_.name() + " ended in a record that was cut short; its " + std::to_string(tail) +
              " bytes were removed and are computed again";
}

void Journal::append(std::int64_t first, std::int64_t count, std::uint64_t input_hash,
                     std::span<const std::byte> results) {
  if (first < 0 || count < 1 || first > std::numeric_limits<std::int64_t>::max() - count) {
    throw std::invalid_argument("results of " + std::to_string(count) + " items from " +
                                std::to_string(first) + " cannot be kept; give indices from 0");
  }
  if (!contents_.done.insert(first, count)) {
    throw std::invalid_argument(file_.name() + " holds results within items " +
                                std::to_string(first) + " to " + std::to_string(first + count - 1) +
                                " already; append each item once");
  }
  RecordHead head;
  head.kind = RecordKind::results;
  head.first = first;
  head.count = count;
  head.input_hash = input_hash;
  put_record(head, results);
}

void Journal::append(const DeadLetter& letter) {
  if (letter.index < 0 || letter.index == std::numeric_limits<std::int64_t>::max()) {
    throw std::invalid_argument("item " + std::to_string(letter.index) +
                                " cannot be a dead letter; give an index from 0");
  }
  RecordHead head;
  head.kind = RecordKind::dead_letter;
  head.first = letter.index;
  head.count = 1;
  put_record(head, journal_format::letter_bytes(letter));
}

void Journal::put_record(RecordHead head, std::span<const std::byte> payload) {
  if (closed_) throw std::logic_error(file_.name() + " is closed; append before close()");
  const auto offset = end_ + static_cast<std::int64_t>(buffer_.size());
  head = journal_format::seal(head, payload, salt_, offset);
  // Grown once: no half record is left behind if there is no memory.
  const std::size_t old = buffer_.size();
  buffer_.resize(old + sizeof head + payload.size());
  std::memcpy(&buffer_[old], &head, sizeof head);
  std::copy(payload.begin(), payload.end(),
            buffer_.begin() + static_cast<std::ptrdiff_t>(old + sizeof head));
}

void Journal::commit() {
  if (!buffer_.empty()) {
    file_.write(end_, buffer_);
    end_ += static_cast<std::int64_t>(buffer_.size());
    buffer_.clear();
    if (buffer_.capacity() > kept_buffer) buffer_ = {};
    synced_ = false;
  }
  if (sync_ && !synced_) sync_if_due();
}

void Journal::sync_if_due() {
  if (now() - last_sync_ < sync_interval) return;
  file_.sync();
  last_sync_ = now();
  synced_ = true;
}

void Journal::close() {
  if (closed_) return;
  commit();
  if (!synced_) file_.sync();
  synced_ = true;
  closed_ = true;
  file_.unlock();
}

void Journal::read(const JournalRun& run, std::vector<std::byte>& to) const {
  RecordHead head;
  const auto head_bytes = std::as_writable_bytes(std::span(&head, 1));
  const bool got_head = file_.read(run.offset, head_bytes) == head_bytes.size();
  const auto found = journal_format::read_head(head_bytes, salt_, run.offset);
  if (got_head && found && found->first == run.first && found->count == run.count &&
      found->bytes == static_cast<std::uint64_t>(run.bytes)) {
    to.resize(found->bytes);
    const auto payload = run.offset + static_cast<std::int64_t>(sizeof head);
    if (file_.read(payload, to) == to.size() && hash_bytes(to) == found->payload_hash) return;
  }
  throw std::runtime_error(file_.name() + " has changed at byte " + std::to_string(run.offset) +
                           " since it was opened; let no other program write it, and run again");
}

}  // namespace mpisize
