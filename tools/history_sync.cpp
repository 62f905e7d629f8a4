#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "errors.hpp"
#include "history_actions.hpp"
#include "mpisize/measure/history.hpp"
#include "mpisize/write/history_text.hpp"
#include "mpisize/write/json.hpp"
#include "mpisize/write/slurm_jobs.hpp"
#include "print.hpp"
#include "slurm_command.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;
using Entries = std::vector<HistoryEntry>;

/// Entries whose jobs may not have ended when they were last looked at; newest first.
Entries open_entries(const HistoryOptions& options, const fs::path& directory, const Talk& talk) {
  History history = read_history(directory);
  for (const std::string& sentence : history.damaged) warn(talk, sentence);
  std::erase_if(history.entries, [&](const HistoryEntry& entry) {
    if (!entry.slurm || (options.program && !is_named(entry, *options.program))) return true;
    return entry.seen || entry.slurm->cause;
  });
  return std::move(history.entries);
}

/// What accounting knows of the jobs, in one question; where there is none, what the controller
/// still knows.
std::vector<JobRecord> records_of(const Entries& entries, const Talk& talk) {
  constexpr Seconds patience{60};
  std::vector<std::string> jobs;
  jobs.reserve(entries.size());
  for (const HistoryEntry& entry : entries) jobs.push_back(entry.slurm->job_id);
  const SlurmAnswer accounting = ask_slurm(sacct_line(jobs), patience);
  if (accounting.fine()) return read_sacct(accounting.output);
  if (accounting.errors.find("disabled") == std::string::npos) {
    throw InputError(
        fmt::format("sacct gives no answer ({}); try again later", accounting.reason()));
  }
  note(talk,
       "there is no accounting here: the controller is asked, which forgets jobs some minutes "
       "after their end and does not know the memory that they used");
  const SlurmAnswer controller = ask_slurm(scontrol_line(), patience);
  if (!controller.fine()) {
    throw InputError(fmt::format("Slurm's controller gives no answer ({}); try again later",
                                 controller.reason()));
  }
  return read_scontrol_jobs(controller.output);
}

/// What was seen of a job that is over goes into its entry.
void settle(HistoryEntry& entry, const JobRecord& record) {
  const std::string job = entry.slurm->job_id;
  entry.slurm = record.facts;
  entry.slurm->job_id = job;
  entry.ending = record.ending;
  if (!record.elapsed || *record.elapsed <= Seconds(0)) return;
  ProgramRun seen;
  seen.ranks = entry.ranks;
  seen.nodes = entry.nodes;
  seen.threads_per_rank = entry.threads_per_rank;
  seen.wall = *record.elapsed;
  entry.seen = seen;
}

std::string synced_json(const Entries& settled, const std::vector<std::string>& running,
                        const std::vector<std::string>& unknown) {
  nlohmann::ordered_json json{{"schema", "mpisize-synced"}, {"schema_version", schema_version}};
  json["entries"] = nlohmann::ordered_json::array();
  for (const HistoryEntry& entry : settled) {
    json["entries"].push_back(nlohmann::ordered_json::parse(to_json(entry)));
  }
  json["running"] = running;
  json["unknown"] = unknown;
  constexpr int indent = 2;
  return json.dump(indent) + "\n";
}

}  // namespace

int sync_history(const HistoryOptions& options, const fs::path& directory, const Talk& talk) {
  Entries entries = open_entries(options, directory, talk);
  std::map<std::string, JobRecord> records;
  if (!entries.empty()) {
    for (JobRecord& record : records_of(entries, talk)) {
      records.insert_or_assign(record.facts.job_id, std::move(record));
    }
  }
  Entries settled;
  std::vector<std::string> running;
  std::vector<std::string> unknown;
  for (HistoryEntry& entry : entries) {
    const auto found = records.find(entry.slurm->job_id);
    if (found == records.end()) {
      unknown.push_back(entry.slurm->job_id);
    } else if (!is_over(found->second.facts.state.value())) {
      running.push_back(entry.slurm->job_id);
    } else {
      settle(entry, found->second);
      replace_entry(directory, entry);
      settled.push_back(entry);
    }
  }
  for (const std::string& job : unknown) {
    warn(talk, fmt::format("Slurm does not know job {} any more; its entry stays as it is", job));
  }
  if (options.common.json) {
    print(synced_json(settled, running, unknown));
    return 0;
  }
  if (!settled.empty()) print(describe_history(settled));
  for (const HistoryEntry& entry : settled) {
    if (!entry.slurm->cause) continue;
    say(talk, fmt::format("job {}: {}\n", entry.slurm->job_id, name_of(*entry.slurm->cause)));
  }
  say(talk, fmt::format("{} settled, {} not over yet, {} unknown\n", settled.size(), running.size(),
                        unknown.size()));
  return 0;
}

}  // namespace mpisize::tools
