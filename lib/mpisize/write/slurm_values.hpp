/// Values of Slurm's options, as sbatch 22.05 reads them (SchedMD, src/common/proc_args.c and
/// parse_time.c) and as we write them. A reader gives nothing for what sbatch refuses.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "mpisize/base/units.hpp"

namespace mpisize {

/// A whole number of at least 1: --ntasks, --cpus-per-task and the like.
[[nodiscard]] std::optional<std::int64_t> read_slurm_count(std::string_view text);

/// "4", "2-4", "2k" (2048).
struct NodeCount {
  std::int64_t least = 1;
  std::int64_t most = 1;
  friend bool operator==(const NodeCount&, const NodeCount&) = default;
};
[[nodiscard]] std::optional<NodeCount> read_slurm_nodes(std::string_view text);

/// "4000" (MiB), "512K", "4G", "4GB", "1T"; whole MiB, rounded up. 0 is all of a node's memory.
[[nodiscard]] std::optional<Bytes> read_slurm_memory(std::string_view text);

/// "90" (minutes), "90:30" (minutes and seconds), "1:30:00", "2-12", "2-12:30", "2-12:30:00"; whole
/// minutes, rounded up. "0", "UNLIMITED" and "INFINITE" have no limit.
struct TimeLimit {
  std::optional<Seconds> limit;  ///< Empty: none.
  friend bool operator==(const TimeLimit&, const TimeLimit&) = default;
};
[[nodiscard]] std::optional<TimeLimit> read_slurm_time(std::string_view text);

/// The same forms to the second.
[[nodiscard]] std::optional<Seconds> read_slurm_duration(std::string_view text);

/// "[B:]USR1[@SECONDS]": how long before the end of the job; 60 s unless it says.
[[nodiscard]] std::optional<Seconds> read_signal_lead(std::string_view text);

/// Hosts that a list such as "n[1-4,7],gpu01" names; empty for the name of a file.
[[nodiscard]] std::optional<std::int64_t> count_hosts(std::string_view list);

/// Largest index of "0-15%4", "1,3,7" or "0-15:4".
[[nodiscard]] std::optional<std::int64_t> read_array_end(std::string_view text);

/// HH:MM:SS or D-HH:MM:SS, in whole minutes, rounded up.
[[nodiscard]] std::string write_slurm_time(Seconds time);

/// "512M", rounded up.
[[nodiscard]] std::string write_slurm_memory(Bytes size);

/// Whether both values of an option mean the same to sbatch: 60 and 01:00:00 of --time.
[[nodiscard]] bool means_the_same(std::string_view option, std::string_view a, std::string_view b);

}  // namespace mpisize
