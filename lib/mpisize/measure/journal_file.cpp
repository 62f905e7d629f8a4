#include "mpisize/measure/journal_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/self.hpp"

namespace mpisize {
namespace {

/// Keeps SIGXFSZ from the process while this thread writes.
class NoFileSizeSignal {
 public:
  NoFileSizeSignal() {
    sigemptyset(&signal_);
    sigaddset(&signal_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &signal_, &before_);
  }
  ~NoFileSizeSignal() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoFileSizeSignal(const NoFileSizeSignal&) = delete;
  NoFileSizeSignal& operator=(const NoFileSizeSignal&) = delete;

  /// Takes the signal that came with EFBIG, so that it is not delivered later.
  void take() const {
    const timespec at_once{};
    if (sigismember(&before_, SIGXFSZ) == 0) sigtimedwait(&signal_, nullptr, &at_once);
  }

 private:
  sigset_t signal_{};
  sigset_t before_{};
};

int open_file(const std::filesystem::path& path) {
  constexpr mode_t everyone = 0666;
  return open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, everyone);
}

/// 0 or the error number.
int write_all(int file, std::int64_t offset, std::span<const std::byte> bytes) {
  const NoFileSizeSignal blocked;
  while (!bytes.empty()) {
    const ssize_t done = pwrite(file, bytes.data(), bytes.size(), offset);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) {
      const int error = errno;
      if (error == EFBIG) blocked.take();
      return error;
    }
    if (done == 0) return ENOSPC;
    offset += done;
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return 0;
}

}  // namespace

JournalFile::JournalFile(std::filesystem::path path, Seconds patience) : path_(std::move(path)) {
  // Who waited may have locked a file that was removed meanwhile: then the name leads to another.
  do {
    if (file_ >= 0) close(file_);
    file_ = open_file(path_);
    if (file_ < 0) {
      throw InputError("cannot open " + name() + ": " + std::generic_category().message(errno) +
                       "; give a path that can be written");
    }
    struct stat status {};
    if (fstat(file_, &status) == 0 && !S_ISREG(status.st_mode)) {
      close(file_);
      throw InputError(name() + " is no regular file; give the path of a file");
    }
    if (!lock(patience)) {
      close(file_);
      throw InputError(name() +
                       " is in use by another process; wait for its end or give another journal");
    }
  } while (!is_named());
}

JournalFile::~JournalFile() { close(file_); }

bool JournalFile::lock(Seconds patience) const {
  constexpr Seconds nap{5e-3};
  const Seconds end = now() + patience;
  while (flock(file_, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return true;  // No locks here.
    if (now() > end) return false;
    polite_sleep(nap);
  }
  return true;
}

bool JournalFile::is_named() const {
  struct stat ours {};
  struct stat named {};
  return fstat(file_, &ours) == 0 && stat(path_.c_str(), &named) == 0 &&
         ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

void JournalFile::fail(const char* what, int error, const char* repair) const {
  throw std::runtime_error("cannot " + std::string(what) + " " + name() + ": " +
                           std::generic_category().message(error) + "; " + repair);
}

std::int64_t JournalFile::size() const {
  struct stat status {};
  if (fstat(file_, &status) != 0) fail("read", errno, "give a path that can be read");
  return status.st_size;
}

std::size_t JournalFile::read(std::int64_t offset, std::span<std::byte> to) const {
  std::size_t got = 0;
  while (got < to.size()) {
    const auto left = to.subspan(got);
    const ssize_t n =
        pread(file_, left.data(), left.size(), offset + static_cast<std::int64_t>(got));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail("read", errno, "copy it to another disk and give the copy");
    if (n == 0) break;
    got += static_cast<std::size_t>(n);
  }
  return got;
}

void JournalFile::write(std::int64_t offset, std::span<const std::byte> bytes) {
  const int error = write_all(file_, offset, bytes);
  if (error == 0) return;
  // What is left behind if this fails too is cut off at the next opening.
  static_cast<void>(!ftruncate(file_, offset));
  fail("write", error, "make room and run again, what it holds stays");
}

void JournalFile::truncate(std::int64_t size) {
  if (ftruncate(file_, size) != 0) fail("write", errno, "give a path that can be written");
}

void JournalFile::sync() const {
  if (fdatasync(file_) == 0 || errno == EINVAL || errno == ENOSYS) return;
  fail("sync", errno, "make room and run again, records that are damaged are done again");
}

void JournalFile::unlock() const { flock(file_, LOCK_UN); }

void JournalFile::sync_directory() const {
  const auto parent = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
  const int directory = open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return;  // It may be writable and not readable.
  static_cast<void>(fsync(directory));
  close(directory);
}

}  // namespace mpisize
