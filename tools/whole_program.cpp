#include "whole_program.hpp"

#include <fmt/format.h>

#include "mpisize/base/human.hpp"

namespace mpisize::tools {

WholeProgram whole_program(const Machine& machine, const std::optional<Seconds>& before_call,
                           const Choice& choice, int ranks) {
  WholeProgram program;
  program.launch = launch_time(machine.launch, choice.plan.layout.nodes, ranks);
  program.before_call = before_call;
  program.call = choice.predicted.total;
  const Seconds before = before_call.value_or(Seconds(0));
  const auto add = [&](Seconds a, Seconds b) { return a + before + b; };
  program.total = {add(program.launch.value, program.call.value),
                   add(program.launch.low, program.call.low),
                   add(program.launch.high, program.call.high)};
  return program;
}

std::string describe(const WholeProgram& program) {
  const std::string before =
      program.before_call ? human(*program.before_call) : std::string("not measured");
  return fmt::format(
      "Whole program: {}: launch {} + before the call {} + call {} (after the call: not "
      "measured)\n",
      human(program.total), human(program.launch.value), before, human(program.call.value));
}

}  // namespace mpisize::tools
