/// One run of a program that need not know mpisize, to see what it takes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "mpisize/measure/energy_meter.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/model/program_run.hpp"
#include "mpisize/model/steady_state.hpp"
#include "planned_launch.hpp"
#include "spooled_input.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// What to start.
struct SampleOrder {
  ChildLine child;
  ToLaunch launch;
  std::filesystem::path folder;  ///< Its stdout, stderr and counters; is there, empty.
  std::optional<std::filesystem::path> working_directory;  ///< Empty: ours.
  std::map<std::string, std::string> environment;          ///< Besides that of the launch.
  /// From then on it is ended as soon as its rate is known; at twice that in any case.
  Seconds enough{60};
  std::optional<Pattern> pattern;                    ///< That earlier runs were counted in.
  std::filesystem::path powercap = energy_counters;  ///< Of this node.
};

/// What a run showed.
struct ProgramSample {
  ProgramRun run;                     ///< Of all of it; the counters of all ranks.
  std::optional<ProgramRun> stretch;  ///< Its steady state, if it has one.
  std::optional<Pattern> pattern;     ///< That the stretch is counted in.
  bool ended = false;                 ///< By itself, with status 0.
  bool calls_mpi = false;             ///< A rank was seen to call MPI_Init.
  std::string no_energy;              ///< Why its energy was not measured; empty: it was.
  ChildRun child;                     ///< How it ended.
  std::filesystem::path folder;
  [[nodiscard]] bool crashed() const { return !ended && !child.stopped; }
};

/// The same line with the profiling layer in its ranks, which count their calls into a directory
/// that is there.
[[nodiscard]] ChildLine profiled(ChildLine child, const std::filesystem::path& counters);

struct MeteredRun {
  ChildRun child;
  std::optional<Joules> energy;
  std::string no_energy;  ///< Why it was not measured; empty: it was.
};
/// Runs the command that starts the child; its energy is measured where all ranks are on this node.
[[nodiscard]] MeteredRun run_on_a_meter(const Command& command, const ChildLine& child,
                                        const ToLaunch& launch,
                                        const std::filesystem::path& powercap = energy_counters);

/// Runs it once under mpirun with the profiling layer. Its own output goes to files in the folder.
/// Throws Interrupted if we are told to end.
[[nodiscard]] ProgramSample take_sample(const SampleOrder& order, SpooledInput& input,
                                        const Talk& talk);

/// Last lines of what it wrote to stderr, or else to stdout, as far as they fit into 2 kB.
[[nodiscard]] std::string last_words(const ProgramSample& sample);

}  // namespace mpisize::tools
