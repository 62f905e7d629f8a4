#include "sampling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "errors.hpp"
#include "file_tail.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/launch_probe.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/json.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// Words of mpirun itself, not of the program.
bool mpirun_speaks(const std::string& words) {
  return words.find("attempt to run as root") != std::string::npos ||
         words.find("not enough slots") != std::string::npos;
}

InputError failed(const Sampling& sampling, const ChildRun& done, const fs::path& errors) {
  const std::string all = read_file(errors);
  if (mpirun_speaks(all)) return InputError(explain_mpirun(all));
  const std::string words = tail_of(errors);
  const std::string how = done.signal ? fmt::format("was ended by signal {}", *done.signal)
                                      : fmt::format("ended with status {}", done.exit_code());
  return InputError(fmt::format(
      "'{}' {} while it was sampled; repair it, or see what it says: MPISIZE=off {}{}{}",
      sampling.child.mpirun.program.front(), how, sampling.child.mpirun.program.front(),
      words.empty() ? "" : "\n  its last words:\n", words));
}

InputError never_called(const Sampling& sampling) {
  const std::string& program = sampling.child.mpirun.program.front();
  if (!sampling.name.empty()) {
    return InputError(
        fmt::format("'{}' ended without a call of mpisize::map that is named '{}'; check "
                    "Options::name in the program, or leave --name out to size the first call",
                    program, sampling.name));
  }
  return InputError(
      fmt::format("'{}' ended without ever calling mpisize::map; let it call it and link it "
                  "with mpisize (see README), or start it without mpisize",
                  program));
}

KernelProfile sample_once(const Sampling& sampling, int ranks, SpooledInput& input,
                          const Talk& talk) {
  const TemporaryDirectory directory;
  const auto profile = directory.file("kernel.json");
  const auto errors = directory.file("stderr");
  Command command;
  command.argv = sampling_line(sampling.child, ranks, sampling.topology);
  command.environment["MPISIZE_PROFILE"] =
      profile.string() + (sampling.name.empty() ? "" : ":" + sampling.name);
  command.output = directory.file("stdout");
  command.errors = errors;
  input.give_to_sample(command, talk);
  const Progress progress(
      talk, fmt::format("sampling {} on {} rank{}", sampling.child.mpirun.program.front(), ranks,
                        ranks == 1 ? "" : "s"));
  const ChildRun done = run(command);
  if (done.passed_on) throw Interrupted(*done.passed_on);
  if (fs::exists(profile)) {
    return kernel_profile_from_json(read_file(profile), "the profile of the program");
  }
  if (done.exit_code() != 0) throw failed(sampling, done, errors);
  throw never_called(sampling);
}

}  // namespace

KernelProfile sample(const Sampling& sampling, SpooledInput& input, const Talk& talk) {
  const std::string& program = sampling.child.mpirun.program.front();
  if (linkage_of(sampling.child) == Linkage::not_linked) {
    warn(talk,
         fmt::format("'{}' does not look linked with mpisize; if it never calls mpisize::map, "
                     "sampling runs it to its end",
                     program));
  }
  std::vector<CountedProfile> profiles;
  for (const int ranks : sampling.ranks) {
    const int per_node = (ranks + sampling.topology.nodes - 1) / sampling.topology.nodes;
    profiles.push_back({per_node, sample_once(sampling, ranks, input, talk)});
  }
  return merge(profiles);
}

}  // namespace mpisize::tools
