#include "mpisize/write/sbatch_script.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mpisize/base/error.hpp"
#include "mpisize/write/directive_words.hpp"

namespace mpisize {
namespace {

constexpr std::string_view magic = "#SBATCH";
constexpr std::string_view old_magic = "#SLURM";

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::vector<ScriptLine> split(std::string_view text) {
  std::vector<ScriptLine> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto newline = text.find('\n', begin);
    const std::size_t next = newline == std::string_view::npos ? text.size() : newline + 1;
    std::size_t end = std::min(newline, text.size());
    if (end < next && end > begin && text[end - 1] == '\r') --end;
    lines.push_back({begin, end, std::string(text.substr(end, next - end))});
    begin = next;
  }
  return lines;
}

bool is_command(std::string_view line) {
  const auto* const first = std::find_if_not(line.begin(), line.end(), is_blank);
  return first != line.end() && *first != '#';
}

/// What is left of a line behind its last word, without blanks at its ends.
std::string rest(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return std::string(text);
}

/// What DirectiveEnd::separator and empty_word leave unread, "hetjob" and the quotes aside.
std::string unread(std::string_view text) {
  const auto* const blank = std::find_if(text.begin(), text.end(), is_blank);
  const std::string words = rest(text.substr(static_cast<std::size_t>(blank - text.begin())));
  return begins_with(words, "#") ? "" : words;
}

void note_end(const DirectiveWords& found, std::size_t line, std::string_view text,
              Component& component) {
  const std::string_view behind = text.substr(found.stop);
  const auto add = [&](DirectiveProblem problem, std::string words) {
    component.faults.push_back({problem, line, std::move(words)});
  };
  if (found.end == DirectiveEnd::unmatched_quote) {
    add(DirectiveProblem::unmatched_quote, rest(behind));
  } else if (found.end == DirectiveEnd::bare_colon) {
    add(DirectiveProblem::bare_colon, rest(behind));
  } else if (found.end == DirectiveEnd::separator || found.end == DirectiveEnd::empty_word) {
    if (std::string words = unread(behind); !words.empty()) {
      add(DirectiveProblem::ignored_words, std::move(words));
    }
  }
}

void read_directive(SbatchScript& script, std::size_t number) {
  const std::string_view line = script.line(number);
  Directive directive;
  directive.line = number;
  directive.old_magic = !begins_with(line, magic);
  const std::size_t length = directive.old_magic ? old_magic.size() : magic.size();
  std::string_view words = line.substr(length);
  while (!words.empty() && is_blank(words.front())) words.remove_prefix(1);
  directive.separator = begins_component(words);
  if (directive.separator) script.components.emplace_back();
  Component& component = script.components.back();
  component.directives.push_back(directive);
  const ScriptLine& place = script.lines[number];
  DirectiveWords found = directive_words(script.text, place.begin + length, place.end, number);
  note_end(found, number, std::string_view(script.text).substr(0, place.end), component);
  std::move(found.words.begin(), found.words.end(), std::back_inserter(component.words));
}

void take_component_options(Component& component) {
  WordOptions taken = take_options(SlurmCommand::sbatch, component.words);
  component.options = std::move(taken.options);
  component.option_faults = std::move(taken.faults);
  if (taken.end < component.words.size()) {
    const ScriptWord& word = component.words[taken.end];
    component.faults.push_back({DirectiveProblem::no_option, word.line, word.text});
  }
}

[[noreturn]] void refuse(const SbatchScript& script, std::size_t line, const std::string& why) {
  throw InputError(fmt::format("'{}', line {}: {}", script.origin, line + 1, why));
}

void check_component(const SbatchScript& script, const Component& component) {
  for (const DirectiveFault& fault : component.faults) {
    if (fault.problem == DirectiveProblem::unmatched_quote) {
      refuse(script, fault.line,
             fmt::format("a quote in [{}] is not closed; close it, or write a backslash before it",
                         fault.words));
    }
    if (fault.problem == DirectiveProblem::bare_colon) {
      refuse(script, fault.line,
             fmt::format("sbatch takes no ':' as in [{}]; write #SBATCH hetjob on a line of its "
                         "own, or quote the word",
                         fault.words));
    }
    if (fault.problem == DirectiveProblem::no_option) {
      refuse(script, fault.line,
             fmt::format("'{}' is no option, and sbatch refuses the script; put # before words "
                         "that explain",
                         fault.words));
    }
  }
  for (const OptionFault& fault : component.option_faults) {
    const std::size_t line = component.words[fault.word].line;
    if (fault.problem == OptionProblem::ambiguous) {
      refuse(script, line,
             fmt::format("{} may be --{}; write the name in full", fault.spelling,
                         fmt::join(fault.candidates, " or --")));
    }
    if (fault.problem == OptionProblem::needs_value) {
      refuse(script, line, fmt::format("{} has no value; give it one", fault.spelling));
    }
    if (fault.problem == OptionProblem::takes_no_value) {
      refuse(script, line, fmt::format("{} takes no value; leave it out", fault.spelling));
    }
  }
}

}  // namespace

SbatchScript parse_sbatch(std::string text, std::string origin) {
  SbatchScript script;
  script.origin = std::move(origin);
  script.text = std::move(text);
  script.lines = split(script.text);
  script.first_command = script.lines.size();
  script.components.emplace_back();
  for (std::size_t i = 0; i < script.lines.size(); ++i) {
    const std::string_view line = script.line(i);
    if (begins_with(line, magic) || begins_with(line, old_magic)) {
      read_directive(script, i);
    } else if (is_command(line)) {
      script.first_command = i;
      break;
    }
  }
  for (Component& component : script.components) take_component_options(component);
  return script;
}

std::vector<const WordOption*> occurrences(const Component& component, std::string_view option) {
  std::vector<const WordOption*> found;
  for (const WordOption& candidate : component.options) {
    if (candidate.option != nullptr && candidate.meaning() == option) found.push_back(&candidate);
  }
  return found;
}

const WordOption* effective(const Component& component, std::string_view option) {
  const auto found = occurrences(component, option);
  return found.empty() ? nullptr : found.back();
}

std::optional<std::string> effective_value(const Component& component, std::string_view option) {
  const WordOption* const found = effective(component, option);
  if (found == nullptr || !found->value) return std::nullopt;
  return found->value->text;
}

std::size_t line_of(const Component& component, const WordOption& option) {
  return component.words[option.word].line;
}

void check_readable(const SbatchScript& script) {
  const auto refuse_all = [&](std::string_view why) {
    throw InputError(fmt::format("'{}' {}", script.origin, why));
  };
  if (std::all_of(script.text.begin(), script.text.end(), is_blank)) {
    refuse_all("is empty; give a batch script, whose first line is such as #!/bin/bash");
  }
  if (script.text.find('\0') != std::string::npos) {
    refuse_all("is binary: it has a NUL byte, and sbatch takes text only; give a batch script");
  }
  if (!begins_with(script.text, "#!")) {
    refuse_all(
        "has no shebang, and sbatch refuses it; make the first line name the shell, such as "
        "#!/bin/bash");
  }
  for (const Component& component : script.components) check_component(script, component);
}

}  // namespace mpisize
