#include "mpisize/write/shell_words.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mpisize {
namespace {

using ::testing::ElementsAre;
using Words = std::vector<std::string>;

std::vector<Words> commands(const std::string& text) {
  std::vector<Words> all;
  for (const ShellCommand& command : shell_commands(parse_sbatch(text)).commands) {
    Words words;
    for (const ScriptWord& word : command.words) words.push_back(word.text);
    all.push_back(words);
  }
  return all;
}

TEST(ShellWords, AreSplitAtBlanksAndOperators) {
  EXPECT_THAT(commands("a  b\tc; d&&e|f&\n(g)\n"),
              ElementsAre(Words{"a", "b", "c"}, Words{"d"}, Words{"e"}, Words{"f"}, Words{"g"}));
}

TEST(ShellWords, AreUnquoted) {
  EXPECT_THAT(commands("'a b' \"c $ \\\" \\d\" e\\ f \"\" g'h'\"i\"\n"),
              ElementsAre(Words{"a b", "c $ \" \\d", "e f", "", "ghi"}));
  EXPECT_THAT(commands("a \\\n b c\\\nd\n"), ElementsAre(Words{"a", "b", "cd"}));
}

TEST(ShellWords, KeepExpansionsAsTheyAre) {
  EXPECT_THAT(commands("$a ${b:-x y} \"$c\" $((1 + 2)) $? $'x y'\n"),
              ElementsAre(Words{"$a", "${b:-x y}", "$c", "$((1 + 2))", "$?", "$'x y'"}));
  const auto found = shell_commands(parse_sbatch("$a '$b' \\$c c$\n")).commands;
  std::vector<bool> computed;
  for (const ScriptWord& word : found.at(0).words) computed.push_back(word.computed);
  EXPECT_THAT(computed, ElementsAre(true, false, false, false));
}

TEST(ShellWords, OfSubstitutionsAreCommandsToo) {
  EXPECT_THAT(commands("a $(b c) `d e`\n"),
              ElementsAre(Words{"b", "c"}, Words{"d", "e"}, Words{"a", "$(b c)", "`d e`"}));
  EXPECT_THAT(commands("a \"$(b \"c d\")\"\n"),
              ElementsAre(Words{"b", "c d"}, Words{"a", "$(b \"c d\")"}));
}

TEST(ShellWords, LeaveRedirectionsOut) {
  EXPECT_THAT(commands("a >b 2>&1 <c >>d &>e 3<f g\n"), ElementsAre(Words{"a", "g"}));
  EXPECT_THAT(commands("a <<< b c\n"), ElementsAre(Words{"a", "c"}));
}

TEST(ShellWords, LeaveHereDocumentsOut) {
  const std::string text = "a <<X b <<-'Y'\nin x\nX\nin y\n\tY\nc\n";
  EXPECT_THAT(commands(text), ElementsAre(Words{"a", "b"}, Words{"c"}));
  EXPECT_THAT(shell_commands(parse_sbatch(text)).here_documents, ElementsAre(1, 2, 3, 4));
}

TEST(ShellWords, LeaveCommentsOut) {
  EXPECT_THAT(commands("# a\nb #c\nd#e\n  # f"), ElementsAre(Words{"b"}, Words{"d#e"}));
}

TEST(ShellWords, KnowWhereTheyStand) {
  const std::string text = "#!/bin/sh\na \\\n  'b c'\n";
  const auto found = shell_commands(parse_sbatch(text)).commands;
  const ScriptWord& word = found.at(0).words.at(1);
  EXPECT_EQ(word.line, 2U);
  EXPECT_EQ(text.substr(word.begin, word.end - word.begin), "'b c'");
  for (std::size_t i = 0; i < word.text.size(); ++i) EXPECT_EQ(text[word.at[i]], word.text[i]);
}

// A scanner must come to an end whatever it is given.
TEST(ShellWords, EndAtTheEndOfAnyBytes) {
  const std::string all = "a $(b \"c ${d} `e` <<F 'g' \\\n((h)) $'i' \n<(j) k\nF\n";
  for (std::size_t begin = 0; begin < all.size(); ++begin) {
    for (std::size_t end = begin; end <= all.size(); ++end) {
      const std::string text = all.substr(begin, end - begin);
      const std::size_t size = text.size();
      for (const ShellCommand& command : shell_commands(parse_sbatch(text)).commands) {
        for (const ScriptWord& word : command.words) {
          ASSERT_LE(word.begin, word.end);
          ASSERT_LE(word.end, size);
        }
      }
    }
  }
}

}  // namespace
}  // namespace mpisize
