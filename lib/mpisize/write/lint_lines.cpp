#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mpisize/write/directive_words.hpp"
#include "mpisize/write/lint_rules.hpp"

namespace mpisize::lint_rules {
namespace {

constexpr std::string_view magic = "#SBATCH";

bool begins_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  return text;
}

std::string upper(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return result;
}

/// Whether an option or "hetjob" follows, so that a directive was meant.
bool goes_on_as_directive(std::string_view text) {
  const std::string_view words = without_blanks(text);
  return begins_with(words, "-") || begins_component(words);
}

void check_bytes(const SbatchScript& script, Findings& findings) {
  const std::string_view text = script.text;
  if (std::all_of(text.begin(), text.end(), is_blank)) {
    findings.add_for_all(Severity::error, "empty-script", "the script is empty",
                         "begin it with #!/bin/bash");
    return;
  }
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (begins_with(text, byte_order_mark)) {
    findings.add(Severity::error, "no-shebang", 0,
                 "a byte order mark stands before the shebang, and sbatch refuses the script",
                 "save it as UTF-8 without one");
  } else if (!begins_with(text, "#!")) {
    findings.add(Severity::error, "no-shebang", 0,
                 "the first line names no shell, and sbatch refuses the script",
                 "begin it with #!/bin/bash");
  }
  if (text.find('\0') != std::string_view::npos) {
    findings.add_for_all(Severity::error, "nul-byte", "the script has a NUL byte",
                         "save it as plain text");
  }
  const auto dos = std::find_if(script.lines.begin(), script.lines.end(),
                                [](const ScriptLine& line) { return line.ending == "\r\n"; });
  if (dos != script.lines.end()) {
    findings.add(Severity::error, "dos-line-ends",
                 static_cast<std::size_t>(dos - script.lines.begin()),
                 "the line ends in \\r\\n, and sbatch refuses the script",
                 "convert it with: sed -i 's/\\r$//' FILE");
  }
}

/// A line that is no directive, and whether it was meant as one.
void check_comment(const SbatchScript& script, std::size_t number, Findings& findings) {
  const std::string_view line = script.line(number);
  const std::string_view text = without_blanks(line);
  if (!begins_with(text, "#")) return;
  const std::string_view word = without_blanks(text.substr(1));
  const bool spaced = word.size() + 1 != text.size();
  if (!begins_with(upper(word), magic.substr(1)) ||
      !goes_on_as_directive(word.substr(magic.size() - 1))) {
    return;
  }
  if (spaced) {
    findings.add(Severity::note, "spaced-directive", number,
                 "a blank stands between # and SBATCH, so this is a comment",
                 "write #SBATCH if it is meant, ##SBATCH if it is not");
  } else if (text.size() != line.size()) {
    findings.add(Severity::warning, "indented-directive", number,
                 "#SBATCH does not stand in the first column, so this is a comment",
                 "take the blanks before it out");
  } else if (!begins_with(text, magic)) {
    findings.add(
        Severity::warning, "wrong-case", number,
        fmt::format("{} is no #SBATCH, so this is a comment", text.substr(0, magic.size())),
        "write #SBATCH in capitals");
  }
}

void check_other_schedulers(const SbatchScript& script, Findings& findings) {
  if (effective(script.components.front(), "ignore-pbs") != nullptr) return;
  for (std::size_t i = 0; i < script.lines.size(); ++i) {
    for (const std::string_view other : {"#PBS", "#BSUB"}) {
      if (!begins_with(script.line(i), other)) continue;
      findings.add(Severity::warning, "other-scheduler", i,
                   fmt::format("sbatch reads {} lines, too, after its own, and they hold", other),
                   "take them out, or add #SBATCH --ignore-pbs");
      return;
    }
  }
}

}  // namespace

void check_lines(const SbatchScript& script, Findings& findings) {
  check_bytes(script, findings);
  const std::vector<std::size_t> data = read_body(script).here_documents;
  for (std::size_t i = 0; i < script.lines.size(); ++i) {
    const std::string_view line = script.line(i);
    if (std::binary_search(data.begin(), data.end(), i)) continue;
    if (i > script.first_command && begins_with(line, magic) &&
        goes_on_as_directive(line.substr(magic.size()))) {
      findings.add(Severity::warning, "late-directive", i,
                   fmt::format("sbatch stops looking at line {}, the first command, and ignores "
                               "this",
                               script.first_command + 1),
                   "move it above that line");
    } else {
      check_comment(script, i, findings);
    }
  }
  check_other_schedulers(script, findings);
}

}  // namespace mpisize::lint_rules
