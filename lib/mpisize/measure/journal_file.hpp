/// The open, locked file under a journal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// A regular file that belongs to this process for as long as it is open (flock(2); where the file
/// system has no locks, as Lustre without -o flock, it goes without). Errors are
/// std::runtime_error and name the file.
class JournalFile {
 public:
  /// Opens or creates the file (mode 0666 less the umask) and waits up to `patience` for another
  /// process to let go of it. Throws InputError if that takes longer, or the file is no file.
  JournalFile(std::filesystem::path path, Seconds patience);
  ~JournalFile();
  JournalFile(const JournalFile&) = delete;
  JournalFile& operator=(const JournalFile&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// "the journal 'path'", as sentences begin.
  [[nodiscard]] std::string name() const { return "the journal '" + path_.string() + "'"; }
  [[nodiscard]] std::int64_t size() const;

  /// Reads from `offset`; how many bytes there were.
  std::size_t read(std::int64_t offset, std::span<std::byte> to) const;

  /// Writes all at `offset`, which is the end, or cuts the file back to `offset` and throws.
  /// SIGXFSZ is blocked meanwhile: a limit on file sizes (RLIMIT_FSIZE) is an error like a full
  /// disk.
  void write(std::int64_t offset, std::span<const std::byte> bytes);
  void truncate(std::int64_t size);
  /// fdatasync(2).
  void sync() const;
  /// Lets go of the file, which stays readable.
  void unlock() const;
  /// The name too outlives the node.
  void sync_directory() const;

 private:
  [[nodiscard]] bool lock(Seconds patience) const;
  [[nodiscard]] bool is_named() const;
  [[noreturn]] void fail(const char* what, int error, const char* repair) const;

  std::filesystem::path path_;
  int file_ = -1;
};

}  // namespace mpisize
