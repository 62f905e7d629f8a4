/// Full values for tests: every field differs from its default, doubles have no short decimal form.
#pragma once

#include "mpisize/choose/report.hpp"
#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/write/json.hpp"

namespace mpisize::sample {

inline Topology topology() {
  return {3,
          {2, 4, 16, 32, Bytes(64'000'000'001)},
          {14, 28, 13.7, Bytes(31'000'000'003), {"cgroup quota of 13.7 CPUs", "affinity mask"}}};
}

inline Machine machine() {
  Machine machine;
  machine.host = "node \"7\" \xC3\xBC";
  machine.mpi = "Open MPI\tv4.1.4";
  machine.fingerprint = "0a1b";
  machine.topology = topology();
  Link near;
  near.level = Level::same_numa_node;
  near.pieces = {{Bytes(0), {Seconds(1.0 / 3e6), SecondsPerByte(1.0 / 7e9)}},
                 {Bytes(4097), {Seconds(2.0 / 3e6), SecondsPerByte(1.0 / 11e9)}}};
  near.eager_limit = Bytes(4096);
  near.relative_error = 0.1 / 3;
  near.one_piece_error = 0.7 / 3;
  near.latency = measured(Seconds(1.0 / 3e6), Seconds(3e-7), Seconds(4e-7));
  near.per_byte =
      measured(SecondsPerByte(1.0 / 11e9), SecondsPerByte(8e-11), SecondsPerByte(1e-10));
  near.message = {measured(Seconds(1.0 / 7e6), Seconds(1e-7), Seconds(2e-7)),
                  measured(Seconds(1.0 / 9e6), Seconds(1e-7), Seconds(2e-7)),
                  measured(Seconds(1.0 / 6e6), Seconds(1e-7), Seconds(2e-7))};
  near.source = Source::measured;
  Link far;
  far.level = Level::between_racks;
  far.pieces = {{Bytes(0), {Seconds(1e-6), SecondsPerByte(1e-10)}}};
  far.relative_error = 0.5;
  far.node_per_byte =
      measured(SecondsPerByte(1.0 / 12e9), SecondsPerByte(8e-11), SecondsPerByte(9e-11));
  far.incast_per_byte =
      measured(SecondsPerByte(1.0 / 13e9), SecondsPerByte(7e-11), SecondsPerByte(9e-11));
  far.shared_gap = measured(Seconds(1.0 / 3e5), Seconds(3e-6), Seconds(4e-6));
  machine.links = {near, far};
  Host odd;
  odd.name = "n2";
  odd.rack = 1;
  odd.speed = 0.9 / 1.7;
  odd.topology.node.pus = 4;
  odd.topology.grant.pus = 3;
  odd.usable = false;
  odd.findings = {"computes at 0.53 of the others' speed"};
  machine.hosts = {odd};
  for (const char* const name : {"n1", "n3", "n4"}) {
    Host host;
    host.name = name;
    host.topology = topology();
    machine.hosts.push_back(host);
  }
  machine.launch = {{Seconds(0.1 + 0.2), Seconds(0.25), Seconds(0.35), Source::measured},
                    {Seconds(0.03), Seconds(0), Seconds(0.3), Source::assumed},
                    {Seconds(1.0 / 60), Seconds(0.01), Seconds(0.02), Source::given}};
  machine.dispatch = {
      measured(Seconds(1.0 / 1.1e6), Seconds(8e-7), Seconds(1e-6)),
      measured(Seconds(1.0 / 1.3e6), Seconds(7e-7), Seconds(9e-7)),
      measured(0.4 / 1.1, 0.3, 0.5),
      measured(Seconds(1.0 / 3.3e5), Seconds(2e-6), Seconds(4e-6)),
      measured(SecondsPerByte(1.0 / 5.5e9), SecondsPerByte(1e-10), SecondsPerByte(3e-10)),
      measured(SecondsPerByte(1.0 / 1.7e8), SecondsPerByte(5e-9), SecondsPerByte(7e-9)),
      NearCost{measured(Seconds(1.0 / 2.3e6), Seconds(4e-7), Seconds(5e-7)),
               measured(Seconds(1.0 / 7.1e5), Seconds(1e-6), Seconds(2e-6))}};
  machine.model_error.residuals = {0.01, -0.1 / 3, 5e-324};
  return machine;
}

inline KernelProfile kernel() {
  KernelProfile kernel;
  kernel.name = "collide";
  kernel.kind = PatternKind::stream;
  kernel.items = 9'007'199'254'740'993;  // 2^53 + 1 is no double.
  kernel.samples = {
      {0,
       5,
       1,
       Seconds(0.1),
       {},
       {},
       {},
       {},
       {},
       Bytes(8),
       Bytes(16),
       0,
       Seconds(0.01),
       true,
       true},
      {1000, 900, 7, Seconds(0.7 / 3), Seconds(0.2), Seconds(1e-9), Seconds(3e-9), Seconds(2e-9),
       Seconds(4e-6), Bytes(56), Bytes(112), 3, Seconds(0.2), false, false}};
  kernel.first_item = measured(Seconds(0.003), Seconds(0.001), Seconds(0.007));
  kernel.slowdown = {{1, measured(1.0, 1.0, 1.0)}, {4, measured(1.1 / 1.03, 1.0, 1.2)}};
  kernel.waiting = {{1, 0.01}, {4, 0.2 / 3}};
  kernel.worker_turn = measured(Seconds(5e-6), Seconds(3e-6), Seconds(9e-6));
  kernel.cpu_share = 0.97;
  kernel.threads_per_rank = 4;
  kernel.rank_memory = Bytes(80'000'000);
  kernel.root_memory = Bytes(120'000'000);
  kernel.item_bytes = Bytes(8);
  kernel.result_bytes = Bytes(16);
  kernel.root_packing = measured(Seconds(1e-8), Seconds(0.5e-8), Seconds(2e-8));
  kernel.worker_packing = measured(Seconds(3e-8), Seconds(1e-8), Seconds(4e-8));
  kernel.pull = measured(Seconds(1.0 / 3e6), Seconds(2e-7), Seconds(4e-7));
  kernel.sink = measured(Seconds(1.0 / 7e6), Seconds(1e-7), Seconds(2e-7));
  kernel.item_memory = Bytes(24);
  kernel.result_memory = Bytes(40);
  kernel.items_known = false;
  kernel.trend_error = 0.03;
  kernel.size_sums = {{1, Bytes(100)}, {kernel.items, Bytes(9'007'199'254'740'995)}};
  kernel.size_correlation = -0.25;
  kernel.before_call = Seconds(0.4);
  kernel.stopped_because = "the 90 % interval is within 5 %";
  return kernel;
}

inline Choice choice() {
  Choice choice;
  choice.plan.verdict = Verdict::parallel;
  choice.plan.layout = {2, 8, 4};
  choice.plan.pattern = {PatternKind::stream,
                         Schedule::factoring,
                         16,
                         4,
                         512,
                         true,
                         false,
                         true,
                         64,
                         SubRoots{8, 5, 3, true, Racks{6, 15, 7}}};
  choice.plan.placement = {{"n\"3", 6, 1.0 / 0.9, 1, 13.7}, {"", 2, 0.9 / 1.7, 0, 2}};
  choice.plan.reasons = {"8 ranks are 5.12 times as fast as one", "9 ranks exceed the memory"};
  choice.plan.binding_limit = "memory of a node";
  choice.plan.runner_up =
      Alternative{{1, 4, 1},
                  {PatternKind::map, Schedule::guided, 3, 2, {}, {}, true, false, {}, {}},
                  {Seconds(15), Seconds(14.5), Seconds(16)}};
  choice.plan.would_change = {"more memory a node"};
  choice.predicted.total = {Seconds(12.3), Seconds(11.9), Seconds(13.1)};
  choice.predicted.serial = {Seconds(63), Seconds(61), Seconds(66)};
  choice.predicted.stages = {Seconds(0.3), Seconds(0.1), Seconds(11), Seconds(0.4), Seconds(0.5)};
  choice.predicted.speedup = 63 / 12.3;
  choice.predicted.speedup_low = 4.7;
  choice.predicted.efficiency = 63 / 12.3 / 8;
  choice.predicted.items = 1000;
  choice.predicted.items_seen = 32;
  choice.predicted.rare_items_possible = true;
  choice.predicted.limited_by = "computing";
  return choice;
}

inline PlanFile plan_file() { return {choice(), "collide", "/tmp/report of run.json"}; }

inline Report report() {
  Report report{choice().plan, choice().predicted, {}};
  report.measured.total = Seconds(12.5);
  report.measured.sampling = Seconds(0.31);
  report.measured.ranks = {
      {0, 0, Seconds(0)}, {510, 11, Seconds(12.0)}, {490, 9, Seconds(1.0 / 3)}};
  report.measured.items = 998;
  report.measured.resumed = 2;
  report.measured.lost = {{7, 1, "node \"b\"", 3, "no\nconvergence"}};
  report.measured.stopped = "stopped by SIGTERM; resume with the same journal";
  report.measured.flow = Flowed{1000, 998, 64, Seconds(0.5), Seconds(0.25)};
  report.measured.adaptations = {{300, 2, 16, 4, 0.125}};
  report.measured.adapted = 1;
  return report;
}

}  // namespace mpisize::sample
