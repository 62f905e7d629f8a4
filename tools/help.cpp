#include "help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mpisize::tools {
namespace {

constexpr std::array<CommandHelp, 8> commands{{
    {"probe", "[-o machine.json] [options]",
     "measure this machine: hardware, links between ranks, launch cost",
     "Takes 10 s at most. The result is kept in the cache directory ($XDG_CACHE_HOME/mpisize) and "
     "used by\n"
     "the other commands, and by programs linked with mpisize, as long as machine, MPI and "
     "transport stay\n"
     "the same. With --topology nothing is measured: costs are assumed, and marked so. With "
     "--hosts "
     "or\n"
     "--hostfile each host is looked at and the links between them, nothing is cached; give the "
     "file "
     "to\n"
     "--machine.\n",
     "  mpisize probe\n"
     "  mpisize probe --hosts node01,node02,node03 -o cluster.json\n"
     "  mpisize probe --hdf5 in.h5:/x\n"
     "  mpisize probe --topology 'node:4 package:2 numa:1 core:16 pu:2' -o cluster.json\n"},
    {"profile", "[-n 1,2,4] [-o kernel.json] [options] -- ./app args",
     "sample the items of a program's first mpisize::map",
     "Starts the program under mpirun; its first map call computes a sample of the items, leaves "
     "the\n"
     "profile, and the program ends there. What the program does before that call is done. With "
     "several\n"
     "rank counts it is started once for each: the samples are those of the largest, the slow-down "
     "is from\n"
     "all. The program reads a regular file on stdin as usual, anything else as empty; its own "
     "output is not\n"
     "shown unless it fails.\n",
     "  mpisize profile -n 1,2 -o kernel.json -- ./app input.dat\n"
     "  mpisize profile -- mpirun -x DATA_DIR ./app input.dat\n"},
    {"plan", "--kernel kernel.json [--machine machine.json] [options]",
     "choose ranks, schedule and chunk from measured facts",
     "Measures nothing: the same files give the same plan. Exit code 3 if no plan meets the "
     "limits.\n",
     "  mpisize plan --machine machine.json --kernel kernel.json --explain\n"
     "  mpisize plan --topology 'node:4 core:32 pu:1' --kernel kernel.json --ranks '2^k' "
     "--deadline 10min\n"
     "  mpisize plan --machine machine.json --kernel kernel.json --ranks '2^k' --plot "
     "scaling.svg\n"},
    {"run", "[options] -- ./app args", "size a program and run it",
     "Measures what is not known yet (the machine once, then cached; the program by a sample, as\n"
     "`mpisize profile` does), plans, and starts the program on the ranks chosen. stdin, stdout, "
     "stderr,\n"
     "signals and exit status are the program's; mpisize talks on stderr only. Own failures exit "
     "with 125,\n"
     "126 (not executable) or 127 (not found). Options of mpirun are kept.\n",
     "  mpisize run -- ./app input.dat\n"
     "  mpisize run --max-memory 4G --dry-run -- mpirun -x DATA_DIR ./app input.dat\n"},
    {"submit", "[--output job.sbatch | --script job.sbatch [--in-place]] [options] -- ./app args",
     "write a Slurm job script for a program, or a plan into one that is there",
     "Plans as `mpisize run` does and writes the job script, with the plan in a file beside it; "
     "prints the\n"
     "path of the script. Submit it with sbatch. With --script the plan goes into that script: "
     "what would\n"
     "change is printed as a unified diff, --in-place changes it. Directives keep their form, "
     "launch lines\n"
     "are brought in step, everything else stays byte for byte.\n",
     "  mpisize submit -- ./app input.dat && sbatch job.sbatch\n"
     "  mpisize submit --script job.sbatch --kernel kernel.json\n"
     "  mpisize submit --script job.sbatch --in-place -- ./app input.dat\n"
     "  mpisize submit --topology 'node:4 core:32 pu:1' --launcher srun --dry-run -- ./app "
     "input.dat\n"},
    {"lint", "job.sbatch [--json]", "what is wrong with a Slurm job script",
     "Reads it as sbatch does and says what sbatch would ignore, refuse or take otherwise than "
     "meant, and where\n"
     "launch lines ask for more than the job has; SBATCH_ variables of the environment count. "
     "Exit code 1 if\n"
     "there are findings beside notes.\n",
     "  mpisize lint job.sbatch\n"
     "  mpisize lint --json --max-array-size 10001 job.sbatch\n"},
    {"map", "--kernel libk.so --input in.h5:/x --output out.h5:/y [options]",
     "the rows of an HDF5 dataset through a kernel of a shared library into another dataset",
     "Samples, plans and runs on this node, in bounded memory. With --journal every result that "
     "was "
     "computed\n"
     "survives: after any death, SIGTERM or the deadline the same command computes only what is "
     "missing. The\n"
     "output file appears when it is complete. Items that fail for good are listed beside the "
     "output, in\n"
     "DATASET.failed, and the exit code is 1.\n",
     "  mpisize map --kernel libk.so --input in.h5:/x --output out.h5:/y\n"
     "  mpisize map --kernel libk.so --input in.h5:/x --output out.h5:/y --result 'double[3]' "
     "--journal y.journal --retries 2\n"},
    {"export", "--format NAME [--machine machine.json] [-o FILE]",
     "the links of a machine for other tools: LogGP, SimGrid",
     "loggp: L, o, g and G of each link. simgrid-cfg and simgrid-platform: options of smpirun and "
     "a "
     "platform\n"
     "file (SimGrid 3.32); together they give messages between two nodes the times that were "
     "measured, piece\n"
     "by piece.\n",
     "  mpisize export --format loggp --json\n"
     "  mpisize export --machine machine.json --format simgrid-cfg -o machine.cfg\n"
     "  mpisize export --machine machine.json --format simgrid-platform -o machine.xml\n"
     "  smpirun $(cat machine.cfg) -platform machine.xml -np 4 ./app\n"},
}};

}  // namespace

const CommandHelp& help_of(std::string_view command) {
  const auto* const found = std::find_if(commands.begin(), commands.end(),
                                         [&](const CommandHelp& c) { return c.name == command; });
  if (found == commands.end()) throw std::invalid_argument("no such command");
  return *found;
}

std::string general_help() {
  std::string text =
      "mpisize: how many ranks, how many items per message? Measures, decides, and then does "
      "it.\n\n"
      "Usage: mpisize COMMAND [options]\n\nCommands:\n";
  for (const CommandHelp& command : commands) {
    text += fmt::format("  {:<9}{}\n", command.name, command.summary);
  }
  text +=
      "\nOptions:\n"
      "  -h, --help     this text; `mpisize COMMAND --help` for a command\n"
      "  --version      the version\n"
      "\nExample, all in one, for a program linked with mpisize:\n"
      "  mpisize run -- ./app input.dat\n";
  return text;
}

std::string version_text() { return "mpisize " MPISIZE_VERSION "\n"; }

}  // namespace mpisize::tools
