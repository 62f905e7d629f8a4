#include "grammar.hpp"

#include <sstream>

#include "help.hpp"
#include "mpisize/base/spelling.hpp"

namespace mpisize::tools {
namespace {

namespace po = boost::program_options;
using Words = std::vector<std::string>;

/// Of a command that neither measures nor plans.
po::options_description talk_options() {
  po::options_description group("Common");
  group.add_options()                                         //
      ("json", "one JSON object on stdout and nothing else")  //
      ("quiet,q", "no talk on stderr")                        //
      ("help,h", "this text")                                 //
      ("version", "the version");
  return group;
}

po::options_description common_options() {
  po::options_description group("Common");
  group.add_options()                                                                           //
      ("topology", po::value<std::string>()->value_name("SPEC"),                                //
       "a machine that need not exist: hwloc's synthetic string or an XML file of lstopo")      //
      ("json", "one JSON object on stdout and nothing else")                                    //
      ("explain", "every number with its source, the runner-up, what would change the choice")  //
      ("quiet,q", "no talk on stderr")                                                          //
      ("help,h", "this text")                                                                   //
      ("version", "the version");
  return group;
}

po::options_description planning_options() {
  const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description group("Planning");
  group.add_options()                                                          //
      ("items", value("N"), "items of the call, if not those of the profile")  //
      ("ranks", value("RULE"),
       "rank counts that the program accepts: 4,8,16 or 2-8 or 2^k or n*6; a single number forces "
       "it")                                                                                  //
      ("max-ranks", value("N"), "at most so many ranks")                                      //
      ("max-memory", value("SIZE"), "at most so much memory per rank, such as 4G")            //
      ("deadline", value("TIME"), "the call is to be done by then, such as 60s or 2h")        //
      ("min-speedup", value("X"), "parallel only from this speedup on (1.2)")                 //
      ("schedule", value("NAME"), "force static, dynamic, guided, factoring or fixed_size")   //
      ("chunk", value("N"), "force the items per message")                                    //
      ("queued", value("N"), "force the chunks queued at a worker (1 to 32)")                 //
      ("group", value("N"), "force sub-roots with N ranks each behind them; 0: none")         //
      ("rack", value("N"), "force a sub-root above the sub-roots of N groups each; 0: none")  //
      ("root-computes", value("yes|no"), "force whether the root computes too")               //
      ("seed", value("N"), "of the replay (1)");
  return group;
}

po::options_description sampling_options(bool plan_too) {
  po::options_description group("Facts");
  const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
  if (plan_too) {
    group.add_options()                                                         //
        ("plan", value("FILE"), "a plan of mpisize plan: nothing is measured")  //
        ("machine", value("FILE"),
         "a machine of mpisize probe; else the cached one, or a probe")                         //
        ("kernel", value("FILE"), "a profile of mpisize profile; else the program is sampled")  //
        ("program", value("FILE"), "the same of a program that is not linked with mpisize");
    group.add_options()  //
        ("sample-ranks", value("N,..."), "ranks that sample (as many as PUs are granted)");
  } else {
    group.add_options()  //
        ("ranks,n", value("N,..."), "rank counts to sample with (as many as PUs are granted)");
  }
  group.add_options()  //
      ("name", value("NAME"), "the map call to size, by its Options::name (the first call)");
  return group;
}

/// Of programs that are not linked with mpisize.
po::options_description whole_program_options(bool samples) {
  po::options_description group("Programs that are not linked with mpisize");
  const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
  group.add_options()                                                                          //
      ("goal", value("NAME"), "what is to be least: time, core-hours, energy or cost (time)")  //
      ("min-efficiency", value("X"),
       "at least that share of the cores' time of use, such as 0.6")                       //
      ("budget", value("X"), "at most so many core-hours, or with --price so much money")  //
      ("price", value("X"), "of a core-hour")                                              //
      ("whole-nodes", "all cores of a node are paid for, with or without ranks")           //
      ("node-memory", value("SIZE"), "at most so much memory per node")                    //
      ("threads", value("N"), "force the threads per rank")                                //
      ("scaling", value("NAME"), "strong or weak, if the samples are not to tell");
  if (!samples) return group;
  group.add_options()  //
      ("sample-budget", value("TIME"),
       "for all samples together (5min); what takes longer is cut off when its rate is known")  //
      ("sample-args", value("'ARGS'"), "arguments of samples, instead of the program's own")    //
      ("sample-dir", value("DIR"), "each sample runs in a folder of its own in there")          //
      ("yes", "do not ask before samples are started");
  return group;
}

/// Of a job that one of Slurm's partitions is chosen for.
po::options_description cluster_options(bool places_too) {
  po::options_description group("Slurm");
  const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
  group.add_options()                                                               //
      ("cluster", "choose among the partitions of Slurm, and plan on their nodes")  //
      ("offline", value("FILE"), "the same from facts that mpisize cluster saved with -o");
  if (places_too) {
    group.add_options()                                       //
        ("partition", value("NAME"), "this partition alone")  //
        ("account", value("NAME"), "account of the job");
  }
  group.add_options()                                                                      //
      ("qos", value("NAME"), "quality of service of the job")                              //
      ("constraint", value("FEATURES"), "nodes with these features, such as 'ib&avx512'")  //
      ("gres", value("LIST"), "what each node is to have and give, such as gpu:2")         //
      ("exclusive", "whole nodes, whatever the partition gives")                           //
      ("array", value("N"), "split the items, which are independent, into N jobs of an array");
  return group;
}

/// One sentence from what Boost has to say.
UsageError sentence(const Grammar& grammar, const po::error& error) {
  if (const auto* e = dynamic_cast<const po::unknown_option*>(&error)) {
    const std::string name = e->get_option_name();
    const std::string repair = nearest(name.substr(0, name.find('=')), grammar.option_names());
    return UsageError(fmt::format(
        "unknown option '{}' of mpisize {}{}", name, grammar.command,
        repair.empty() ? fmt::format("; see mpisize {} --help", grammar.command) : repair));
  }
  if (const auto* e = dynamic_cast<const po::multiple_occurrences*>(&error)) {
    return UsageError(
        fmt::format("option '{}' is given twice; give it once", e->get_option_name()));
  }
  if (const auto* e = dynamic_cast<const po::invalid_command_line_syntax*>(&error)) {
    const bool extra = e->kind() == po::invalid_syntax::extra_parameter;
    return UsageError(
        extra ? fmt::format("option '{}' takes no value; leave it out", e->get_option_name())
              : fmt::format("option '{}' needs a value; see mpisize {} --help",
                            e->get_option_name(), grammar.command));
  }
  return UsageError(fmt::format("{}; see mpisize {} --help", error.what(), grammar.command));
}

}  // namespace

std::string nearest(std::string_view word, const Words& names) {
  const auto name = nearest_word(word, names);
  return name ? fmt::format("; did you mean '{}'?", *name) : "";
}

po::options_description Grammar::all() const {
  po::options_description result;
  for (const auto& group : groups) result.add(group);
  return result;
}

Words Grammar::option_names() const {
  Words names;
  const auto options = all();
  for (const auto& option : options.options()) names.push_back("--" + option->long_name());
  return names;
}

std::string Grammar::help() const {
  const CommandHelp& words = help_of(command);
  std::ostringstream text;
  text << "mpisize " << command << ": " << words.summary << "\n\nUsage: mpisize " << command << " "
       << words.usage << "\n\n"
       << words.details;
  for (const auto& group : groups) text << "\n" << group;
  text << "\nExamples:\n" << words.example;
  return text.str();
}

Grammar grammar_of(std::string_view command) {
  const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
  po::options_description own("Options");
  if (command == "probe") {
    own.add_options()                                                          //
        ("output,o", value("FILE"), "write the machine there as well")         //
        ("hosts", value("A,B,..."), "these hosts and the links between them")  //
        ("hostfile", value("FILE"), "the same, from a hostfile of Open MPI")   //
        ("slurm", value("PARTITION"), "two of its nodes, by a job")            //
        ("account", value("NAME"), "account of that job")                      //
        ("cancel-on-interrupt",
         "end that job when interrupted; else it goes on, to be taken up")  //
        ("hdf5", value("FILE:/SET"), "a dataset instead: its chunks, and better ones");
    return {"probe", {own, common_options()}, false};
  }
  if (command == "profile") {
    own.add_options()("output,o", value("FILE"), "write the profile there");
    own.add_options()("machine", value("FILE"), "a machine of mpisize probe (this one)");
    return {"profile",
            {own, sampling_options(false), whole_program_options(true), common_options()},
            true};
  }
  if (command == "map") {
    po::options_description data("Data");
    data.add_options()                                                                        //
        ("kernel", value("LIB.so"), "shared library with the kernel (see mpisize/kernel.h)")  //
        ("symbol", value("NAME"), "its function (mpisize_kernel)")                            //
        ("input", value("FILE:/SET"), "dataset whose rows are the items")                     //
        ("output", value("FILE:/SET"), "dataset that the results become, in a new file")      //
        ("result", value("TYPE"), "of a result: double, float[3] ... (the input's type)")     //
        ("replace", "the output file may be there already")                                   //
        ("rows-per-chunk", value("N"), "of the output's chunks (as the ranks write)")         //
        ("compress", value("N"), "gzip level of the output, 0 to 9 (0)")                      //
        ("io", value("HOW"), "force independent or collective writes");
    own.add_options()                                                                           //
        ("pattern", value("NAME"), "batch or stream (batch)")                                   //
        ("ranks,n", value("N"), "force the number of ranks (chosen, up to the cores granted)")  //
        ("chunk", value("N"), "force the items per message")                                    //
        ("batch", value("N"), "force the items per batch")                                      //
        ("window", value("N"), "force the items under way, of a stream")                        //
        ("max-memory", value("SIZE"), "for items and results at the root, such as 512M")        //
        ("min-speedup", value("X"), "parallel only from this speedup on (1.2)")                 //
        ("report", value("FILE"), "write plan, predicted and measured there, as JSON")          //
        ("dry-run", "print the line that would do it, and do nothing");
    po::options_description survive("Failures");
    survive.add_options()                                                                   //
        ("retries", value("N"), "try an item that fails so many times again (0)")           //
        ("max-fails", value("N"), "end when more items fail for good (no end)")             //
        ("fail-fast", "end when an item fails for good")                                    //
        ("journal", value("FILE"), "results there survive any death; run again to resume")  //
        ("journal-sync", "they survive the node, too")                                      //
        ("retry-failed", "take up again the items that failed for good before")             //
        ("deadline", value("TIME"), "stop in order by then, to be resumed; needs --journal");
    return {"map", {data, own, survive, common_options()}, false};
  }
  if (command == "cluster") {
    own.add_options()                                                                     //
        ("partition", value("NAME"), "this partition alone")                              //
        ("refresh", "ask Slurm again, though it was asked in the last 10 minutes")        //
        ("offline", value("FILE"), "facts that were saved with -o before; ask no Slurm")  //
        ("output,o", value("FILE"), "write all facts there as well");
    return {"cluster", {own, common_options()}, false};
  }
  if (command == "export") {
    own.add_options()                                                                        //
        ("machine", value("FILE"), "of mpisize probe, or written by hand (the cached one)")  //
        ("format", value("NAME"), "loggp, simgrid-cfg or simgrid-platform")                  //
        ("output,o", value("FILE"), "write it there instead of printing it");
    return {"export", {own, common_options()}, false};
  }
  if (command == "history") {
    own.add_options()                                                               //
        ("program", value("PART"), "entries of programs whose name has this part")  //
        ("last", value("N"), "list the newest N")                                   //
        ("all", "delete all entries")                                               //
        ("yes,y", "delete without asking");
    return {"history", {own, talk_options()}, false, true};
  }
  if (command == "plan") {
    own.add_options()  //
        ("machine", value("FILE"),
         "of mpisize probe, or by hand (else --topology, or the cached one)")                //
        ("kernel", value("FILE"), "from mpisize profile")                                    //
        ("program", value("FILE"), "the same of a program that is not linked with mpisize")  //
        ("output,o", value("FILE"), "write the plan there")                                  //
        ("plot", value("FILE.svg"), "draw time and efficiency over --ranks (2^k) there");
    return {"plan",
            {own, planning_options(), whole_program_options(false), cluster_options(true),
             common_options()},
            false};
  }
  if (command == "validate") {
    own.add_options()                                             //
        ("rounds", value("N"), "how often each plan is run (3)")  //
        ("plans", value("N"), "the chosen plan and the next best ones, N in all (2)");
    return {"validate",
            {own, sampling_options(true), whole_program_options(true), planning_options(),
             common_options()},
            true};
  }
  if (command == "compare") {
    own.add_options()                                                                      //
        ("plans", value("4,2x2,..."), "ranks, or ranks x threads per rank, of each plan")  //
        ("rounds", value("N"), "how often each plan is run (3)")                           //
        ("machine", value("FILE"), "a machine of mpisize probe (this one)");
    return {"compare", {own, common_options()}, true};
  }
  if (command == "run") {
    own.add_options()                                                                //
        ("as-given", "start the line word by word: look it over, size nothing")      //
        ("dry-run", "print the line that would run the program, and do not run it")  //
        ("no-profile",
         "do not count the MPI calls of a program that is not linked with mpisize")  //
        ("output,o", value("FILE"),
         "keep the plan there; of a whole program its runs, for --program")             //
        ("plot", value("FILE.svg"), "draw time and efficiency over rank counts there")  //
        ("report", value("FILE"), "write predicted and measured there, as JSON");
    return {"run",
            {own, sampling_options(true), whole_program_options(true), planning_options(),
             common_options()},
            true};
  }
  if (command == "lint") {
    own.add_options()                                                             //
        ("script", value("FILE"), "the script; --script itself may be left out")  //
        ("max-array-size", value("N"), "MaxArraySize of the cluster (1001)");
    return {"lint", {own, common_options()}, false, false, "script"};
  }
  own.add_options()                                                      //
      ("output,o", value("FILE"), "where the script goes (job.sbatch)")  //
      ("script", value("FILE"),
       "a script that is there: print what would change in it, as a diff")                //
      ("in-place", "change it, and keep the old one beside it")                           //
      ("het-group", value("N"), "component of a heterogeneous job to change, from 0")     //
      ("dry-run", "print the script and write nothing")                                   //
      ("write", "write the script and do not send it")                                    //
      ("test-only", "write it and ask sbatch whether and when it would start")            //
      ("wait", "wait for the end of the job")                                             //
      ("launcher", value("NAME"), "what starts the ranks: mpirun or srun (mpirun)")       //
      ("job-name", value("NAME"), "name of the job")                                      //
      ("partition", value("NAME"), "partition of the job")                                //
      ("account", value("NAME"), "account of the job")                                    //
      ("time", value("TIME"), "time limit of the job (the predicted time and a margin)")  //
      ("requeue", "before its time limit the job is stopped in order, to go on later")    //
      ("journal", value("FILE"),
       "of the program, which --requeue needs; mpisize map names its own");
  return {"submit",
          {own, sampling_options(true), whole_program_options(true), planning_options(),
           cluster_options(false), common_options()},
          true};
}

Values values_of(const Grammar& grammar, const Words& words) {
  constexpr int style =
      po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
  try {
    const auto options = grammar.all();
    po::command_line_parser parser(words);
    po::positional_options_description file;
    if (!grammar.file.empty()) parser.positional(file.add(grammar.file.c_str(), 1));
    const auto parsed = parser.options(options).style(style).run();
    Words words_besides;
    for (const auto& option : parsed.options) {
      if (option.position_key < 0 || !option.string_key.empty()) continue;
      words_besides.push_back(option.original_tokens.front());
      if (grammar.has_words) continue;
      throw UsageError(fmt::format("'{}' is no option of mpisize {}; leave it out{}",
                                   option.original_tokens.front(), grammar.command,
                                   grammar.has_child ? ", or put it behind --" : ""));
    }
    po::variables_map map;
    po::store(parsed, map);
    return Values(std::move(map), std::move(words_besides));
  } catch (const po::error& error) {
    throw sentence(grammar, error);
  }
}

}  // namespace mpisize::tools
