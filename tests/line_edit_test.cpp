#include "mpisize/write/line_edit.hpp"

#include <gtest/gtest.h>

namespace mpisize {
namespace {

SbatchScript numbered(int lines, const std::string& end = "\n") {
  std::string text;
  for (int i = 1; i <= lines; ++i) text += std::to_string(i) + (i == lines ? end : "\n");
  return parse_sbatch(text);
}

LineEdit changed(std::size_t line, std::string now) { return {line, false, std::move(now), {}}; }
LineEdit removed(std::size_t line) { return {line, false, std::nullopt, {}}; }
LineEdit added(std::size_t line, std::string text) {
  return {line, true, std::nullopt, {std::move(text)}};
}

std::string diff(const SbatchScript& script, const std::vector<LineEdit>& edits) {
  return unified_diff(script, edits, "a", "b");
}

// Each as `diff -U3 a b` of GNU diffutils 3.8 prints it.
TEST(LineEdit, DiffHasThreeLinesOfContext) {
  EXPECT_EQ(diff(numbered(9), {changed(4, "five\n")}),
            "--- a\n+++ b\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(LineEdit, DiffCountsFromTheEnds) {
  EXPECT_EQ(diff(numbered(1), {changed(0, "one\n")}), "--- a\n+++ b\n@@ -1 +1 @@\n-1\n+one\n");
  EXPECT_EQ(diff(numbered(2), {removed(0)}), "--- a\n+++ b\n@@ -1,2 +1 @@\n-1\n 2\n");
  EXPECT_EQ(diff(numbered(1), {removed(0)}), "--- a\n+++ b\n@@ -1 +0,0 @@\n-1\n");
  EXPECT_EQ(diff(numbered(1), {added(0, "2\n")}), "--- a\n+++ b\n@@ -1 +1,2 @@\n 1\n+2\n");
}

TEST(LineEdit, DiffJoinsHunksWhoseContextMeets) {
  const auto hunks = [](std::size_t apart) {
    const std::string text = diff(numbered(30), {changed(9, "x\n"), changed(9 + apart, "y\n")});
    std::size_t count = 0;
    for (auto at = text.find("\n@@ "); at != std::string::npos; at = text.find("\n@@ ", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(hunks(7), 1U);  // Six lines between.
  EXPECT_EQ(hunks(8), 2U);
}

TEST(LineEdit, DiffCountsLinesOfEarlierHunks) {
  EXPECT_EQ(diff(numbered(20), {added(1, "2.5\n"), removed(15)}),
            "--- a\n+++ b\n@@ -1,5 +1,6 @@\n 1\n 2\n+2.5\n 3\n 4\n 5\n"
            "@@ -13,7 +14,6 @@\n 13\n 14\n 15\n-16\n 17\n 18\n 19\n");
}

TEST(LineEdit, DiffSaysWhereTheNewlineIsMissing) {
  EXPECT_EQ(diff(numbered(2, ""), {changed(1, "two")}),
            "--- a\n+++ b\n@@ -1,2 +1,2 @@\n 1\n-2\n\\ No newline at end of file\n+two\n\\ No "
            "newline at end of file\n");
}

TEST(LineEdit, NamesWithBlanksEndInATab) {
  EXPECT_EQ(unified_diff(numbered(1), std::vector{removed(0)}, "my job", "b").substr(0, 18),
            "--- my job\t\n+++ b\n");
}

TEST(LineEdit, LinesWithoutAnEditStay) {
  const SbatchScript script = numbered(4, "");
  EXPECT_EQ(edited(script, std::vector{removed(0), changed(2, "three\n")}), "2\nthree\n4");
  EXPECT_EQ(edited(script, {}), script.text);
}

}  // namespace
}  // namespace mpisize
