/// Results that survive the death of every process: an append-only file of hashed records.
///
/// What commit() has written is acknowledged: it has been handed to the kernel by write(2) and
/// outlives the kill of any process; with `sync` it outlives the node too, but for the last 100 ms.
/// A record that a death cut short is cut off when the file is opened again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mpisize/base/units.hpp"
#include "mpisize/measure/index_set.hpp"
#include "mpisize/measure/journal_file.hpp"
#include "mpisize/measure/journal_format.hpp"
#include "mpisize/measure/journal_scan.hpp"
#include "mpisize/model/dead_letter.hpp"

namespace mpisize {

struct JournalOptions {
  std::filesystem::path file;
  bool sync = false;    ///< fdatasync(2), at most every 100 ms.
  Seconds patience{5};  ///< For another process to let go of the file.
};

/// Used by one process at a time, in one thread.
class Journal {
 public:
  /// Creates the file, or opens it and reads what it holds. Throws std::invalid_argument, naming
  /// both fingerprints, if it belongs to something else; InputError if it is in use, no journal (it
  /// is not touched then), of a newer format or damaged before its end; std::runtime_error if it
  /// cannot be written.
  Journal(const JournalOptions& options, const JournalIdentity& identity);
  ~Journal();  ///< Closes; what cannot be written any more is not acknowledged.
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  /// Results of `count` items from `first`, kept in memory until commit(). Throws
  /// std::invalid_argument if one of them has results already.
  void append(std::int64_t first, std::int64_t count, std::uint64_t input_hash,
              std::span<const std::byte> results);
  /// Host and message are cut to what a record may hold: 1 kB and 63 kB.
  void append(const DeadLetter& letter);

  /// Acknowledges what was appended, by one write(2). Throws std::runtime_error if that fails (disk
  /// full, RLIMIT_FSIZE): what was acknowledged stays, the file is whole, and what was appended is
  /// kept for another try. Callers need not ignore SIGXFSZ.
  void commit();
  /// Commits, syncs and lets go of the file. Nothing can be appended afterwards, but read() works.
  void close();

  // What was found at the opening.

  /// Ascending, without overlap.
  [[nodiscard]] const std::vector<JournalRun>& runs() const { return contents_.runs; }
  /// Ascending; without those whose index has results.
  [[nodiscard]] const std::vector<DeadLetter>& dead_letters() const {
    return contents_.dead_letters;
  }
  /// What was cut off, in a sentence.
  [[nodiscard]] const std::optional<std::string>& repaired() const { return repaired_; }

  /// Results of one of runs(). Throws std::runtime_error if they are not what was written.
  void read(const JournalRun& run, std::vector<std::byte>& to) const;

 private:
  void create(const JournalIdentity& identity, std::span<const std::byte> torn);
  void check(const journal_format::Header& header, const JournalIdentity& identity) const;
  void check_same(const char* what, const std::string& theirs, const std::string& ours) const;
  void cut_off_tail();
  void put_record(journal_format::RecordHead head, std::span<const std::byte> payload);
  void sync_if_due();

  bool sync_;
  JournalFile file_;
  std::uint64_t salt_ = 0;
  JournalContents contents_;
  std::optional<std::string> repaired_;
  std::vector<std::byte> buffer_;
  std::int64_t end_ = 0;  ///< Of what is acknowledged.
  bool closed_ = false;
  bool synced_ = true;
  Seconds last_sync_{};
};

}  // namespace mpisize
