/// Runs and entries of a history for tests: every field differs from its default.
#pragma once

#include <string>
#include <utility>

#include "mpisize/model/history_entry.hpp"

namespace mpisize::sample {

inline ProgramRun program_run(int ranks = 3) {
  ProgramRun run;
  run.ranks = ranks;
  run.nodes = 2;
  run.threads_per_rank = 4;
  run.wall = Seconds(37.0 / 3);
  run.energy = Joules(1000.0 / 3);
  run.steady = SteadyState{"MPI_Allreduce on all ranks", 1200, Seconds(20.0 / 3), Seconds(1.0 / 3)};
  for (int i = 0; i < ranks; ++i) {
    RankUse rank;
    rank.rank = i;
    rank.host = i % 2 == 0 ? "node01" : "node02";
    rank.before_init = Seconds(0.1 / (i + 3));
    rank.wall = Seconds(11.0 + 1.0 / (i + 3));
    rank.in_mpi = Seconds(2.0 / (i + 3));
    rank.cpu = Seconds(30.0 / (i + 3));
    rank.peak_resident = Bytes(100'000'001 + i);
    rank.threads = 4 + i % 2;
    rank.routines = {{"MPI_Allreduce", ranks, 1200, 9600, Seconds(1.0 / (i + 7))},
                     {"MPI_Wait", 0, 2400 + i, 0, Seconds(0.5 / (i + 7))}};
    if (i > 0) rank.routines.push_back({"MPI_Wait", 2, 7, 8, Seconds(1e-7 / 3)});
    rank.other_messages = 5 + i;
    rank.other_bytes = Bytes(40 + i);
    rank.sampled = i % 2 == 1;
    rank.ended = i % 2 == 0;
    if (i + 1 < ranks) rank.peers.push_back({i + 1, 1200, 4'000'000'000'000});
    if (i > 0) rank.peers.push_back({i - 1, 1201 + i, 8});
    run.by_rank.push_back(std::move(rank));
  }
  return run;
}

inline HistoryEntry history_entry() {
  HistoryEntry entry;
  entry.id = "0123456789";
  entry.time = "2024-02-29T23:59:59.123Z";
  entry.program = {"/opt/app", {"-i", "two\nlines \xC3\xBC", ""}, "/scratch/case 1", "00ff"};
  entry.machine = "node01-0123456789abcdef";
  entry.host = "node01";
  entry.mpi = "Open MPI 4.1.4";
  entry.kind = RunKind::sample;
  entry.ranks = 3;
  entry.nodes = 2;
  entry.threads_per_rank = 4;
  entry.launch_line = {"mpirun", "-np", "3", "/opt/app"};
  entry.predicted = Interval{Seconds(12.1), Seconds(11.3), Seconds(13.7)};
  entry.seen = program_run();
  entry.ending.signal = 15;
  entry.slurm = SlurmFacts{"1234_7",
                           "OUT_OF_MEMORY",
                           Bytes(4'000'000'001),
                           Bytes(3'999'999'999),
                           Seconds(3600),
                           FailureCause::out_of_memory};
  return entry;
}

/// A run of `program` that ended well.
inline HistoryEntry whole_run(const std::string& program, int ranks, Seconds wall) {
  HistoryEntry entry;
  entry.time = "2024-05-01T12:34:56Z";
  entry.program = {"/opt/" + program, {"-i", "in"}, "/scratch", "00ff"};
  entry.machine = "node01-0123456789abcdef";
  entry.host = "node01";
  entry.mpi = "Open MPI 4.1.4";
  entry.ranks = ranks;
  entry.launch_line = {"mpirun", "-np", std::to_string(ranks), entry.program.path};
  entry.seen = ProgramRun{};
  entry.seen->ranks = ranks;
  entry.seen->wall = wall;
  entry.ending.status = 0;
  return entry;
}

}  // namespace mpisize::sample
