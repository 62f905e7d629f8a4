#include "mpisize/write/sbatch_patch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "mpisize/base/error.hpp"
#include "mpisize/write/patch_launch.hpp"
#include "mpisize/write/shell_quote.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize {
namespace {

constexpr std::array<std::string_view, 3> memory_options{"mem", "mem-per-cpu", "mem-per-gpu"};

bool says_memory(std::string_view option) {
  return std::find(memory_options.begin(), memory_options.end(), option) != memory_options.end();
}

[[noreturn]] void refuse(const SbatchScript& script, const std::string& why) {
  throw InputError(fmt::format("'{}': {}", script.origin, why));
}

/// Changes of one component's directives.
class DirectivePatch {
 public:
  DirectivePatch(const SbatchScript& script, const Component& component, ScriptEditor& editor)
      : script_(script), component_(component), editor_(editor) {}

  void set(const RequestedOption& wanted) {
    const auto found = occurrences(component_, wanted.option);
    const WordOption* kept = found.empty() ? nullptr : found.back();
    if (kept == nullptr && says_memory(wanted.option)) kept = last_memory_option();
    for (const WordOption* earlier : found) {
      if (earlier != kept) editor_.remove(component_, *earlier);
    }
    if (says_memory(wanted.option)) remove_other_memory_options(wanted.option, kept);
    if (wanted.value.empty()) {
      // A flag; with a value of its own (--exclusive=user) it is another one, and stays.
      if (kept == nullptr) added_.push_back("#SBATCH --" + wanted.option);
    } else if (kept == nullptr) {
      added_.push_back(fmt::format("#SBATCH --{}={}", wanted.option, sbatch_quote(wanted.value)));
    } else {
      rename(*kept, wanted.option);
      change(*kept, wanted);
    }
  }

  void remove(std::string_view option) {
    for (const WordOption* found : occurrences(component_, option)) {
      editor_.remove(component_, *found);
    }
  }

  /// Those that are new, behind the last directive.
  void add_new() {
    const std::size_t line = component_.directives.empty() ? 0 : component_.directives.back().line;
    for (std::string& directive : added_) editor_.add_after(line, std::move(directive));
  }

 private:
  const WordOption* last_memory_option() const {
    const WordOption* last = nullptr;
    for (const WordOption& option : component_.options) {
      if (option.option != nullptr && says_memory(option.meaning())) last = &option;
    }
    return last;
  }

  void remove_other_memory_options(std::string_view wanted, const WordOption* kept) {
    for (const WordOption& option : component_.options) {
      if (option.option != nullptr && says_memory(option.meaning()) && option.meaning() != wanted &&
          &option != kept) {
        editor_.remove(component_, option);
      }
    }
  }

  void rename(const WordOption& option, std::string_view name) {
    if (option.meaning() == name) return;
    const ScriptWord& word = component_.words[option.word];
    constexpr std::size_t dashes = 2;  // None of them has a letter.
    editor_.replace(word.line, replace_in_word(script_.text, word, dashes,
                                               option.spelling.size() - dashes, name));
  }

  void change(const WordOption& option, const RequestedOption& wanted) {
    if (option.meaning() == wanted.option &&
        means_the_same(wanted.option, option.value->text, wanted.value)) {
      return;
    }
    const OptionValue& old = *option.value;
    const ScriptWord& word = component_.words[old.word];
    const std::string quoted = sbatch_quote(wanted.value);  // Throws for what no line can hold.
    editor_.replace(word.line, quoted == wanted.value
                                   ? replace_in_word(script_.text, word, old.first, old.text.size(),
                                                     wanted.value)
                                   : replace_rest(script_.text, word, old.first, quoted));
  }

  const SbatchScript& script_;
  const Component& component_;
  ScriptEditor& editor_;
  std::vector<std::string> added_;
};

void check_possible(const SbatchScript& script, const Component& component,
                    const JobRequest& request) {
  for (const std::string_view option : {"ntasks-per-gpu", "ntasks-per-tres", "cpus-per-gpu"}) {
    if (effective(component, option) == nullptr) continue;
    refuse(script,
           fmt::format("--{} counts by GPU, and a plan counts by node; take it out first", option));
  }
  const auto list = effective_value(component, "nodelist");
  const auto hosts = list ? count_hosts(*list) : std::nullopt;
  if (hosts && request.nodes && *hosts > *request.nodes) {
    refuse(script, fmt::format("--nodelist={} names {} nodes, and the plan takes {}; shorten the "
                               "list or take it out",
                               *list, *hosts, *request.nodes));
  }
}

class Remarks {
 public:
  Remarks(const Component& component, std::vector<Finding>& remarks)
      : component_(component), remarks_(remarks) {}

  void add(const char* id, const WordOption& option, std::string why, std::string repair) {
    remarks_.push_back({id, Severity::warning, line_of(component_, option) + 1, std::move(why),
                        std::move(repair)});
  }

 private:
  const Component& component_;
  std::vector<Finding>& remarks_;
};

/// What stays and may stand against the plan.
void remark_on_others(const Component& component, const JobRequest& request,
                      std::vector<Finding>& remarks) {
  Remarks to(component, remarks);
  constexpr std::array<std::string_view, 10> layout{
      "ntasks-per-core",  "ntasks-per-socket", "sockets-per-node", "cores-per-socket",
      "threads-per-core", "extra-node-info",   "mincpus",          "gpus-per-task",
      "gpus-per-socket",  "nodefile"};
  for (const WordOption& option : component.options) {
    if (option.option == nullptr) {
      to.add("unknown-option", option,
             fmt::format("{} is no option of sbatch 22.05, and is left as it is", option.spelling),
             "take it out unless a plugin of the cluster knows it");
    } else if (std::find(layout.begin(), layout.end(), option.meaning()) != layout.end()) {
      to.add("may-contradict", option,
             fmt::format("--{} may contradict the layout of the plan, and is left as it is",
                         option.meaning()),
             "take it out if sbatch refuses the job");
    }
  }
  const WordOption* const signal = effective(component, "signal");
  if (signal == nullptr || request.signal || !request.time || !signal->value) return;
  const auto lead = read_signal_lead(signal->value->text);
  if (lead && *lead >= *request.time) {
    to.add("signal-late", *signal,
           fmt::format("--signal={} comes before the job starts: the planned time is {}",
                       signal->value->text, write_slurm_time(*request.time)),
           "shorten it");
  }
}

void drop_longer_time_min(const Component& component, const JobRequest& request,
                          DirectivePatch& patch) {
  const auto least = effective_value(component, "time-min");
  const auto limit = least ? read_slurm_time(*least) : std::nullopt;
  if (!limit || !request.time) return;
  const auto planned = read_slurm_time(write_slurm_time(*request.time));
  if (!limit->limit || *limit->limit > *planned->limit) patch.remove("time-min");
}

std::size_t component_of(const SbatchScript& script, const std::vector<const Launch*>& launches,
                         const PatchOptions& options) {
  const std::size_t count = script.components.size();
  if (options.component) {
    if (*options.component < count) return *options.component;
    refuse(script, fmt::format("there is no component {} in a job of {}; count from 0",
                               *options.component, count));
  }
  if (count == 1) return 0;
  std::set<std::string> groups;
  for (const Launch* launch : launches) groups.insert(launch->het_group.value_or("0"));
  if (groups.empty()) return 0;
  const std::string& group = *groups.begin();
  const bool is_number =
      !group.empty() && group.size() <= 3 &&
      std::all_of(group.begin(), group.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (groups.size() > 1 || !is_number || std::stoul(group) >= count) {
    refuse(script, fmt::format("the program runs in het-group {}, and a plan is for one of the {} "
                               "components; say which with --het-group N",
                               fmt::join(groups, " and "), count));
  }
  return std::stoul(group);
}

/// Components behind the patched one have what they do not say themselves from it.
void check_later_components(const SbatchScript& script, std::size_t number,
                            const JobRequest& request, std::vector<Finding>& remarks) {
  std::set<std::string> carried;
  for (const RequestedOption& wanted : requested_options(request)) {
    if (is_carried_over(wanted.option)) carried.insert(wanted.option);
  }
  for (std::size_t i = number + 1; i < script.components.size(); ++i) {
    const Component& later = script.components[i];
    for (const char* const other : {"mem-per-cpu", "mem-per-gpu"}) {
      if (!request.memory || effective(later, other) == nullptr) continue;
      refuse(script, fmt::format("component {} has --{}, and --mem, which the plan sets before it "
                                 "and sbatch carries over, excludes it; write --mem there, too",
                                 i, other));
    }
    std::vector<std::string> taken;
    for (const std::string& option : carried) {
      if (effective(later, option) == nullptr) taken.push_back("--" + option);
    }
    for (auto option = carried.begin(); option != carried.end();) {
      option = effective(later, *option) == nullptr ? std::next(option) : carried.erase(option);
    }
    if (taken.empty()) continue;
    remarks.push_back({"carried-over", Severity::warning, later.directives.front().line + 1,
                       fmt::format("component {} has {} from component {}, which is planned", i,
                                   fmt::join(taken, " and "), number),
                       "write its own there"});
  }
}

/// Of a heterogeneous job, those that run in the component.
std::vector<const Launch*> within(const SbatchScript& script, std::size_t component,
                                  const std::vector<const Launch*>& launches,
                                  std::vector<Finding>& remarks) {
  if (script.components.size() == 1) return launches;
  std::vector<const Launch*> inside;
  for (const Launch* launch : launches) {
    const std::string group = launch->het_group.value_or("0");
    if (group == std::to_string(component)) {
      inside.push_back(launch);
      continue;
    }
    remarks.push_back({"launch-left", Severity::warning, launch->word.line + 1,
                       fmt::format("the launch line runs in het-group {} and is left as it is: "
                                   "component {} is planned",
                                   group, component),
                       "bring it in step by hand"});
  }
  return inside;
}

void remark_on_other_schedulers(const SbatchScript& script, const Component& component,
                                std::vector<Finding>& remarks) {
  if (effective(component, "ignore-pbs") != nullptr) return;
  for (std::size_t i = 0; i < script.lines.size(); ++i) {
    for (const std::string_view magic : {"#PBS", "#BSUB"}) {
      if (script.line(i).substr(0, magic.size()) != magic) continue;
      remarks.push_back({"other-scheduler", Severity::warning, i + 1,
                         fmt::format("sbatch reads {} lines after its own, and they hold", magic),
                         "take them out, or add #SBATCH --ignore-pbs"});
      return;
    }
  }
}

}  // namespace

Patch patch_sbatch(const SbatchScript& script, const PatchOptions& options) {
  check_readable(script);
  Patch patch;
  const ScriptBody body = read_body(script);
  const auto launches = lines_of_program(body, options, patch.remarks);
  patch.component = component_of(script, launches, options);
  patch.sets_plan_variable = body.sets("MPISIZE_PLAN");
  const Component& component = script.components[patch.component];
  check_possible(script, component, options.request);
  check_later_components(script, patch.component, options.request, patch.remarks);

  ScriptEditor editor(script);
  DirectivePatch directives(script, component, editor);
  for (const RequestedOption& option : requested_options(options.request)) directives.set(option);
  drop_longer_time_min(component, options.request, directives);
  directives.add_new();
  patch_launches(script, body, within(script, patch.component, launches, patch.remarks), options,
                 editor, patch.remarks);
  remark_on_others(component, options.request, patch.remarks);
  remark_on_other_schedulers(script, component, patch.remarks);
  patch.edits = editor.edits();
  return patch;
}

}  // namespace mpisize
