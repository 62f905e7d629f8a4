/// The requests behind the scripts in jobscripts/: what job_script_test renders and what a real
/// Slurm runs in tests/cluster/slurm.
#pragma once

#include <string>
#include <vector>

#include "mpisize/write/program_job.hpp"

namespace mpisize::testing {

/// The request behind jobscripts/map.sbatch: a sized map on one node.
inline JobScript map_request() {
  JobScript script;
  script.job_name = "collide";
  script.program = {"./collide", "--seed", "7", "input file.h5"};
  Choice& choice = script.choice;
  choice.plan.verdict = Verdict::parallel;
  choice.plan.layout = {1, 8, 2};
  choice.plan.reasons = {"8 ranks are 6.91 times as fast as one; the root computes too."};
  choice.predicted.total = {Seconds(754), Seconds(738), Seconds(801)};
  choice.predicted.serial = {Seconds(5210), Seconds(5100), Seconds(5400)};
  choice.predicted.speedup = 6.91;
  choice.predicted.speedup_low = 6.42;
  script.launch = {Seconds(0.45), Seconds(0.31), Seconds(0.6)};
  script.before_call = Seconds(2.5);
  script.rank_memory = Bytes(310'000'000);
  script.root_memory = Bytes(920'000'000);
  script.plan_path = "collide.plan.json";
  script.partition = "short";
  script.output = "collide-%j.out";
  return script;
}

/// jobscripts/map-nodes.sbatch: several nodes, uneven, started by srun.
inline JobScript nodes_request() {
  JobScript script = map_request();
  script.choice.plan.layout = {3, 40, 1};
  script.choice.plan.reasons = {"40 ranks are 31.2 times as fast as one."};
  script.choice.predicted.speedup = 31.2;
  script.choice.predicted.speedup_low = 28.4;
  script.choice.predicted.total = {Seconds(167), Seconds(160), Seconds(180)};
  script.choice.predicted.rare_items_possible = true;
  script.launcher = Launcher::srun;
  return script;
}

/// jobscripts/map-serial.sbatch: more ranks do not pay, memory unknown.
inline JobScript serial_request() {
  JobScript script = map_request();
  script.choice.plan.verdict = Verdict::serial;
  script.choice.plan.layout = {1, 1, 1};
  script.choice.plan.reasons = {
      "No number of ranks reaches the speedup of 1.2 that is asked for: a message costs more than "
      "the item it carries."};
  script.choice.predicted.total =
      script.choice.predicted.serial = {Seconds(0.21), Seconds(0.2), Seconds(0.23)};
  script.rank_memory.reset();
  script.root_memory.reset();
  script.before_call.reset();
  script.output.reset();
  script.partition.reset();
  return script;
}

/// jobscripts/batch.sbatch: results in large pieces, in bounded memory, on two nodes.
inline JobScript batch_request() {
  JobScript script = map_request();
  script.program = {"./collide", "--seed", "7", "--as", "batch", "input file.h5"};
  script.choice.plan.layout = {2, 16, 1};
  ScatterPattern& pattern = script.choice.plan.pattern;
  pattern.kind = PatternKind::batch;
  pattern.chunk = 4;
  pattern.batch = 128;
  script.choice.plan.reasons = {
      "16 ranks are 13.2 times as fast as one.",
      "Batches of 128 items, so that delivering goes on beside computing."};
  script.choice.predicted.total = {Seconds(1020), Seconds(980), Seconds(1110)};
  script.choice.predicted.speedup = 13.2;
  script.choice.predicted.speedup_low = 12.6;
  script.root_memory = Bytes(460'000'000);
  return script;
}

/// jobscripts/stream.sbatch: results one by one, in order, from a source of unknown length.
inline JobScript stream_request() {
  JobScript script = map_request();
  script.program = {"./collide", "--seed", "7", "--as", "stream", "input file.h5"};
  script.choice.plan.layout = {1, 6, 1};
  ScatterPattern& pattern = script.choice.plan.pattern;
  pattern.kind = PatternKind::stream;
  pattern.chunk = 2;
  pattern.window = 64;
  pattern.ordered = true;
  pattern.root_computes = false;
  script.choice.plan.reasons = {"6 ranks are 4.87 times as fast as one; the root only dispatches.",
                                "A window of 64 items, results in order."};
  script.choice.predicted.speedup = 4.87;
  script.choice.predicted.speedup_low = 4.31;
  script.choice.predicted.rare_items_possible = true;
  return script;
}

/// jobscripts/map-journal.sbatch: mpisize map, which starts its ranks itself, stopped before the
/// time limit and taken up again.
inline JobScript map_journal_request() {
  JobScript script = map_request();
  script.job_name = "mpisize-map";
  script.output = "mpisize-map-%j.out";
  script.program = {
      "mpisize",   "map",      "--kernel", "./libkernel.so", "--input",     "in.h5:/x", "--output",
      "out.h5:/y", "--result", "double",   "--journal",      "out.journal", "--ranks",  "8"};
  script.launcher = Launcher::own;
  script.plan_path.reset();
  script.choice.plan.layout = {2, 8, 1};
  script.choice.plan.pattern.kind = PatternKind::batch;
  script.choice.predicted.total = {Seconds(17800), Seconds(16900), Seconds(19100)};
  script.partition.reset();
  script.time_limit = Seconds(7200);
  script.resume = Resumption{"out.journal", Seconds(45), "out.h5"};
  return script;
}

/// jobscripts/wrapped.sbatch: a program that knows nothing of mpisize, ranks x threads.
inline JobScript wrapped_request() {
  ProgramChoice choice;
  choice.verdict = Verdict::parallel;
  ProgramPrediction& predicted = choice.chosen.predicted;
  predicted.config = {4, 2, 2};
  predicted.total = {Seconds(1310), Seconds(1240), Seconds(1420)};
  predicted.speedup = 6.4;
  predicted.node_memory_high = Bytes(1'900'000'000);
  choice.reasons = {"4 ranks x 2 threads on 2 nodes take the least time of 9 configurations."};
  JobScript script = program_job(choice);
  script.job_name = "stencil";
  script.program = {"./stencil", "--work", "0.4", "--steps", "4"};
  script.launcher_options = {"-x", "PATH"};
  script.environment = {
      {"MKL_NUM_THREADS", "2"}, {"OMP_NUM_THREADS", "2"}, {"OPENBLAS_NUM_THREADS", "2"}};
  script.output = "stencil-%j.out";
  return script;
}

/// A file of jobscripts/ and what it is rendered from.
struct ShippedJob {
  std::string file;
  JobScript request;
};

inline std::vector<ShippedJob> shipped_jobs() {
  return {{"map.sbatch", map_request()},           {"map-nodes.sbatch", nodes_request()},
          {"map-serial.sbatch", serial_request()}, {"map-journal.sbatch", map_journal_request()},
          {"batch.sbatch", batch_request()},       {"stream.sbatch", stream_request()},
          {"wrapped.sbatch", wrapped_request()}};
}

/// Both launchers on layouts that divide evenly and that do not, with threads and without.
inline std::vector<ShippedJob> other_jobs() {
  std::vector<ShippedJob> jobs;
  for (const Layout& layout : {Layout{1, 3, 1}, {2, 8, 2}, {3, 8, 1}, {4, 4, 3}, {4, 31, 1}}) {
    for (const Launcher launcher : {Launcher::mpirun, Launcher::srun}) {
      JobScript job = map_request();
      job.choice.plan.layout = layout;
      job.launcher = launcher;
      jobs.push_back({std::to_string(layout.nodes) + "-nodes-" + std::to_string(layout.rank_count) +
                          (launcher == Launcher::srun ? "-srun.sbatch" : "-mpirun.sbatch"),
                      job});
    }
  }
  JobScript by_srun = wrapped_request();
  by_srun.launcher = Launcher::srun;
  by_srun.launcher_options.clear();
  jobs.push_back({"wrapped-srun.sbatch", by_srun});
  for (const Launcher launcher : {Launcher::mpirun, Launcher::srun}) {
    JobScript resumed = map_request();
    resumed.choice.plan.layout = {2, 8, 1};
    resumed.launcher = launcher;
    resumed.program = {"./collide", "--seed", "7", "--journal", "some journal", "input file.h5"};
    resumed.resume.emplace().journal = "some journal";
    jobs.push_back(
        {launcher == Launcher::srun ? "journal-srun.sbatch" : "journal-mpirun.sbatch", resumed});
  }
  return jobs;
}

}  // namespace mpisize::testing
