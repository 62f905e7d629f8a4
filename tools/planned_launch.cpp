#include "planned_launch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "launch_check.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/measure/grant.hpp"
#include "mpisize/write/rank_mapping.hpp"
#include "mpisize/write/shell_quote.hpp"
#include "mpisize/write/thread_settings.hpp"
#include "slots.hpp"

namespace mpisize::tools {
namespace {

/// The words between launcher and program.
std::vector<std::string> options_of(const std::vector<std::string>& argv,
                                    const std::vector<std::string>& program) {
  std::vector<std::string> options(argv.begin() + 1, argv.end() - std::ssize(program));
  if (!options.empty() && options.back() == "--") options.pop_back();
  return options;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line.substr(std::min(line.size(), line.find_first_not_of(' '))));
  }
  return lines;
}

std::vector<std::string> mapping_of(const ChildLine& child, const ToLaunch& wanted,
                                    const std::vector<std::string>& argv) {
  const auto environment = current_environment();
  // The user's hosts are not ours to name.
  std::vector<PlacedNode> placement =
      names_hosts(child) ? std::vector<PlacedNode>() : wanted.placement;
  const bool here = placement.empty() && wanted.layout.nodes == 1 && !names_hosts(child);
  if (here) placement = {{host_name(), wanted.layout.ranks(), 1, 0, 1}};
  const auto mapping = map_ranks(options_of(argv, child.mpirun.program), environment, wanted.layout,
                                 placement, slots_of(wanted.topology, environment));
  if (!mapping) return {"as your own mapping options say (--report-bindings shows it)"};
  return lines_of(describe(*mapping, wanted.topology));
}

}  // namespace

PlannedLaunch planned_launch(const ChildLine& child, const ToLaunch& wanted) {
  PlannedLaunch launch;
  if (wanted.threaded) {
    launch.environment =
        thread_settings(wanted.layout.threads_per_rank, child.mpirun.options, current_environment())
            .set;
  }
  std::vector<std::string> exported;
  for (const auto& [name, value] : launch.environment) exported.push_back(name);
  launch.argv = start_line(child, wanted.layout, wanted.topology, wanted.placement, exported);
  launch.findings = check_launch(child, wanted.topology, Sizing{wanted.ranks, wanted.layout});
  if (launch.argv.size() > child.mpirun.program.size()) {
    launch.mapping = mapping_of(child, wanted, launch.argv);
  }
  return launch;
}

std::string printed(const PlannedLaunch& launch) {
  std::string text;
  for (const auto& [name, value] : launch.environment) {
    text += fmt::format("{}={} ", name, shell_quote(value));
  }
  return text + shell_join(launch.argv);
}

void say_launch(const PlannedLaunch& launch, const std::vector<LaunchFinding>& told,
                const Talk& talk) {
  std::vector<LaunchFinding> news = launch.findings;
  std::erase_if(news, [&](const LaunchFinding& finding) {
    return std::find(told.begin(), told.end(), finding) != told.end();
  });
  say_findings(news, talk);
  if (!launch.mapping.empty()) {
    std::string text = "Ranks go:\n";
    for (const std::string& line : launch.mapping) text += "  " + line + "\n";
    say(talk, text);
  }
  say(talk, "$ " + printed(launch) + "\n\n");
}

}  // namespace mpisize::tools
