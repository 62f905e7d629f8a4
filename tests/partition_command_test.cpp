// mpisize plan and submit --cluster, with commands in Slurm's place that say what was recorded of a
// real one, and an sbatch that counts what it is asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/json.hpp"
#include "program_worlds.hpp"
#include "recorded_clusters.hpp"
#include "start_probe.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Words = std::vector<std::string>;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
};

KernelProfile kernel(double seconds) {
  KernelProfile k;
  k.items = 100000;
  for (int i = 0; i < 8; ++i) {
    ItemSample s;
    s.index = s.position = i * 12000;
    s.time = Seconds(seconds);
    k.samples.push_back(s);
  }
  k.rank_memory = k.root_memory = Bytes(100'000'000);
  k.before_call = Seconds(1);
  return k;
}

NodeGroup nodes(int idle, int cores) {
  NodeGroup group;
  group.states.idle = idle;
  group.cores_per_socket = group.cpus = cores;
  group.memory = Bytes(std::int64_t{64} << 30);
  return group;
}

Cluster cluster() {
  Cluster c;
  c.name = "made";
  c.controller = "ctl";
  c.user.name = "ada";
  c.max_array_size = 1001;
  for (const char* const name : {"long", "debug", "whole"}) {
    c.partitions.emplace_back().name = name;
    c.partitions.back().groups = {nodes(64, 32)};
  }
  c.partitions[0].is_default = true;
  c.partitions[1].max_time = Seconds(1800);
  c.partitions[1].max_nodes = 2;
  c.partitions[2].whole_nodes = true;
  c.partitions[2].max_time = Seconds(7200);
  c.partitions[2].groups = {nodes(8, 32)};
  return c;
}

class PartitionCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    root_.write("kernel.json", to_json(kernel(1)));
    root_.write("cluster.json", to_json(cluster()));
    Machine machine;
    machine.launch = {measured(Seconds(0.3)), measured(Seconds(0.001)), measured(Seconds(1e-5))};
    root_.write("machine.json", to_json(machine));
    for (const char* const name : {"config", "partitions", "nodes"}) {
      const std::string file = std::string(name) + ".txt";
      root_.write(file, testing::recorded_text("big", file));
    }
    fs::create_directory(root_.path() / "tmp");
    fs::create_directory(root_.path() / "cache");
    put("scontrol",
        "case $* in *config) cat \"$here/config.txt\" ;; *) cat \"$here/partitions.txt\" ;; esac");
    put("sinfo", "cat \"$here/nodes.txt\"");
    put("sbatch", "cat \"$2\" >>\"$here/scripts\"; " + accepts("2020-01-01T00:00:00"));
  }
  void TearDown() override {
    EXPECT_TRUE(fs::is_empty(root_.path() / "tmp")) << "something is left behind";
  }

  static Estimate<Seconds> measured(Seconds time) { return {time, time, time, Source::measured}; }
  static std::string accepts(const std::string& time) {
    return "echo \"sbatch: Job 6 to start at " + time +
           " using 64 processors on nodes c[1-2] in partition p\" >&2";
  }

  void put(const std::string& name, const std::string& action) const {
    const auto path =
        root_.write("bin/" + name, "#!/bin/sh\nhere=" + root_.path().string() + "\necho \"" + name +
                                       " $*\" >>\"$here/asked\"\n" + action + "\n");
    fs::permissions(path, fs::perms::owner_all);
  }

  [[nodiscard]] Outcome mpisize(const Words& words) const {
    Command c;
    c.argv = {MPISIZE_COMMAND};
    c.argv.insert(c.argv.end(), words.begin(), words.end());
    c.environment = {{"PATH", (root_.path() / "bin").string() + ":/usr/bin:/bin"},
                     {"XDG_CACHE_HOME", (root_.path() / "cache").string()},
                     {"TMPDIR", (root_.path() / "tmp").string()},
                     {"SLURM_CONF", (root_.path() / "slurm.conf").string()}};
    c.directory = root_.path();
    c.output = root_.path() / "out";
    c.errors = root_.path() / "err";
    c.input = false;
    const ChildRun done = run(c);
    return {done.exit_code(), read_file(*c.output), read_file(*c.errors)};
  }
  [[nodiscard]] Outcome plan(Words words) const {
    words.insert(words.begin(), {"plan", "--kernel", "kernel.json", "--machine", "machine.json"});
    return mpisize(words);
  }
  [[nodiscard]] Outcome offline(Words words) const {
    words.insert(words.begin(), {"--offline", "cluster.json"});
    return plan(words);
  }
  [[nodiscard]] Outcome submit(Words words) const {
    words.insert(words.begin(), {"submit", "--kernel", "kernel.json", "--machine", "machine.json",
                                 "--offline", "cluster.json"});
    words.insert(words.end(), {"--", "./app"});
    return mpisize(words);
  }

  /// How often a command was run.
  [[nodiscard]] int asked(const std::string& name) const {
    const fs::path log = root_.path() / "asked";
    std::istringstream lines(fs::exists(log) ? read_file(log) : "");
    int count = 0;
    for (std::string line; std::getline(lines, line);) count += line.rfind(name + " ", 0) == 0;
    return count;
  }

  [[nodiscard]] std::string text(const std::string& name) const {
    return read_file(root_.path() / name);
  }
  void write(const std::string& name, const std::string& content) const {
    root_.write(name, content);
  }
  [[nodiscard]] bool exists(const std::string& name) const {
    return fs::exists(root_.path() / name);
  }

 private:
  testing::TemporaryDirectory root_;
};

// ---- from a file ------------------------------------------------------------------------------

TEST_F(PartitionCommand, PlansOnEachPartitionWithoutSlurm) {
  const Outcome o = offline({"--explain"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("Partition long: "));
  EXPECT_THAT(o.out, HasSubstr("  debug "));
  EXPECT_THAT(o.out, HasSubstr("whole nodes\n"));
  EXPECT_EQ(asked("sbatch") + asked("scontrol") + asked("sinfo"), 0);
}

TEST_F(PartitionCommand, ALimitIsNamedAndTheNearestPlan) {
  write("kernel.json", to_json(kernel(10)));
  const Outcome o = offline({"--partition", "debug"});
  EXPECT_EQ(o.code, 3);
  EXPECT_THAT(o.err,
              HasSubstr("no partition takes the job: the nearest is debug, where the time limit "
                        "30.0 min is below the"));
  EXPECT_EQ(offline({"--partition", "debug", "-o", "plan.json"}).code, 3);
  EXPECT_FALSE(exists("plan.json"));
}

TEST_F(PartitionCommand, CoreHoursPreferFewerCores) {
  const auto chosen = [this](const Words& words) {
    const Outcome o = offline(words);
    EXPECT_EQ(o.code, 0) << o.err;
    const auto plan = nlohmann::json::parse(o.out);
    for (const auto& row : plan.at("partitions")) {
      if (row["chosen"]) return row["partition"].get<std::string>();
    }
    return std::string("none");
  };
  EXPECT_EQ(chosen({"--json"}), "long");
  EXPECT_EQ(chosen({"--json", "--goal", "core-hours", "--ranks", "33"}), "long");
  EXPECT_EQ(chosen({"--json", "--partition", "whole"}), "whole");
}

TEST_F(PartitionCommand, ScriptAsksForThePartitionAndItsWholeNodes) {
  const Outcome o = submit({"--partition", "whole", "--constraint", "ib|x*1", "--qos", "q",
                            "--array", "3", "--dry-run"});
  EXPECT_EQ(o.code, 0) << o.err;
  for (const char* const line :
       {"--partition=whole", "--exclusive", "--constraint=\"ib|x*1\"", "--qos=q", "--array=0-2"}) {
    EXPECT_THAT(o.out, HasSubstr(line));
  }
  EXPECT_THAT(o.out, HasSubstr("export MPISIZE_FIRST_ITEM="));
  const Outcome shared = submit({"--dry-run"});
  EXPECT_THAT(shared.out, AllOf(HasSubstr("--partition=long\n"), Not(HasSubstr("--exclusive"))));
}

TEST_F(PartitionCommand, RanksGetACoreEachWhereSlurmCountsHardwareThreads) {
  Cluster threaded = cluster();
  NodeGroup& group = threaded.partitions[0].groups[0];
  group.threads_per_core = 2;
  group.cpus = 64;
  write("cluster.json", to_json(threaded));
  const auto asks = [this](const char* ranks) {
    const Outcome o = submit({"--partition", "long", "--ranks", ranks, "--dry-run"});
    EXPECT_EQ(o.code, 0) << o.err;
    return o.out.find("#SBATCH --hint=nomultithread\n") != std::string::npos;
  };
  EXPECT_TRUE(asks("32"));
  EXPECT_TRUE(asks("2048"));
  EXPECT_FALSE(asks("4096"));  // Two on each core of 64 nodes.
}

TEST_F(PartitionCommand, MarginOfTheTimeEndsAtTheLimit) {
  // 100,000 s on 64 ranks: above 26 min, and 25 % more is above 30.
  const Outcome o = submit({"--partition", "debug", "--ranks", "64", "--dry-run"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("#SBATCH --time=00:30:00\n"));
  EXPECT_THAT(o.out,
              ContainsRegex("but[ #\n]+the[ #\n]+partition[ #\n]+allows[ #\n]+no[ #\n]+more"));
}

TEST_F(PartitionCommand, APatchedScriptGoesToThePartition) {
  write("old.sbatch", "#!/bin/bash\n#SBATCH -N 1 -p debug\nmpirun -np 4 ./app\n");
  const Outcome o = submit({"--script", "old.sbatch", "--in-place", "--partition", "whole"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(text("old.sbatch"), AllOf(HasSubstr("-p whole"), HasSubstr("#SBATCH --exclusive\n")));
}

TEST_F(PartitionCommand, BadInputIsOneSentenceWithTheRepair) {
  const auto sentence = [](const Outcome& o, int code) {
    EXPECT_EQ(o.code, code) << o.err;
    EXPECT_THAT(o.err, AllOf(HasSubstr("mpisize: error: "), EndsWith("\n")));
    return o.err;
  };
  EXPECT_THAT(
      sentence(offline({"--partition", "lnog"}), 4),
      HasSubstr("no partition 'lnog'; did you mean 'long'? Or take one of long, debug, whole"));
  EXPECT_THAT(sentence(submit({"--array", "1002"}), 3), HasSubstr("MaxArraySize"));
  EXPECT_THAT(sentence(submit({"--gres", "gpu:x:y"}), 4), HasSubstr("gpu:a100:2"));
  EXPECT_THAT(sentence(plan({"--partition", "long"}), 2), HasSubstr("add --cluster"));
  EXPECT_THAT(sentence(plan({"--cluster", "--topology", "core:2"}), 2), HasSubstr("--topology"));
  write("cluster.json", "{\"schema\": \"mpisize-cluster\", \"schema_version\": 1, \"name\": 3}");
  EXPECT_THAT(sentence(offline({}), 4), HasSubstr("cluster.json"));
  EXPECT_EQ(asked("sbatch"), 0);
}

TEST_F(PartitionCommand, WholeProgramsArePlannedOnPartitions) {
  worlds::World world;
  world.work = 400;      // 8000 s in all
  world.replicated = 5;  // and 100 s for each rank
  world.bytes = 8;
  world.cores = 32;
  ProgramFile program;
  program.program.path = "/app";
  program.runs = worlds::sample(world, {1, 2, 4, 8, 16}, 2, 1);
  write("program.json", to_json(program));
  const auto planned = [this](const Words& more) {
    Words words{"plan",         "--program", "program.json", "--machine",
                "machine.json", "--offline", "cluster.json", "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return mpisize(words);
  };
  const Outcome soonest = planned({});
  EXPECT_EQ(soonest.code, 0) << soonest.err;
  const auto rows = nlohmann::json::parse(soonest.out).at("partitions");
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_GT(rows[0].at("ranks"), 16);
  EXPECT_LE(rows[1].at("nodes"), 2);
  // The fewest core-hours are one rank's, which is beyond the time limit of debug.
  const Outcome cheapest = planned({"--goal", "core-hours"});
  EXPECT_EQ(cheapest.code, 0) << cheapest.err;
  const auto costs = nlohmann::json::parse(cheapest.out).at("partitions");
  EXPECT_EQ(costs[0].at("chosen"), true);
  EXPECT_LE(costs[1].at("run").at("high"), 1800);
  EXPECT_GT(costs[1].at("core_hours"), costs[0].at("core_hours"));
  EXPECT_FALSE(costs[1].contains("refusal"));
  // All cores of a node are paid for.
  EXPECT_EQ(costs[2].at("nodes"), 1);
  EXPECT_GT(costs[2].at("ranks"), 1);
  EXPECT_EQ(planned({"--array", "2"}).code, 2);
  EXPECT_EQ(planned({"--ranks", "128", "--partition", "debug"}).code, 3);
}

// ---- from Slurm -------------------------------------------------------------------------------

TEST_F(PartitionCommand, SlurmIsAskedAboutTheBestWhichStartsNow) {
  const Outcome o = plan({"--cluster", "--explain"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("and 0 s of waiting"));
  EXPECT_GE(asked("sbatch"), 1);
  EXPECT_LE(asked("sbatch"), 8);
  EXPECT_THAT(text("scripts"),
              AllOf(HasSubstr("#SBATCH --partition="), HasSubstr("#SBATCH --time=")));
}

TEST_F(PartitionCommand, SlurmIsAskedEightTimesAtMost) {
  put("sbatch", accepts("2199-01-01T00:00:00"));
  const Outcome o = plan({"--cluster", "--json"});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(asked("sbatch"), 8);
}

TEST_F(PartitionCommand, WhatSbatchRefusesIsOutInItsWords) {
  put("sbatch",
      "echo 'allocation failure: Requested node configuration is not available' >&2; exit 1");
  const Outcome o = plan({"--cluster", "--explain"});
  EXPECT_EQ(o.code, 3);
  EXPECT_THAT(o.err, HasSubstr("sbatch refuses the job: 'allocation failure: Requested node "
                               "configuration is not available'"));
}

TEST_F(PartitionCommand, AControllerThatIsDownIsNoRefusal) {
  put("sbatch",
      "echo 'allocation failure: Unable to contact slurm controller (connect failure)' >&2; exit "
      "1");
  const Outcome o = plan({"--cluster"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, AllOf(HasSubstr("controller does not answer"), HasSubstr("--offline")));
  EXPECT_EQ(asked("sbatch"), 1);
  EXPECT_THAT(o.out, IsEmpty());
}

TEST(StartProbe, LocalTimeIsReadAsTheCalendarSays) {
  setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);  // NOLINT(concurrency-mt-unsafe)
  tzset();
  EXPECT_EQ(tools::epoch_of("2024-01-01T01:00:00"), 1704067200);
  EXPECT_EQ(tools::epoch_of("2024-07-01T02:00:00"), 1719792000);  // Summer time.
  EXPECT_FALSE(tools::epoch_of("Unknown"));
}

}  // namespace
}  // namespace mpisize
