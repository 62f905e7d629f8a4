#include "slurm_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <csignal>
#include <utility>

#include "errors.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/write/slurm_jobs.hpp"
#include "mpisize/write/slurm_text.hpp"
#include "slurm_command.hpp"

namespace mpisize::tools {
namespace {

constexpr std::array interrupting{SIGINT, SIGTERM, SIGHUP};

volatile std::sig_atomic_t arrived = 0;
void note(int signal) { arrived = signal; }

/// While it lives signals that would end us are noted.
class Signals {
 public:
  Signals() {
    arrived = 0;
    struct sigaction action {};
    action.sa_handler = note;
    for (std::size_t i = 0; i < interrupting.size(); ++i) {
      sigaction(interrupting.at(i), &action, &before_.at(i));
    }
  }
  ~Signals() {
    for (std::size_t i = 0; i < interrupting.size(); ++i) {
      sigaction(interrupting.at(i), &before_.at(i), nullptr);
    }
  }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  static void sleep(Seconds time) {
    constexpr Seconds slice{0.05};
    for (const Seconds end = now() + time; now() < end;) {
      if (arrived != 0) throw Interrupted(arrived);
      polite_sleep(std::min(slice, end - now()));
    }
  }

 private:
  std::array<struct sigaction, interrupting.size()> before_{};
};

std::string value_of(std::string_view line, std::string_view key) {
  const std::string_view value = slurm_text::field(line, key);
  return value == "(null)" || value == "None" ? "" : std::string(value);
}

/// The job, empty if the controller does not know it (any more); `answered` says whether it spoke.
std::optional<JobState> look_at(const std::string& job, bool& answered, std::string& reason) {
  const SlurmAnswer answer = ask_slurm({"scontrol", "--oneliner", "show", "job", job});
  const bool forgotten = answer.errors.find("Invalid job id") != std::string::npos;
  answered = answer.fine() || forgotten;
  reason = answer.reason();
  return answer.fine() ? read_job_state(answer.output) : std::nullopt;
}

std::string in_words(const std::string& job, const JobState& state) {
  if (state.state == "PENDING") {
    return fmt::format("job {} waits{}", job,
                       state.reason.empty() ? "" : fmt::format(" ({})", state.reason));
  }
  std::string word = state.state;
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return fmt::format("job {} is {}{}", job, word,
                     state.nodes.empty() ? "" : fmt::format(" on {}", state.nodes));
}

}  // namespace

bool JobState::is_over() const { return mpisize::is_over(state); }

std::optional<JobState> read_job_state(std::string_view line) {
  if (line.rfind("JobId=", 0) != 0) return std::nullopt;  // Every record begins so.
  JobState state{value_of(line, "JobName"), value_of(line, "JobState"), value_of(line, "Reason"),
                 value_of(line, "NodeList"), value_of(line, "ExitCode")};
  if (state.state.empty()) return std::nullopt;
  return state;
}

std::string send_job(const std::filesystem::path& script) {
  const SlurmAnswer answer = ask_slurm({"sbatch", "--parsable", script.string()});
  // "12;cluster" in a federation.
  std::string job = answer.output.substr(0, answer.output.find_first_of(";\n"));
  const bool is_number = !job.empty() && std::all_of(job.begin(), job.end(), [](unsigned char c) {
    return std::isdigit(c) != 0;
  });
  if (!answer.fine() || !is_number) {
    throw InputError(fmt::format("sbatch does not take the job ({}); the script is '{}'",
                                 answer.reason(), script.string()));
  }
  return job;
}

std::optional<std::string> find_job(const std::string& name) {
  const SlurmAnswer answer =
      ask_slurm({"squeue", "--noheader", "--me", "--name=" + name, "--format=%A"});
  std::string job = answer.output.substr(0, answer.output.find('\n'));
  if (!answer.fine() || job.empty()) return std::nullopt;
  return job;
}

void cancel_job(const std::string& job) { static_cast<void>(ask_slurm({"scancel", job})); }

std::optional<JobState> wait_for_job(const std::string& job, const std::string& name,
                                     const Talk& talk) {
  constexpr Seconds first_pause{0.2};
  constexpr Seconds longest_pause{5};
  constexpr double growth = 1.3;
  constexpr int patience = 10;
  const Signals signals;
  std::string said;
  std::string reason;
  int silent = 0;
  std::optional<Progress> progress;
  for (Seconds pause = first_pause;; pause = std::min(longest_pause, growth * pause)) {
    Signals::sleep(pause);
    bool answered = false;
    auto state = look_at(job, answered, reason);
    silent = answered ? 0 : silent + 1;
    if (silent == patience) {
      throw InputError(fmt::format(
          "Slurm's controller does not answer any more ({}); job {} goes on, and the same command "
          "takes it up again",
          reason, job));
    }
    if (!answered) continue;
    if (!state || state->name != name) return std::nullopt;
    if (state->is_over()) return state;
    std::string words = in_words(job, *state);
    if (words == said) continue;
    if (!talk.terminal) say(talk, words + "\n");
    progress.reset();
    progress.emplace(talk, words);
    said = std::move(words);
  }
}

}  // namespace mpisize::tools
