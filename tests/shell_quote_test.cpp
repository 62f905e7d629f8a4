#include "mpisize/write/shell_quote.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "mpisize/base/error.hpp"

namespace mpisize {
namespace {

const std::vector<std::string> nasty{"",
                                     " ",
                                     "a b",
                                     "it's",
                                     "''",
                                     "\"quoted\"",
                                     "back\\slash",
                                     "ends in \\",
                                     "$HOME",
                                     "${HOME}",
                                     "$(touch x)",
                                     "`id`",
                                     "*",
                                     "?[a-z]",
                                     "~",
                                     "~root",
                                     "a;b",
                                     "a&b",
                                     "a|b",
                                     "a>b",
                                     "#comment",
                                     "a#b",
                                     "!history",
                                     "{a,b}",
                                     "two\nlines",
                                     "\ttab",
                                     "--option=v w",
                                     "-n",
                                     "\xC3\xBC \xFF",
                                     "\x01\x7F"};

/// What a program is given when sh reads `words`: each argument, ended by NUL.
std::string read_by_shell(const std::string& words) {
  const std::string command = "printf '%s\\0' " + words;
  // NOLINTNEXTLINE(cert-env33-c): what a shell makes of a line is what is tested
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  std::array<char, 4096> buffer{};
  for (std::size_t n = 0; (n = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    out.append(buffer.data(), n);
  }
  return out;
}

TEST(ShellQuote, ShellReadsTheSameBytes) {
  std::string words;
  std::string expected;
  for (const std::string& word : nasty) {
    words += shell_quote(word) + " ";
    expected += word + '\0';
  }
  EXPECT_EQ(read_by_shell(words), expected);
}

TEST(ShellQuote, LeavesPlainWordsAlone) {
  for (const char* word : {"./app", "--steps=10", "a,b", "user@host:/path", "100%", "x_y-z+1"}) {
    EXPECT_EQ(shell_quote(word), word);
  }
}

TEST(ShellQuote, RefusesNul) {
  EXPECT_THROW((void)shell_quote(std::string("a\0b", 3)), InputError);
}

TEST(ShellJoin, QuotesAFirstWordThatLooksLikeAnAssignment) {
  EXPECT_EQ(shell_join(std::vector<std::string>{"A=b", "C=d"}), "'A=b' C=d");
  EXPECT_EQ(shell_join(std::vector<std::string>{"mpirun", "-x", "A=b c"}), "mpirun -x 'A=b c'");
}

/// The arguments of a #SBATCH line after the word, by the rules of SchedMD's src/sbatch/opt.c.
std::vector<std::string> read_by_sbatch(const std::string& line) {
  std::vector<std::string> arguments;
  std::size_t i = 0;
  const auto blank = [&] { return std::isspace(static_cast<unsigned char>(line[i])) != 0; };
  while (true) {
    while (i < line.size() && blank()) ++i;
    std::string argument;
    bool any = false;
    char quote = '\0';
    bool comment = false;
    while (i < line.size() && (quote != '\0' || !blank())) {
      const char c = line[i++];
      if (c == '\\') {
        if (i == line.size() || (quote == '\0' && blank())) break;
        argument += line[i++];
        any = true;
      } else if (quote != '\0' && c == quote) {
        quote = '\0';
      } else if (quote == '\0' && (c == '"' || c == '\'')) {
        quote = c;
      } else if (quote == '\0' && c == '#') {
        comment = true;
        break;
      } else {
        argument += c;
        any = true;
      }
    }
    EXPECT_EQ(quote, '\0') << "unmatched quote in " << line;
    if (!any) return arguments;
    arguments.push_back(argument);
    if (comment) return arguments;
  }
}

TEST(SbatchQuote, SbatchReadsTheSameBytes) {
  for (const std::string& word : nasty) {
    if (word.find_first_of("\n\t\x01\x7F") != std::string::npos) continue;
    EXPECT_EQ(read_by_sbatch(" --job-name=" + sbatch_quote(word) + " --nodes=1"),
              (std::vector<std::string>{"--job-name=" + word, "--nodes=1"}));
  }
}

TEST(SbatchQuote, RefusesLineEndsThatWouldBeginADirective) {
  EXPECT_THROW((void)sbatch_quote("a\n#SBATCH --nodes=100"), InputError);
  EXPECT_THROW((void)sbatch_quote("a\r"), InputError);
}

}  // namespace
}  // namespace mpisize
