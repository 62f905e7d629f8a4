#include "mpisize/write/job_script.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "mpisize/base/error.hpp"
#include "mpisize/base/human.hpp"
#include "mpisize/write/job_numbers.hpp"
#include "mpisize/write/job_request.hpp"
#include "mpisize/write/job_resume.hpp"
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
    line(value.empty() ? "#SBATCH --" + option
                       : fmt::format("#SBATCH --{}={}", option, sbatch_quote(value)));
  }

  [[nodiscard]] std::string str() && { return std::move(text_); }

 private:
  std::string text_;
};

void check(const JobScript& script) {
  check_job(script);
  if (script.program.empty() || script.program.front().empty()) {
    throw InputError("the job has no program; give it and its arguments after --");
  }
}

/// What the prediction makes of a time limit that is given.
std::string why_this_wish(const JobScript& script, const JobTime& time) {
  const Seconds left = *time.wished - time.lead;
  if (time.upper <= left) return "; the limit is as asked for";
  if (!script.resume) return "; the limit is as asked for, and the work may take longer";
  const auto turns = static_cast<std::int64_t>(std::ceil(time.upper / left));
  return fmt::format("; that takes {} of the limit that is asked for", counted(turns, "turn"));
}

std::string why_this_time(const JobScript& script) {
  const JobTime time = job_time(script);
  if (time.wished && time.upper <= Seconds(0)) {
    return "the limit is as asked for; what the whole program takes is not known";
  }
  std::string why = fmt::format("predicted {}", human(script.choice.predicted.total));
  if (script.launch.high > Seconds(0)) why += fmt::format(" + launch {}", human(script.launch));
  if (script.before_call) why += fmt::format(" + {} before the call", human(*script.before_call));
  const bool several = script.launch.high > Seconds(0) || script.before_call;
  why += fmt::format("; upper end{} {}", several ? "s" : "", human(time.upper));
  if (time.wished) return why + why_this_wish(script, time);
  why += fmt::format(" + margin {} ({:.3g} %, at least {})", human(time.margin),
                     100 * script.time_margin, human(least_time_margin));
  if (script.resume) why += fmt::format(" + {} for the end in order", human(time.lead));
  const bool cut = script.longest && time.asked() >= *script.longest;
  if (cut) why += ", but the partition allows no more";
  return why + ", in whole minutes";
}

std::string why_this_warning(const JobScript& script) {
  const Seconds lead = job_time(script).lead;
  const Seconds needed = warning_lateness + script.resume->stop + requeue_time;
  std::string why = fmt::format(
      "Slurm's warning may come {} late; the ranks have {} to end in order, the "
      "controller {} to take the job back",
      human(warning_lateness), human(script.resume->stop), human(requeue_time));
  if (lead < needed) why += "; but two thirds of the time limit are left to compute in";
  return why;
}

std::string why_this_memory(const JobScript& script) {
  const auto memory = job_memory(script);
  if (!memory && script.lessons.node_memory) return "what an earlier job taught";
  if (!memory) {
    return "no --mem: the memory of a rank was not measured, the partition's default holds";
  }
  if (script.node_memory) {
    return fmt::format("{} on the fullest node, predicted; + {:.3g} % margin + {} for the launcher",
                       human(memory->used), 100 * script.memory_margin, human(launcher_memory));
  }
  std::string why = fmt::format("root {}", human(memory->root));
  if (memory->workers > 0) {
    why += fmt::format(" + {} of {} = {}", counted(memory->workers, "worker"),
                       human(*script.rank_memory), human(memory->used));
  }
  return fmt::format("{} on a node, measured; + {:.3g} % margin + {} for the launcher", why,
                     100 * script.memory_margin, human(launcher_memory));
}

/// The comments before --nodes.
void explain_layout(Text& text, const JobScript& script, const Layout& layout) {
  const Prediction& predicted = script.choice.predicted;
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
}

std::string why_array(const ItemArray& array) {
  const ItemRange most = items_of_task(array, 0);
  return fmt::format("{} independent items in {} tasks, up to {} each; the plan is of one task",
                     human_count(array.items), human_count(array.tasks), human_count(most.count));
}

/// The comments that stand before an option, and say why its value is what it is.
void explain(Text& text, const JobScript& script, const Layout& layout, std::string_view option) {
  if (option == "nodes") {
    if (script.output) text.directive("output", *script.output);
    explain_layout(text, script, layout);
  } else if (option == "exclusive") {
    text.comment("whole nodes: nobody else computes there, and all of their cores count");
  } else if (option == "hint") {
    text.comment("a core for each thread of a rank: two on one core would share it");
  } else if (option == "array") {
    text.comment(why_array(*script.needs.array));
  } else if (option == "ntasks-per-node" &&
             layout.ranks() != layout.nodes * most_on_a_node(script)) {
    // Without it Slurm may crowd the ranks on one node, beyond the memory asked for each.
    text.comment(
        fmt::format("{} ranks do not divide evenly: with --ntasks this is the most a node gets",
                    layout.ranks()));
  } else if (option == "cpus-per-task") {
    text.comment("threads of a rank");
  } else if (option == "mem") {
    text.comment(why_this_memory(script));
  } else if (option == "time") {
    if (!request_of(script).memory) text.comment(why_this_memory(script));
    text.comment(why_this_time(script));
    if (script.choice.predicted.rare_items_possible) {
      text.comment(
          "too few items were seen to exclude rare long ones: a higher --time may be wise");
    }
  } else if (option == "signal") {
    text.comment(why_this_warning(script));
  } else if (option == "requeue") {
    text.comment("back into the queue, to go on from the journal, also after a node has failed");
  }
}

void put_directives(Text& text, const JobScript& script, const Layout& layout) {
  for (const RequestedOption& requested : requested_options(request_of(script))) {
    explain(text, script, layout, requested.option);
    text.directive(requested.option, requested.value);
  }
}

/// Variables that the script sets for the program.
std::map<std::string, std::string> environment_of(const JobScript& script) {
  if (script.environment) return *script.environment;
  return {{"OMP_NUM_THREADS", std::to_string(job_layout(script.choice).threads_per_rank)}};
}

/// Which items a task of the array computes.
void put_item_range(Text& text, const ItemArray& array) {
  const std::int64_t each = array.items / array.tasks;
  const std::int64_t more = array.items % array.tasks;
  text.comment(fmt::format("Items of this task: {}{}.", human_count(each),
                           more == 0 ? "" : fmt::format(", one more in the first {}", more)));
  const std::string before =
      more == 0 ? ""
                : fmt::format(" + (SLURM_ARRAY_TASK_ID < {0} ? SLURM_ARRAY_TASK_ID : {0})", more);
  text.line(
      fmt::format("export {}=$((SLURM_ARRAY_TASK_ID * {}{}))", first_item_variable, each, before));
  text.line(
      fmt::format("export {}=$(({}{}))", item_count_variable, each,
                  more == 0 ? "" : fmt::format(" + (SLURM_ARRAY_TASK_ID < {} ? 1 : 0)", more)));
}

/// {first} and {count} become the variables. Braces are always between single quotes, which end
/// before the variable and begin again behind it, where there is something to quote.
std::string with_item_range(std::string line) {
  for (const auto& [word, variable] : {std::pair{std::string("{first}"), first_item_variable},
                                       std::pair{std::string("{count}"), item_count_variable}}) {
    const std::string value = fmt::format("\"${}\"", variable);
    for (auto at = line.find(word); at != std::string::npos; at = line.find(word, at)) {
      const bool first = line[at - 1] == '\'';
      const bool last = line[at + word.size()] == '\'';
      const std::string text = (first ? "" : "'") + value + (last ? "" : "'");
      const std::size_t from = first ? at - 1 : at;
      line.replace(from, at + word.size() + (last ? 1 : 0) - from, text);
      at = from + text.size();
    }
  }
  return line;
}

/// What srun would do otherwise, and must not.
void put_srun_environment(Text& text, const JobScript& script, const Layout& layout) {
  if (script.launcher != Launcher::srun || layout.nodes == 1) return;
  if (layout.ranks() != layout.nodes * most_on_a_node(script)) {
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
  if (script.launcher == Launcher::own) return script.program;
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
    for (const auto& [name, value] : environment_of(script)) {
      line.options.insert(line.options.end(), {"-x", name});
    }
    if (script.plan_path) line.options.insert(line.options.end(), {"-x", "MPISIZE_PLAN"});
    if (script.needs.array) {
      line.options.insert(line.options.end(),
                          {"-x", first_item_variable, "-x", item_count_variable});
    }
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
  for (const std::string& reason : script.lessons.reasons) text.comment("- " + reason);
  put_directives(text, script, layout);
  text.blank();
  text.line("set -euo pipefail");
  text.blank();
  for (const auto& [name, value] : environment_of(script)) {
    text.line(fmt::format("export {}={}", name, shell_quote(value)));
  }
  if (script.plan_path) {
    text.line("# The program is linked with mpisize and follows this plan.");
    text.line("export MPISIZE_PLAN=" + shell_quote(*script.plan_path));
  }
  put_srun_environment(text, script, layout);
  if (script.needs.array) put_item_range(text, *script.needs.array);
  text.blank();
  const std::string launch = shell_join(launch_line(script, layout));
  const std::string line = script.needs.array ? with_item_range(launch) : launch;
  text.line(script.resume ? launch_and_requeue(*script.resume, line) : line);
  return std::move(text).str();
}

}  // namespace mpisize
