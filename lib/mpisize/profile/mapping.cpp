#include "mapping.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace mpisize::profile {
namespace {

void complain(const char* directory, int error) {
  std::array<char, PATH_MAX + 256> text{};
  const int length =
      std::snprintf(text.data(), text.size(),
                    "mpisize: the MPI calls of this rank are not counted, a file in '%s' cannot be "
                    "made: %s; make room there, or name another directory in %s\n",
                    directory, std::strerror(error), counters::directory_variable);
  if (length > 0) {
    static_cast<void>(!write(STDERR_FILENO, text.data(), static_cast<std::size_t>(length)));
  }
}

/// A new file that nobody else has; -1 and errno otherwise.
int create(const char* directory, std::array<char, PATH_MAX>& path) {
  std::uint64_t random = 0;
  if (getrandom(&random, sizeof random, GRND_NONBLOCK) != sizeof random) return -1;
  const int length = std::snprintf(path.data(), path.size(), "%s/%016llx-%ld%s", directory,
                                   static_cast<unsigned long long>(random),
                                   static_cast<long>(getpid()), counters::suffix);
  if (length < 0 || static_cast<std::size_t>(length) >= path.size()) {
    errno = ENAMETOOLONG;
    return -1;
  }
  constexpr mode_t mine_alone = 0600;
  return open(path.data(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mine_alone);
}

}  // namespace

counters::File* map_counters() {
  const char* const directory = std::getenv(counters::directory_variable);
  if (directory == nullptr || *directory == '\0') return nullptr;
  std::array<char, PATH_MAX> path{};
  const int file = create(directory, path);
  if (file < 0) {
    complain(directory, errno);
    return nullptr;
  }
  // Blocks for all of it: a store to a page without one would be the program's death (SIGBUS).
  const int error = posix_fallocate(file, 0, sizeof(counters::File));
  void* const memory = error != 0 ? MAP_FAILED
                                  : mmap(nullptr, sizeof(counters::File), PROT_READ | PROT_WRITE,
                                         MAP_SHARED | MAP_POPULATE, file, 0);
  const int reason = error != 0 ? error : errno;
  close(file);
  if (memory == MAP_FAILED) {
    unlink(path.data());
    complain(directory, reason);
    return nullptr;
  }
  return static_cast<counters::File*>(memory);
}

}  // namespace mpisize::profile
