#include "side_by_side.hpp"

#include <fmt/format.h>

#include "errors.hpp"
#include "file_tail.hpp"
#include "mpisize/measure/process.hpp"
#include "planned_launch.hpp"
#include "program_request.hpp"
#include "sample_folders.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

Seconds run_once(const SideBySide& wanted, const ProgramConfig& config, const fs::path& folder,
                 SpooledInput& input, const Talk& talk) {
  const PlannedLaunch launch =
      planned_launch(wanted.child, launch_of(config, wanted.machine, wanted.threaded));
  Command command;
  command.argv = launch.argv;
  command.environment = launch.environment;
  command.output = folder / "stdout";
  command.errors = folder / "stderr";
  input.give_to_sample(command, talk);
  const ChildRun done = run(command);
  if (done.passed_on) throw Interrupted(*done.passed_on);
  if (done.exit_code() == 0) return done.wall;
  const std::string words = tail_of(folder / "stderr");
  throw InputError(
      fmt::format("'{}' ended with status {} on {}; leave that plan out, or repair it{}{}",
                  wanted.child.mpirun.program.front(), done.exit_code(), describe(config),
                  words.empty() ? "" : "\n  its last words:\n", words));
}

}  // namespace

std::vector<std::vector<Seconds>> run_side_by_side(const SideBySide& wanted, SpooledInput& input,
                                                   const Talk& talk) {
  SampleFolders folders(std::nullopt);
  say(talk, fmt::format("'{}' is started {} times; what it prints goes to {}\n",
                        wanted.child.mpirun.program.front(),
                        static_cast<std::size_t>(wanted.rounds) * wanted.configs.size(),
                        folders.base().string()));
  std::vector<std::vector<Seconds>> times(wanted.configs.size());
  for (int round = 1; round <= wanted.rounds; ++round) {
    for (std::size_t i = 0; i < wanted.configs.size(); ++i) {
      const ProgramConfig& config = wanted.configs[i];
      const Progress progress(
          talk, fmt::format("round {} of {}: {}", round, wanted.rounds, describe(config)));
      times[i].push_back(run_once(wanted, config, folders.next(config), input, talk));
    }
  }
  return times;
}

}  // namespace mpisize::tools
