/// The file in which one rank of a profiled program counts its MPI calls: written by the profiling
/// layer through a shared mapping, read by counter_file.hpp, also while the program runs.
///
/// Plain data of one version on one kind of machine. Each 64-bit field is stored whole by the rank
/// (relaxed atomics), so that a reader sees the old or the new value of it, but no two fields
/// belong together exactly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace mpisize::counters {

/// Where the ranks put their files: a directory that is there already.
inline constexpr const char* directory_variable = "MPISIZE_COUNTERS";
/// "monotonic": clock_gettime even where the processor's time-stamp counter could be used.
inline constexpr const char* clock_variable = "MPISIZE_COUNTERS_CLOCK";
/// What the names of the files end in.
inline constexpr const char* suffix = ".counters";

inline constexpr std::array<char, 8> magic{'m', 'p', 'i', 's', 'i', 'z', 'e', 'C'};
inline constexpr std::uint32_t version = 1;

inline constexpr std::size_t cell_count = 512;   ///< Pairs of routine and communicator size.
inline constexpr std::size_t peer_count = 2048;  ///< Ranks that messages went to.

/// How far the rank came.
enum class Phase : std::uint32_t {
  initialising = 1,  ///< MPI_Init was entered.
  running,           ///< It has returned.
  finalising,        ///< MPI_Finalize was entered.
  finalised,         ///< It has returned.
  aborted,           ///< The rank called MPI_Abort.
  left,              ///< The process exited without MPI_Finalize.
};

struct Header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t file_bytes;  ///< Of the whole file.
  Phase phase;
  std::int32_t rank;        ///< In MPI_COMM_WORLD.
  std::int32_t world_size;  ///< Of MPI_COMM_WORLD.
  std::uint32_t spawned;    ///< 1: started by MPI_Comm_spawn, its MPI_COMM_WORLD is another.
  std::uint32_t sampled;    ///< 1: some calls were only counted, their time estimated.
  std::uint32_t threads;    ///< Most that were alive at once, those of MPI itself left out.
  double seconds_per_tick;
  // In ticks of one clock; 0: not yet.
  std::uint64_t init_entered;
  std::uint64_t init_left;
  std::uint64_t finalize_entered;
  std::uint64_t finalize_left;
  std::uint64_t ended;             ///< MPI_Abort was entered, or the process exited.
  std::uint64_t entered;           ///< Last entry into MPI on the thread that called MPI_Init ...
  std::uint64_t left;              ///< ... and last return, or look at the clock, on any.
  std::uint64_t in_mpi_elsewhere;  ///< Of the ticks of all cells, those of other threads.
  // In nanoseconds.
  std::uint64_t before_init;
  std::uint64_t cpu_at_init;
  std::uint64_t cpu;  ///< Of all threads, since the process started; as of `left`, roughly.
  // In bytes.
  std::uint64_t peak_resident;
  std::array<char, 256> host;
};

/// Calls of one routine on communicators of one size.
struct Cell {
  std::uint64_t key;  ///< 0: free. The low half is the communicator's size.
  std::uint64_t calls;
  std::uint64_t bytes;
  std::uint64_t ticks;
  // Of the layer alone, for calls that are so many that only some are timed.
  std::uint64_t last_timed;  ///< The number of that call, from 1.
  std::uint64_t due;         ///< Number of the next call to be timed.
  std::uint64_t seen;        ///< When the last timed call returned, in ticks.
  std::uint64_t unused;
  std::array<char, 64> name;  ///< Of the routine; empty: not written yet.
};

struct Peer {
  std::uint64_t key;  ///< 0: free; else 1 + rank in MPI_COMM_WORLD.
  std::uint64_t messages;
  std::uint64_t bytes;
  std::uint64_t unused;
};

struct File {
  Header header;
  Cell other_cells;  ///< What found no room in cells.
  Peer other_peers;  ///< Messages to ranks outside MPI_COMM_WORLD, or that found no room in peers.
  std::array<Cell, cell_count> cells;
  std::array<Peer, peer_count> peers;
};

static_assert(std::is_trivial_v<File> && std::is_standard_layout_v<File>);
static_assert(sizeof(Header) == 400 && offsetof(Header, seconds_per_tick) == 40);
static_assert(sizeof(Cell) == 128 && offsetof(Cell, name) == 64);
static_assert(sizeof(Peer) == 32);
static_assert(sizeof(File) == 400 + 128 + 32 + 512 * 128 + 2048 * 32);

}  // namespace mpisize::counters
