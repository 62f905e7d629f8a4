#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "mpisize/base/human.hpp"
#include "mpisize/write/lint_rules.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize::lint_rules {
namespace {

/// The numbers of a component, as far as they can be read.
class Values {
 public:
  explicit Values(const Component& component) : component_(component) {}

  /// Of an option whose value stands in one word, and is no variable.
  [[nodiscard]] std::optional<std::string> text(std::string_view option) const {
    const auto value = effective_value(component_, option);
    return value && value->find('$') == std::string::npos ? value : std::nullopt;
  }
  [[nodiscard]] std::optional<std::int64_t> count(std::string_view option) const {
    const auto value = text(option);
    return value ? read_slurm_count(*value) : std::nullopt;
  }
  [[nodiscard]] std::optional<NodeCount> nodes() const {
    const auto value = text("nodes");
    return value ? read_slurm_nodes(*value) : std::nullopt;
  }
  [[nodiscard]] std::optional<TimeLimit> time(std::string_view option) const {
    const auto value = text(option);
    return value ? read_slurm_time(*value) : std::nullopt;
  }
  [[nodiscard]] std::size_t line(std::string_view option) const {
    return line_of(component_, *effective(component_, option));
  }

 private:
  const Component& component_;
};

bool can_be_read(std::string_view option, std::string_view value) {
  constexpr std::array<std::string_view, 9> counts{
      "ntasks",           "ntasks-per-node",   "cpus-per-task",
      "ntasks-per-core",  "ntasks-per-socket", "sockets-per-node",
      "cores-per-socket", "threads-per-core",  "mincpus"};
  if (std::find(counts.begin(), counts.end(), option) != counts.end()) {
    return read_slurm_count(value).has_value();
  }
  if (option == "nodes") return read_slurm_nodes(value).has_value();
  if (option == "mem" || option == "mem-per-cpu" || option == "mem-per-gpu") {
    return read_slurm_memory(value).has_value();
  }
  if (option == "time" || option == "time-min") return read_slurm_time(value).has_value();
  if (option == "array") return read_array_end(value).has_value();
  if (option == "signal") return read_signal_lead(value).has_value();
  return true;
}

void check_each(const Component& component, Findings& findings) {
  for (const WordOption& option : component.options) {
    if (option.option == nullptr || !option.value) continue;
    const std::string& value = option.value->text;
    if (value.find('$') != std::string::npos || can_be_read(option.meaning(), value)) continue;
    const bool equals = option.spelling.size() == 2 && value.substr(0, 1) == "=";
    const bool one_dash = option.spelling.size() == 2 && !equals && value.size() > 2 &&
                          option.value->word == option.word;
    findings.add(Severity::error, "bad-value", line_of(component, option),
                 fmt::format("'{}' is no value of --{}", value, option.meaning()),
                 equals     ? fmt::format("write {} without '='", option.spelling)
                 : one_dash ? "a long name has two dashes"
                            : "see sbatch(1)");
  }
}

void check_time(const Component& component, Findings& findings) {
  const Values values(component);
  const auto text = values.text("time");
  if (!text) {
    if (effective(component, "time") != nullptr || !component.faults.empty()) return;
    findings.add_for_all(Severity::warning, "no-time",
                         "there is no --time, so the partition's limit holds and the job waits for "
                         "a gap that long",
                         "add #SBATCH --time=HH:MM:SS");
    return;
  }
  const auto limit = values.time("time");
  constexpr double day = 86400;
  const bool plain = text->find_first_not_of("0123456789") == std::string::npos;
  const bool two_fields =
      std::count(text->begin(), text->end(), ':') == 1 && text->find('-') == std::string::npos;
  if (limit && limit->limit && plain && limit->limit->value() > day) {
    findings.add(Severity::warning, "time-unit", values.line("time"),
                 fmt::format("--time={} is in minutes: {}", *text, write_slurm_time(*limit->limit)),
                 "write D-HH:MM:SS, or a smaller number if seconds were meant");
  } else if (limit && limit->limit && two_fields) {
    findings.add(Severity::note, "time-unit", values.line("time"),
                 fmt::format("--time={} is in minutes and seconds: {}", *text,
                             write_slurm_time(*limit->limit)),
                 "write HH:MM:SS");
  }
  const auto least = values.time("time-min");
  if (limit && limit->limit && least && (!least->limit || *least->limit > *limit->limit)) {
    findings.add(
        Severity::error, "time-min", values.line("time-min"),
        fmt::format("--time-min={} is more than --time={}", *values.text("time-min"), *text),
        "shorten it or take it out");
  }
  const auto signal = values.text("signal");
  const auto lead = signal ? read_signal_lead(*signal) : std::nullopt;
  if (limit && limit->limit && lead && *lead >= *limit->limit) {
    findings.add(
        Severity::warning, "signal-late", values.line("signal"),
        fmt::format("--signal={} comes before the job starts, which has --time={}", *signal, *text),
        "shorten it");
  }
}

void check_tasks(const Component& component, Findings& findings) {
  const Values values(component);
  const auto nodes = values.nodes();
  const auto ntasks = values.count("ntasks");
  const auto per_node = values.count("ntasks-per-node");
  if (nodes && ntasks && *ntasks < nodes->least) {
    findings.add(Severity::warning, "tasks-and-nodes", values.line("ntasks"),
                 fmt::format("{} tasks cannot be on {} nodes; sbatch takes fewer nodes", *ntasks,
                             nodes->least),
                 "make --nodes no more than --ntasks");
  } else if (nodes && ntasks && per_node && nodes->most > 0 && *ntasks > nodes->most * *per_node) {
    findings.add(Severity::error, "tasks-and-nodes", values.line("ntasks"),
                 fmt::format("{} tasks do not fit on {} nodes with at most {} each", *ntasks,
                             nodes->most, *per_node),
                 "with --ntasks, --ntasks-per-node is a maximum: raise it or --nodes");
  } else if (nodes && ntasks && per_node && *ntasks < nodes->least * *per_node) {
    findings.add(Severity::note, "tasks-and-nodes", values.line("ntasks-per-node"),
                 fmt::format("with --ntasks={}, --ntasks-per-node={} is a maximum, and {} nodes "
                             "get fewer or unlike numbers",
                             *ntasks, *per_node, nodes->least),
                 "leave one of them out, or make them agree");
  }
  const auto list = values.text("nodelist");
  const auto hosts = list ? count_hosts(*list) : std::nullopt;
  if (hosts && nodes && nodes->most > 0 && *hosts > nodes->most) {
    findings.add(Severity::error, "nodelist", values.line("nodelist"),
                 fmt::format("--nodelist names {} nodes, and --nodes={} allows {}", *hosts,
                             *values.text("nodes"), nodes->most),
                 "shorten the list or raise --nodes");
  }
}

void check_array(const Component& component, const LintOptions& options, Findings& findings) {
  const Values values(component);
  const auto text = values.text("array");
  const auto end = text ? read_array_end(*text) : std::nullopt;
  if (!end || *end < options.max_array_size) return;
  findings.add(Severity::error, "array-size", values.line("array"),
               fmt::format("index {} is above {}, the cluster's MaxArraySize - 1", *end,
                           options.max_array_size - 1),
               "use smaller indices, several submissions, or more work per index");
}

}  // namespace

void check_values(const SbatchScript& script, const LintOptions& options, Findings& findings) {
  for (const Component& component : script.components) {
    check_each(component, findings);
    check_tasks(component, findings);
    check_array(component, options, findings);
  }
  check_time(script.components.front(), findings);
}

}  // namespace mpisize::lint_rules
