// mpisize cluster, with commands in Slurm's place that say what was recorded of a real one.
#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "command_test.hpp"
#include "recorded_clusters.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::joined;
using ::testing::Not;
using testing::Outcome;
using ::testing::SizeIs;
using testing::Words;

/// scontrol, sinfo and sacctmgr that note their arguments and print files of a folder. Where
/// NAME.fails is, NAME says it on stderr and fails; where NAME.hangs is, it does not end.
class ClusterCommand : public testing::CommandTest {
 protected:
  void SetUp() override {
    for (const char* const name : {"config", "partitions", "nodes", "associations"}) {
      const std::string file = std::string(name) + ".txt";
      static_cast<void>(write(file, testing::recorded_text("emulated", file)));
    }
    static_cast<void>(write("slurm.conf", "ClusterName=emulated\n"));
    put("scontrol",
        "case $* in *config) cat \"$here/config.txt\" ;; *) cat \"$here/partitions.txt\" ;; esac");
    put("sinfo", "cat \"$here/nodes.txt\"");
    put("sacctmgr", "cat \"$here/associations.txt\"");
  }
  void TearDown() override {
    EXPECT_TRUE(fs::is_empty(folder("tmp"))) << "something is left behind";
  }

  void put(const std::string& name, const std::string& action) const {
    static_cast<void>(script("bin/" + name, "#!/bin/sh\nhere=" + file("").string() + "\necho \"" +
                                                name +
                                                " $*\" >>\"$here/asked\"\n"
                                                "[ ! -e \"$here/" +
                                                name +
                                                ".hangs\" ] || exec sleep 60\n"
                                                "if [ -e \"$here/" +
                                                name + ".fails\" ]; then cat \"$here/" + name +
                                                ".fails\" >&2; exit 1; fi\n" + action + "\n"));
  }

  [[nodiscard]] Outcome cluster(const Words& options, const std::string& path = "") const {
    return mpisize(joined({"cluster"}, options),
                   {{"PATH", path.empty() ? file("bin").string() + ":/usr/bin:/bin" : path},
                    {"SLURM_CONF", file("slurm.conf").string()}});
  }

  /// First words of the commands that were run since the last time.
  [[nodiscard]] Words asked() const {
    Words names;
    const fs::path log = file("asked");
    std::istringstream lines(fs::exists(log) ? read_file(log) : "");
    for (std::string line; std::getline(lines, line);)
      names.push_back(line.substr(0, line.find(' ')));
    fs::remove(log);
    return names;
  }

  [[nodiscard]] Words kept() const {
    Words files;
    for (const auto& entry : fs::directory_iterator(folder("cache") / "mpisize")) {
      files.push_back(entry.path());
    }
    return files;
  }
};

TEST_F(ClusterCommand, PrintsATableOfThePartitions) {
  const Outcome o = cluster({});
  EXPECT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, AllOf(HasSubstr("cluster emulated: Slurm 22.05.8, controller n1\n"),
                           HasSubstr("  main*          4   32 (32:1:1)  16.8 GB     02:00:00")));
  EXPECT_THAT(o.err, IsEmpty());
}

TEST_F(ClusterCommand, JsonIsTheClusterAndAFileHasItAll) {
  const std::string file = write("all.json", "");
  const Outcome o = cluster({"--json", "--partition", "debug", "-o", file});
  EXPECT_EQ(o.code, 0) << o.err;
  const Cluster printed = cluster_from_json(o.out, "stdout");
  EXPECT_THAT(printed.partitions, SizeIs(1));
  const Cluster saved = cluster_from_json(read_file(file), file);
  Cluster expected = testing::recorded_cluster("emulated");
  expected.user.name = saved.user.name;
  expected.user.groups = saved.user.groups;
  EXPECT_EQ(saved, expected);
}

TEST_F(ClusterCommand, SlurmIsAskedOnceForAll) {
  EXPECT_EQ(cluster({"-q"}).code, 0);
  EXPECT_THAT(asked(), ElementsAre("scontrol", "scontrol", "sinfo", "sacctmgr"));
  const Outcome again = cluster({"--partition", "main"});
  EXPECT_THAT(asked(), IsEmpty());
  EXPECT_THAT(again.err, HasSubstr("--refresh asks Slurm again"));
  EXPECT_EQ(cluster({"--refresh"}).code, 0);
  EXPECT_THAT(asked(), SizeIs(4));
}

TEST_F(ClusterCommand, WhatIsOldOrDamagedIsAskedForAgain) {
  EXPECT_EQ(cluster({}).code, 0);
  ASSERT_THAT(kept(), SizeIs(1));
  static_cast<void>(asked());
  fs::last_write_time(kept()[0], fs::file_time_type::clock::now() - std::chrono::minutes(11));
  EXPECT_EQ(cluster({}).code, 0);
  EXPECT_THAT(asked(), SizeIs(4));
  write_file(kept()[0], "{\"schema\": ");
  EXPECT_EQ(cluster({}).code, 0);
  EXPECT_THAT(asked(), SizeIs(4));
  EXPECT_EQ(cluster({}).code, 0);
  EXPECT_THAT(asked(), IsEmpty());
}

TEST_F(ClusterCommand, AnotherControllersFactsAreNotTaken) {
  EXPECT_EQ(cluster({}).code, 0);
  static_cast<void>(asked());
  static_cast<void>(write("slurm.conf", "ClusterName=another\n"));
  EXPECT_EQ(cluster({}).code, 0);
  EXPECT_THAT(asked(), SizeIs(4));
  EXPECT_THAT(kept(), SizeIs(2));
}

TEST_F(ClusterCommand, AccountsAreNotAskedForWithoutAccounting) {
  static_cast<void>(write("config.txt", testing::recorded_text("big", "config.txt")));
  EXPECT_EQ(cluster({}).code, 0);
  EXPECT_THAT(asked(), ElementsAre("scontrol", "scontrol", "sinfo"));
}

TEST_F(ClusterCommand, AccountingThatIsDownIsAWarning) {
  static_cast<void>(write("sacctmgr.fails", "sacctmgr: error: slurmdbd: Connection refused\n"));
  const Outcome o = cluster({});
  EXPECT_EQ(o.code, 0);
  EXPECT_THAT(o.err, HasSubstr("accounts are not known: Slurm's accounting does not answer "
                               "('sacctmgr: error: slurmdbd: Connection refused')"));
  EXPECT_THAT(o.out, HasSubstr("cluster emulated"));
}

TEST_F(ClusterCommand, ControllerThatIsDownIsOneSentence) {
  static_cast<void>(
      write("scontrol.fails",
            "scontrol: error: warming up\nslurm_load_ctl_conf error: Unable to contact "
            "slurm controller (connect failure)\n\n"));
  const Outcome o = cluster({"--json"});
  EXPECT_EQ(o.code, 4);
  EXPECT_EQ(
      o.err,
      "mpisize: error: Slurm's controller does not answer (scontrol: 'slurm_load_ctl_conf error: "
      "Unable to contact slurm controller (connect failure)'); see whether `scontrol ping` finds "
      "it, or give facts that were saved before with --offline cluster.json\n");
  EXPECT_THAT(o.out, HasSubstr("\"exit_code\":4"));
  EXPECT_THAT(asked(), SizeIs(1));
}

TEST_F(ClusterCommand, ControllerThatNeverAnswersIsNotWaitedFor) {
  static_cast<void>(write("sinfo.hangs", ""));
  const Outcome o = cluster({});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, HasSubstr("sinfo: no answer within 5 s"));
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(ClusterCommand, WithoutSlurmItSaysSo) {
  const Outcome o = cluster({}, "/nowhere");
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, AllOf(HasSubstr("there is no Slurm on this machine: no scontrol in PATH"),
                           HasSubstr("--offline cluster.json")));
}

TEST_F(ClusterCommand, OfflineFactsNeedNoSlurm) {
  const std::string file = write("all.json", "");
  EXPECT_EQ(cluster({"-o", file}).code, 0);
  const Outcome o = cluster({"--offline", file, "--partition", "shrt"}, "/nowhere");
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, HasSubstr("no partition 'shrt'; did you mean 'short'?"));
  EXPECT_THAT(cluster({"--offline", file}, "/nowhere").out, HasSubstr("short "));
  EXPECT_THAT(cluster({"--offline", file + ".no"}, "/nowhere").err, HasSubstr("cannot read"));
}

TEST_F(ClusterCommand, WhatSlurmNeverSaysIsNamed) {
  static_cast<void>(write("nodes.txt", "CLUSTER: one\n"));
  const Outcome o = cluster({});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, HasSubstr("line 1 of what sinfo says has 1 fields instead of 11"));
  EXPECT_THAT(kept(), IsEmpty());
}

}  // namespace
}  // namespace mpisize
