#include "mpisize/measure/counter_file.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
#include <map>
#include <string>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/counter_mapping.hpp"

namespace mpisize {
namespace {

using counters::Cell;
using counters::File;
using counters::Header;
using counters::Phase;

constexpr double nanosecond = 1e-9;

[[noreturn]] void refuse(const std::filesystem::path& name, const std::string& reason) {
  throw InputError(fmt::format(
      "'{}' is no file of counters that this mpisize can read: {}; delete it, and run the program "
      "again with the profiling layer of this installation",
      name.string(), reason));
}

/// What the rank may be storing at this moment; std::atomic_ref<const T> is not in C++20.
template <class T>
T load(const T& field) {
  T value;
  __atomic_load(&field, &value, __ATOMIC_RELAXED);
  return value;
}

std::int64_t counted(std::uint64_t value, const std::filesystem::path& name) {
  if (value > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
    refuse(name, "a counter is beyond all reason");
  }
  return static_cast<std::int64_t>(value);
}

template <std::size_t N>
std::string text(const std::array<char, N>& field, const std::filesystem::path& name) {
  const auto end = std::find(field.begin(), field.end(), '\0');
  if (end == field.end()) refuse(name, "a name in it has no end");
  return {field.begin(), end};
}

void check(const Header& header, const std::filesystem::path& name) {
  if (header.magic != counters::magic) refuse(name, "it begins otherwise");
  if (header.version != counters::version || header.file_bytes != sizeof(File)) {
    refuse(name, fmt::format("it is of version {}, not {}", header.version, counters::version));
  }
  const auto phase = load(header.phase);
  if (phase < Phase::initialising || phase > Phase::left) refuse(name, "its state is unknown");
  const double tick = load(header.seconds_per_tick);
  if (!(tick > 0 && tick < 1)) refuse(name, "its clock has no rate");
}

/// Whether there is something to be read of it; throws InputError if it is not what it must be.
bool has_started(const Header& header, const std::filesystem::path& name) {
  check(header, name);
  if (load(header.phase) == Phase::initialising || header.spawned != 0) return false;
  if (header.rank < 0 || header.rank >= header.world_size) refuse(name, "its rank is none");
  return true;
}

/// The last moment that is known of the rank, in ticks.
std::uint64_t end_of(const Header& header) {
  for (const std::uint64_t end : {load(header.finalize_entered), load(header.ended)}) {
    if (end != 0) return end;
  }
  return std::max({load(header.entered), load(header.left), load(header.init_left)});
}

Seconds since_init(const Header& header) {
  const std::uint64_t begin = load(header.init_left);
  const std::uint64_t end = end_of(header);
  return Seconds(end > begin ? load(header.seconds_per_tick) * static_cast<double>(end - begin)
                             : 0);
}

RoutineUse routine_use(const Cell& cell, std::string routine, const Header& header,
                       const std::filesystem::path& name) {
  RoutineUse use;
  use.routine = std::move(routine);
  use.comm_size = static_cast<int>(static_cast<std::uint32_t>(load(cell.key)));
  use.calls = counted(load(cell.calls), name);
  use.bytes = counted(load(cell.bytes), name);
  use.time = Seconds(load(header.seconds_per_tick) * static_cast<double>(load(cell.ticks)));
  return use;
}

std::vector<RoutineUse> routines(const File& file, const std::filesystem::path& name) {
  std::vector<RoutineUse> all;
  for (const Cell& cell : file.cells) {
    // Written last when the cell is made.
    if (__atomic_load_n(cell.name.data(), __ATOMIC_ACQUIRE) == '\0') continue;
    all.push_back(routine_use(cell, text(cell.name, name), file.header, name));
  }
  if (load(file.other_cells.calls) > 0) {
    all.push_back(routine_use(file.other_cells, "others", file.header, name));
  }
  std::sort(all.begin(), all.end(), [](const RoutineUse& a, const RoutineUse& b) {
    return std::tie(a.routine, a.comm_size) < std::tie(b.routine, b.comm_size);
  });
  return all;
}

/// Between MPI_Init and MPI_Finalize on the thread that called them: all but what others spent.
Seconds in_mpi(const RankUse& rank, double elsewhere) {
  Seconds all{};
  for (const RoutineUse& use : rank.routines) {
    if (use.routine.rfind("MPI_Init", 0) != 0 && use.routine != "MPI_Finalize") all += use.time;
  }
  // Where only some calls are timed the estimate of all may exceed the whole.
  return std::clamp(all - Seconds(elsewhere), Seconds(0), rank.wall);
}

std::vector<PeerUse> peers(const File& file, const std::filesystem::path& name) {
  std::vector<PeerUse> all;
  for (const counters::Peer& peer : file.peers) {
    const std::uint64_t key = load(peer.key);
    if (key == 0) continue;
    if (key > static_cast<std::uint64_t>(file.header.world_size)) {
      refuse(name, "it has messages to a rank that is not there");
    }
    all.push_back({static_cast<int>(key - 1), counted(load(peer.messages), name),
                   counted(load(peer.bytes), name)});
  }
  std::sort(all.begin(), all.end(),
            [](const PeerUse& a, const PeerUse& b) { return a.peer < b.peer; });
  return all;
}

}  // namespace

std::optional<LiveRank> live_rank(const File& file, const std::filesystem::path& name) {
  if (!has_started(file.header, name)) return std::nullopt;
  return LiveRank{file.header.rank, since_init(file.header), routines(file, name)};
}

std::optional<RankUse> rank_use(const File& file, const std::filesystem::path& name) {
  const Header& header = file.header;
  if (!has_started(header, name)) return std::nullopt;
  const double tick = load(header.seconds_per_tick);
  RankUse use;
  use.rank = header.rank;
  use.host = text(header.host, name);
  use.before_init = Seconds(nanosecond * static_cast<double>(header.before_init));
  use.wall = since_init(header);
  const std::uint64_t cpu = load(header.cpu);
  use.cpu = Seconds(
      cpu > header.cpu_at_init ? nanosecond * static_cast<double>(cpu - header.cpu_at_init) : 0);
  use.peak_resident = Bytes(counted(load(header.peak_resident), name));
  use.threads = static_cast<int>(load(header.threads));
  use.sampled = load(header.sampled) != 0;
  use.ended = load(header.finalize_entered) != 0;
  use.routines = routines(file, name);
  use.in_mpi = in_mpi(use, tick * static_cast<double>(load(header.in_mpi_elsewhere)));
  use.peers = peers(file, name);
  use.other_messages = counted(load(file.other_peers.messages), name);
  use.other_bytes = Bytes(counted(load(file.other_peers.bytes), name));
  return use;
}

std::vector<std::filesystem::path> counter_files(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end;
       at.increment(error)) {
    if (at->path().extension() == counters::suffix) files.push_back(at->path());
  }
  if (error) {
    throw InputError(
        fmt::format("cannot read the directory of counters '{}': {}; name one that is "
                    "there",
                    directory.string(), error.message()));
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<RankUse> read_counters(const std::filesystem::path& directory) {
  std::map<int, std::pair<RankUse, std::filesystem::path>> by_rank;
  for (const auto& name : counter_files(directory)) {
    const CounterMapping mapping(name);
    if (!mapping.ready()) continue;
    auto use = rank_use(mapping.file(), name);
    if (!use) continue;
    const int rank = use->rank;
    const auto [at, first] = by_rank.try_emplace(rank, std::move(*use), name);
    if (!first) {
      throw InputError(fmt::format(
          "'{}' and '{}' are both of rank {}; give each run a directory of its own, and profile a "
          "program alone that starts several MPI programs in turn",
          at->second.second.string(), name.string(), rank));
    }
  }
  std::vector<RankUse> ranks;
  for (auto& [rank, found] : by_rank) ranks.push_back(std::move(found.first));
  return ranks;
}

}  // namespace mpisize
