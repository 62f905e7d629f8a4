// What becomes of the scripts of the corpus: README.md beside this file.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "../temporary_directory.hpp"
#include "cases.hpp"
#include "mpisize/base/error.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/lint.hpp"
#include "mpisize/write/slurm_values.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using testing::ScriptCase;
using ::testing::SizeIs;

std::vector<std::string> ids_of(const std::vector<Finding>& findings) {
  std::vector<std::string> ids;
  for (const Finding& finding : findings) ids.push_back(finding.id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

/// The lines of a diff that are taken out or put in.
std::vector<std::string> changes_in(const std::string& diff) {
  std::vector<std::string> changes;
  std::istringstream in(diff);
  std::string line;
  for (int number = 0; std::getline(in, line); ++number) {
    const bool header = number < 2;  // --- and +++
    if (!header && (line.front() == '-' || line.front() == '+')) changes.push_back(line);
  }
  return changes;
}

class Corpus : public ::testing::TestWithParam<ScriptCase> {
 protected:
  [[nodiscard]] static SbatchScript parsed() {
    return parse_sbatch(GetParam().before, "job.sbatch");
  }
};

TEST_P(Corpus, IsPrintedAsItWas) {
  const SbatchScript script = parsed();
  EXPECT_EQ(edited(script, {}), GetParam().before);
  EXPECT_EQ(unified_diff(script, {}, "a", "b"), "");
}

TEST_P(Corpus, IsPatchedAsWrittenBesideIt) {
  const ScriptCase& c = GetParam();
  const SbatchScript script = parsed();
  if (!c.refused.empty()) {
    try {
      static_cast<void>(patch_sbatch(script, c.options));
      FAIL() << "not refused";
    } catch (const InputError& error) {
      EXPECT_THAT(error.what(), HasSubstr(c.refused));
      EXPECT_THAT(error.what(), HasSubstr("'job.sbatch'"));
    }
    return;
  }
  const Patch patch = patch_sbatch(script, c.options);
  EXPECT_EQ(edited(script, patch.edits), c.after);
  EXPECT_EQ(changes_in(unified_diff(script, patch.edits, "a", "b")), c.changes);
  EXPECT_EQ(ids_of(patch.remarks), c.remarks) << describe(patch.remarks, "job.sbatch");
}

TEST_P(Corpus, IsNotChangedTwice) {
  const ScriptCase& c = GetParam();
  if (!c.refused.empty()) return;
  const SbatchScript after = parse_sbatch(c.after, "job.sbatch");
  const Patch patch = patch_sbatch(after, c.options);
  EXPECT_THAT(patch.edits, SizeIs(0)) << unified_diff(after, patch.edits, "after", "again");
}

TEST_P(Corpus, AsksForThePlanAfterwards) {
  const ScriptCase& c = GetParam();
  if (!c.refused.empty()) return;
  const SbatchScript after = parse_sbatch(c.after, "job.sbatch");
  const Patch patch = patch_sbatch(parsed(), c.options);
  const Component& component = after.components.at(patch.component);
  for (const RequestedOption& wanted : requested_options(c.options.request)) {
    const auto value = effective_value(component, wanted.option);
    ASSERT_TRUE(value) << wanted.option;
    EXPECT_TRUE(means_the_same(wanted.option, *value, wanted.value))
        << wanted.option << " " << *value << " instead of " << wanted.value;
    EXPECT_THAT(occurrences(component, wanted.option), SizeIs(1));
  }
}

TEST_P(Corpus, HasTheFindingsThatAreNamed) {
  const ScriptCase& c = GetParam();
  if (!c.lint) return;
  const auto findings = lint(parsed(), {});
  EXPECT_EQ(ids_of(findings), *c.lint) << describe(findings, "job.sbatch");
}

INSTANTIATE_TEST_SUITE_P(Scripts, Corpus,
                         ::testing::ValuesIn(testing::read_script_cases(MPISIZE_TEST_SCRIPTS)),
                         [](const ::testing::TestParamInfo<ScriptCase>& which) {
                           std::string name = which.param.file + "_" + which.param.name;
                           std::replace_if(
                               name.begin(), name.end(),
                               [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
                           return name + "_" + std::to_string(which.index);
                         });

TEST(ScriptCorpus, HasTwoHundredScriptsThatAreChanged) {
  const auto cases = testing::read_script_cases(MPISIZE_TEST_SCRIPTS);
  EXPECT_GE(std::count_if(cases.begin(), cases.end(),
                          [](const ScriptCase& c) { return !c.changes.empty(); }),
            200);
}

// patch(1) is not ours.
TEST(ScriptCorpus, DiffsAreAppliedByPatch) {
  const testing::TemporaryDirectory directory;
  std::string diffs;
  int number = 0;
  std::vector<std::pair<std::string, std::string>> expected;
  for (const ScriptCase& c : testing::read_script_cases(MPISIZE_TEST_SCRIPTS)) {
    if (c.changes.empty() || !c.refused.empty()) continue;
    const SbatchScript script = parse_sbatch(c.before, c.name);
    const std::string file = "script" + std::to_string(number++);
    directory.write(file, c.before);
    diffs += unified_diff(script, patch_sbatch(script, c.options).edits, file, file);
    expected.emplace_back(file, c.after);
  }
  Command patch;
  patch.argv = {"patch",       "--batch",
                "--binary",    "--fuzz=0",
                "--directory", directory.path().string(),
                "--input",     directory.write("all.diff", diffs).string()};
  patch.output = patch.errors = directory.path() / "said";
  const ChildRun done = run(patch);
  std::ifstream said(directory.path() / "said");
  ASSERT_EQ(done.exit_code(), 0) << said.rdbuf();
  for (const auto& [file, after] : expected) {
    std::ifstream in(directory.path() / file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    EXPECT_EQ(text.str(), after) << file;
  }
}

}  // namespace
}  // namespace mpisize
