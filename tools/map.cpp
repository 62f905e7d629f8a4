#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "commands.hpp"
#include "errors.hpp"
#include "helpers.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/report.hpp"
#include "mpisize/write/shell_quote.hpp"
#include "print.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

/// Every core that is granted gets a rank; the plan may leave some out.
std::vector<std::string> line_of(const MapJob& job, const std::string& as_words) {
  const int ranks = job.ranks.value_or(std::max(1, read_topology().grant.cores));
  return {"mpirun",
          "--oversubscribe",
          "--bind-to",
          "none",
          "-n",
          std::to_string(ranks),
          helper("mpisize-map").string(),
          as_words};
}

/// Where the failed items are listed.
std::string outcome_of(const Report& report, const MapJob& job) {
  if (report.measured.lost.empty() || report.measured.stopped) return "";
  return fmt::format("  the items that failed are listed in {}.failed\n", job.output);
}

/// Says what went wrong, if anything; empty if the job did not live to tell.
std::optional<int> code_of_outcome(const std::string& file, const Talk& talk) {
  std::error_code none;
  if (!std::filesystem::exists(file, none)) return std::nullopt;
  const std::string text = read_file(file);
  const std::size_t line = std::min(text.find('\n'), text.size());
  const std::string words = text.substr(std::min(line + 1, text.size()));
  if (!words.empty()) say_error(talk, words);
  return std::stoi(text.substr(0, line));
}

}  // namespace

int command(const MapOptions& options, const Talk& talk) {
  if (options.report) check_writable(*options.report);
  const TemporaryDirectory directory;
  MapJob job = options.job;
  job.report = directory.file("report.json").string();
  job.outcome = directory.file("outcome").string();
  job.why = directory.file("why").string();
  job.progress = talk.terminal && !talk.quiet;
  const auto argv = line_of(job, options.dry_run ? "JOB" : to_json(job));
  if (options.dry_run) {
    print(options.common.json ? to_json(job) + "\n" : shell_join(argv) + "\n");
    return 0;
  }
  (void)find_program("mpirun");
  Command line;
  line.argv = argv;
  line.input = false;
  const auto output = directory.file("stdout");
  if (options.common.json)
    line.output = output;  // What kernels print must not mix with the object.
  const ChildRun done = run(line);
  const auto code = code_of_outcome(job.outcome, talk);
  std::error_code none;
  if (!std::filesystem::exists(job.report, none)) return code.value_or(done.exit_code());
  const std::string text = read_file(job.report);
  if (options.report) write_file(*options.report, text);
  const Report report = report_from_json(text, "the report of mpisize-map");
  say(talk, describe(report) + outcome_of(report, job));
  if (options.common.explain) {
    say(talk, describe(Choice{report.plan, report.predicted}, true) + read_file(job.why));
  }
  if (options.common.json) print(text);
  return code.value_or(done.exit_code());
}

}  // namespace mpisize::tools
