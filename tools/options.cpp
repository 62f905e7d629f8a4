#include "options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "cluster_options.hpp"
#include "errors.hpp"
#include "grammar.hpp"
#include "help.hpp"
#include "history_options.hpp"
#include "host_list.hpp"
#include "map_options.hpp"
#include "program_options.hpp"
#include "submit_options.hpp"

namespace mpisize::tools {
namespace {

using Words = std::vector<std::string>;

int queued_of(std::string_view option, std::string_view text) {
  return static_cast<int>(read_between(option, text, 1, most_queued));
}

int group_of(std::string_view option, std::string_view text) {
  constexpr std::int64_t most = 1 << 20;
  return static_cast<int>(read_between(option, text, 0, most));
}

std::string svg_file_of(std::string_view option, std::string_view text) {
  constexpr std::string_view ending = ".svg";
  if (text.size() > ending.size() && text.substr(text.size() - ending.size()) == ending) {
    return std::string(text);
  }
  throw UsageError(fmt::format(
      "{} '{}' does not end in .svg, and SVG is all that it writes; give such as scaling.svg",
      option, text));
}

Common common_of(const Values& values) {
  return {values.has("json"), values.has("quiet"), values.has("explain"),
          values.filled("topology")};
}

Planning planning_of(const Values& values) {
  Planning planning;
  planning.program = wishes_of(values);
  planning.items = values.read("items", read_large_count);
  planning.ranks = values.read("ranks", RankRule::read);
  planning.limits.max_ranks = values.read("max-ranks", read_count);
  planning.limits.max_memory = values.read("max-memory", read_size);
  planning.limits.deadline = values.read("deadline", read_time);
  if (const auto least = values.read("min-speedup", read_ratio)) {
    planning.limits.min_speedup = *least;
  }
  planning.forced.schedule = values.read("schedule", read_schedule);
  planning.forced.chunk = values.read("chunk", read_large_count);
  planning.forced.queued = values.read("queued", queued_of);
  planning.forced.group = values.read("group", group_of);
  planning.forced.rack = values.read("rack", group_of);
  planning.forced.root_computes = values.read("root-computes", read_yes_no);
  if (const auto seed = values.read("seed", read_whole)) {
    planning.seed = static_cast<std::uint64_t>(*seed);
  }
  if (planning.forced.chunk && planning.forced.schedule == Schedule::static_block) {
    throw UsageError(
        "--chunk contradicts --schedule static, which has one block per rank; leave one of them "
        "out");
  }
  return planning;
}

/// Facts, wishes and limits.
constexpr std::array what_shapes_a_plan{
    "cluster",       "offline",     "array",         "machine",     "kernel",  "program",
    "sample-ranks",  "items",       "ranks",         "max-ranks",   "name",    "deadline",
    "max-memory",    "chunk",       "root-computes", "min-speedup", "seed",    "schedule",
    "topology",      "queued",      "group",         "rack",        "goal",    "min-efficiency",
    "budget",        "price",       "whole-nodes",   "node-memory", "threads", "scaling",
    "sample-budget", "sample-args", "sample-dir",    "yes"};

/// Throws UsageError, in these words, for the first of the names that is given.
template <std::size_t n, class InWords>
void refuse(const Values& values, const std::array<const char*, n>& names, InWords in_words) {
  for (const char* const name : names) {
    if (values.has(name)) throw UsageError(in_words(name));
  }
}

Facts facts_of(const Values& values) {
  Facts facts;
  facts.program = values.filled("program");
  facts.samples = sample_rules_of(values);
  facts.machine = values.filled("machine");
  facts.kernel = values.filled("kernel");
  facts.plan = values.filled("plan");
  facts.sample_ranks = values.read("sample-ranks", read_counts).value_or(std::vector<int>());
  facts.name = values.filled("name").value_or("");
  if (facts.plan) {
    refuse(values, what_shapes_a_plan, [&](const char* name) {
      return fmt::format("--{} cannot change the plan in --plan '{}'; leave one of them out", name,
                         *facts.plan);
    });
  }
  if (facts.kernel && !facts.sample_ranks.empty()) {
    throw UsageError(
        "--sample-ranks has no use with --kernel, which is a profile already; leave one out");
  }
  return facts;
}

/// A line that is started as given is neither planned nor sampled.
void check_as_given(const Values& values) {
  const auto words = [](const char* name) {
    return fmt::format(
        "--{} has no use with --as-given, which sizes nothing; leave one of them out", name);
  };
  refuse(values, what_shapes_a_plan, words);
  refuse(values, std::array{"plan", "output", "plot", "report", "no-profile"}, words);
}

ExportFormat format_of(std::string_view option, std::string_view text) {
  if (text == "loggp") return ExportFormat::loggp;
  if (text == "simgrid-cfg") return ExportFormat::simgrid_cfg;
  if (text == "simgrid-platform") return ExportFormat::simgrid_platform;
  throw UsageError(
      fmt::format("{} '{}' is not loggp, simgrid-cfg or simgrid-platform", option, text));
}

ExportOptions export_of(const Common& common, const Values& values) {
  const auto format = values.read("format", format_of);
  if (!format) {
    throw UsageError("--format is missing; give loggp, simgrid-cfg or simgrid-platform");
  }
  if (common.json && *format != ExportFormat::loggp) {
    throw UsageError("--json is for --format loggp; SimGrid's formats are not JSON, leave it out");
  }
  return {common, values.filled("machine"), *format, values.filled("output")};
}

ClusterOptions cluster_of(const Common& common, const Values& values) {
  if (common.topology) {
    throw UsageError(
        "--topology describes a machine that need not exist, but mpisize cluster asks Slurm; leave "
        "it out");
  }
  ClusterOptions cluster{common, values.filled("partition"), values.filled("offline"),
                         values.has("refresh"), values.filled("output")};
  if (cluster.offline && cluster.ask_again) {
    throw UsageError("--offline contradicts --refresh; leave one of them out");
  }
  return cluster;
}

ValidateOptions validate_of(const Common& common, const Values& values, const Words& child) {
  ValidateOptions validate;
  validate.common = common;
  validate.facts = facts_of(values);
  validate.planning = planning_of(values);
  refuse(values, std::array{"plan", "kernel", "name"}, [](const char* name) {
    return fmt::format("--{} is for programs linked with mpisize; leave it out", name);
  });
  validate.rounds = values.read("rounds", read_count).value_or(validate.rounds);
  if (const auto plans = values.read("plans", read_count)) {
    validate.plans = static_cast<std::size_t>(*plans);
  }
  validate.child = child;
  return validate;
}

LintCommand lint_of(const Common& common, const Values& values) {
  const auto script = values.filled("script");
  if (!script) throw UsageError("the script is missing; write: mpisize lint job.sbatch");
  if (common.topology || common.explain) {
    throw UsageError(fmt::format("--{} has no use with a script; leave it out",
                                 common.topology ? "topology" : "explain"));
  }
  return {common, *script, values.read("max-array-size", read_large_count)};
}

Invocation options_of(const std::string& command, const Values& values, const Words& child) {
  const Common common = common_of(values);
  if (command == "probe") {
    ProbeOptions probe{common,
                       values.filled("output"),
                       values.filled("hdf5"),
                       {},
                       values.filled("slurm"),
                       values.filled("account"),
                       values.has("cancel-on-interrupt")};
    const auto hostfile = values.filled("hostfile");
    if (values.has("hosts") && hostfile) {
      throw UsageError("--hosts contradicts --hostfile; leave one of them out");
    }
    for (const char* const name : {"hosts", "hostfile", "hdf5", "topology"}) {
      if (!probe.slurm || !values.has(name)) continue;
      throw UsageError(fmt::format("--slurm contradicts --{}; leave one of them out", name));
    }
    for (const char* const name : {"account", "cancel-on-interrupt"}) {
      if (probe.slurm || !values.has(name)) continue;
      throw UsageError(fmt::format("--{} is of the job that --slurm PARTITION sends", name));
    }
    if (hostfile) probe.hosts = read_hostfile(*hostfile);
    if (const auto hosts = values.read("hosts", read_hosts)) probe.hosts = *hosts;
    if (!probe.hosts.empty() && (probe.hdf5 || common.topology)) {
      throw UsageError(fmt::format("--{} contradicts {}; leave one of them out",
                                   probe.hdf5 ? "hdf5" : "topology",
                                   hostfile ? "--hostfile" : "--hosts"));
    }
    if (probe.hdf5 && (probe.output || common.topology)) {
      throw UsageError(fmt::format("--hdf5 looks at a dataset, not at the machine; leave out --{}",
                                   probe.output ? "output" : "topology"));
    }
    return probe;
  }
  if (command == "cluster") return cluster_of(common, values);
  if (command == "map") return map_of(common, values);
  if (command == "validate") return validate_of(common, values, child);
  if (command == "compare") return compare_of(common, values, child);
  if (command == "lint") return lint_of(common, values);
  if (command == "export") return export_of(common, values);
  if (command == "history") return history_of(common, values);
  if (command == "profile") {
    return ProfileOptions{common,
                          values.filled("output"),
                          values.read("ranks", read_counts).value_or(std::vector<int>()),
                          values.filled("name").value_or(""),
                          values.filled("machine"),
                          sample_rules_of(values),
                          child};
  }
  if (command == "plan") {
    const auto kernel = values.filled("kernel");
    const auto program = values.filled("program");
    if (!kernel && !program) {
      throw UsageError(
          "--kernel is missing; measure it with: mpisize profile -o kernel.json -- ./app args");
    }
    if (kernel && program) {
      throw UsageError("--kernel contradicts --program; leave one of them out");
    }
    return PlanOptions{common,
                       values.filled("machine"),
                       kernel.value_or(""),
                       program,
                       planning_of(values),
                       cluster_wishes_of(values, true),
                       values.filled("output"),
                       values.read("plot", svg_file_of)};
  }
  if (command == "run") {
    RunOptions run{common,
                   facts_of(values),
                   planning_of(values),
                   values.has("as-given"),
                   values.has("dry-run"),
                   !values.has("no-profile"),
                   values.filled("output"),
                   values.read("plot", svg_file_of),
                   values.filled("report"),
                   child};
    if (run.as_given) check_as_given(values);
    if (common.json && !run.dry_run) {
      throw UsageError(
          "--json would mix with the output of the program; take --report FILE, or add --dry-run");
    }
    if (run.dry_run && (run.output || run.plot || run.report)) {
      throw UsageError(fmt::format("--dry-run writes no file; leave out --{}", run.output ? "output"
                                                                               : run.plot
                                                                                   ? "plot"
                                                                                   : "report"));
    }
    if (run.plot && run.facts.plan) {
      throw UsageError(
          "--plot has no use with --plan, which says nothing of other rank counts; leave one out");
    }
    return run;
  }
  SubmitOptions submit;
  submit.common = common;
  submit.facts = facts_of(values);
  submit.planning = planning_of(values);
  return submit_of(std::move(submit), values, child);
}

/// Of submit: a script may stand for the program, if that need not be sampled.
bool names_script(const std::string& command, const Words& words) {
  return command == "submit" &&
         std::any_of(words.begin(), words.end(), [](const std::string& word) {
           return word == "--script" || word.rfind("--script=", 0) == 0;
         });
}

bool asks_for_text(const Words& words) {
  return std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return word == "--help" || word == "-h" || word == "--version";
  });
}

}  // namespace

bool wants_json(const Words& arguments) {
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  return std::find(arguments.begin(), end, "--json") != end;
}

Invocation parse(const Words& arguments) {
  const Words commands{"probe",  "profile", "plan", "run",    "validate", "compare",
                       "submit", "lint",    "map",  "export", "cluster",  "history"};
  if (arguments.empty()) {
    throw UsageError("no command given; start with: mpisize run -- ./app (see mpisize --help)");
  }
  const std::string& command = arguments.front();
  if (command == "--help" || command == "-h" || command == "help") return Answer{general_help()};
  if (command == "--version") return Answer{version_text()};
  if (std::find(commands.begin(), commands.end(), command) == commands.end()) {
    if (command.rfind('-', 0) == 0) {
      throw UsageError(fmt::format(
          "unknown option '{}'; options follow the command: mpisize run --items 100 -- ./app",
          command));
    }
    const std::string repair = nearest(command, commands);
    throw UsageError(fmt::format("unknown command '{}'{}", command,
                                 repair.empty() ? "; see mpisize --help" : repair));
  }

  const Grammar grammar = grammar_of(command);
  const auto dashes = std::find(arguments.begin() + 1, arguments.end(), "--");
  const bool split = dashes != arguments.end();
  const Words own(arguments.begin() + 1, dashes);
  const Words child(split ? dashes + 1 : dashes, arguments.end());
  if (grammar.has_child && !split && !asks_for_text(own) && !names_script(command, own)) {
    throw UsageError(fmt::format(
        "-- is missing before the program; write: mpisize {} [options] -- ./app args", command));
  }
  const Values values = values_of(grammar, own);
  if (values.has("help")) return Answer{grammar.help()};
  if (values.has("version")) return Answer{version_text()};
  if (grammar.has_child && child.empty() && (split || !values.has("script"))) {
    throw UsageError(fmt::format(
        "no program after --; put it at the end: mpisize {} [options] -- ./app args", command));
  }
  if (!grammar.has_child && split) {
    throw UsageError(
        fmt::format("mpisize {} starts no program; leave out -- and what follows", command));
  }
  return options_of(command, values, child);
}

}  // namespace mpisize::tools
