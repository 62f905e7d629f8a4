#include "probe_slurm.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <span>

#include "cluster_facts.hpp"
#include "errors.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/hash.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/write/json.hpp"
#include "probe_job.hpp"
#include "slurm_job.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// What is known of the job, in a folder of the cache: script, job (its number), output.txt,
/// machine.json.
class Notes {
 public:
  Notes(const Cluster& cluster, const std::string& partition) {
    const auto cache = cache_directory();
    if (!cache) {
      throw InputError(
          "there is no cache directory for the job to write into; set XDG_CACHE_HOME to one that "
          "the nodes see, too");
    }
    const std::string key =
        fmt::format("{}\n{}\n{}\n{}", geteuid(), cluster.controller, cluster.name, partition);
    name_ = "mpisize-probe-" +
            fingerprint_text(hash_bytes(std::as_bytes(std::span(key.data(), key.size()))));
    folder_ = *cache / name_;
    fs::create_directories(folder_);
  }

  /// Of the job; the same for each job of this user for this partition.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] fs::path script() const { return folder_ / "job.sbatch"; }
  [[nodiscard]] fs::path output() const { return folder_ / "output.txt"; }
  [[nodiscard]] fs::path result() const { return folder_ / "machine.json"; }

  /// The number of the job that was sent and not brought back yet.
  [[nodiscard]] std::optional<std::string> job() const {
    std::error_code none;
    if (fs::exists(folder_ / "job", none)) return read_file(folder_ / "job");
    // Interrupted between sbatch and the note.
    return fs::exists(script(), none) ? find_job(name_) : std::nullopt;
  }
  void note(const std::string& job) const { write_file(folder_ / "job", job); }
  void begin() const {
    std::error_code none;
    for (const fs::path& old : {output(), result(), folder_ / "job"}) fs::remove(old, none);
  }
  void end() const {
    std::error_code none;
    fs::remove(folder_ / "job", none);
    fs::remove(script(), none);
  }

 private:
  std::string name_;
  fs::path folder_;
};

std::string send(const SlurmProbe& probe, const Partition& partition, const Notes& notes,
                 const Talk& talk) {
  notes.begin();
  const ProbeJob job{notes.name(),   &partition,    probe.account, fs::canonical("/proc/self/exe"),
                     notes.result(), notes.output()};
  write_file(notes.script(), render(job));
  std::string number = send_job(notes.script());
  notes.note(number);
  say(talk, fmt::format("job {} measures {} of partition {}; interrupted, the same command takes "
                        "it up again\n",
                        number, probe_nodes(partition) == 1 ? "a node" : "nodes", partition.name));
  return number;
}

/// A file of another host is seen after a moment (NFS keeps what it knows for up to a minute, but
/// looks again when the folder changes).
bool appears(const fs::path& file) {
  constexpr int looks = 50;
  constexpr Seconds pause{0.1};
  for (int i = 0; i < looks; ++i) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(file.parent_path(), none)) {
      if (entry.path() == file) return true;
    }
    polite_sleep(pause);
  }
  return false;
}

/// The last lines that the job wrote.
std::string last_words(const fs::path& output) {
  constexpr std::size_t longest = 400;
  std::error_code none;
  if (!fs::exists(output, none)) return "";
  std::string text = read_file(output);
  text.erase(text.find_last_not_of("\r\n ") + 1);
  if (text.size() > longest) text.erase(0, text.size() - longest);
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return text;
}

[[noreturn]] void fail(const std::string& job, const std::optional<JobState>& state,
                       const Notes& notes) {
  const std::string words = last_words(notes.output());
  const std::string said = words.empty() ? "" : fmt::format("; it said: {}", words);
  if (!state || state->state == "COMPLETED") {
    throw InputError(fmt::format(
        "job {} is over, but what it measured is not in '{}'; set XDG_CACHE_HOME to a folder that "
        "the nodes see, too{}",
        job, notes.result().string(), said));
  }
  throw InputError(fmt::format("job {} ended as {} (exit code {}){}; the same command tries again",
                               job, state->state, state->exit_code, said));
}

Machine brought_back(const std::string& job, const Notes& notes, const Talk& talk) {
  const auto state = wait_for_job(job, notes.name(), talk);
  notes.end();
  const bool fine = !state || state->state == "COMPLETED";
  if (!fine || !appears(notes.result())) fail(job, state, notes);
  return machine_from_json(read_file(notes.result()), notes.result().string());
}

}  // namespace

Machine measure_partition(const SlurmProbe& probe, const Talk& talk) {
  const Cluster cluster = cluster_facts({}, talk).cluster;
  const Partition& partition = partition_named(cluster, probe.partition);
  const Notes notes(cluster, partition.name);
  std::optional<std::string> job = notes.job();
  if (job) {
    say(talk, fmt::format("taking up job {}, which was sent before\n", *job));
  } else {
    if (const auto why = refusal(cluster, partition)) {
      throw InputError(
          fmt::format("partition {} is not for {} now: {}; take another (mpisize "
                      "cluster lists them)",
                      partition.name, cluster.user.name, *why));
    }
    job = send(probe, partition, notes, talk);
  }
  try {
    return brought_back(*job, notes, talk);
  } catch (const Interrupted&) {
    if (probe.cancel_on_interrupt) {
      cancel_job(*job);
      notes.end();
      say(talk, fmt::format("job {} is cancelled\n", *job));
    } else {
      say(talk, fmt::format("job {} goes on; the same command takes it up again, scancel {} ends "
                            "it\n",
                            *job, *job));
    }
    throw;
  }
}

}  // namespace mpisize::tools
