#include <fmt/format.h>

#include <filesystem>

#include "as_given.hpp"
#include "commands.hpp"
#include "errors.hpp"
#include "launch_check.hpp"
#include "machine_facts.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/report.hpp"
#include "mpisize/write/shell_quote.hpp"
#include "plan_json.hpp"
#include "planned_launch.hpp"
#include "planning.hpp"
#include "plot.hpp"
#include "print.hpp"
#include "run_program.hpp"
#include "scaling.hpp"
#include "spooled_input.hpp"
#include "temporary.hpp"

namespace mpisize::tools {
namespace {

namespace fs = std::filesystem;

/// Of other hosts as they were probed, of this one as it is now.
Topology topology_of_nodes(const Decision& decision, const Topology& here) {
  return decision.machine.hosts.empty() ? here : decision.machine.topology;
}

ToLaunch to_launch(const Decision& decision, const Planning& planning, const Topology& here) {
  const Plan& plan = decision.plan.choice.plan;
  ToLaunch wanted;
  wanted.layout = plan.layout;
  wanted.layout.rank_count = decision.launched_ranks;
  wanted.placement = plan.placement;
  wanted.topology = topology_of_nodes(decision, here);
  wanted.threaded = plan.layout.threads_per_rank > 1 ||
                    (decision.kernel && decision.kernel->threads_per_rank > 1);
  wanted.ranks = planning.ranks;
  return wanted;
}

Command child_command(const PlannedLaunch& launch, const std::string& plan_file) {
  Command command;
  command.argv = launch.argv;
  command.environment = launch.environment;
  command.environment["MPISIZE_PLAN"] = plan_file;
  command.environment["MPISIZE_PROFILE"] = "";
  command.environment["MPISIZE"] = "";
  return command;
}

void show_plan(const Decision& decision, const WholeProgram& program, bool explain,
               const Talk& talk) {
  say(talk, "\n" + describe(decision.plan.choice, explain));
  if (decision.kernel) say(talk, describe(program));
  if (decision.launched_ranks > decision.plan.choice.plan.layout.ranks()) {
    say(talk,
        fmt::format(
            "Started on {} ranks, the fewest that the program accepts; those left out wait.\n",
            decision.launched_ranks));
  }
}

/// Predicted against measured, from the report that the program left.
void look_back(const RunOptions& options, const Decision& decision, const WholeProgram& program,
               const ChildRun& done, const fs::path& report_file, const Talk& talk) {
  std::error_code none;
  if (!fs::exists(report_file, none)) {
    if (done.exit_code() == 0) {
      warn(talk, "the program left no report; was the call that the plan is for made?");
    }
    return;
  }
  const Report report = report_from_json(read_file(report_file), "the report of the program");
  say(talk, "\n" + describe(report));
  if (decision.kernel) {
    say(talk,
        fmt::format("Whole program: predicted {}, measured {} (with all it did after the call)\n",
                    human(program.total), human(done.wall)));
  }
  if (options.report) write_file(*options.report, to_json(report));
  if (report.predicted.total.value > Seconds(0)) {
    note_residual(decision.machine, relative_error(report));
  }
}

int start(const RunOptions& options, const Decision& decision, const WholeProgram& program,
          const PlannedLaunch& launch, SpooledInput& input, const Talk& talk) {
  // Where the root is on another host, files are handed over in a folder that both see.
  const auto& placement = decision.plan.choice.plan.placement;
  std::optional<TemporaryDirectory> directory;
  if (starts_elsewhere(placement)) {
    directory.emplace(fs::current_path());
  } else {
    directory.emplace();
  }
  const auto report_file = directory->file("report.json");
  const auto plan_file = directory->file("plan.json");
  PlanFile plan = decision.plan;
  plan.report_to = report_file.string();
  write_file(plan_file, to_json(plan));
  Command command = child_command(launch, plan_file.string());
  input.give_to_run(command);
  const ChildRun done = run(command);
  try {
    look_back(options, decision, program, done, report_file, talk);
  } catch (const InputError& error) {
    say_error(talk, error.what());  // the exit code stays the program's
  }
  return done.exit_code();
}

}  // namespace

int command(const RunOptions& options, const Talk& talk) {
  if (options.output) check_writable(*options.output);
  if (options.plot) check_writable(*options.plot);
  if (options.report) check_writable(*options.report);
  ChildLine child = read_child(options.child);
  if (options.as_given || child.passed_on) return start_as_given(options, child, talk);
  check_can_start(child);
  // Before the program is started for the first time.
  const Topology here = read_topology();
  const auto findings = check_launch(child, here, Sizing{options.planning.ranks, std::nullopt});
  say_findings(findings, talk);
  SpooledInput input;
  if (is_whole_program(options.facts, child)) {
    if (const auto code = run_program(options, child, findings, input, talk)) return *code;
  }
  const Decision decision =
      decide(child, options.facts, options.planning, options.common, input, talk);
  const Choice& choice = decision.plan.choice;
  const auto before_call = decision.kernel ? decision.kernel->before_call : std::nullopt;
  const WholeProgram program =
      whole_program(decision.machine, before_call, choice, decision.launched_ranks);
  check_feasible(choice);

  const PlannedLaunch launch = planned_launch(child, to_launch(decision, options.planning, here));
  if (options.dry_run) {
    const std::string plan_file = options.facts.plan.value_or("PLAN");
    if (options.common.json) {
      PlanExtras extras;
      extras.program = program;
      extras.command = launch.argv;
      extras.plan_file = options.facts.plan;
      extras.environment = launch.environment;
      extras.findings = launch.findings;
      extras.mapping = launch.mapping;
      print(to_json(decision.plan, extras));
      return 0;
    }
    show_plan(decision, program, options.common.explain, talk);
    if (!options.facts.plan) {
      say(talk,
          "PLAN stands for the plan's file: mpisize run -o FILE keeps it, --json prints it.\n\n");
    }
    say_launch(launch, findings, talk);
    print("MPISIZE_PLAN=" + shell_quote(plan_file) + " " + printed(launch) + "\n");
    return 0;
  }
  if (options.output) write_file(*options.output, to_json(decision.plan));
  if (options.plot && decision.kernel) {
    draw(*options.plot, decision.machine, *decision.kernel, choice,
         plans_around(choice, decision.machine, *decision.kernel, options.planning));
  }
  show_plan(decision, program, options.common.explain, talk);
  say_launch(launch, findings, talk);
  return start(options, decision, program, launch, input, talk);
}

}  // namespace mpisize::tools
