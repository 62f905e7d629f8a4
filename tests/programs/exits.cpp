// exits [ARGUMENTS]: does what it is told, for tests that a wrapper is not noticed.
//
//   --exit N        status of every rank, after MPI_Finalize (0)
//   --signal N      rank 0 ends itself by this signal
//   --abort N       rank 0 calls MPI_Abort(N); see below
//   --read          rank 0 reads stdin to its end, says how many bytes and their checksum
//   --write N       rank 0 writes N bytes to stdout, lines of 64
//   --complain N    rank 0 writes N bytes to stderr, lines of 64
//   --environment X rank 0 says what X is in its environment
//   --wait          says "waiting", then waits for a signal
//   --leave         ends without MPI_Finalize
//   --no-mpi        never calls MPI_Init
//
// What rank 0 says: "ranks P", "read N CHECKSUM", "X=VALUE".
//
//   checksum' = (31 checksum + byte) modulo 2^32, from 0
//
// After MPI_Abort mpirun of Open MPI 4.1.4 ends with N in 9 of 10 runs; else it is killed, crashes
// or hangs: its status is nothing to test by.

#include <mpi.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

struct Arguments {
  int exit = 0;
  int signal = 0;
  int abort = -1;
  bool read = false;
  std::int64_t write = 0;
  std::int64_t complain = 0;
  std::string environment;
  bool wait = false;
  bool leave = false;
  bool mpi = true;
};

Arguments arguments_of(int argc, char** argv) {
  Arguments a;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::string(argv[++i]) : std::string("0"); };
    if (word == "--exit") a.exit = std::stoi(value());
    if (word == "--signal") a.signal = std::stoi(value());
    if (word == "--abort") a.abort = std::stoi(value());
    if (word == "--read") a.read = true;
    if (word == "--write") a.write = std::stoll(value());
    if (word == "--complain") a.complain = std::stoll(value());
    if (word == "--environment") a.environment = value();
    if (word == "--wait") a.wait = true;
    if (word == "--leave") a.leave = true;
    if (word == "--no-mpi") a.mpi = false;
  }
  return a;
}

void read_all() {
  std::array<unsigned char, 65536> piece{};
  std::uint32_t checksum = 0;
  std::int64_t bytes = 0;
  for (std::size_t n = 0; (n = std::fread(piece.data(), 1, piece.size(), stdin)) > 0;) {
    for (std::size_t i = 0; i < n; ++i) checksum = 31 * checksum + piece.at(i);
    bytes += static_cast<std::int64_t>(n);
  }
  std::printf("read %lld %u\n", static_cast<long long>(bytes), checksum);
}

void write_lines(std::FILE* file, std::int64_t bytes) {
  const std::string line = std::string(63, 'x') + "\n";
  for (; bytes > 0; bytes -= 64) {
    std::fwrite(line.data(), 1, static_cast<std::size_t>(std::min<std::int64_t>(bytes, 64)), file);
  }
}

void tell(const Arguments& a, int ranks) {
  if (a.write == 0 && a.complain == 0) std::printf("ranks %d\n", ranks);
  if (a.read) read_all();
  write_lines(stdout, a.write);
  write_lines(stderr, a.complain);
  if (!a.environment.empty()) {
    const char* value = std::getenv(a.environment.c_str());
    std::printf("%s=%s\n", a.environment.c_str(), value == nullptr ? "" : value);
  }
  if (a.wait) std::printf("waiting\n");
  std::fflush(stdout);
  if (a.signal != 0) std::raise(a.signal);
  if (a.abort >= 0) MPI_Abort(MPI_COMM_WORLD, a.abort);
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments a = arguments_of(argc, argv);
  int rank = 0;
  int ranks = 1;
  if (a.mpi) {
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  }
  if (rank == 0) tell(a, ranks);
  while (a.wait) pause();
  if (a.mpi && !a.leave) MPI_Finalize();
  return a.exit;
}
