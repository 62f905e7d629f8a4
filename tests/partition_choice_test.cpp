#include "mpisize/choose/partition_choice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "mpisize/base/statistics.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int cores = 8;

Offer offer(const std::string& name, int nodes = 10) {
  Offer o;
  o.partition = name;
  o.topology.nodes = nodes;
  o.topology.node.cores = o.topology.node.pus = cores;
  o.topology.grant.cores = o.topology.grant.pus = cores;
  o.idle_nodes = nodes;
  return o;
}

OfferPlan plan_of(int nodes, double seconds) {
  OfferPlan plan;
  plan.verdict = nodes * cores > 1 ? Verdict::parallel : Verdict::serial;
  plan.layout = {nodes, nodes * cores, 1};
  plan.total = {Seconds(seconds), Seconds(seconds), Seconds(seconds)};
  return plan;
}

WeighedOffer weighed(const std::string& name, double seconds, std::optional<double> wait = {}) {
  WeighedOffer w{offer(name), plan_of(10, seconds), std::nullopt, std::nullopt};
  if (wait) w.wait = Seconds(*wait);
  return w;
}

std::string chosen(const PartitionChoice& choice) {
  return choice.chosen ? choice.weighed[*choice.chosen].offer.partition : "none";
}
std::string chosen(std::vector<WeighedOffer> all, Goal goal = Goal::time) {
  return chosen(choose_partition(std::move(all), {}, goal));
}

/// Halves its time with twice the nodes.
OfferPlan scaling(const Offer& o) { return plan_of(o.topology.nodes, 1000.0 / o.topology.nodes); }

// ---- limits -----------------------------------------------------------------------------------

std::string limit(const Offer& o, const OfferPlan& plan) {
  const auto broken = broken_limit(o, plan);
  return broken ? broken->limit : "none";
}

TEST(BrokenLimit, IsNoneForAPlanThatIsWithinThemAll) {
  Offer o = offer("p");
  o.max_time = Seconds(60);
  o.max_tasks_per_node = cores;
  o.topology.grant.memory = Bytes(100);
  OfferPlan plan = plan_of(10, 60);
  plan.node_memory = Bytes(100);
  EXPECT_EQ(limit(o, plan), "none");
}

TEST(BrokenLimit, NamesTimeWithBothValues) {
  Offer o = offer("debug");
  o.max_time = Seconds(1800);
  const auto broken = broken_limit(o, plan_of(1, 7200));
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->limit, "time limit");
  EXPECT_EQ(broken->why, "the time limit 30.0 min is below the 2.00 h that it may take");
  EXPECT_DOUBLE_EQ(*broken->excess, 4);
  OfferPlan plan = plan_of(1, 1000);
  plan.total.high = Seconds(1801);  // The upper end counts.
  EXPECT_EQ(limit(o, plan), "time limit");
}

TEST(BrokenLimit, CountsNodesAndTasksInTheCpusThatAJobGets) {
  Offer o = offer("p");
  EXPECT_EQ(limit(o, plan_of(11, 1)), "number of nodes");
  OfferPlan threads = plan_of(10, 1);
  threads.layout.threads_per_rank = 2;
  EXPECT_EQ(limit(o, threads), "number of nodes");
  threads.layout = {5, 40, 1};
  EXPECT_EQ(limit(o, threads), "none");
  threads.layout = {4, 40, 1};  // ten on a node of eight, though there are nodes enough
  EXPECT_EQ(limit(o, threads), "CPUs of a node");
  threads.layout = {1, 1, cores + 1};
  EXPECT_EQ(limit(o, threads), "CPUs of a node");
  o.max_tasks_per_node = 4;
  EXPECT_EQ(limit(o, plan_of(5, 1)), "MaxTasksPerNode");
  o.least_nodes = 3;
  OfferPlan few = plan_of(2, 1);
  few.layout.rank_count = 2;
  EXPECT_EQ(limit(o, few), "MinNodes");
}

TEST(BrokenLimit, CountsMemoryOfTheFullestNodeOrTheDefault) {
  Offer o = offer("p");
  o.topology.grant.memory = Bytes(1000);
  OfferPlan plan = plan_of(1, 1);
  plan.node_memory = Bytes(1001);
  EXPECT_EQ(limit(o, plan), "memory of a node");
  plan.node_memory.reset();
  o.topology.node.memory = Bytes(1000);
  EXPECT_EQ(limit(o, plan), "none");
  o.default_memory_per_cpu = Bytes(126);  // x 8
  EXPECT_EQ(limit(o, plan), "memory of a node");
  plan.node_memory = Bytes(10);  // It is asked for.
  EXPECT_EQ(limit(o, plan), "none");
}

TEST(BrokenLimit, OfAnInfeasiblePlanIsThePlanners) {
  OfferPlan plan;
  plan.verdict = Verdict::infeasible;
  plan.binding_limit = "deadline";
  plan.reason = "Even the fastest plan takes up to 2 h.";
  const auto broken = broken_limit(offer("p"), plan);
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->limit, "deadline");
  EXPECT_EQ(broken->why, "Even the fastest plan takes up to 2 h");
}

// ---- choice -----------------------------------------------------------------------------------

TEST(PartitionChoice, TakesTheSoonestEndOrTheLeastCoreHours) {
  std::vector<WeighedOffer> all{weighed("a", 100), weighed("b", 50), weighed("c", 200)};
  all[2].plan = plan_of(1, 200);
  EXPECT_EQ(chosen(all), "b");
  EXPECT_EQ(chosen(all, Goal::core_hours), "c");
  all[2].offer.whole_nodes = true;  // The same cores.
  EXPECT_EQ(chosen(all, Goal::core_hours), "c");
  all[2].plan.layout.rank_count = 1;
  EXPECT_DOUBLE_EQ(all[2].core_hours(), cores * 200 / 3600.0);
  all[2].offer.whole_nodes = false;
  EXPECT_DOUBLE_EQ(all[2].core_hours(), 200 / 3600.0);
}

TEST(PartitionChoice, WaitingCountsForTheTime) {
  EXPECT_EQ(chosen({weighed("a", 100, 1000), weighed("b", 500, 10)}), "b");
  EXPECT_EQ(chosen({weighed("a", 100, 300), weighed("b", 500, 10)}), "a");
  EXPECT_EQ(chosen({weighed("a", 100, 1000), weighed("b", 500, 10)}, Goal::core_hours), "a");
  // Who was not asked about might have to wait for ever.
  EXPECT_EQ(chosen({weighed("a", 100), weighed("b", 500, 10)}), "b");
}

TEST(PartitionChoice, OfEqualOnesIdleNodesThenCoreHoursThenTheDefaultDecide) {
  std::vector<WeighedOffer> all{weighed("a", 100), weighed("b", 100.5)};
  EXPECT_EQ(chosen(all), "a");  // Fewer core-hours.
  all[0].offer.idle_nodes = 9;
  EXPECT_EQ(chosen(all), "b");
  all[1].offer.idle_nodes = 0;
  all[1].plan = plan_of(9, 100.5);
  EXPECT_EQ(chosen(all), "b");
  all[1] = weighed("b", 100);
  all[1].offer.idle_nodes = 0;
  EXPECT_EQ(chosen(all), "a");
  all[1].offer.is_default = true;
  EXPECT_EQ(chosen(all), "b");
}

TEST(PartitionChoice, SaysWhatItTookAndWhatIsNext) {
  const auto choice =
      choose_partition({weighed("a", 100, 60), weighed("b", 50, 30)}, {}, Goal::time);
  EXPECT_THAT(choice.reasons,
              ElementsAre("Partition b: 10 nodes, 50.0 s and 30.0 s of waiting; next partition a: "
                          "10 nodes, 100 s and 60.0 s of waiting."));
}

TEST(PartitionChoice, ThatFitsNowhereNamesTheNearest) {
  std::vector<WeighedOffer> all{weighed("a", 100), weighed("b", 50)};
  for (WeighedOffer& w : all) {
    w.offer.max_time = Seconds(40);
    w.rejection = broken_limit(w.offer, w.plan);
  }
  const auto choice = choose_partition(all, {{"c", "it has no nodes"}}, Goal::time);
  EXPECT_FALSE(choice.chosen);
  EXPECT_EQ(choice.nearest, 1U);
  EXPECT_THAT(
      choice.reasons,
      ElementsAre("No partition takes the job: the nearest is b, where the time limit 40.0 "
                  "s is below the 50.0 s that it may take; give it more ranks, or split the "
                  "work into 2 jobs.",
                  "Partition c: it has no nodes."));
  EXPECT_THAT(choose_partition({}, {{"c", "it has no nodes"}}, Goal::time).reasons,
              ElementsAre("No partition takes the job: partition c: it has no nodes."));
}

// ---- asking Slurm -----------------------------------------------------------------------------

/// Slurm with a wait for each partition and number of nodes; none: it refuses.
struct Queue {
  std::map<std::string, std::optional<double>> waits;
  int asked = 0;

  StartEstimate operator()(const WeighedOffer& w) {
    ++asked;
    const auto by_size = waits.find(w.offer.partition + std::to_string(w.plan.layout.nodes));
    const auto wait = by_size == waits.end() ? waits.at(w.offer.partition) : by_size->second;
    if (!wait) return {std::nullopt, "'too big'"};
    return {Seconds(*wait), ""};
  }
};

std::vector<WeighedOffer> asked(const std::vector<Offer>& offers, Queue& queue,
                                const OfferPlanner& plan = scaling, Goal goal = Goal::time) {
  auto all = weigh(offers, plan);
  probe_starts(all, goal, plan, std::ref(queue));
  return all;
}

TEST(StartProbes, NobodyIsAskedAboutWhatCannotWin) {
  Queue queue{{{"big", 0}, {"small", 0}}};
  EXPECT_EQ(chosen(asked({offer("small", 5), offer("big", 10)}, queue)), "big");
  EXPECT_EQ(queue.asked, 1);
}

TEST(StartProbes, FewerNodesWinWhereTheyStartSooner) {
  Queue queue{{{"p", 36000}, {"p4", 0}, {"p1", 0}}};
  const auto all = asked({offer("p", 16)}, queue);
  const auto choice = choose_partition(all, {}, Goal::time);
  ASSERT_TRUE(choice.chosen);
  EXPECT_EQ(choice.weighed[*choice.chosen].plan.layout.nodes, 4);
  EXPECT_EQ(queue.asked, 2);  // One node takes longer than four that start now.
}

TEST(StartProbes, WhatIsRefusedIsOutWithSlurmsWords) {
  Queue queue{{{"a", std::nullopt}, {"b", 5}}};
  const auto all = asked({offer("a"), offer("b")}, queue);
  EXPECT_EQ(chosen(all), "b");
  EXPECT_EQ(all[0].rejection->why, "sbatch refuses the job: 'too big'");
}

TEST(StartProbes, AreEightAtMost) {
  Queue queue;
  std::vector<Offer> offers;
  for (int i = 0; i < 20; ++i) {
    const std::string name = std::string(1, static_cast<char>('a' + i));
    offers.push_back(offer(name, 64 + i));
    queue.waits[name] = 1e6;
  }
  static_cast<void>(asked(offers, queue));
  EXPECT_EQ(queue.asked, most_start_probes);
}

TEST(StartProbes, ForCoreHoursOnlyTheLeastAreAskedAbout) {
  Queue queue{{{"a", 3600}, {"b", 0}}};
  const OfferPlanner same_time = [](const Offer& o) { return plan_of(o.topology.nodes, 100); };
  EXPECT_EQ(chosen(asked({offer("a", 2), offer("b", 9)}, queue, same_time, Goal::core_hours),
                   Goal::core_hours),
            "a");
  EXPECT_EQ(queue.asked, 1);
}

TEST(StartProbes, FindWhatAskingAboutAllWouldFind) {
  Random random(7);
  for (int round = 0; round < 300; ++round) {
    Queue queue;
    std::vector<Offer> offers;
    std::vector<WeighedOffer> all;
    for (int i = 0; i < 6; ++i) {
      const std::string name(1, static_cast<char>('a' + i));
      offers.push_back(offer(name, static_cast<int>(1 + random.below(40))));
      offers.back().least_nodes = offers.back().topology.nodes;  // No plans on fewer.
      queue.waits[name] = static_cast<double>(random.below(500));
      all.push_back(
          {offers.back(), scaling(offers.back()), std::nullopt, Seconds(*queue.waits[name])});
    }
    const auto end = [](const PartitionChoice& choice) {
      const WeighedOffer& w = choice.weighed[*choice.chosen];
      return (w.plan.total.value + *w.wait).value();
    };
    const double found = end(choose_partition(asked(offers, queue), {}, Goal::time));
    const double best = end(choose_partition(all, {}, Goal::time));
    EXPECT_NEAR(found, best, 0.0101 * best) << round;
  }
}

}  // namespace
}  // namespace mpisize
