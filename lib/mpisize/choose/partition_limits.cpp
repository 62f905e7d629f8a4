#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/human.hpp"
#include "mpisize/choose/partition_choice.hpp"

namespace mpisize {
namespace {

using Broken = std::optional<Rejection>;

Layout layout_of(const OfferPlan& plan) {
  return plan.verdict == Verdict::serial ? Layout{1, 1, plan.layout.threads_per_rank} : plan.layout;
}

std::string counted_nodes(int nodes) {
  return fmt::format("{} node{}", human_count(nodes), nodes == 1 ? "" : "s");
}

double over(double needed, double there) { return there > 0 ? needed / there : HUGE_VAL; }

Broken few_nodes(const Offer& offer, const Layout& layout) {
  if (layout.nodes >= offer.least_nodes) return std::nullopt;
  return Rejection{"MinNodes",
                   fmt::format("its jobs take {} or more, and the plan is for {}",
                               counted_nodes(offer.least_nodes), human_count(layout.nodes)),
                   "ask for more ranks", over(offer.least_nodes, layout.nodes)};
}

Broken many_ranks(const Offer& offer, const Layout& layout) {
  const int cpus = std::max(1, offer.topology.grant.pus);
  const int per_node = std::max(1, cpus / std::max(1, layout.threads_per_rank));
  const int taken = std::min(per_node, offer.max_tasks_per_node.value_or(per_node));
  const std::int64_t nodes = (std::int64_t{layout.ranks()} + taken - 1) / taken;
  const bool too_many = nodes > offer.topology.nodes || layout.nodes > offer.topology.nodes;
  const std::int64_t room = std::int64_t{offer.topology.nodes} * taken;
  const std::string repair = fmt::format("ask for at most {} ranks", human_count(room));
  if (layout.threads_per_rank > cpus) {
    return Rejection{"CPUs of a node",
                     fmt::format("a rank of {} threads is more than the {} CPUs of a node",
                                 layout.threads_per_rank, cpus),
                     fmt::format("ask for at most {} threads per rank", cpus),
                     over(layout.threads_per_rank, cpus)};
  }
  if (too_many) {
    return Rejection{
        "number of nodes",
        fmt::format("a job gets at most {} of {} CPUs, and {} ranks need {}",
                    counted_nodes(offer.topology.nodes), cpus, human_count(layout.ranks()),
                    human_count(std::max<std::int64_t>(nodes, layout.nodes))),
        repair, over(static_cast<double>(layout.ranks()), static_cast<double>(room))};
  }
  if (layout.ranks_per_node() > taken) {
    const bool by_tasks = taken < per_node;
    return Rejection{
        by_tasks ? "MaxTasksPerNode" : "CPUs of a node",
        fmt::format("a node takes {} ranks{}, and the plan puts {} on one", human_count(taken),
                    by_tasks ? " (MaxTasksPerNode)" : "", human_count(layout.ranks_per_node())),
        repair, over(layout.ranks_per_node(), taken)};
  }
  return std::nullopt;
}

Broken too_long(const Offer& offer, const OfferPlan& plan) {
  if (!offer.max_time || plan.total.high <= *offer.max_time) return std::nullopt;
  const double excess = over(plan.total.high.value(), offer.max_time->value());
  return Rejection{"time limit",
                   fmt::format("the time limit {} is below the {} that it may take",
                               human(*offer.max_time), human(plan.total.high)),
                   fmt::format("give it more ranks, or split the work into {} jobs",
                               human_count(static_cast<std::int64_t>(std::ceil(excess)))),
                   excess};
}

Broken too_large(const Offer& offer, const OfferPlan& plan, const Layout& layout) {
  const auto& there = offer.topology.grant.memory;
  if (there && plan.node_memory && *plan.node_memory > *there) {
    return Rejection{
        "memory of a node",
        fmt::format("{} ranks use {} of a node, and with margins {} can be used",
                    human_count(layout.ranks_per_node()), human(*plan.node_memory), human(*there)),
        "put fewer ranks on a node",
        over(static_cast<double>(plan.node_memory->value()), static_cast<double>(there->value()))};
  }
  // A job that asks for no memory gets the default for each of its CPUs.
  const auto& usual = offer.default_memory_per_cpu;
  if (!usual || plan.node_memory || !offer.topology.node.memory) return std::nullopt;
  const Bytes asked = *usual * (std::int64_t{layout.ranks_per_node()} * layout.threads_per_rank);
  if (asked <= *offer.topology.node.memory) return std::nullopt;
  return Rejection{"memory of a node",
                   fmt::format("the memory of a rank is not known, and the default {} for each of "
                               "{} CPUs is more than the {} of a node",
                               human(*usual), layout.ranks_per_node() * layout.threads_per_rank,
                               human(*offer.topology.node.memory)),
                   "measure it with mpisize profile",
                   over(static_cast<double>(asked.value()),
                        static_cast<double>(offer.topology.node.memory->value()))};
}

Broken infeasible(const OfferPlan& plan) {
  if (plan.verdict != Verdict::infeasible) return std::nullopt;
  std::string why = plan.reason;
  while (!why.empty() && why.back() == '.') why.pop_back();
  return Rejection{plan.binding_limit.value_or("limits"), why, "", std::nullopt};
}

}  // namespace

std::optional<Rejection> broken_limit(const Offer& offer, const OfferPlan& plan) {
  if (auto broken = infeasible(plan)) return broken;
  const Layout layout = layout_of(plan);
  if (auto broken = many_ranks(offer, layout)) return broken;
  if (auto broken = few_nodes(offer, layout)) return broken;
  if (auto broken = too_large(offer, plan, layout)) return broken;
  return too_long(offer, plan);
}

}  // namespace mpisize
