/// Full values of a program's choice for tests.
#pragma once

#include "mpisize/choose/program_plan.hpp"

namespace mpisize::sample {

inline ProgramCandidate program_candidate() {
  ProgramCandidate c;
  c.predicted.config = {16, 4, 2};
  c.predicted.total = {Seconds(12.3), Seconds(11.9), Seconds(13.1)};
  c.predicted.computing = Seconds(9);
  c.predicted.imbalance = Seconds(1);
  c.predicted.communication = Seconds(2);
  c.predicted.launch = Seconds(0.3);
  c.predicted.speedup = 100 / 12.3;
  c.predicted.efficiency = 100 / 12.3 / 32;
  c.predicted.rank_memory = Bytes(500'000'000);
  c.predicted.node_memory = Bytes(2'000'000'000);
  c.predicted.node_memory_high = Bytes(2'500'000'000);
  c.predicted.rests_on = "laws fitted to runs on 2, 4 and 8 ranks";
  c.core_hours = 32 * 12.3 / 3600;
  c.cost = 10 * c.core_hours;
  c.energy = {Joules(945), Joules(900), Joules(1010), Source::derived};
  c.on_front = true;
  return c;
}

inline ProgramChoice program_choice() {
  ProgramChoice choice;
  choice.verdict = Verdict::parallel;
  choice.goal = Goal::time;
  choice.chosen = program_candidate();
  choice.reasons = {"because", "and because"};
  choice.binding_limit = "deadline";
  choice.runner_up = program_candidate();
  choice.runner_up->predicted.config = {8, 1, 1};
  choice.runner_up->predicted.refusal = Refusal{"too far", {4, 1, 1}};
  choice.runner_up->breaks = {"budget"};
  choice.would_change = {"more cores"};
  choice.front = {program_candidate()};
  return choice;
}

}  // namespace mpisize::sample
