// mpisize lint and mpisize submit --script, end to end.

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "command_test.hpp"

namespace mpisize {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Outcome;
using ::testing::StartsWith;
using testing::Words;
using Json = nlohmann::json;

constexpr const char* users_script =
    "#!/bin/bash\n#SBATCH -N8 --mem-per-cpu=2G # much\n#SBATCH --job-name=mine\n\n"
    "export MPISIZE_PLAN=/old.json\nmpirun -np 64 ./app in.dat\n";

class ScriptCommands : public testing::CommandTest {
 protected:
  void SetUp() override {
    constexpr std::int64_t items = 1000;
    KernelProfile kernel = testing::kernel_of(items);
    kernel.before_call.reset();
    static_cast<void>(write("kernel.json", to_json(kernel)));
  }

  [[nodiscard]] std::string file(const std::string& name) const {
    return CommandTest::file(name).string();
  }

  [[nodiscard]] std::string script(const std::string& text = users_script) const {
    return write("job.sbatch", text);
  }

  /// submit --script on two nodes of four cores, from the profile.
  [[nodiscard]] Outcome submit(const Words& options, const Words& program = {}) const {
    Words words{"submit",           "--script",           file("job.sbatch"),
                "--topology",       "node:2 core:4 pu:1", "--kernel",
                file("kernel.json")};
    words.insert(words.end(), options.begin(), options.end());
    if (!program.empty()) words.emplace_back("--");
    words.insert(words.end(), program.begin(), program.end());
    return mpisize(words);
  }
};

TEST_F(ScriptCommands, LintPrintsFindingsAndExitsWith1) {
  const Outcome o =
      mpisize({"lint", script("#!/bin/bash\n#SBATCH --time=10\nhostname\n#SBATCH -N4\n")});
  EXPECT_EQ(o.code, 1);
  EXPECT_THAT(o.out, AllOf(StartsWith(file("job.sbatch") + ":4: warning: "),
                           HasSubstr("[late-directive]\n")));
  EXPECT_THAT(o.err, IsEmpty());
}

TEST_F(ScriptCommands, LintExitsWith0WithoutFindingsAndWithNotesAlone) {
  const Outcome good =
      mpisize({"lint", "--script", script("#!/bin/bash\n#SBATCH --time=10\nhostname\n")});
  EXPECT_EQ(good.code, 0);
  EXPECT_THAT(good.out, IsEmpty());
  const Outcome note = mpisize({"lint", script("#!/bin/bash\n#SBATCH --time=10\nsrun ./app\n")});
  EXPECT_EQ(note.code, 0);
  EXPECT_THAT(note.out, HasSubstr(": note: "));
}

TEST_F(ScriptCommands, LintSeesTheEnvironmentAndTheLimitOfArrays) {
  const std::string path = script("#!/bin/bash\n#SBATCH --time=10 -a 0-2000\nhostname\n");
  const Outcome o =
      mpisize({"lint", "--json", "--max-array-size", "5000", path}, {{"SBATCH_TIMELIMIT", "20"}});
  EXPECT_EQ(o.code, 1);
  const Json json = Json::parse(o.out);
  ASSERT_EQ(json.at("findings").size(), 1U) << o.out;
  EXPECT_EQ(json.at("findings")[0].at("id"), "environment");
  EXPECT_EQ(mpisize({"lint", path}).code, 1);
}

TEST_F(ScriptCommands, LintNamesWhatIsWrongWithTheCommandLine) {
  EXPECT_EQ(mpisize({"lint"}).code, 2);
  EXPECT_EQ(mpisize({"lint", "a", "b"}).code, 2);
  EXPECT_EQ(mpisize({"lint", "--explain", script()}).code, 2);
  const Outcome o = mpisize({"lint", file("none")});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, HasSubstr(file("none")));
  EXPECT_EQ(mpisize({"lint", file("")}).code, 4);
}

TEST_F(ScriptCommands, SubmitPrintsADiffAndChangesNothing) {
  const std::string path = script();
  const Outcome o = submit({}, {"./app", "in.dat"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(
      o.out,
      AllOf(StartsWith("--- " + path + "\n+++ " + path + "\n@@ "),
            HasSubstr("\n-#SBATCH -N8 --mem-per-cpu=2G # much\n"),
            HasSubstr("\n+#SBATCH -N2 --mem="), HasSubstr(" # much\n"),
            HasSubstr("\n #SBATCH --job-name=mine\n"), HasSubstr("\n-mpirun -np 64 ./app in.dat\n"),
            HasSubstr("\n+mpirun -np 8 ./app in.dat\n"), HasSubstr("\n+#SBATCH --ntasks=8\n"),
            HasSubstr("\n+#SBATCH --time=00:0")));
  EXPECT_EQ(read_file(path), users_script);
  EXPECT_THAT(files_in("work"), ElementsAre("job.sbatch", "kernel.json"));
}

TEST_F(ScriptCommands, SubmitInPlaceKeepsTheOldScriptAndWritesThePlanThatItNames) {
  const std::string path = script();
  const Outcome o = submit({"--in-place"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_EQ(o.out, path + "\n");
  EXPECT_THAT(files_in("work"),
              ElementsAre("job.plan.json", "job.sbatch", "job.sbatch.bak", "kernel.json"));
  EXPECT_EQ(read_file(path + ".bak"), users_script);
  EXPECT_THAT(read_file(path), AllOf(HasSubstr("#SBATCH -N2 --mem="),
                                     HasSubstr("MPISIZE_PLAN=" + file("job.plan.json"))));
  EXPECT_EQ(plan_from_json(read_file(file("job.plan.json")), "plan").choice.plan.layout.ranks(), 8);
  const Outcome again = submit({"--in-place"});
  ASSERT_EQ(again.code, 0);
  EXPECT_THAT(again.err, HasSubstr("nothing to change"));
  EXPECT_THAT(files_in("work"),
              ElementsAre("job.plan.json", "job.sbatch", "job.sbatch.bak", "kernel.json"));
}

TEST_F(ScriptCommands, SubmitAsksTheScriptForWhatANewOneAsksFor) {
  static_cast<void>(script("#!/bin/bash\nmpirun ./app\n"));
  ASSERT_EQ(submit({"--in-place", "--quiet"}).code, 0);
  const Outcome rendered = mpisize({"submit", "--dry-run", "--topology", "node:2 core:4 pu:1",
                                    "--kernel", file("kernel.json"), "--", "./app"});
  std::istringstream lines(read_file(file("job.sbatch")));
  int directives = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("#SBATCH", 0) != 0) continue;
    ++directives;
    EXPECT_THAT(rendered.out, HasSubstr("\n" + line + "\n"));
  }
  EXPECT_EQ(directives, 6);
}

TEST_F(ScriptCommands, SubmitUnderJsonHasDiffAndRemarks) {
  static_cast<void>(script("#!/bin/bash\n#SBATCH -n4\nmpirun -np $N ./app\n"));
  const Outcome o = submit({"--json", "--quiet"});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.err, IsEmpty());
  const Json json = Json::parse(o.out);
  EXPECT_THAT(json.at("diff").get<std::string>(), HasSubstr("\n-#SBATCH -n4\n+#SBATCH -n8\n"));
  ASSERT_EQ(json.at("remarks").size(), 1U);
  EXPECT_EQ(json.at("remarks")[0].at("id"), "computed-launch");
  EXPECT_EQ(json.at("remarks")[0].at("line"), 3);
  EXPECT_EQ(json.at("script_file"), file("job.sbatch"));
}

TEST_F(ScriptCommands, SubmitReportsWhatHoldsOverTheScriptAndWhatIsNotRead) {
  static_cast<void>(script("#!/bin/bash\n#SBATCH -n4 --time=10\nhostname\n#SBATCH -N4\n"));
  const Outcome o = mpisize({"submit", "--script", file("job.sbatch"), "--topology",
                             "package:1 core:2 pu:1", "--kernel", file("kernel.json")},
                            {{"SBATCH_TIMELIMIT", "20"}});
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.err,
              AllOf(HasSubstr("SBATCH_TIMELIMIT=20"), HasSubstr("line 4: sbatch stops looking")));
}

TEST_F(ScriptCommands, SubmitTakesNamesFromTheCommandLineOnly) {
  static_cast<void>(script());
  EXPECT_THAT(submit({"--job-name", "other", "--partition", "long"}, {"./app"}).out,
              AllOf(HasSubstr("\n+#SBATCH --job-name=other\n"),
                    HasSubstr("\n+#SBATCH --partition=long\n")));
}

TEST_F(ScriptCommands, SubmitRefusesAndLeavesEverythingAsItIs) {
  struct Bad {
    const char* text;
    const char* words;
  };
  for (const Bad& bad :
       {Bad{"#SBATCH -N4\n", "no shebang"}, Bad{"#!/bin/sh\n#SBATCH -J \"a\n", "line 2"},
        Bad{"#!/bin/sh\n#SBATCH four nodes\n", "'four' is no option"}, Bad{"", "is empty"}}) {
    const std::string path = script(bad.text);
    const Outcome o = submit({"--in-place"});
    EXPECT_EQ(o.code, 4) << bad.text;
    EXPECT_THAT(o.err,
                AllOf(StartsWith("mpisize: error: "), HasSubstr(bad.words), HasSubstr(path)));
    EXPECT_EQ(read_file(path), bad.text);
  }
  EXPECT_EQ(mpisize({"submit", "--script", file(""), "--kernel", file("kernel.json")}).code, 4);
  EXPECT_THAT(files_in("work"), ElementsAre("job.sbatch", "kernel.json"));
}

TEST_F(ScriptCommands, SubmitNamesWhatIsWrongWithTheCommandLine) {
  const std::string path = script();
  EXPECT_EQ(mpisize({"submit", "--in-place", "--", "./app"}).code, 2);
  EXPECT_EQ(mpisize({"submit", "--script", path}).code, 2);  // Nothing to sample.
  EXPECT_EQ(mpisize({"submit", "--script", path, "--output", "x", "--", "./app"}).code, 2);
  EXPECT_EQ(mpisize({"submit", "--script", path, "--in-place", "--dry-run", "--", "./app"}).code,
            2);
  EXPECT_EQ(mpisize({"submit", "--script", path, "--het-group", "-1", "--", "./app"}).code, 2);
  const Outcome o = submit({"--het-group", "1"});
  EXPECT_EQ(o.code, 4);
  EXPECT_THAT(o.err, HasSubstr("no component 1"));
}

}  // namespace
}  // namespace mpisize
