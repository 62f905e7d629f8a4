// From MPI_Init to the end, whatever the end is.
#include <fcntl.h>
#include <mpi.h>
#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>

#include "clock.hpp"
#include "communicator.hpp"
#include "count.hpp"
#include "mapping.hpp"
#include "next.hpp"
#include "threads.hpp"

namespace mpisize::profile {
namespace {

using counters::File;
using counters::Phase;

/// Numbers of these routines; those of routines.txt come after them.
Routine init{"MPI_Init", 1};
Routine init_thread{"MPI_Init_thread", 2};
Routine finalize{"MPI_Finalize", 3};
Routine abort_routine{"MPI_Abort", 4};

/// Age of this process, in nanoseconds: proc(5), field 22 of stat, in clock ticks since boot.
std::uint64_t process_age() {
  const int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  std::array<char, 1024> text{};
  const ssize_t length = read(file, text.data(), text.size() - 1);
  close(file);
  // Field 2, the name, may hold spaces and brackets; the next after its last bracket is field 3.
  const char* at = length > 0 ? std::strrchr(text.data(), ')') : nullptr;
  constexpr int start_time = 22;
  for (int field = 2; at != nullptr && field < start_time; ++field) at = std::strchr(at + 1, ' ');
  const long per_second = sysconf(_SC_CLK_TCK);
  if (at == nullptr || per_second <= 0) return 0;
  constexpr int decimal = 10;
  constexpr std::uint64_t second = 1'000'000'000;
  const std::uint64_t started =
      std::strtoull(at, nullptr, decimal) * (second / static_cast<std::uint64_t>(per_second));
  const std::uint64_t now = nanoseconds(CLOCK_BOOTTIME);
  return now > started ? now - started : 0;
}

/// Handles and routines are those of Open MPI; of another MPI nothing is counted.
bool is_open_mpi() {
  // Others' texts may be longer than Open MPI's (MPICH: 8192).
  constexpr std::size_t room = 16384;
  std::array<char, room> text{};
  int length = 0;
  constexpr const char* name = "Open MPI";
  return PMPI_Get_library_version(text.data(), &length) == MPI_SUCCESS &&
         std::strncmp(text.data(), name, std::strlen(name)) == 0;
}

/// A child of fork() has the mapping too, but it is not the rank.
void leave_to_parent() {
  counting = false;
  mapped.store(nullptr);
}

void before_init(Thread& mine) {
  File* const file = is_open_mpi() ? map_counters() : nullptr;
  if (file == nullptr) return;
  counters::Header& header = file->header;
  header.file_bytes = sizeof(File);
  header.version = counters::version;
  header.rank = -1;
  header.before_init = process_age();
  header.threads = most_threads();
  header.seconds_per_tick = seconds_per_tick();
  header.init_entered = ticks();
  put(header.phase, Phase::initialising);
  header.magic = counters::magic;
  mine.initialised_mpi = true;
  mapped.store(file, std::memory_order_release);
  pthread_atfork(nullptr, nullptr, leave_to_parent);
}

void after_init(Thread& mine, Routine& routine) {
  const std::uint64_t returned = ticks();
  counters::Header& header = mapped.load()->header;
  int level = MPI_THREAD_SINGLE;
  int length = 0;
  MPI_Comm parent = MPI_COMM_NULL;
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  PMPI_Query_thread(&level);
  PMPI_Comm_rank(MPI_COMM_WORLD, &header.rank);
  PMPI_Comm_size(MPI_COMM_WORLD, &header.world_size);
  PMPI_Comm_get_parent(&parent);
  PMPI_Get_processor_name(name.data(), &length);
  std::copy_n(name.data(), std::min(name.size(), header.host.size() - 1), header.host.data());
  header.spawned = parent != MPI_COMM_NULL ? 1 : 0;
  several_threads = level == MPI_THREAD_MULTIPLE;
  start_communicators();
  set_rates(seconds_per_tick());
  counters::Cell& cell = cell_of(routine, header.world_size);
  add(cell.ticks, returned - header.init_entered);
  add(cell.calls, 1);
  header.cpu_at_init = nanoseconds(CLOCK_PROCESS_CPUTIME_ID);
  refresh(returned, true);
  put(header.threads, most_threads());
  mine.window = ticks();
  put(header.left, mine.window);
  put(header.init_left, mine.window);
  put(header.phase, Phase::running);
  counting = true;
}

template <class Function, class... Arguments>
int initialise(Routine& routine, Function next, Arguments... arguments) {
  Thread& mine = thread;
  if (mine.depth != 0 || mapped.load() != nullptr) return next(arguments...);
  mine.depth = 1;
  before_init(mine);
  const int result = next(arguments...);
  if (result == MPI_SUCCESS && mapped.load() != nullptr) after_init(mine, routine);
  mine.depth = 0;
  return result;
}

int finalise(int (*next)()) {
  Thread& mine = thread;
  if (mine.depth != 0 || !counting) return next();
  mine.depth = 1;
  counters::Header& header = mapped.load()->header;
  const std::uint64_t begin = ticks();
  counting = false;
  refresh(begin, true);
  put(header.finalize_entered, begin);
  put(header.phase, Phase::finalising);
  counters::Cell& cell = cell_of(finalize, header.world_size);
  add(cell.calls, 1);
  const int result = next();
  const std::uint64_t now = ticks();
  add(cell.ticks, now - begin);
  put(header.finalize_left, now);
  put(header.phase, Phase::finalised);
  mine.depth = 0;
  return result;
}

/// The rank ends here.
void end(Phase phase) {
  File* const file = mapped.load();
  if (file == nullptr || get(file->header.phase) != Phase::running) return;
  const std::uint64_t now = ticks();
  refresh(now, true);
  put(file->header.ended, now);
  put(file->header.phase, phase);
}

int abort_mpi(int (*next)(MPI_Comm, int), MPI_Comm comm, int error) {
  if (thread.depth == 0 && counting) {
    add(cell_of(abort_routine, communicator(comm).size()).calls, 1);
    end(Phase::aborted);
  }
  return next(comm, error);
}

[[gnu::constructor]] void load() { start_clock(); }

[[gnu::destructor]] void unload() {
  end(Phase::left);
  counting = false;
}

}  // namespace
}  // namespace mpisize::profile

using namespace mpisize::profile;

extern "C" {

int MPI_Init(int* argc, char*** argv) {
  static constinit Next<decltype(&MPI_Init)> next("MPI_Init");
  return initialise(init, next(), argc, argv);
}
int PMPI_Init(int* argc, char*** argv) {
  static constinit Next<decltype(&MPI_Init)> next("PMPI_Init");
  return initialise(init, next(), argc, argv);
}
int MPI_Init_thread(int* argc, char*** argv, int required, int* provided) {
  static constinit Next<decltype(&MPI_Init_thread)> next("MPI_Init_thread");
  return initialise(init_thread, next(), argc, argv, required, provided);
}
int PMPI_Init_thread(int* argc, char*** argv, int required, int* provided) {
  static constinit Next<decltype(&MPI_Init_thread)> next("PMPI_Init_thread");
  return initialise(init_thread, next(), argc, argv, required, provided);
}
int MPI_Finalize() {
  static constinit Next<int (*)()> next("MPI_Finalize");
  return finalise(next());
}
int PMPI_Finalize() {
  static constinit Next<int (*)()> next("PMPI_Finalize");
  return finalise(next());
}
int MPI_Abort(MPI_Comm comm, int error) {
  static constinit Next<decltype(&MPI_Abort)> next("MPI_Abort");
  return abort_mpi(next(), comm, error);
}
int PMPI_Abort(MPI_Comm comm, int error) {
  static constinit Next<decltype(&MPI_Abort)> next("PMPI_Abort");
  return abort_mpi(next(), comm, error);
}
}
