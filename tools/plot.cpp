#include "plot.hpp"

#include <fmt/format.h>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/cache.hpp"
#include "mpisize/write/program_plot.hpp"
#include "mpisize/write/scaling_plot.hpp"

namespace mpisize::tools {

void draw(const std::string& file, const Machine& machine, const KernelProfile& kernel,
          const Choice& chosen, const std::vector<Choice>& by_ranks) {
  if (by_ranks.empty() || !(chosen.predicted.total.value > Seconds(0))) {
    throw InputError(fmt::format(
        "no plot in '{}': there is no plan with a time above 0; give more --items", file));
  }
  write_file(file, to_svg(ScalingPlot{machine.host, kernel.name, by_ranks, chosen}));
}

void draw(const std::string& file, const ProgramFile& program, const ProgramDecision& decision) {
  ProgramPlot plot;
  plot.machine = decision.request.model.machine.host;
  plot.program = std::string(program_name(program.program));
  plot.candidates = program_candidates(decision.request);
  plot.chosen = decision.choice.chosen;
  plot.runs = program.runs;
  write_file(file, to_svg(plot));
}

}  // namespace mpisize::tools
