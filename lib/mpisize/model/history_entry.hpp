/// What is kept of one run of a whole program, and what makes two runs comparable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mpisize/base/estimate.hpp"
#include "mpisize/base/units.hpp"
#include "mpisize/model/program_run.hpp"

namespace mpisize {

/// What was started, as far as its time depends on it.
struct Program {
  std::string path;                    ///< Of the executable, resolved.
  std::vector<std::string> arguments;  ///< Without the program's name.
  std::string directory;               ///< In which it was started.
  std::string hash;  ///< Of the executable's content (file_fingerprint); empty: not known.
  friend bool operator==(const Program&, const Program&) = default;
};

/// How near two programs are, the nearest first.
enum class Kinship {
  same,       ///< All equal.
  elsewhere,  ///< In another directory, whose files may hold another problem.
  rebuilt,    ///< The executable's content differs, or is not known.
  other       ///< Another path or other arguments.
};
[[nodiscard]] Kinship kinship(const Program& a, const Program& b);

/// A sample serves to predict, a run is what the user asked for.
enum class RunKind { sample, run };
[[nodiscard]] std::string_view name_of(RunKind kind);

/// How the launcher ended; both empty: not known (yet).
struct ProgramEnding {
  std::optional<int> status;  ///< Exit status.
  std::optional<int> signal;  ///< That ended it.
  friend bool operator==(const ProgramEnding&, const ProgramEnding&) = default;
};

/// Why a job did not end well.
enum class FailureCause {
  out_of_memory,
  time_limit,
  node_failure,
  preemption,
  cancelled,  ///< By somebody: scancel.
  own_error   ///< Status or signal of the program itself.
};
[[nodiscard]] std::string_view name_of(FailureCause cause);

/// What Slurm knows of a job.
struct SlurmFacts {
  std::string job_id;                 ///< As Slurm writes it: "1234", "1234_7", "1234+1".
  std::optional<std::string> state;   ///< As sacct says it: "COMPLETED", "OUT_OF_MEMORY" ...
  std::optional<Bytes> memory_asked;  ///< Per node.
  std::optional<Bytes> memory_used;   ///< Per node: high-water mark of the fullest.
  std::optional<Seconds> time_limit;
  std::optional<FailureCause> cause;  ///< Empty: it ended well, or has not ended.
  friend bool operator==(const SlurmFacts&, const SlurmFacts&) = default;
};

struct HistoryEntry {
  std::string id;    ///< Given by the store; empty: not kept yet.
  std::string time;  ///< Of the start, UTC (ISO 8601): "2024-05-01T12:34:56.789Z".
  Program program;
  std::string machine;  ///< Fingerprint.
  std::string host;     ///< On which the launcher ran.
  std::string mpi;      ///< "Open MPI 4.1.4"; empty: not known.
  RunKind kind = RunKind::run;
  int ranks = 1;
  int nodes = 1;
  int threads_per_rank = 1;
  std::vector<std::string> launch_line;
  std::optional<Interval> predicted;  ///< Wall time of the launcher, frozen before the start.
  std::optional<ProgramRun> seen;     ///< Empty: not started, or its end is not known yet.
  ProgramEnding ending;
  std::optional<SlurmFacts> slurm;
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

/// Exit status 0, and no cause of failure.
[[nodiscard]] bool ended_well(const HistoryEntry& entry);

/// Ended well and was not cut off: its wall time is that of all of the program.
[[nodiscard]] bool is_whole(const HistoryEntry& entry);

/// Whether the two times may be put side by side as repetitions of each other: one kind, machine
/// and number of ranks, nodes and threads, and the program the same or elsewhere.
[[nodiscard]] bool repeats(const HistoryEntry& a, const HistoryEntry& b);

/// "2024-05-01T12:34:56.789Z", fraction optional, with a month, day and hour that exist.
[[nodiscard]] bool is_utc_time(std::string_view text);

/// Last part of the path.
[[nodiscard]] std::string_view program_name(const Program& program);

}  // namespace mpisize
