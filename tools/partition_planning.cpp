#include "partition_planning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "cluster_facts.hpp"
#include "errors.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/model/what_if.hpp"
#include "mpisize/write/job_script.hpp"
#include "mpisize/write/partition_text.hpp"
#include "start_probe.hpp"
#include "whole_program.hpp"

namespace mpisize::tools {
namespace {

void check_array(const Cluster& cluster, const ClusterWishes& wishes, std::int64_t items) {
  if (!wishes.needs.array) return;
  const int tasks = wishes.needs.array->tasks;
  const auto refuse = [&](const std::string& limit, std::int64_t most) {
    throw InfeasibleError(
        fmt::format("--array {}: {} on cluster {}; give at most {}, and let each of them have more "
                    "items",
                    tasks, limit, cluster.name, human_count(most)));
  };
  if (const auto most = cluster.max_array_size; most && tasks > *most) {
    refuse(fmt::format("indices must be below {} (MaxArraySize)", human_count(*most)), *most);
  }
  if (const auto most = cluster.max_job_count; most && tasks > *most) {
    refuse(fmt::format("there are at most {} jobs (MaxJobCount)", human_count(*most)), *most);
  }
  if (tasks > items) {
    throw InfeasibleError(fmt::format(
        "--array {}: there are no more than {} items; give at most so many", tasks, items));
  }
}

OfferWishes offer_wishes(const ClusterWishes& wishes) {
  const JobScript usual;
  return {wishes.partition, wishes.account, wishes.needs, usual.memory_margin, launcher_memory};
}

using ToRequest = std::function<JobRequest(const WeighedOffer&)>;

PartitionChoice chosen_partition(const Cluster& cluster, const ClusterWishes& wishes, Goal goal,
                                 const OfferPlanner& plan, const ToRequest& request,
                                 const Talk& talk) {
  const bool asks = !wishes.offline;
  Offers offers = offers_of(cluster, offer_wishes(wishes));
  auto weighed = weigh(offers.open, plan);
  if (asks) {
    const Progress progress(talk, "asking Slurm when it would start");
    probe_starts(weighed, goal, plan,
                 [&](const WeighedOffer& w) { return ask_for_start(request(w)); });
  }
  return choose_partition(std::move(weighed), std::move(offers.closed), goal);
}

/// What was planned is that of the offer taken, or of the nearest; nothing if there is none.
template <class Planned>
const Planned& planned_on(const PartitionChoice& partitions, const std::vector<Planned>& all) {
  const auto which = partitions.chosen ? partitions.chosen : partitions.nearest;
  if (!which) check_feasible(partitions);
  return all.at(partitions.weighed.at(*which).plan.number);
}

// ---- a call of mpisize ----------------------------------------------------------------------

struct PlannedCall {
  Machine machine;
  Choice choice;
  int launched_ranks = 1;
};

PlannedCall plan_call(const Machine& machine, const KernelProfile& kernel,
                      const Planning& planning) {
  PlannedCall planned{machine, {}, 1};
  try {
    planned.choice = plan_for(machine, kernel, planning);
    planned.launched_ranks = launched_ranks(planned.choice.plan, planning, machine);
  } catch (const InfeasibleError& error) {
    planned.choice.plan.verdict = Verdict::infeasible;
    planned.choice.plan.binding_limit = "ranks";
    planned.choice.plan.reasons = {error.what()};
  }
  return planned;
}

JobScript job_of(const PlannedCall& planned, const KernelProfile& kernel) {
  return call_job(planned.choice, planned.launched_ranks, planned.machine, kernel);
}

OfferPlan summary(const PlannedCall& planned, const KernelProfile& kernel,
                  const Planning& planning) {
  const JobScript job = job_of(planned, kernel);
  const Choice& choice = job.choice;
  OfferPlan plan;
  plan.verdict = choice.plan.verdict;
  plan.layout = choice.plan.layout;
  plan.cost = planning.program.rates.core_hour;
  plan.binding_limit = choice.plan.binding_limit;
  if (!choice.plan.reasons.empty()) plan.reason = choice.plan.reasons.front();
  if (plan.verdict == Verdict::infeasible) return plan;
  if (plan.verdict == Verdict::serial) plan.layout.nodes = plan.layout.rank_count = 1;
  plan.total =
      whole_program(planned.machine, kernel.before_call, choice, plan.layout.ranks()).total;
  if (const auto memory = job_memory(job)) plan.node_memory = memory->used;
  return plan;
}

/// Slurm counts hardware threads where it knows of them, and would put two ranks on a core.
bool needs_a_core_each(const Offer& offer, const Layout& layout) {
  const Grant& grant = offer.topology.grant;
  return grant.pus > grant.cores &&
         layout.ranks_per_node() * layout.threads_per_rank <= grant.cores;
}

void place(JobScript& job, const Offer& offer, const JobNeeds& needs) {
  job.partition = offer.partition;
  if (offer.account) job.account = offer.account;
  job.needs = needs;
  job.needs.whole_nodes = offer.says_exclusive;
  job.needs.a_core_each = needs_a_core_each(offer, job.choice.plan.layout);
  job.longest = offer.max_time;
}

// ---- whole programs -------------------------------------------------------------------------

struct PlannedProgram {
  Machine machine;
  ProgramDecision decision;
};

/// The partition's time limit counts as a deadline, so that slower plans that cost less are passed
/// by.
Planning within(const Offer& offer, const Planning& planning, const ProgramFile& program) {
  Planning limited = planning;
  limited.program.rates.whole_nodes |= offer.whole_nodes;
  // Of runs that were cut off it is a repetition that is predicted.
  const bool whole_runs = program.repetitions.has_value() ||
                          std::all_of(program.runs.begin(), program.runs.end(),
                                      [](const ProgramRun& run) { return !run.steady; });
  if (!offer.max_time || !whole_runs) return limited;
  limited.limits.deadline =
      std::min(*offer.max_time, planning.limits.deadline.value_or(*offer.max_time));
  return limited;
}

OfferPlan summary(const PlannedProgram& planned, const Offer& offer, const Planning& planning) {
  const ProgramChoice& choice = planned.decision.choice;
  const ProgramPrediction& p = choice.chosen.predicted;
  OfferPlan plan;
  plan.verdict = choice.verdict;
  plan.binding_limit = choice.binding_limit;
  if (!choice.reasons.empty()) plan.reason = choice.reasons.front();
  plan.layout = {p.config.nodes, p.config.ranks, p.config.threads};
  plan.total = p.total;
  plan.node_memory = p.node_memory_high;
  plan.cost = planning.program.rates.core_hour;
  const bool by_partition = choice.verdict == Verdict::infeasible &&
                            choice.binding_limit == "deadline" && offer.max_time &&
                            planning.limits.deadline.value_or(*offer.max_time) >= *offer.max_time;
  // The partition's limit is named as such.
  if (by_partition) plan.verdict = p.config.ranks > 1 ? Verdict::parallel : Verdict::serial;
  return plan;
}

JobRequest request_of(const WeighedOffer& w, const JobNeeds& needs) {
  JobScript job;
  Choice& choice = job.choice;
  choice.plan.verdict = Verdict::parallel;
  choice.plan.layout = w.plan.layout;
  choice.predicted.total = w.plan.total;
  job.node_memory = w.plan.node_memory;
  place(job, w.offer, needs);
  return mpisize::request_of(job);
}

/// The needs with all items of the array.
JobNeeds needs_of(const ClusterWishes& wishes, const Planning& planning,
                  const KernelProfile& kernel) {
  JobNeeds needs = wishes.needs;
  if (needs.array) needs.array->items = planning.items.value_or(kernel.items);
  return needs;
}

/// What a call is planned for: of an array the items of its largest task.
Planning planning_of_task(const Planning& planning, const JobNeeds& needs) {
  if (!needs.array) return planning;
  Planning of_task = planning;
  of_task.items = items_of_task(*needs.array, 0).count;
  return of_task;
}

}  // namespace

PlacedCall place_call(const Machine& machine, const KernelProfile& kernel, const Planning& planning,
                      const ClusterWishes& wishes, const Talk& talk) {
  const Cluster cluster = cluster_facts({wishes.offline, false}, talk).cluster;
  check_array(cluster, wishes, planning.items.value_or(kernel.items));
  const JobNeeds needs = needs_of(wishes, planning, kernel);
  const Planning of_task = planning_of_task(planning, needs);
  std::vector<PlannedCall> all;
  const auto plan = [&](const Offer& offer) {
    all.push_back(plan_call(moved_to(machine, offer.topology), kernel, of_task));
    OfferPlan made = summary(all.back(), kernel, of_task);
    made.number = all.size() - 1;
    return made;
  };
  const auto request = [&](const WeighedOffer& w) {
    JobScript job = job_of(all.at(w.plan.number), kernel);
    place(job, w.offer, needs);
    return mpisize::request_of(job);
  };
  PlacedCall placed;
  placed.partitions = chosen_partition(cluster, wishes, planning.program.goal, plan, request, talk);
  const PlannedCall& best = planned_on(placed.partitions, all);
  placed.machine = best.machine;
  placed.choice = best.choice;
  placed.launched_ranks = best.launched_ranks;
  return placed;
}

PlacedProgram place_program(const Machine& machine, const ProgramFile& program,
                            const Planning& planning, const ClusterWishes& wishes,
                            const Common& common, const Talk& talk) {
  if (wishes.needs.array) {
    throw UsageError(
        "--array splits the items of a call of mpisize, and a whole program has none; leave it "
        "out");
  }
  const Cluster cluster = cluster_facts({wishes.offline, false}, talk).cluster;
  std::vector<PlannedProgram> all;
  const auto plan = [&](const Offer& offer) {
    const Machine there = moved_to(machine, offer.topology);
    all.push_back({there, decide(program, there, within(offer, planning, program), {}, common)});
    OfferPlan made = summary(all.back(), offer, planning);
    made.number = all.size() - 1;
    return made;
  };
  const auto request = [&](const WeighedOffer& w) { return request_of(w, wishes.needs); };
  PlacedProgram placed;
  placed.partitions = chosen_partition(cluster, wishes, planning.program.goal, plan, request, talk);
  const PlannedProgram& best = planned_on(placed.partitions, all);
  placed.machine = best.machine;
  placed.decision = best.decision;
  return placed;
}

JobScript call_job(const Choice& choice, int launched_ranks, const Machine& machine,
                   const std::optional<KernelProfile>& kernel) {
  JobScript job;
  job.choice = choice;
  Layout& layout = job.choice.plan.layout;
  if (launched_ranks > layout.ranks()) {
    job.choice.plan.verdict = Verdict::parallel;  // in Slurm's eyes: the ranks left out wait
    layout.rank_count = launched_ranks;
  }
  job.launch = launch_time(machine.launch, layout.nodes, layout.ranks());
  if (!kernel) return job;
  job.before_call = kernel->before_call;
  job.rank_memory = kernel->rank_memory;
  job.root_memory = kernel->root_memory;
  return job;
}

bool plans_on_cluster(const ClusterWishes& wishes) { return wishes.choose || wishes.needs.array; }

Decision decide_on_cluster(const ChildLine& child, const Facts& facts, const Planning& planning,
                           const ClusterWishes& wishes, const Common& common, SpooledInput& input,
                           const Talk& talk) {
  Decision decision = facts_for(child, facts, planning, common, input, talk);
  if (!wishes.choose) {
    const JobNeeds needs = needs_of(wishes, planning, *decision.kernel);
    decision.plan.choice =
        plan_for(decision.machine, *decision.kernel, planning_of_task(planning, needs));
    check_feasible(decision.plan.choice);
    decision.launched_ranks = launched_ranks(decision.plan.choice.plan, planning, decision.machine);
    return decision;
  }
  PlacedCall placed = place_call(decision.machine, *decision.kernel, planning, wishes, talk);
  if (placed.partitions.chosen || common.explain) {
    say(talk, describe(placed.partitions, common.explain));
  }
  check_feasible(placed.partitions);
  decision.machine = std::move(placed.machine);
  decision.plan.choice = std::move(placed.choice);
  decision.launched_ranks = placed.launched_ranks;
  decision.partitions = std::move(placed.partitions);
  return decision;
}

void place(JobScript& job, const Decision& decision, const Planning& planning,
           const ClusterWishes& wishes) {
  job.needs = decision.kernel ? needs_of(wishes, planning, *decision.kernel) : wishes.needs;
  if (decision.partitions) place(job, *decision.partitions, job.needs);
}

void place(JobScript& job, const PartitionChoice& partitions, const JobNeeds& needs) {
  if (!partitions.chosen) return;
  place(job, partitions.weighed.at(*partitions.chosen).offer, needs);
}

void check_feasible(const PartitionChoice& partitions) {
  if (partitions.chosen) return;
  std::string sentence =
      partitions.reasons.empty() ? "no partition takes the job" : partitions.reasons.front();
  while (!sentence.empty() && sentence.back() == '.') sentence.pop_back();
  sentence.front() = 'n';
  throw InfeasibleError(sentence);
}

}  // namespace mpisize::tools
