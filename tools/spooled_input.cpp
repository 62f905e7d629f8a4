#include "spooled_input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "mpisize/base/error.hpp"
#include "mpisize/base/human.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

fs::path place() {
  std::error_code error;
  const fs::path place = fs::temp_directory_path(error);
  return error ? "/tmp" : place;
}

InputError no_room(const char* what, Bytes size) {
  return InputError(fmt::format(
      "{} of stdin cannot be kept in '{}' after {}: {}; set TMPDIR to a directory with room, or "
      "give the input as a file: < FILE",
      what, place().string(), human(size), std::generic_category().message(errno)));
}

int nameless_file() {
  std::string name = (place() / "mpisize-XXXXXX").string();
  const int file = mkostemp(name.data(), O_CLOEXEC);
  if (file < 0) throw no_room("a file", Bytes(0));
  unlink(name.c_str());
  return file;
}

/// Whether a byte or the end comes within the time.
bool comes_within(int descriptor, Seconds time) {
  constexpr double milliseconds = 1e3;
  pollfd entry{descriptor, POLLIN, 0};
  int ready = 0;
  do {
    ready = poll(&entry, 1, static_cast<int>(time.value() * milliseconds));
  } while (ready < 0 && errno == EINTR);
  return ready != 0;
}

void write_whole(int file, const char* data, std::size_t size, std::int64_t before) {
  while (size > 0) {
    const ssize_t done = write(file, data, size);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) throw no_room("what comes", Bytes(before));
    data += done;
    size -= static_cast<std::size_t>(done);
  }
}

}  // namespace

SpooledInput::SpooledInput(int descriptor, Seconds patience)
    : descriptor_(descriptor), patience_(patience) {
  struct stat status {};
  if (fstat(descriptor_, &status) != 0) return;
  if (S_ISREG(status.st_mode)) {
    position_ = lseek(descriptor_, 0, SEEK_CUR);
    kind_ = position_ < 0 ? Kind::other : Kind::file;
  } else if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) {
    kind_ = Kind::pipe;
  }
}

SpooledInput::~SpooledInput() {
  if (given_ >= 0) close(given_);
  if (spool_ >= 0) close(spool_);
}

std::optional<Bytes> SpooledInput::spooled() const {
  return spool_ < 0 || silent_ ? std::nullopt : std::optional(Bytes(size_));
}

void SpooledInput::open_anew(Command& command, int file, off_t position) {
  if (given_ >= 0) close(given_);
  // A description of its own: what a run leaves unread, or a stray process reads on, is no matter.
  given_ = open(fmt::format("/proc/self/fd/{}", file).c_str(), O_RDONLY | O_CLOEXEC);
  if (given_ < 0) given_ = fcntl(file, F_DUPFD_CLOEXEC, 0);
  if (given_ >= 0) lseek(given_, position, SEEK_SET);
  command.input = false;
  if (given_ >= 0) command.input_from = given_;
}

void SpooledInput::give_to_sample(Command& command, const Talk& talk) {
  command.input = false;
  if (kind_ == Kind::file) open_anew(command, descriptor_, position_);
  if (kind_ != Kind::pipe) return;
  if (spool_ < 0) spool(talk);
  if (!silent_) open_anew(command, spool_, 0);
}

void SpooledInput::give_to_run(Command& command) {
  if (spooled()) {
    open_anew(command, spool_, 0);
    return;
  }
  // Where a sample had to share ours.
  if (kind_ == Kind::file) lseek(descriptor_, position_, SEEK_SET);
  command.input = true;
}

void SpooledInput::spool(const Talk& talk) {
  spool_ = nameless_file();
  {
    const Progress progress(talk, "reading stdin");
    silent_ = !comes_within(descriptor_, patience_);
    if (!silent_) copy(spool_);
  }
  if (silent_) {
    say(talk, fmt::format("Nothing has come on stdin for {}: the samples read an empty one, and "
                          "the run itself what comes.\n",
                          human(patience_)));
  } else if (size_ > 0) {
    say(talk, fmt::format("stdin, {}, is kept in '{}' and given to every run.\n",
                          human(Bytes(size_)), place().string()));
  }
}

void SpooledInput::copy(int to) {
  constexpr std::size_t block = std::size_t{1} << 18;
  std::vector<char> buffer(block);
  for (;;) {
    const ssize_t got = read(descriptor_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) {
      static_cast<void>(comes_within(descriptor_, usual_patience));
      continue;
    }
    if (got < 0) throw no_room("the rest", Bytes(size_));
    if (got == 0) return;
    write_whole(to, buffer.data(), static_cast<std::size_t>(got), size_);
    size_ += got;
  }
}

}  // namespace mpisize::tools
