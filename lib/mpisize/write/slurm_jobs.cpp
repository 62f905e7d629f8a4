#include "mpisize/write/slurm_jobs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <utility>

#include "mpisize/write/slurm_text.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize {
namespace {

using slurm_text::digits;
using slurm_text::field;
using slurm_text::Place;
using slurm_text::split;

constexpr std::array<std::string_view, 10> columns{
    "JobID",    "State",     "ExitCode", "ElapsedRaw",   "NNodes",
    "NodeList", "AllocTRES", "ReqTRES",  "TimelimitRaw", "TRESUsageInTot"};
enum Column { id, state, exit_code, elapsed, nodes, node_list, given, asked, limit, used };

/// CANCELLED of "CANCELLED by 1000" and "CANCELLED+".
std::string_view first_word(std::string_view text) {
  return text.substr(0, text.find_first_of(" +"));
}

/// "3:0": status and signal.
ProgramEnding read_exit_code(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return {};
  const auto status = digits(text.substr(0, colon));
  const auto signal = digits(text.substr(colon + 1));
  ProgramEnding ending;
  if (signal && *signal > 0) {
    ending.signal = static_cast<int>(*signal);
  } else if (status) {
    ending.status = static_cast<int>(*status);
  }
  return ending;
}

/// "2" of "node" in "cpu=4,mem=600M,node=2".
std::string_view resource(std::string_view resources, std::string_view name) {
  for (const std::string_view one : split(resources, ',')) {
    if (one.substr(0, one.find('=')) == name) return one.substr(one.find('=') + 1);
  }
  return {};
}

/// "600M", or with --noconvert bytes: "52109312".
std::optional<Bytes> read_memory(std::string_view text) {
  if (const auto bytes = digits(text)) return Bytes(*bytes);
  return read_slurm_memory(text);
}

/// The name before the first bracket and the first number in it: "n1" of "n[1-2]".
std::string first_host(std::string_view list) {
  const auto bracket = list.find('[');
  if (bracket == std::string_view::npos) return std::string(list.substr(0, list.find(',')));
  const auto end = list.find_first_of("-,]", bracket);
  return std::string(list.substr(0, bracket)) +
         std::string(list.substr(bracket + 1, end - bracket - 1));
}

/// What the steps of one job used.
struct Used {
  std::int64_t batch = 0;
  std::string batch_host;
  std::int64_t most = 0;          ///< Of a node by another step.
  bool beside_the_batch = false;  ///< That step was on the batch script's host too.
  [[nodiscard]] std::optional<Bytes> of_node() const {
    const std::int64_t both = beside_the_batch ? batch + most : std::max(batch, most);
    return both > 0 ? std::optional<Bytes>(Bytes(both)) : std::nullopt;
  }
};

struct Job {
  JobRecord record;
  Used used;
};

using Row = std::vector<std::string_view>;

void add_step(const Row& row, std::string_view step, Used& used) {
  const auto memory = read_memory(resource(row[Column::used], "mem"));
  const auto on_nodes = digits(row[Column::nodes]);
  if (!memory || step == "extern") return;
  const std::int64_t per_node = memory->value() / std::max<std::int64_t>(1, on_nodes.value_or(1));
  if (step == "batch") {
    used.batch = per_node;
    used.batch_host = first_host(row[node_list]);
  } else if (per_node > used.most) {
    used.most = per_node;
    used.beside_the_batch = first_host(row[node_list]) == used.batch_host;
  }
}

/// How a job ends that does not end well.
constexpr std::array<std::pair<std::string_view, FailureCause>, 9> causes{{
    {"OUT_OF_MEMORY", FailureCause::out_of_memory},
    {"TIMEOUT", FailureCause::time_limit},
    {"DEADLINE", FailureCause::time_limit},
    {"NODE_FAIL", FailureCause::node_failure},
    {"BOOT_FAIL", FailureCause::node_failure},
    {"PREEMPTED", FailureCause::preemption},
    {"CANCELLED", FailureCause::cancelled},
    {"REVOKED", FailureCause::cancelled},
    {"FAILED", FailureCause::own_error},
}};

std::optional<FailureCause> cause_in(std::string_view state) {
  const auto* const found = std::find_if(causes.begin(), causes.end(), [&](const auto& cause) {
    return cause.first == first_word(state);
  });
  if (found == causes.end()) return std::nullopt;
  return found->second;
}

JobRecord read_job(const Row& row) {
  JobRecord record;
  record.facts.job_id = row[id];
  record.facts.state = std::string(row[state]);
  record.ending = read_exit_code(row[exit_code]);
  if (const auto seconds = digits(row[elapsed])) {
    record.elapsed = Seconds(static_cast<double>(*seconds));
  }
  if (const auto minutes = digits(row[limit])) {
    constexpr double minute = 60;
    record.facts.time_limit = Seconds(minute * static_cast<double>(*minutes));
  }
  // Of a job that started at once what it asked for may be missing, of one that never did the rest.
  const std::string_view granted = row[given].empty() ? row[asked] : row[given];
  const auto on_nodes = std::max<std::int64_t>(1, digits(resource(granted, "node")).value_or(1));
  if (const auto memory = read_memory(resource(granted, "mem"))) {
    record.facts.memory_asked = Bytes(memory->value() / on_nodes);
  }
  record.facts.cause = cause_of(*record.facts.state, record.ending);
  return record;
}

}  // namespace

bool is_over(std::string_view state) {
  return first_word(state) == "COMPLETED" || cause_in(state).has_value();
}

std::optional<FailureCause> cause_of(std::string_view state, const ProgramEnding& ending) {
  constexpr int out_of_memory_signal = 125;  // slurmstepd's "0:125": its cgroup ran out.
  if (ending.signal == out_of_memory_signal) return FailureCause::out_of_memory;
  return cause_in(state);
}

std::vector<std::string> sacct_line(std::span<const std::string> jobs) {
  // Without a start time sacct looks at today alone where no job is named, and at all of them else;
  // it is named so that no configuration changes that.
  return {"sacct",
          "--parsable2",
          "--noheader",
          "--noconvert",
          "--starttime=1970-01-01",
          "--format=" + fmt::format("{}", fmt::join(columns, ",")),
          "--jobs=" + fmt::format("{}", fmt::join(jobs, ","))};
}

std::vector<JobRecord> read_sacct(std::string_view text) {
  std::vector<Job> jobs;
  Place place{"sacct", 0};
  for (const std::string_view line : slurm_text::lines(text)) {
    ++place.line;
    const Row row = split(line, '|');
    if (row.size() != columns.size() || row[id].empty()) {
      place.fail(fmt::format("has {} columns instead of {}", row.size(), columns.size()));
    }
    const auto dot = row[id].find('.');
    if (dot == std::string_view::npos) {
      jobs.push_back({read_job(row), {}});
    } else if (!jobs.empty() && jobs.back().record.facts.job_id == row[id].substr(0, dot)) {
      add_step(row, row[id].substr(dot + 1), jobs.back().used);
    }
  }
  std::vector<JobRecord> records;
  for (Job& job : jobs) {
    job.record.facts.memory_used = job.used.of_node();
    const auto same = std::find_if(records.begin(), records.end(), [&](const JobRecord& r) {
      return r.facts.job_id == job.record.facts.job_id;
    });
    if (same != records.end()) {
      *same = std::move(job.record);
    } else {
      records.push_back(std::move(job.record));
    }
  }
  return records;
}

std::vector<std::string> scontrol_line() { return {"scontrol", "--oneliner", "show", "job"}; }

std::vector<JobRecord> read_scontrol_jobs(std::string_view text) {
  std::vector<JobRecord> records;
  Place place{"scontrol", 0};
  for (const std::string_view line : slurm_text::lines(text)) {
    ++place.line;
    const std::string_view job = field(line, "JobId");
    if (job.empty()) continue;  // "No jobs in the system"
    JobRecord record;
    record.facts.job_id = job;
    record.facts.state = std::string(field(line, "JobState"));
    record.ending = read_exit_code(field(line, "ExitCode"));
    if (const auto time = field(line, "RunTime"); !time.empty()) {
      record.elapsed = slurm_text::duration(time, place);
    }
    if (const auto time = field(line, "TimeLimit"); !slurm_text::is_nothing(time)) {
      record.facts.time_limit = slurm_text::duration(time, place);
    }
    if (const auto memory = read_memory(field(line, "MinMemoryNode"))) {
      record.facts.memory_asked = memory;
    }
    record.facts.cause = cause_of(*record.facts.state, record.ending);
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace mpisize
