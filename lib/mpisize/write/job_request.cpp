#include "mpisize/write/job_request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/error.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/write/job_numbers.hpp"
#include "mpisize/write/shell_quote.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize {

void check_job(const JobScript& script) {
  const Choice& choice = script.choice;
  if (choice.plan.verdict == Verdict::infeasible) {
    throw InputError(fmt::format(
        "the plan is infeasible ({}), so there is no job to write; relax the limit",
        choice.plan.binding_limit.value_or(choice.plan.reasons.empty() ? "no reason given"
                                                                       : choice.plan.reasons[0])));
  }
  for (const auto& [name, margin] :
       {std::pair{"time", script.time_margin}, std::pair{"memory", script.memory_margin}}) {
    if (!(margin >= 0) || !std::isfinite(margin)) {
      throw InputError(
          fmt::format("the {} margin is {}; give a share of at least 0, e.g. 0.25", name, margin));
    }
  }
}

Layout job_layout(const Choice& choice) {
  Layout layout = choice.plan.layout;
  if (choice.plan.verdict == Verdict::serial) layout.nodes = layout.rank_count = 1;
  return layout;
}

int most_on_a_node(const JobScript& script) {
  int most = job_layout(script.choice).ranks_per_node();
  for (const PlacedNode& node : script.choice.plan.placement) most = std::max(most, node.ranks);
  return most;
}

JobTime job_time(const JobScript& script) {
  constexpr double most = 1e9;  // Thirty years: beyond any partition, and safe to convert.
  JobTime time;
  time.upper = script.choice.predicted.total.high + script.launch.high +
               script.before_call.value_or(Seconds(0));
  time.margin = std::max(script.time_margin * time.upper, least_time_margin);
  if (script.longest && time.upper <= *script.longest) {
    time.margin = std::min(time.margin, *script.longest - time.upper);
  }
  if (script.resume) {
    time.lead = warning_lateness + script.resume->stop + requeue_time;
    // Slurm looks every 30 s, and warns if the end is less than lead and 30 s away: with a lead of
    // 30 s in a minute's limit the warning came within the first second, before the shell minded
    // it.
    constexpr double share = 3;
    if (script.time_limit) time.lead = std::min(time.lead, *script.time_limit / share);
  }
  time.wished = script.time_limit;
  if (!(time.upper.value() >= 0) || time.upper.value() > most) {
    throw InputError(
        fmt::format("the plan's time of {} cannot be asked of Slurm; sample the program again",
                    human(time.upper)));
  }
  return time;
}

std::optional<JobMemory> job_memory(const JobScript& script) {
  const auto root = script.root_memory ? script.root_memory : script.rank_memory;
  JobMemory memory;
  if (script.node_memory) {
    memory.used = *script.node_memory;
  } else {
    memory.workers = most_on_a_node(script) - 1;
    if (!root || (memory.workers > 0 && !script.rank_memory)) return std::nullopt;
    memory.root = *root;
    memory.used = *root + script.rank_memory.value_or(Bytes(0)) * memory.workers;
  }
  const double bytes = static_cast<double>(memory.used.value()) * (1 + script.memory_margin) +
                       static_cast<double>(launcher_memory.value());
  memory.asked = Bytes(static_cast<std::int64_t>(std::ceil(bytes)));
  return memory;
}

JobRequest request_of(const JobScript& script) {
  check_job(script);
  const Layout layout = job_layout(script.choice);
  JobRequest request;
  request.job_name = script.job_name;
  request.account = script.account;
  request.partition = script.partition;
  request.needs = script.needs;
  request.nodes = layout.nodes;
  request.ntasks = layout.ranks();
  request.ntasks_per_node = most_on_a_node(script);
  request.cpus_per_task = layout.threads_per_rank;
  if (const auto memory = job_memory(script)) request.memory = memory->asked;
  request.time = job_time(script).asked();
  const JobLessons& lessons = script.lessons;
  if (lessons.node_memory) {
    request.memory = std::max(request.memory.value_or(Bytes(0)), *lessons.node_memory);
  }
  if (lessons.time && !script.time_limit) {
    const Seconds taught = std::min(*lessons.time, script.longest.value_or(*lessons.time));
    request.time = std::max(*request.time, taught);
  }
  if (script.resume) {
    request.signal = fmt::format("B:USR1@{:.0f}", std::floor(job_time(script).lead.value()));
    request.requeue = true;
  }
  return request;
}

std::vector<RequestedOption> requested_options(const JobRequest& request) {
  std::vector<RequestedOption> options;
  const auto add = [&](const char* option, const std::optional<std::string>& value) {
    if (value) options.push_back({option, *value});
  };
  const auto add_count = [&](const char* option, std::optional<int> count) {
    if (count) options.push_back({option, std::to_string(*count)});
  };
  add("job-name", request.job_name);
  add("account", request.account);
  add("partition", request.partition);
  add("qos", request.needs.qos);
  add("constraint", request.needs.constraint);
  add("gres", request.needs.gres);
  if (request.needs.whole_nodes) add("exclusive", "");
  if (request.needs.a_core_each) add("hint", "nomultithread");
  if (const auto& array = request.needs.array) add("array", fmt::format("0-{}", array->tasks - 1));
  add_count("nodes", request.nodes);
  add_count("ntasks", request.ntasks);
  add_count("ntasks-per-node", request.ntasks_per_node);
  add_count("cpus-per-task", request.cpus_per_task);
  if (request.memory) add("mem", write_slurm_memory(*request.memory));
  if (request.memory_per_cpu) add("mem-per-cpu", write_slurm_memory(*request.memory_per_cpu));
  if (request.time) add("time", write_slurm_time(*request.time));
  add("signal", request.signal);
  if (request.requeue) {
    add("requeue", "");
    add("open-mode", "append");
  }
  return options;
}

std::string render(const JobRequest& request) {
  std::string text = "#!/bin/sh\n";
  for (const auto& [option, value] : requested_options(request)) {
    text += "#SBATCH --" + option;
    if (!value.empty()) text += "=" + sbatch_quote(value);
    text += "\n";
  }
  return text + "exit 0\n";
}

}  // namespace mpisize
