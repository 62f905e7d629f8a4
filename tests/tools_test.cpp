// The command, end to end: what it prints where, its exit codes, and what it leaves behind.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/json.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Not;
using ::testing::StartsWith;
using testing::TemporaryDirectory;
using Json = nlohmann::json;
using Words = std::vector<std::string>;

const std::string square = MPISIZE_SQUARE;
const std::string two_cores = "package:1 core:2 pu:1";

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

/// A directory for the files of a test, with the cache and the temporary files of the command in
/// others.
class Tools : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const auto* const name : {"cache", "tmp", "work"})
      fs::create_directory(root_.path() / name);
  }
  void TearDown() override {
    // Open MPI removes its own directory a moment after a program that was started without mpirun.
    for (const auto& entry : fs::directory_iterator(root_.path() / "tmp")) {
      EXPECT_THAT(entry.path().filename().string(), StartsWith("ompi.")) << "is left behind";
    }
  }

  [[nodiscard]] fs::path work(const std::string& name) const {
    return root_.path() / "work" / name;
  }

  [[nodiscard]] Words files_in(const std::string& folder) const {
    Words names;
    for (const auto& entry : fs::recursive_directory_iterator(root_.path() / folder)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  [[nodiscard]] Command command(const Words& arguments) const {
    Command c;
    c.argv = {MPISIZE_COMMAND};
    c.argv.insert(c.argv.end(), arguments.begin(), arguments.end());
    c.environment = {{"XDG_CACHE_HOME", (root_.path() / "cache").string()},
                     {"TMPDIR", (root_.path() / "tmp").string()},
                     {"MPISIZE", ""},
                     {"MPISIZE_PLAN", ""},
                     {"MPISIZE_PROFILE", ""}};
    c.output = root_.path() / "out";
    c.errors = root_.path() / "err";
    c.input = false;
    return c;
  }

  [[nodiscard]] Outcome finish(const Command& c) const {
    const auto done = run(c);
    return {done.exit_code(), read_file(*c.output), read_file(*c.errors)};
  }

  [[nodiscard]] Outcome mpisize(const Words& arguments) const { return finish(command(arguments)); }

  /// `mpisize run` of the square program on a machine of two cores, without a probe.
  [[nodiscard]] Words run_square(const Words& options, const Words& program) const {
    Words words{"run", "--topology", two_cores};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", square});
    words.insert(words.end(), program.begin(), program.end());
    return words;
  }

  /// kernel.json of `items` items of 10 ms.
  [[nodiscard]] std::string kernel_file(std::int64_t items = 1000) const {
    KernelProfile kernel;
    kernel.name = "made up";
    kernel.items = items;
    for (int i = 0; i < 50; ++i) {
      ItemSample sample;
      sample.index = i * (items / 50);
      sample.time = Seconds(0.01 + 1e-5 * (i % 7));
      kernel.samples.push_back(sample);
    }
    kernel.rank_memory = Bytes(80'000'000);
    kernel.root_memory = Bytes(90'000'000);
    kernel.before_call = Seconds(0.25);
    write_file(work("kernel.json"), to_json(kernel));
    return work("kernel.json").string();
  }

  /// 256 nodes of 64 cores.
  [[nodiscard]] std::string machine_by_hand() const {
    return script("big.json",
                  R"({"schema_version": 1, "host": "big", "topology": {"nodes": 256, "cores": 64},
                      "links": [{"level": "same_node", "latency": 5e-7, "bandwidth": 1e10},
                                {"level": "between_nodes", "latency": 1.5e-6, "bandwidth": 12.5e9}],
                      "launch": {"per_rank": 0.001}})");
  }

  [[nodiscard]] std::string script(const std::string& name, const std::string& text) const {
    write_file(work(name), text);
    fs::permissions(work(name), fs::perms::owner_all);
    return work(name).string();
  }

 private:
  TemporaryDirectory root_;
};

MATCHER_P(IsOneErrorThatSays, words, "") {
  const std::string text = arg;
  return text.rfind("mpisize: error: ", 0) == 0 && text.find(words) != std::string::npos &&
         text.find('\n') == text.size() - 1;
}

// Bad input
// -----------------------------------------------------------------------------------------

struct Bad {
  Words arguments;
  int code;
  std::string words;
};

TEST_F(Tools, TellBadInputInOneSentenceAndWriteNothing) {
  const std::string kernel = kernel_file();
  const std::string machine = work("machine.json").string();
  ASSERT_EQ(mpisize({"probe", "--topology", two_cores, "-o", machine}).code, 0);
  const std::string corrupt = script("corrupt.json", "{\"schema\": \"mpisize-kernel\",\n  oops");
  std::string newer_text = read_file(kernel);
  newer_text.replace(newer_text.find("\"schema_version\": 1"), 19, "\"schema_version\": 9");
  const std::string newer = script("newer.json", newer_text);
  const std::string misspelt = script("misspelt.json",
                                      R"({"schema_version": 1, "topology": {"cores": 4},
                 "links": [{"level": "same_node", "latency": 1e-6, "bandwith": 1e9}]})");
  const std::string hostfile = script("hosts", "n1 slots=2\nn2 slots=two\n");
  const std::string text_file = script("text", "no program");
  fs::permissions(text_file, fs::perms::owner_read);
  const std::string nowhere = work("no/such/directory/file").string();
  const auto before = files_in("work");

  const auto plan = [&](const Words& more) {
    Words words{"plan", "--machine", machine, "--kernel", kernel};
    words.insert(words.end(), more.begin(), more.end());
    return words;
  };
  const std::vector<Bad> table{
      {{}, 2, "no command"},
      {{"frobnicate"}, 2, "'frobnicate'"},
      {{"prob"}, 2, "did you mean 'probe'"},
      {{"probe", "--frobnicate"}, 2, "'--frobnicate'"},
      {plan({"--item", "5"}), 2, "did you mean '--items'"},
      {plan({"--items", "0"}), 2, "--items '0'"},
      {plan({"--items", "-5"}), 2, "--items '-5'"},
      {plan({"--min-speedup", "nan"}), 2, "--min-speedup 'nan'"},
      {plan({"--deadline", "inf"}), 2, "--deadline 'inf'"},
      {plan({"--max-memory", "0"}), 2, "--max-memory '0'"},
      {plan({"--max-ranks", "0"}), 2, "--max-ranks '0'"},
      {plan({"--ranks", "2^2"}), 2, "--ranks '2^2'"},
      {plan({"--schedule", "random"}), 2, "--schedule 'random'"},
      {plan({"--topology", "gizmo:3"}), 2, "gizmo:3"},
      {plan({"--ranks", "n*6"}), 3, "'n*6'"},
      {plan({"-o", nowhere}), 4, nowhere},
      {plan({"--plot", nowhere + ".svg"}), 4, nowhere},
      {plan({"--plot", "x.png"}), 2, "'x.png' does not end in .svg"},
      {plan({"--plot", "-"}), 2, "'-' does not end in .svg"},
      {plan({"--group", "-1"}), 2, "from 0 to 1048576"},
      {plan({"--rack", "-1"}), 2, "from 0 to 1048576"},
      {plan({"--rack", "8", "--group", "0"}), 2, "racks are of groups"},
      {plan({"--items", "9000000000000000000"}), 2, "from 1 to 9007199254740992"},
      {{"probe", "--hostfile", hostfile}, 2, "'slots=two' in line 2 of"},
      {{"plan", "--machine", misspelt, "--kernel", kernel}, 4, "did you mean \"bandwidth\"?"},
      {{"export"}, 2, "--format is missing"},
      {{"export", "--format", "logp"}, 2, "--format 'logp'"},
      {{"export", "--format", "loggp", "--machine", machine}, 4, "has no link to export"},
      {{"export", "--format", "loggp", "--machine", machine, "-o", nowhere}, 4, nowhere},
      {{"plan", "--machine", machine}, 2, "--kernel is missing"},
      {{"plan", "--machine", machine, "--kernel", corrupt}, 4, "corrupt.json"},
      {{"plan", "--machine", machine, "--kernel", newer}, 4, "newer.json"},
      {{"plan", "--machine", machine, "--kernel", machine}, 4, "machine.json"},
      {{"plan", "--machine", nowhere, "--kernel", kernel}, 4, nowhere},
      {{"probe", "-o", nowhere}, 4, nowhere},
      {{"profile", square}, 2, "-- is missing"},
      {{"profile", "-n", "0", "--", square}, 2, "--ranks '0'"},
      {{"profile", "-n", "2,-1", "--", square}, 2, "--ranks '-1'"},
      {{"profile", "--", nowhere}, 4, nowhere},
      {{"profile", "--", text_file}, 4, "not executable"},
      {{"profile", "-o", nowhere, "--", square}, 4, nowhere},
      {{"run", square}, 125, "-- is missing"},
      {{"run", "--"}, 125, "no program"},
      {{"run", "--frobnicate", "--", square}, 125, "'--frobnicate'"},
      {{"run", "--chunk", "0", "--", square}, 125, "--chunk '0'"},
      {{"run", "--", nowhere}, 127, nowhere},
      {{"run", "--", "no-such-program-at-all"}, 127, "'no-such-program-at-all'"},
      {{"run", "--", text_file}, 126, "not executable"},
      {{"run", "--report", nowhere, "--", square}, 125, nowhere},
      {{"run", "--plan", corrupt, "--", square}, 125, "corrupt.json"},
      {{"run", "--", "mpirun", "-n", "-1", square}, 125, "-1"},
      {{"run", "--as-given", "--ranks", "2", "--", square}, 125, "--ranks has no use"},
      {{"submit", "--output", nowhere, "--", square}, 4, nowhere},
      {{"submit", "--launcher", "ssh", "--", square}, 2, "--launcher 'ssh'"},
      {{"submit", "--launcher", "srun", "--", "mpirun", square}, 2, "srun"},
  };
  for (const Bad& bad : table) {
    SCOPED_TRACE(::testing::PrintToString(bad.arguments));
    const Outcome o = mpisize(bad.arguments);
    EXPECT_EQ(o.code, bad.code);
    EXPECT_THAT(o.err, IsOneErrorThatSays(bad.words));
    EXPECT_THAT(o.out, IsEmpty());
  }
  EXPECT_EQ(files_in("work"), before);
}

TEST_F(Tools, PrintAnErrorAsOneObjectUnderJson) {
  for (const Words& arguments :
       {Words{"plan", "--json", "--bogus"}, Words{"probe", "--json", "-o", "/no/dir/x"},
        Words{"run", "--json", "--", "./app"}}) {
    const Outcome o = mpisize(arguments);
    const Json json = Json::parse(o.out);
    EXPECT_EQ(json.at("error").at("exit_code"), o.code);
    EXPECT_THAT(o.err, HasSubstr(json.at("error").at("message").get<std::string>()));
  }
}

TEST_F(Tools, NameTheRepairIfMpirunIsMissing) {
  Command c = command({"run", "--topology", two_cores, "--", square});
  c.environment["PATH"] = work("").string();
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 127);
  EXPECT_THAT(o.err, AllOf(IsOneErrorThatSays("mpirun"), HasSubstr("install Open MPI")));
}

TEST_F(Tools, DoNotStartMpirunInsideMpirun) {
  Command c = command({"run", "--topology", two_cores, "--", square});
  c.environment["OMPI_COMM_WORLD_SIZE"] = "2";
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 125);
  EXPECT_THAT(o.err, IsOneErrorThatSays("starts mpirun itself"));
}

TEST_F(Tools, PassOnWhatMpirunSaysToRoot) {
  if (geteuid() != 0) GTEST_SKIP() << "not root";
  Command c = command({"profile", "--", square});
  c.environment["OMPI_ALLOW_RUN_AS_ROOT"] = "";
  c.environment["OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"] = "";
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, AllOf(IsOneErrorThatSays("attempt to run as root"),
                           HasSubstr("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")));
}

// Answers
// -------------------------------------------------------------------------------------------

TEST_F(Tools, ProbeOfADescribedMachineAssumesEveryCost) {
  const Outcome o =
      mpisize({"probe", "--json", "--topology", "node:4 package:2 numa:1 core:8 pu:2"});
  ASSERT_EQ(o.code, 0) << o.err;
  const Machine machine = machine_from_json(o.out, "stdout");
  EXPECT_EQ(machine.topology.nodes, 4);
  EXPECT_EQ(machine.topology.node.cores, 16);
  EXPECT_EQ(machine.launch.fixed.source, Source::assumed);
  EXPECT_EQ(machine.dispatch.root_per_chunk.source, Source::assumed);
  EXPECT_THAT(files_in("cache"), IsEmpty());
}

TEST_F(Tools, PlanIsAFunctionOfItsFiles) {
  const Words words{"plan", "--json", "--topology", two_cores, "--kernel", kernel_file()};
  const Outcome first = mpisize(words);
  ASSERT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.out, mpisize(words).out);
  EXPECT_THAT(first.err, IsEmpty());
  const PlanFile plan = plan_from_json(first.out, "stdout");
  EXPECT_EQ(plan.choice.plan.verdict, Verdict::parallel);
  EXPECT_EQ(plan.choice.plan.layout.ranks(), 2);
  const Json program = Json::parse(first.out).at("whole_program");
  EXPECT_DOUBLE_EQ(program.at("total").at("value").get<double>(),
                   program.at("launch").at("value").get<double>() + 0.25 +
                       program.at("call").at("value").get<double>());
}

TEST_F(Tools, PlanWritesWhatItPrints) {
  const Outcome o = mpisize({"plan", "--json", "--topology", two_cores, "--kernel", kernel_file(),
                             "-o", work("plan.json").string()});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(plan_from_json(read_file(work("plan.json")), "file"), plan_from_json(o.out, "stdout"));
}

TEST_F(Tools, PlanObeysTheUser) {
  const Words words{"plan",     "--json",     "--topology", "package:1 core:8 pu:1",
                    "--kernel", kernel_file()};
  const auto plan_with = [&](const Words& more) {
    Words all = words;
    all.insert(all.end(), more.begin(), more.end());
    return plan_from_json(mpisize(all).out, "stdout").choice.plan;
  };
  EXPECT_EQ(plan_with({"--ranks", "3"}).layout.ranks(), 3);
  EXPECT_LE(plan_with({"--max-ranks", "5"}).layout.ranks(), 5);
  EXPECT_EQ(plan_with({"--ranks", "2^k"}).layout.ranks(), 8);
  EXPECT_EQ(plan_with({"--ranks", "n*3"}).layout.ranks(), 6);
  EXPECT_EQ(plan_with({"--min-speedup", "100"}).verdict, Verdict::serial);
  const Plan forced = plan_with({"--schedule", "dynamic", "--chunk", "7", "--queued", "3"});
  EXPECT_EQ(forced.pattern.schedule, Schedule::dynamic);
  EXPECT_EQ(forced.pattern.chunk, 7);
  EXPECT_EQ(forced.pattern.queued, 3);
}

TEST_F(Tools, PlanForAMachineWrittenByHandSaysWhatIsGivenAndWhatIsNot) {
  const Outcome o = mpisize({"plan", "--explain", "--ranks", "2^k", "--machine", machine_by_hand(),
                             "--kernel", kernel_file(100'000)});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(
      o.out,
      AllOf(HasSubstr("machine big\n"), HasSubstr("link between nodes: given\n"),
            HasSubstr("round trip  5.00 us, derived\n"), HasSubstr("per rank  1.00 ms, given\n"),
            HasSubstr("per node  30.0 ms (90 %: 0 s to 300 ms), assumed\n"),
            HasSubstr("core-hours  sub-roots of  limited by\n"), HasSubstr("  16384 ")));
}

TEST_F(Tools, PlanForAMachineWrittenByHandFillsNodesAndTellsNothingOfALimitThatNobodyGave) {
  const auto plan_of = [&](const Words& more) {
    Words words{"plan", "--json", "--machine", machine_by_hand(), "--kernel", kernel_file(100'000)};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome o = mpisize(words);
    EXPECT_EQ(o.code, 0) << o.err;
    return plan_from_json(o.out, "stdout").choice.plan;
  };
  EXPECT_EQ(plan_of({"--ranks", "64"}).layout.nodes, 1);
  // 1000 s of work: starting all 16384 ranks takes longer than they save.
  const Plan plan = plan_of({"--ranks", "2^k"});
  EXPECT_LT(plan.layout.ranks(), 16384);
  EXPECT_EQ(plan.layout.nodes, (plan.layout.ranks() + 63) / 64);
  EXPECT_THAT(plan.reasons.front(), HasSubstr("starting the others takes longer"));
  EXPECT_THAT(plan.would_change, ::testing::Not(::testing::Contains(HasSubstr("max_ranks"))));
  EXPECT_EQ(plan.binding_limit, std::nullopt);
}

TEST_F(Tools, PlanForMoreNodesThanWereProbedForgetsTheHosts) {
  const std::string probed =
      script("probed.json", R"({"schema_version": 1, "topology": {"nodes": 2, "cores": 2},
                         "hosts": [{"name": "n1"}, {"name": "n2"}]})");
  const Outcome o = mpisize({"plan", "--explain", "--machine", probed, "--topology",
                             "node:64 core:2 pu:1", "--kernel", kernel_file(100'000)});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("each of 64 nodes"), Not(HasSubstr("hosts"))));
}

TEST_F(Tools, PlanUnderJsonHasTheTableOverRanks) {
  const auto rows_of = [&](const Words& more) {
    Words words{"plan",        "--json", "--machine", machine_by_hand(),
                "--max-ranks", "1000",   "--kernel",  kernel_file(100'000)};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome o = mpisize(words);
    static_cast<void>(plan_from_json(o.out, "stdout"));
    return Json::parse(o.out).value("by_ranks", Json::array());
  };
  const Json rows = rows_of({"--ranks", "2^k"});
  ASSERT_EQ(rows.size(), 10U);
  const Json& last = rows.back();
  EXPECT_EQ(last.at("ranks"), 512);
  EXPECT_LE(last.at("time").at("low"), last.at("time").at("high"));
  EXPECT_NEAR(last.at("core_hours").get<double>(),
              512 * last.at("time").at("value").get<double>() / 3600, 1e-9);
  EXPECT_TRUE(last.at("sub_roots").is_boolean());
  EXPECT_TRUE(rows_of({}).empty());
}

TEST_F(Tools, PlotIsDrawnWithoutAnyOtherOption) {
  const std::string file = work("scaling.svg").string();
  const Words words{"plan",   "--machine", machine_by_hand(), "--kernel", kernel_file(),
                    "--plot", file};
  ASSERT_EQ(mpisize(words).code, 0);
  const std::string first = read_file(file);
  EXPECT_THAT(first, AllOf(StartsWith("<?xml"), HasSubstr("made up on big"), HasSubstr("chosen: "),
                           EndsWith("</svg>\n")));
  ASSERT_EQ(mpisize(words).code, 0);
  EXPECT_EQ(read_file(file), first);
  const Outcome none = mpisize({"plan", "--machine", machine_by_hand(), "--kernel", kernel_file(),
                                "--max-memory", "1M", "--plot", work("none.svg").string()});
  EXPECT_EQ(none.code, 3);
  EXPECT_FALSE(fs::exists(work("none.svg")));
}

TEST_F(Tools, ExportSpeaksLogGPAndSimgrid) {
  const auto exported = [&](const Words& more) {
    Words words{"export", "--machine", machine_by_hand()};
    words.insert(words.end(), more.begin(), more.end());
    const Outcome o = mpisize(words);
    EXPECT_EQ(o.code, 0) << o.err;
    EXPECT_THAT(o.err, IsEmpty());
    return o.out;
  };
  EXPECT_THAT(exported({"--format", "loggp"}), HasSubstr("LogGP of big: "));
  const Json json = Json::parse(exported({"--format", "loggp", "--json"}));
  EXPECT_EQ(json.at("links").size(), 2U);
  EXPECT_THAT(exported({"--format", "simgrid-cfg"}), StartsWith("--cfg=smpi/os:"));
  const std::string platform = exported({"--format", "simgrid-platform"});
  EXPECT_THAT(platform, HasSubstr("radical=\"0-255\""));
  EXPECT_THAT(exported({"--format", "simgrid-platform", "-o", work("m.xml").string()}), IsEmpty());
  EXPECT_EQ(read_file(work("m.xml")), platform);
}

TEST_F(Tools, PlanThatMeetsNoLimitExitsWith3AndWritesNoFile) {
  const Outcome o = mpisize({"plan", "--json", "--topology", two_cores, "--kernel", kernel_file(),
                             "--max-memory", "1M", "-o", work("plan.json").string()});
  EXPECT_EQ(o.code, 3);
  EXPECT_EQ(plan_from_json(o.out, "stdout").choice.plan.verdict, Verdict::infeasible);
  EXPECT_THAT(o.err, HasSubstr("max_memory"));
  EXPECT_FALSE(fs::exists(work("plan.json")));
}

TEST_F(Tools, SubmitWritesAScriptAndItsPlanAndPrintsThePath) {
  const std::string file = work("job.sbatch").string();
  const Outcome o =
      mpisize({"submit", "--write", "--quiet", "--topology", "node:2 core:4 pu:1", "--kernel",
               kernel_file(), "--output", file, "--", "./app", "in put.dat"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, file + "\n");
  EXPECT_THAT(o.err, IsEmpty());
  EXPECT_THAT(files_in("work"), ElementsAre("job.plan.json", "job.sbatch", "kernel.json"));
  EXPECT_THAT(read_file(file),
              AllOf(StartsWith("#!"), HasSubstr("#SBATCH"), HasSubstr("'in put.dat'"),
                    HasSubstr(work("job.plan.json").string())));
  Command check;
  check.argv = {"bash", "-n", file};
  EXPECT_EQ(run(check).exit_code(), 0);
}

TEST_F(Tools, SubmitUnderDryRunPrintsTheScriptAndWritesNothing) {
  const Outcome o =
      mpisize({"submit", "--dry-run", "--launcher", "srun", "--topology", "node:2 core:4 pu:1",
               "--kernel", kernel_file(), "--output", work("job.sbatch").string(), "--", "./app"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(StartsWith("#!"), HasSubstr("srun"), Not(HasSubstr("mpirun -"))));
  EXPECT_THAT(files_in("work"), ElementsAre("kernel.json"));
}

// Runs
// ----------------------------------------------------------------------------------------------

TEST_F(Tools, ProbeMeasuresOnceAndRunUsesIt) {
  const Outcome probe = mpisize({"probe", "--json"});
  ASSERT_EQ(probe.code, 0) << probe.err;
  const Machine machine = machine_from_json(probe.out, "stdout");
  EXPECT_EQ(machine.launch.fixed.source, Source::measured);
  EXPECT_FALSE(machine.links.empty());
  EXPECT_THAT(files_in("cache"),
              ElementsAre("machine-" + machine.fingerprint + ".json", "mpisize"));

  ASSERT_EQ(mpisize({"run", "--", square}).code, 0);
  const auto file = fs::path("mpisize") / ("machine-" + machine.fingerprint + ".json");
  const Machine kept =
      machine_from_json(read_file(work("").parent_path().parent_path() / "cache" / file), "cache");
  EXPECT_EQ(kept.links, machine.links);
  EXPECT_EQ(kept.model_error.residuals.size(), 1U);
}

TEST_F(Tools, ProfileSamplesTheCall) {
  const Outcome o = mpisize({"profile", "--json", "-n", "1,2", "-o", work("kernel.json").string(),
                             "--", square, "--items", "500", "--work", "500", "--name", "squares"});
  ASSERT_EQ(o.code, 0) << o.err;
  const KernelProfile kernel = kernel_profile_from_json(o.out, "stdout");
  EXPECT_EQ(kernel.name, "squares");
  EXPECT_EQ(kernel.items, 500);
  EXPECT_FALSE(kernel.samples.empty());
  EXPECT_EQ(kernel, kernel_profile_from_json(read_file(work("kernel.json")), "file"));
}

TEST_F(Tools, ProfileOfAProgramThatNeverCallsSaysWhatToDo) {
  const Outcome o = mpisize({"profile", "-n", "1", "--", square, "--no-call"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err,
              IsOneErrorThatSays("without ever calling mpisize::map; let it call it and link it"));
  EXPECT_EQ(mpisize({"run", "--topology", two_cores, "--", square, "--no-call"}).code, 125);
}

TEST_F(Tools, ProfileOfAnotherNameSaysSo) {
  const Outcome o =
      mpisize({"profile", "-n", "1", "--name", "other", "--", square, "--name", "squares"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, IsOneErrorThatSays("named 'other'"));
}

TEST_F(Tools, ProfileOfAProgramThatFailsShowsItsLastWords) {
  const Outcome o = mpisize({"profile", "-n", "1", "--", square, "--no-call", "--status", "3"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, AllOf(HasSubstr("status 3"), HasSubstr("words of rank 0")));
  EXPECT_THAT(o.out, IsEmpty());
}

TEST_F(Tools, RunLeavesStdoutToTheProgram) {
  const Outcome o = mpisize(run_square({"--ranks", "2"}, {"--items", "100"}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 338350\nranks 2\n");
  EXPECT_THAT(o.err,
              AllOf(HasSubstr("words of rank 0"), HasSubstr("mpirun"), HasSubstr("Whole program")));
}

TEST_F(Tools, RunStartsASerialProgramWithoutMpirun) {
  const Outcome o = mpisize(run_square({}, {"--items", "100"}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 338350\nranks 1\n");
  EXPECT_THAT(o.err, HasSubstr("$ " + square));
}

TEST_F(Tools, RunStartsWhatTheProgramAcceptsEvenIfThePlanIsSerial) {
  const Outcome o = mpisize(run_square({"--ranks", "2,4"}, {"--items", "100"}));
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 338350\nranks 2\n");
}

TEST_F(Tools, RunEndsWithTheStatusOfTheProgram) {
  EXPECT_EQ(mpisize(run_square({}, {"--status", "7"})).code, 7);
  EXPECT_EQ(mpisize(run_square({"--ranks", "2"}, {"--status", "7"})).code, 7);
}

TEST_F(Tools, RunEndsWith128PlusTheSignalOfTheProgram) {
  EXPECT_EQ(mpisize(run_square({}, {"--signal", std::to_string(SIGKILL)})).code, 128 + SIGKILL);
  EXPECT_EQ(mpisize(run_square({"--ranks", "2"}, {"--signal", std::to_string(SIGKILL)})).code,
            128 + SIGKILL);
}

TEST_F(Tools, RunPassesSignalsOnAndCleansUp) {
  for (const auto* const ranks : {"1", "2"}) {
    Command c = command(run_square({"--ranks", ranks}, {"--wait"}));
    c.timeout = Seconds(6);  // then SIGTERM, which the program is waiting for
    c.grace = Seconds(30);
    const auto done = run(c);
    EXPECT_TRUE(done.timed_out);
    EXPECT_FALSE(done.signal) << "the command itself goes on until the program has ended";
    EXPECT_THAT(read_file(*c.output), HasSubstr(std::string("ranks ") + ranks));
    // mpirun ends its ranks and says 1; alone, the program ends by the signal.
    EXPECT_EQ(done.exit_code(), *ranks == '1' ? 128 + SIGTERM : 1) << read_file(*c.errors);
  }
}

TEST_F(Tools, RunGivesAFileOnStdinToTheSampleAndToTheRun) {
  write_file(work("numbers"), "1 2 3 4 5 6 7 8 9 10\n");
  Command c = command({});
  c.argv = {"sh", "-c", "exec \"$@\" <\"$0\"", work("numbers").string(), MPISIZE_COMMAND};
  for (const auto& word : run_square({"--ranks", "2"}, {"--stdin"})) c.argv.push_back(word);
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 385\nranks 2\n");
}

TEST_F(Tools, RunByAPlanPassesAPipeThrough) {
  const std::string plan = work("plan.json").string();
  ASSERT_EQ(mpisize({"plan", "--topology", two_cores, "--kernel", kernel_file(), "--ranks", "2",
                     "-o", plan})
                .code,
            0);
  PlanFile any = plan_from_json(read_file(plan), plan);
  any.name.clear();
  write_file(plan, to_json(any));
  Command c = command({});
  c.argv = {"sh", "-c",  "echo 1 2 3 | \"$0\" run --plan \"$1\" -- \"$2\" --stdin", MPISIZE_COMMAND,
            plan, square};
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 14\nranks 2\n");
}

TEST_F(Tools, RunGivesAPipeToTheSampleAndToTheRun) {
  Command c = command({});
  c.argv = {"sh", "-c", "seq 10 | \"$0\" run --topology 'core:2 pu:1' --ranks 2 -- \"$1\" --stdin",
            MPISIZE_COMMAND, square};
  const Outcome o = finish(c);
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, "sum 385\nranks 2\n");
  EXPECT_THAT(o.err, HasSubstr("stdin, 21 B, is kept"));
}

TEST_F(Tools, RunWritesPredictedAndMeasured) {
  const Outcome o = mpisize(
      run_square({"--quiet", "--ranks", "2", "--report", work("report.json").string()}, {}));
  ASSERT_EQ(o.code, 0) << o.err;
  const Report report = report_from_json(read_file(work("report.json")), "report");
  EXPECT_EQ(report.plan.layout.ranks(), 2);
  EXPECT_GT(report.measured.total, Seconds(0));
  EXPECT_THAT(o.err, Not(HasSubstr("mpisize")));
}

TEST_F(Tools, RunUnderDryRunPrintsTheLineAndRunsNothing) {
  const std::string plan = work("plan.json").string();
  ASSERT_EQ(mpisize({"plan", "--topology", two_cores, "--kernel", kernel_file(), "--ranks", "2",
                     "-o", plan})
                .code,
            0);
  const auto before = files_in("work");
  const Outcome o =
      mpisize({"run", "--dry-run", "--plan", plan, "--", "mpirun", "-x", "HOME", square, "a b"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(StartsWith("MPISIZE_PLAN=" + plan + " mpirun -x HOME"),
                           HasSubstr("-n 2"), EndsWith(square + " 'a b'\n")));
  EXPECT_EQ(files_in("work"), before);
}

TEST_F(Tools, RunUnderDryRunAndJsonPrintsOneObject) {
  const Outcome o = mpisize({"run", "--dry-run", "--json", "--topology", two_cores, "--kernel",
                             kernel_file(), "--", square, "x"});
  ASSERT_EQ(o.code, 0) << o.err;
  const Json json = Json::parse(o.out);
  EXPECT_EQ(json.at("schema"), "mpisize-plan");
  EXPECT_THAT(json.at("command").get<Words>(), IsSupersetOf(Words{"mpirun", square, "x"}));
  EXPECT_THAT(files_in("cache"), IsEmpty());
}

TEST_F(Tools, RunThatCannotMeetTheLimitsExitsWith125) {
  const Outcome o = mpisize({"run", "--topology", two_cores, "--kernel", kernel_file(),
                             "--max-memory", "1M", "--", square});
  EXPECT_EQ(o.code, 125);
  EXPECT_THAT(o.err, AllOf(IsOneErrorThatSays("max_memory"), Not(HasSubstr("loosen"))));
  EXPECT_THAT(o.out, IsEmpty());
}

}  // namespace
}  // namespace mpisize
