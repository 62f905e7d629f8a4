#include "help.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace mpisize::tools {
namespace {

constexpr std::array<CommandHelp, 12> commands{{
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
     "--machine. With --slurm a job of a few minutes does that on two nodes of the partition; "
     "interrupted, the\n"
     "same command takes the job up again.\n",
     "  mpisize probe\n"
     "  mpisize probe --hosts node01,node02,node03 -o cluster.json\n"
     "  mpisize probe --slurm short -o cluster.json\n"
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
     "all. Each start reads the same stdin: a file anew, a pipe from a copy, a terminal not at "
     "all. "
     "Its\n"
     "own output is not shown unless it fails.\n",
     "  mpisize profile -n 1,2 -o kernel.json -- ./app input.dat\n"
     "  mpisize profile -- mpirun -x DATA_DIR ./app input.dat\n"},
    {"plan", "--kernel kernel.json [--machine machine.json] [options]",
     "choose ranks, schedule and chunk from measured facts",
     "Measures nothing: the same files give the same plan. Exit code 3 if no plan meets the "
     "limits.\n"
     "--cluster plans on the partitions of Slurm, side by side, and asks it when the best would "
     "start;\n"
     "--offline does so from facts that mpisize cluster saved, and asks nobody.\n",
     "  mpisize plan --machine machine.json --kernel kernel.json --explain\n"
     "  mpisize plan --topology 'node:4 core:32 pu:1' --kernel kernel.json --ranks '2^k' "
     "--deadline 10min\n"
     "  mpisize plan --machine machine.json --kernel kernel.json --ranks '2^k' --plot "
     "scaling.svg\n"
     "  mpisize plan --cluster --machine machine.json --kernel kernel.json --explain\n"},
    {"run", "[options] -- ./app args", "size a program and run it",
     "Measures what is not known yet (the machine once, then cached; the program by a sample, as\n"
     "`mpisize profile` does), plans, and starts the program on the ranks chosen. stdin, stdout, "
     "stderr,\n"
     "signals and exit status are the program's; mpisize talks on stderr only. Own failures exit "
     "with 125,\n"
     "126 (not executable) or 127 (not found).\n"
     "Options of mpirun are kept, those that are not known too; what is likely wrong with them is\n"
     "told first. A line that cannot be sized (another MPI, several programs, a rankfile) is "
     "started\n"
     "word by word; --as-given does that with any line.\n",
     "  mpisize run -- ./app input.dat\n"
     "  mpisize run --max-memory 4G --dry-run -- mpirun -x DATA_DIR ./app input.dat\n"
     "  mpisize run --as-given -- mpirun -np 4 ./app input.dat\n"},
    {"validate", "[options] -- mpirun ./app args",
     "run the chosen plan of a whole program and the next best ones, against the prediction",
     "Samples the program as `mpisize run` does (or takes --program), then starts the plans one "
     "after the\n"
     "other, round by round, and tells whether the prediction held and the choice was the best. "
     "What\n"
     "the program prints goes to files.\n",
     "  mpisize validate -- mpirun ./app input.dat\n"
     "  mpisize validate --program app.json --plans 3 --rounds 5 -- mpirun ./app input.dat\n"},
    {"compare", "--plans 4,2x2 [options] -- mpirun ./app args",
     "run given plans of a whole program side by side",
     "Each plan is ranks, or ranks x threads per rank. They are started one after the other, round "
     "by\n"
     "round, and compared by their medians against the scatter of the rounds. What the program "
     "prints\n"
     "goes to files.\n",
     "  mpisize compare --plans 1,2,1x2 -- mpirun ./app input.dat\n"},
    {"submit", "[--output job.sbatch | --script job.sbatch [--in-place]] [options] -- ./app args",
     "size a program and send it as a Slurm job, or put the plan into a script that is there",
     "Plans as `mpisize run` does, writes the job script, with the plan in a file beside it, and "
     "sends it by\n"
     "sbatch; prints the number of the job. --write leaves it at the script, --dry-run prints it, "
     "--test-only asks\n"
     "sbatch whether and when it would start. With --wait the exit status is that of the job; "
     "interrupted, it\n"
     "leaves the job alone. With --requeue a job with a journal is stopped in order ahead of its "
     "time limit and\n"
     "goes back into the queue, as long as the journal grows.\n"
     "With --script the plan goes into that script, which is not sent: what would change is "
     "printed "
     "as a unified\n"
     "diff, --in-place changes it. Directives keep their form, launch lines are brought in step, "
     "everything else\n"
     "stays byte for byte.\n",
     "  mpisize submit --wait -- mpirun ./app input.dat\n"
     "  mpisize submit --cluster --gres gpu:2 -- ./app input.dat\n"
     "  mpisize submit --write -- ./app input.dat && sbatch job.sbatch\n"
     "  mpisize submit --requeue --time 4h -- mpisize map --kernel libk.so --input in.h5:/x \\\n"
     "    --output out.h5:/y --journal y.journal\n"
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
     "Samples, plans and runs on this node, or on those of its Slurm job, in bounded memory. With "
     "--journal every\n"
     "result that was computed survives: after any death, SIGTERM or the deadline the same command "
     "computes only what\n"
     "is missing. The output file appears when it is complete. Items that fail for good are listed "
     "beside the output, in\n"
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
    {"history",
     "[--program PART] [--last N]\n"
     "       mpisize history show ID\n"
     "       mpisize history compare A B\n"
     "       mpisize history delete ID... | --program PART | --all  [--yes]\n"
     "       mpisize history sync [--program PART]",
     "the runs of whole programs: list, show, compare, delete; sync: what became of jobs",
     "Lists the newest first: what was predicted, what was measured, how it ended. Of an id its "
     "first\n"
     "digits are enough. A and B are ids, or NAME@RANKS: the runs that repeat the newest one of "
     "that\n"
     "program on so many ranks. They are compared by their medians, against the scatter of runs "
     "that\n"
     "repeat each other. Kept under $XDG_DATA_HOME/mpisize/history (~/.local/share): the newest "
     "1000\n"
     "entries, 100 MB at most. sync asks Slurm once how the jobs of mpisize submit ended: time, "
     "memory,\n"
     "cause of failure; the next job of the same program asks for what they taught.\n",
     "  mpisize history --last 10\n"
     "  mpisize history show 3f9\n"
     "  mpisize history compare app@8 app@16\n"
     "  mpisize history delete --program app\n"
     "  mpisize history sync\n"},
    {"cluster", "[--partition NAME] [-o cluster.json] [options]",
     "what Slurm offers: partitions, nodes, limits, and what you may use",
     "Asks the controller once (sinfo, scontrol, and sacctmgr where there is accounting) and keeps "
     "the\n"
     "answer for 10 minutes in the cache directory. CPUs (S:C:T): of a node, and its sockets, "
     "cores of\n"
     "one, threads of one.\n",
     "  mpisize cluster\n"
     "  mpisize cluster --partition short --json\n"
     "  mpisize cluster -o cluster.json && mpisize cluster --offline cluster.json\n"},
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
