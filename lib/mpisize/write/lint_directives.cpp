#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "mpisize/base/spelling.hpp"
#include "mpisize/write/lint_rules.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize::lint_rules {
namespace {

void check_fault(const DirectiveFault& fault, Findings& findings) {
  switch (fault.problem) {
    case DirectiveProblem::unmatched_quote:
      findings.add(Severity::error, "unmatched-quote", fault.line,
                   fmt::format("a quote in [{}] is not closed", fault.words),
                   "close it, or write a backslash before it");
      break;
    case DirectiveProblem::bare_colon:
      findings.add(Severity::error, "bare-colon", fault.line,
                   fmt::format("sbatch takes no ':' as in [{}]", fault.words),
                   "write #SBATCH hetjob on a line of its own, or quote the word");
      break;
    case DirectiveProblem::no_option:
      findings.add(Severity::error, "no-option", fault.line,
                   fmt::format("'{}' is no option, and sbatch refuses the script", fault.words),
                   "put # before words that explain, or dashes before an option");
      break;
    case DirectiveProblem::ignored_words:
      findings.add(
          Severity::warning, "ignored-words", fault.line,
          fmt::format("sbatch does not read [{}] behind hetjob or an empty word", fault.words),
          "move it to a line of its own");
      break;
  }
}

void check_option_fault(const Component& component, const OptionFault& fault, Findings& findings) {
  const std::size_t line = component.words[fault.word].line;
  switch (fault.problem) {
    case OptionProblem::unknown: {
      std::string repair = "see sbatch --help; a plugin of the cluster may know it";
      if (fault.spelling.substr(0, 2) == "--") {
        const auto near =
            nearest_word(fault.spelling.substr(2), slurm_option_names(SlurmCommand::sbatch));
        if (near) repair = fmt::format("did you mean --{}?", *near);
      } else if (component.words[fault.word].text.size() > 2) {
        repair = "a long name has two dashes";
      }
      findings.add(Severity::warning, "unknown-option", line,
                   fmt::format("{} is no option of sbatch 22.05", fault.spelling), repair);
      break;
    }
    case OptionProblem::ambiguous:
      findings.add(
          Severity::error, "ambiguous-option", line,
          fmt::format("{} may be --{}", fault.spelling, fmt::join(fault.candidates, " or --")),
          "write the name in full");
      break;
    case OptionProblem::needs_value:
      findings.add(Severity::error, "missing-value", line,
                   fmt::format("{} has no value", fault.spelling), "give it one");
      break;
    case OptionProblem::takes_no_value:
      findings.add(Severity::error, "needless-value", line,
                   fmt::format("{} takes no value", fault.spelling), "leave it out");
      break;
  }
}

void check_option(const Component& component, const WordOption& option, Findings& findings) {
  const std::size_t line = line_of(component, option);
  if (option.option == nullptr) return;
  if (is_ignored_in_scripts(*option.option)) {
    findings.add(Severity::warning, "no-effect", line,
                 fmt::format("sbatch ignores {} in a script", option.spelling),
                 "give it on the command line");
  }
  if (option.value) {
    const ScriptWord& word = component.words[option.value->word];
    const auto dollar = option.value->text.find('$');
    if (dollar != std::string::npos && dollar + 1 < option.value->text.size()) {
      findings.add(Severity::warning, "unexpanded-variable", word.line,
                   fmt::format("sbatch expands no variables: {} gets '{}' as it is",
                               option.spelling, option.value->text),
                   "write the value out, or give it on sbatch's command line");
    }
    if (option.value->word != option.word && word.line != line) {
      findings.add(Severity::warning, "value-on-next-line", line,
                   fmt::format("{} takes '{}' of line {} as its value", option.spelling,
                               option.value->text, word.line + 1),
                   "write the value behind the option");
    }
  }
}

/// Options of which the last one holds; those that add up are left out.
void check_duplicates(const Component& component, Findings& findings) {
  std::set<std::string_view> seen;
  for (const WordOption& option : component.options) {
    if (option.option == nullptr || !seen.insert(option.meaning()).second) continue;
    const auto all = occurrences(component, option.meaning());
    for (std::size_t i = 0; i + 1 < all.size(); ++i) {
      findings.add(Severity::warning, "duplicate-option", line_of(component, *all[i]),
                   fmt::format("--{} stands again on line {}, and the last one holds",
                               option.meaning(), line_of(component, *all.back()) + 1),
                   "take this one out");
    }
  }
}

void check_conflicts(const Component& component, Findings& findings) {
  struct Conflict {
    const char* a;
    const char* b;
  };
  constexpr std::array conflicts{
      Conflict{"mem", "mem-per-cpu"},
      Conflict{"mem", "mem-per-gpu"},
      Conflict{"mem-per-cpu", "mem-per-gpu"},
      Conflict{"ntasks-per-node", "ntasks-per-gpu"},
      Conflict{"gpus-per-task", "ntasks-per-gpu"},
      Conflict{"core-spec", "thread-spec"},
  };
  for (const auto& [a, b] : conflicts) {
    const WordOption* const first = effective(component, a);
    const WordOption* const second = effective(component, b);
    if (first == nullptr || second == nullptr) continue;
    findings.add(
        Severity::error, "conflicting-options",
        std::max(line_of(component, *first), line_of(component, *second)),
        fmt::format("--{} and --{} exclude each other, and sbatch refuses the script", a, b),
        "take one of them out");
  }
}

/// sbatch carries --mem over to the components behind.
void check_carried_memory(const SbatchScript& script, Findings& findings) {
  bool memory_before = false;
  for (const Component& component : script.components) {
    for (const char* const other : {"mem-per-cpu", "mem-per-gpu"}) {
      const WordOption* const option = effective(component, other);
      if (!memory_before || option == nullptr) continue;
      findings.add(
          Severity::error, "conflicting-options", line_of(component, *option),
          fmt::format("--mem of a component before is carried over, and excludes --{}", other),
          "write --mem here, too");
    }
    memory_before = memory_before || effective(component, "mem") != nullptr;
  }
}

}  // namespace

void check_directives(const SbatchScript& script, Findings& findings) {
  check_carried_memory(script, findings);
  for (const Component& component : script.components) {
    for (const Directive& directive : component.directives) {
      if (!directive.old_magic) continue;
      findings.add(Severity::warning, "old-magic", directive.line,
                   "sbatch takes #SLURM with an error message", "write #SBATCH");
    }
    for (const DirectiveFault& fault : component.faults) check_fault(fault, findings);
    for (const OptionFault& fault : component.option_faults) {
      check_option_fault(component, fault, findings);
    }
    for (const WordOption& option : component.options) check_option(component, option, findings);
    check_duplicates(component, findings);
    check_conflicts(component, findings);
  }
}

void check_environment(const SbatchScript& script, const LintOptions& options, Findings& findings) {
  for (const SbatchVariable& variable : sbatch_variables()) {
    const auto value = options.environment.find(std::string(variable.name));
    if (value == options.environment.end()) continue;
    bool in_script = false;
    for (const Component& component : script.components) {
      const WordOption* const option = effective(component, variable.option);
      if (option == nullptr) continue;
      in_script = true;
      const std::string own = option->value ? option->value->text : "";
      if (means_the_same(variable.option, own, value->second)) continue;
      findings.add(Severity::warning, "environment", line_of(component, *option),
                   fmt::format("{}={} in the environment holds over --{}{}", variable.name,
                               value->second, variable.option, own.empty() ? "" : "=" + own),
                   fmt::format("unset {} before sbatch", variable.name));
    }
    if (!in_script) {
      findings.add_for_all(Severity::note, "environment",
                           fmt::format("{}={} in the environment adds --{}", variable.name,
                                       value->second, variable.option),
                           fmt::format("unset {} unless it is meant", variable.name));
    }
  }
}

}  // namespace mpisize::lint_rules
