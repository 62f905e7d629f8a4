#include "mpisize/write/launch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mpisize/write/mpirun_said.hpp"

namespace mpisize {
namespace {

using Words = std::span<const std::string>;

std::string_view file_name(std::string_view word) {
  const auto slash = word.rfind('/');
  return slash == std::string_view::npos ? word : word.substr(slash + 1);
}

template <std::size_t size>
bool is_one_of(std::string_view word, const std::array<std::string_view, size>& names) {
  return std::find(names.begin(), names.end(), word) != names.end();
}

/// Programs that start another one, and mpirun as well: `env A=b mpirun ...`.
bool starts_mpirun(Words argv) {
  constexpr std::array<std::string_view, 13> starters{
      "env",   "time",   "nice",   "ionice", "timeout", "numactl",  "taskset",
      "nohup", "setsid", "stdbuf", "strace", "perf",    "catchsegv"};
  return is_one_of(file_name(argv.front()), starters) &&
         std::any_of(argv.begin() + 1, argv.end(), [](const std::string& word) {
           return is_mpirun(word) || is_other_launcher(word);
         });
}

Launch passed_on(std::string why, std::optional<MpirunLine> line = std::nullopt) {
  return {LaunchKind::passed_on, std::move(why), std::move(line)};
}

bool is_open_mpi(const std::string& mpi) { return mpi.find("Open MPI") != std::string::npos; }

bool has_rankfile(const MpirunLine& line) { return what_is_said(line.options).rankfile; }

}  // namespace

bool is_other_launcher(std::string_view word) {
  constexpr std::array<std::string_view, 10> names{"srun",  "prun",   "prterun", "aprun",
                                                   "jsrun", "ibrun",  "lrun",    "mpirun_rsh",
                                                   "flux",  "palsrun"};
  const std::string_view name = file_name(word);
  if (is_mpirun(name)) return false;
  return is_one_of(name, names) || name.rfind("mpirun.", 0) == 0 || name.rfind("mpiexec.", 0) == 0;
}

Launch read_launch(Words argv, const std::string& mpi, const IsProgram& is_program) {
  if (argv.empty()) return {};
  const std::string& first = argv.front();
  if (is_other_launcher(first)) {
    return passed_on(fmt::format(
        "'{}' is started as written: only lines of Open MPI's mpirun are sized; write -- mpirun "
        "./app, or the program alone",
        first));
  }
  if (starts_mpirun(argv)) {
    return passed_on(fmt::format(
        "'{}' is started as written, with the mpirun behind it; write mpisize run -- mpirun ... "
        "to have it sized",
        first));
  }
  if (!is_mpirun(first)) {
    MpirunLine line;
    line.program.assign(argv.begin(), argv.end());
    return {LaunchKind::sized, {}, std::move(line)};
  }
  if (!is_open_mpi(mpi)) {
    return passed_on(fmt::format(
        "'{}' is started as written: it {}, and only lines of Open MPI's mpirun are sized; name "
        "that one (Debian: mpirun.openmpi), or put it first in PATH",
        first,
        mpi.empty() ? "does not say of which MPI it is" : fmt::format("belongs to {}", mpi)));
  }
  ParsedMpirun parsed = take_apart(argv, is_program);
  if (!parsed.line) {
    return passed_on(fmt::format("'{}' is started as written: {}", first, parsed.why));
  }
  if (has_rankfile(*parsed.line)) {
    return passed_on(
        fmt::format("'{}' is started as written: a rankfile places every rank, so there is "
                    "nothing to size; leave it out to have the ranks chosen",
                    first),
        std::move(parsed.line));
  }
  return {LaunchKind::sized, {}, std::move(parsed.line)};
}

}  // namespace mpisize
