#include "sampling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "errors.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/launch_probe.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/json.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// Last lines of a file, as far as they fit into 2 kB.
std::string tail_of(const fs::path& path) {
  constexpr std::size_t most = 2048;
  constexpr int most_lines = 12;
  std::string text = read_file(path);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::size_t from = text.size();
  for (int lines = 0; lines < most_lines && from != std::string::npos && from > 0; ++lines) {
    from = text.rfind('\n', from - 1);
  }
  from = from == std::string::npos ? 0 : from;
  if (text.size() - from > most) from = text.size() - most;
  text.erase(0, from);
  if (!text.empty() && text.front() == '\n') text.erase(0, 1);
  return text;
}

/// Words of mpirun itself, not of the program.
bool mpirun_speaks(const std::string& words) {
  return words.find("attempt to run as root") != std::string::npos ||
         words.find("not enough slots") != std::string::npos;
}

/// An executable that is linked with mpisize has the name of the variable in it, or a library that
/// has it.
bool may_be_linked(const std::string& program) {
  std::ifstream file(find_program(program), std::ios::binary);
  std::string block(std::size_t{1} << 20, '\0');
  std::string seen;
  bool first = true;
  while (file.read(block.data(), static_cast<std::streamsize>(block.size())) || file.gcount() > 0) {
    seen.append(block, 0, static_cast<std::size_t>(file.gcount()));
    if (first && seen.rfind("\x7f"
                            "ELF",
                            0) != 0)
      return true;  // a script: who knows
    first = false;
    if (seen.find("MPISIZE_PROFILE") != std::string::npos ||
        seen.find("mpisize") != std::string::npos) {
      return true;
    }
    constexpr std::size_t overlap = 32;
    seen.erase(0, seen.size() - std::min(seen.size(), overlap));
  }
  return false;
}

InputError failed(const Sampling& sampling, const ChildRun& done, const fs::path& errors) {
  const std::string words = tail_of(errors);
  if (mpirun_speaks(read_file(errors))) return InputError(explain_mpirun(read_file(errors)));
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
  if (!may_be_linked(program)) {
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
