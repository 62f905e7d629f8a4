#include "mpisize/write/sbatch_script.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mpisize/write/line_edit.hpp"

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> words(const std::string& text, std::size_t component = 0) {
  std::vector<std::string> found;
  const SbatchScript script = parse_sbatch(text);
  for (const ScriptWord& word : script.components.at(component).words) found.push_back(word.text);
  return found;
}

TEST(SbatchScript, KeepsEveryByte) {
  for (const std::string& text :
       {std::string("#!/bin/sh\n"), std::string(""), std::string("\n"), std::string("\r\n\r"),
        std::string("a\0b\n", 4), std::string("#SBATCH \"\xFF"),
        std::string("#!/bin/sh\r\n#SBATCH -N4")}) {
    const SbatchScript script = parse_sbatch(text);
    EXPECT_EQ(edited(script, {}), text);
    std::string joined;
    for (std::size_t i = 0; i < script.lines.size(); ++i) {
      joined += std::string(script.line(i)) + script.lines[i].ending;
    }
    EXPECT_EQ(joined, text);
  }
}

TEST(SbatchScript, WordsKnowWhereTheirCharactersStand) {
  const std::string text = "#!/bin/sh\n#SBATCH --a=\"x y\"\\z\n";
  const SbatchScript script = parse_sbatch(text);
  const ScriptWord& word = script.components[0].words.at(0);
  EXPECT_EQ(word.text, "--a=x yz");
  EXPECT_EQ(word.quotes, "    \"\"\" ");
  for (std::size_t i = 0; i < word.text.size(); ++i) EXPECT_EQ(text[word.at[i]], word.text[i]);
  EXPECT_EQ(text.substr(word.begin, word.end - word.begin), "--a=\"x y\"\\z");
  EXPECT_EQ(word.line, 1U);
}

// As `sbatch -vv` of 22.05 says which words it found.
TEST(SbatchScript, SplitsWordsAsSbatchDoes) {
  EXPECT_THAT(words("#SBATCH -a  -b\t-c\r\n"), ElementsAre("-a", "-b", "-c"));
  EXPECT_THAT(words("#SBATCH-a\n"), ElementsAre("-a"));
  EXPECT_THAT(words("#SBATCH -a#x -b\n"), ElementsAre("-a"));
  EXPECT_THAT(words("#SBATCH -a\\#x -b\n"), ElementsAre("-a#x", "-b"));
  EXPECT_THAT(words("#SBATCH 'a # \"b' \"c # 'd\"\n"), ElementsAre("a # \"b", "c # 'd"));
  EXPECT_THAT(words("#SBATCH \"a\\\"b\\\\\" 'c\\'d'\n"), ElementsAre("a\"b\\", "c'd"));
  EXPECT_THAT(words("#SBATCH a\\ b\n"), ElementsAre("a", "b"));
  EXPECT_THAT(words("#SBATCH -a '' -b\n"), ElementsAre("-a"));
  EXPECT_THAT(words("#SBATCH -a\\\n#SBATCH -b\n"), ElementsAre("-a", "-b"));
}

TEST(SbatchScript, StopsAtTheFirstCommand) {
  const SbatchScript script = parse_sbatch("#!/bin/sh\n\n# x\n  # y\n#SBATCH -a\n x\n#SBATCH -b\n");
  EXPECT_EQ(script.first_command, 5U);
  EXPECT_THAT(script.components[0].directives, ::testing::SizeIs(1));
  EXPECT_EQ(parse_sbatch("#!/bin/sh\n").first_command, 1U);
}

TEST(SbatchScript, JoinsLinesToOneComponent) {
  const SbatchScript script = parse_sbatch("#SBATCH --comment\n#SBATCH --nodes=1 -N2\n");
  EXPECT_EQ(effective_value(script.components[0], "comment"), "--nodes=1");
  EXPECT_EQ(effective_value(script.components[0], "nodes"), "2");
}

TEST(SbatchScript, BeginsAComponentAtHetjob) {
  const std::string text =
      "#SBATCH -N1\n#SBATCH hetjob\n#SBATCH -N2\n#SBATCH PackJob\n#SBATCH hetjobs\n";
  const SbatchScript script = parse_sbatch(text);
  ASSERT_EQ(script.components.size(), 3U);
  EXPECT_EQ(effective_value(script.components[0], "nodes"), "1");
  EXPECT_EQ(effective_value(script.components[1], "nodes"), "2");
  EXPECT_TRUE(script.components[1].directives[0].separator);
  EXPECT_THAT(words(text, 2), ElementsAre("hetjobs"));
}

TEST(SbatchScript, TakesOptionsAsGetoptDoes) {
  const SbatchScript script =
      parse_sbatch("#SBATCH -HN4 --exclusive --nice=3 -k -n 2 --tasks 5 --time=1 --time=2\n");
  const Component& component = script.components[0];
  EXPECT_NE(effective(component, "hold"), nullptr);
  EXPECT_EQ(effective_value(component, "nodes"), "4");
  EXPECT_EQ(effective_value(component, "exclusive"), std::nullopt);
  EXPECT_EQ(effective_value(component, "nice"), "3");
  EXPECT_EQ(effective_value(component, "ntasks-per-node"), "5");
  EXPECT_EQ(effective_value(component, "time"), "2");
  EXPECT_EQ(occurrences(component, "time").size(), 2U);
  EXPECT_THAT(component.faults, IsEmpty());
  EXPECT_THAT(component.option_faults, IsEmpty());
}

TEST(SbatchScript, EndsOptionsAtTheFirstOtherWord) {
  const SbatchScript script = parse_sbatch("#SBATCH -N4 word -n2\n#SBATCH -c3\n");
  EXPECT_EQ(effective(script.components[0], "ntasks"), nullptr);
  EXPECT_EQ(effective(script.components[0], "cpus-per-task"), nullptr);
  ASSERT_EQ(script.components[0].faults.size(), 1U);
  EXPECT_EQ(script.components[0].faults[0],
            (DirectiveFault{DirectiveProblem::no_option, 0, "word"}));
}

}  // namespace
}  // namespace mpisize
