/// The command line as typed values: parsed first, whole, and checked; then a command runs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "map_job.hpp"
#include "mpisize/choose/planner.hpp"
#include "mpisize/choose/program_planner.hpp"
#include "mpisize/write/job_script.hpp"
#include "values.hpp"

namespace mpisize::tools {

/// Of every command.
struct Common {
  bool json = false;   ///< One object on stdout and nothing else.
  bool quiet = false;  ///< No talk on stderr; errors all the same.
  bool explain =
      false;  ///< Every number with its source, the runner-up, what would change the choice.
  std::optional<std::string> topology;  ///< A machine that need not exist.
};

/// What only whole programs are asked for.
struct ProgramWishes {
  Goal goal = Goal::time;
  ProgramLimits limits;  ///< max_ranks and deadline are those of Limits.
  Rates rates;
  std::optional<Scaling> scaling;
  std::optional<int> threads;  ///< Force the threads per rank.
};

/// What plan, run and submit plan by.
struct Planning {
  std::optional<std::int64_t> items;
  std::optional<RankRule> ranks;
  Limits limits;
  Forced forced;  ///< Without the ranks, which are a rule.
  std::uint64_t seed = 1;
  ProgramWishes program;
};

/// How a program that is not linked with mpisize is sampled.
struct SampleRules {
  Seconds budget{300};
  std::optional<std::vector<std::string>> arguments;  ///< Instead of the program's own.
  std::optional<std::string> directory;               ///< Each sample runs in a folder of its own.
  bool yes = false;                                   ///< Nobody is asked.
};

/// Facts that need not be measured, and how the program is sampled if it has to be.
struct Facts {
  std::optional<std::string> machine;  ///< machine.json
  std::optional<std::string> kernel;   ///< kernel.json
  std::optional<std::string> plan;     ///< plan.json
  std::vector<int> sample_ranks;       ///< Empty: as many as there are PUs granted.
  std::string name;                    ///< Of the call site; empty: the first one.
  std::optional<std::string> program;  ///< program.json
  SampleRules samples;
};

/// Where a job goes: one of Slurm's partitions.
struct ClusterWishes {
  bool choose = false;                   ///< Among the partitions.
  std::optional<std::string> offline;    ///< cluster.json, instead of Slurm.
  std::optional<std::string> partition;  ///< This one alone.
  std::optional<std::string> account;
  JobNeeds needs;  ///< The items of an array are those of the call.
};

struct ProbeOptions {
  Common common;
  std::optional<std::string> output;
  std::optional<std::string> hdf5;     ///< FILE:/DATASET, instead of the machine.
  std::vector<std::string> hosts;      ///< Instead of this one.
  std::optional<std::string> slurm;    ///< A partition, by a job.
  std::optional<std::string> account;  ///< Of that job.
  bool cancel = false;                 ///< That job when interrupted.
};

struct ProfileOptions {
  Common common;
  std::optional<std::string> output;
  std::vector<int> ranks;  ///< Empty: as many as there are PUs granted; of whole programs a few.
  std::string name;
  std::optional<std::string> machine;  ///< Empty: here.
  SampleRules samples;
  std::vector<std::string> child;
};

struct PlanOptions {
  Common common;
  std::optional<std::string> machine;  ///< Empty: the topology is given, or the cached one.
  std::string kernel;                  ///< Empty: a whole program.
  std::optional<std::string> program;  ///< program.json
  Planning planning;
  ClusterWishes cluster;
  std::optional<std::string> output;
  std::optional<std::string> plot;  ///< SVG over rank counts.
};

struct RunOptions {
  Common common;
  Facts facts;
  Planning planning;
  bool as_given = false;  ///< Starts the line word by word, nothing is sized.
  bool dry_run = false;
  bool profile = true;                ///< Whole programs are counted while they run.
  std::optional<std::string> output;  ///< plan.json, kept.
  std::optional<std::string> plot;    ///< SVG over rank counts.
  std::optional<std::string> report;
  std::vector<std::string> child;
};

struct SubmitOptions {
  Common common;
  Facts facts;
  Planning planning;
  bool dry_run = false;
  bool write_only = false;  ///< The script is not sent.
  bool test_only = false;   ///< sbatch is asked whether it would take it.
  bool wait = false;        ///< For the end of the job.
  std::string output = "job.sbatch";
  std::optional<std::string> script;  ///< Patch this one instead of writing another.
  bool in_place = false;
  std::optional<std::int64_t> het_group;  ///< Component of a heterogeneous job.
  Launcher launcher = Launcher::mpirun;
  std::optional<std::string> job_name;
  std::optional<std::string> partition;
  std::optional<std::string> account;
  ClusterWishes cluster;
  std::optional<Seconds> time;         ///< Limit of the job; empty: as predicted.
  bool requeue = false;                ///< Stopped before its time limit, it goes on later.
  std::optional<std::string> journal;  ///< Of the program.
  std::vector<std::string> child;
};

struct LintCommand {
  Common common;
  std::string script;
  std::optional<std::int64_t> max_array_size;
};

struct MapOptions {
  Common common;
  MapJob job;
  std::optional<std::string> report;
  bool dry_run = false;
};

enum class ExportFormat { loggp, simgrid_cfg, simgrid_platform };

struct ExportOptions {
  Common common;
  std::optional<std::string> machine;  ///< Empty: the cached one.
  ExportFormat format = ExportFormat::loggp;
  std::optional<std::string> output;  ///< Instead of stdout.
};

enum class HistoryAction { list, show, compare, remove, sync };

struct HistoryOptions {
  Common common;
  HistoryAction action = HistoryAction::list;
  std::vector<std::string> words;      ///< Ids, or what to compare.
  std::optional<std::string> program;  ///< Part of the name, of entries to list or delete.
  std::optional<int> last;             ///< List so many.
  bool all = false;                    ///< Delete all.
  bool yes = false;                    ///< Without asking.
};

struct ClusterOptions {
  Common common;
  std::optional<std::string> partition;  ///< This one alone.
  std::optional<std::string> offline;    ///< cluster.json, instead of Slurm.
  bool ask_again = false;                ///< Whatever the cache has.
  std::optional<std::string> output;
};

/// Runs the chosen plan of a whole program and the next best ones.
struct ValidateOptions {
  Common common;
  Facts facts;
  Planning planning;
  int rounds = 3;
  std::size_t plans = 2;
  std::vector<std::string> child;
};

/// Runs given plans of a whole program.
struct CompareOptions {
  Common common;
  std::optional<std::string> machine;      ///< Empty: here.
  std::vector<std::pair<int, int>> plans;  ///< Ranks and threads per rank.
  int rounds = 3;
  std::vector<std::string> child;
};

/// --help and --version: text for stdout.
struct Answer {
  std::string text;
};

using Invocation = std::variant<Answer, ProbeOptions, ProfileOptions, PlanOptions, RunOptions,
                                SubmitOptions, LintCommand, MapOptions, ExportOptions,
                                ClusterOptions, HistoryOptions, ValidateOptions, CompareOptions>;

/// Reads the arguments after the program's name. Everything behind "--" is the child's.
/// Throws UsageError.
[[nodiscard]] Invocation parse(const std::vector<std::string>& arguments);

/// Whether --json stands before "--": asked even where the rest cannot be parsed.
[[nodiscard]] bool wants_json(const std::vector<std::string>& arguments);

}  // namespace mpisize::tools
