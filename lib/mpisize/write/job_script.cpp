#include "mpisize/write/job_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/error.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/write/launch_line.hpp"
#include "mpisize/write/layout_text.hpp"
#include "mpisize/write/names.hpp"
#include "mpisize/write/shell_quote.hpp"

namespace mpisize {
namespace {

/// Lines of the script.
class Text {
 public:
  void line(const std::string& text) { text_ += text + "\n"; }
  void blank() { text_ += "\n"; }

  /// A comment, wrapped at 100 columns. What is no printable character becomes a blank: a line end
  /// would end the comment.
  void comment(std::string words) {
    constexpr std::size_t widest = 98;
    std::replace_if(
        words.begin(), words.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    while (words.size() > widest) {
      const auto blank = words.rfind(' ', widest);
      if (blank == std::string::npos || blank == 0) break;
      line("# " + words.substr(0, blank));
      words.erase(0, blank + 1);
    }
    line("# " + words);
  }

  void directive(const std::string& option, const std::string& value) {
    line(fmt::format("#SBATCH --{}={}", option, sbatch_quote(value)));
  }
  void directive(const std::string& option, std::int64_t value) {
    directive(option, std::to_string(value));
  }

  [[nodiscard]] std::string str() && { return std::move(text_); }

 private:
  std::string text_;
};

void check(const JobScript& script) {
  const Choice& choice = script.choice;
  if (choice.plan.verdict == Verdict::infeasible) {
    throw InputError(fmt::format(
        "the plan is infeasible ({}), so there is no job to write; relax the limit",
        choice.plan.binding_limit.value_or(choice.plan.reasons.empty() ? "no reason given"
                                                                       : choice.plan.reasons[0])));
  }
  if (script.program.empty() || script.program.front().empty()) {
    throw InputError("the job has no program; give it and its arguments after --");
  }
  for (const auto& [name, margin] :
       {std::pair{"time", script.time_margin}, std::pair{"memory", script.memory_margin}}) {
    if (!(margin >= 0) || !std::isfinite(margin)) {
      throw InputError(
          fmt::format("the {} margin is {}; give a share of at least 0, e.g. 0.25", name, margin));
    }
  }
}

/// The layout of the job: a serial verdict takes one task.
Layout job_layout(const Choice& choice) {
  Layout layout = choice.plan.layout;
  if (choice.plan.verdict == Verdict::serial) layout.nodes = layout.rank_count = 1;
  return layout;
}

/// Whole minutes as Slurm writes them: HH:MM:SS or D-HH:MM:SS.
std::string slurm_time(std::int64_t minutes) {
  constexpr std::int64_t day = 1440;
  const std::string clock = fmt::format("{:02}:{:02}:00", minutes % day / 60, minutes % 60);
  return minutes < day ? clock : fmt::format("{}-{}", minutes / day, clock);
}

void put_time(Text& text, const JobScript& script) {
  constexpr double most = 1e9;  // Thirty years: beyond any partition, and safe to convert.
  const Prediction& predicted = script.choice.predicted;
  const Seconds before = script.before_call.value_or(Seconds(0));
  const Seconds upper = predicted.total.high + script.launch.high + before;
  const Seconds margin = std::max(script.time_margin * upper, least_time_margin);
  if (!(upper.value() >= 0) || upper.value() > most) {
    throw InputError(fmt::format(
        "the plan's time of {} cannot be asked of Slurm; sample the program again", human(upper)));
  }
  const auto minutes = static_cast<std::int64_t>(std::ceil((upper + margin).value() / 60));
  std::string why =
      fmt::format("predicted {} + launch {}", human(predicted.total), human(script.launch));
  if (script.before_call) why += fmt::format(" + {} before the call", human(before));
  why +=
      fmt::format("; upper ends {} + margin {} ({:.3g} %, at least {}), in whole minutes",
                  human(upper), human(margin), 100 * script.time_margin, human(least_time_margin));
  text.comment(why);
  if (predicted.rare_items_possible) {
    text.comment("too few items were seen to exclude rare long ones: a higher --time may be wise");
  }
  text.directive("time", slurm_time(minutes));
}

/// Hosts that take unlike numbers of ranks need leave for the most.
int most_on_a_node(const JobScript& script, const Layout& layout) {
  int most = layout.ranks_per_node();
  for (const PlacedNode& node : script.choice.plan.placement) most = std::max(most, node.ranks);
  return most;
}

void put_memory(Text& text, const JobScript& script, const Layout& layout) {
  const auto root = script.root_memory ? script.root_memory : script.rank_memory;
  const int workers = most_on_a_node(script, layout) - 1;
  if (!root || (workers > 0 && !script.rank_memory)) {
    text.comment("no --mem: the memory of a rank was not measured, the partition's default holds");
    return;
  }
  constexpr double mebibyte = 1 << 20;
  const Bytes used = *root + script.rank_memory.value_or(Bytes(0)) * workers;
  const double bytes = static_cast<double>(used.value()) * (1 + script.memory_margin) +
                       static_cast<double>(slurmstepd_memory.value());
  std::string why = fmt::format("root {}", human(*root));
  if (workers > 0) {
    why += fmt::format(" + {} of {} = {}", counted(workers, "worker"), human(*script.rank_memory),
                       human(used));
  }
  text.comment(fmt::format("{} on a node, measured; + {:.3g} % margin + {} slurmstepd", why,
                           100 * script.memory_margin, human(slurmstepd_memory)));
  text.directive("mem", fmt::format("{}M", static_cast<std::int64_t>(std::ceil(bytes / mebibyte))));
}

void put_directives(Text& text, const JobScript& script, const Layout& layout) {
  const Prediction& predicted = script.choice.predicted;
  const int ranks = layout.ranks();
  text.directive("job-name", script.job_name);
  if (script.account) text.directive("account", *script.account);
  if (script.partition) text.directive("partition", *script.partition);
  if (script.output) text.directive("output", *script.output);
  if (script.choice.plan.verdict == Verdict::serial) {
    text.comment("serial: rank 0 alone");
  } else {
    text.comment(fmt::format("{}: predicted speedup {:.2f}, at least {:.2f} (5 % quantile)",
                             in_words(layout), predicted.speedup, predicted.speedup_low));
  }
  if (!script.choice.plan.placement.empty()) {
    text.comment(fmt::format(
        "planned in rank order on {}; which nodes, and in which order, is Slurm's choice",
        in_words(script.choice.plan.placement)));
  }
  text.directive("nodes", layout.nodes);
  text.directive("ntasks", ranks);
  const int most = most_on_a_node(script, layout);
  if (ranks != layout.nodes * most) {
    // Without it Slurm may crowd the ranks on one node, beyond the memory asked for each.
    text.comment(fmt::format(
        "{} ranks do not divide evenly: with --ntasks this is the most a node gets", ranks));
  }
  text.directive("ntasks-per-node", most);
  text.comment("threads of a rank");
  text.directive("cpus-per-task", layout.threads_per_rank);
  put_memory(text, script, layout);
  put_time(text, script);
}

/// What srun would do otherwise, and must not.
void put_srun_environment(Text& text, const JobScript& script, const Layout& layout) {
  if (script.launcher != Launcher::srun || layout.nodes == 1) return;
  if (layout.ranks() != layout.nodes * most_on_a_node(script, layout)) {
    text.comment("srun takes it for an exact number, which does not fit; the job has its nodes");
    text.line("unset SLURM_NTASKS_PER_NODE");
  }
  // Open MPI 4.1.4 on 4 nodes with 8 ranks each, over TCP: 2 of 12 starts failed with the tree,
  // none of 12 with the ring; https://github.com/open-mpi/ompi/issues/12495.
  text.comment(
      "Open MPI may crash in MPI_Init where PMIx lets ranks of one node go before another's");
  text.line("export SLURM_PMIX_FENCE=ring");
}

std::vector<std::string> launch_line(const JobScript& script, const Layout& layout) {
  if (script.launcher == Launcher::srun) {
    return render_srun(script.launcher_path.empty() ? "srun" : script.launcher_path,
                       script.launcher_options, layout, script.program);
  }
  MpirunLine line;
  if (!script.launcher_path.empty()) line.launcher = script.launcher_path;
  line.options = script.launcher_options;
  line.program = script.program;
  if (layout.nodes > 1) {
    // mpirun promises the environment only to ranks on its own node.
    line.options.insert(line.options.end(), {"-x", "OMP_NUM_THREADS"});
    if (script.plan_path) line.options.insert(line.options.end(), {"-x", "MPISIZE_PLAN"});
  }
  // Slots and binding within the job are Slurm's: a slot per task, cores as granted.
  return render_mpirun(line, layout);
}

}  // namespace

std::string render(const JobScript& script) {
  check(script);
  const Layout layout = job_layout(script.choice);
  Text text;
  text.line("#!/bin/bash");
  text.comment(fmt::format("Written by mpisize. Plan: {}.", name_of(script.choice.plan.verdict)));
  for (const std::string& reason : script.choice.plan.reasons) text.comment("- " + reason);
  put_directives(text, script, layout);
  text.blank();
  text.line("set -euo pipefail");
  text.blank();
  text.line(fmt::format("export OMP_NUM_THREADS={}", layout.threads_per_rank));
  if (script.plan_path) {
    text.line("# The program is linked with mpisize and follows this plan.");
    text.line("export MPISIZE_PLAN=" + shell_quote(*script.plan_path));
  }
  put_srun_environment(text, script, layout);
  text.blank();
  text.line(shell_join(launch_line(script, layout)));
  return std::move(text).str();
}

}  // namespace mpisize
