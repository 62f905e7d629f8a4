#include "start_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <iomanip>
#include <sstream>

#include "errors.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/test_only.hpp"
#include "slurm_command.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

Seconds until(double epoch) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return Seconds(std::max(0.0, epoch - now.count()));
}

}  // namespace

std::optional<double> epoch_of(const std::string& local_time) {
  std::tm fields{};
  std::istringstream text(local_time);
  text >> std::get_time(&fields, "%Y-%m-%dT%H:%M:%S");
  fields.tm_isdst = -1;  // As the calendar says.
  if (text.fail()) return std::nullopt;
  const std::time_t time = std::mktime(&fields);
  if (time == -1) return std::nullopt;
  return static_cast<double>(time);
}

StartEstimate ask_for_start(const JobRequest& request) {
  const TemporaryDirectory directory;
  const auto script = directory.file("job.sbatch");
  write_file(script, render(request));
  const SlurmAnswer answer = ask_slurm({"sbatch", "--test-only", script.string()});
  if (answer.timed_out || answer.errors.find("Unable to contact") != std::string::npos) {
    throw InputError(
        fmt::format("Slurm's controller does not answer (sbatch --test-only: {}); see whether "
                    "`scontrol ping` finds it, or give facts that were saved before with --offline "
                    "cluster.json",
                    answer.reason()));
  }
  const auto start = read_job_start(answer.errors);
  const auto epoch = start ? epoch_of(start->time) : std::nullopt;
  if (!answer.fine() || !epoch) return {std::nullopt, answer.reason()};
  return {until(*epoch), ""};
}

}  // namespace mpisize::tools
