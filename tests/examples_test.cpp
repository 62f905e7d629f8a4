// The examples as a user runs them: alone and under mpirun.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zstd.h>

#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using testing::TemporaryDirectory;
using Words = std::vector<std::string>;

struct Ended {
  int status = 0;
  std::string output, errors;
};

/// Runs an example; `ranks` empty: without mpirun.
Ended run_example(const std::string& program, const Words& arguments, std::optional<int> ranks) {
  const TemporaryDirectory directory;
  Command command;
  if (ranks) {
    command.argv = {MPISIZE_TEST_MPIRUN,   "--oversubscribe", "--bind-to", "none", "-n",
                    std::to_string(*ranks)};
  }
  command.argv.push_back(std::string(MPISIZE_TEST_PROGRAMS) + "/" + program);
  command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
  command.output = directory.path() / "out";
  command.errors = directory.path() / "err";
  command.input = false;
  command.timeout = Seconds(60);
  const auto ended = mpisize::run(command);
  return {ended.exit_code(), read_file(*command.output), read_file(*command.errors)};
}

/// Runs it and returns its answer.
std::string answer(const std::string& program, const Words& arguments,
                   std::optional<int> ranks = std::nullopt) {
  const Ended ended = run_example(program, arguments, ranks);
  EXPECT_EQ(ended.status, 0) << ended.errors;
  return ended.output;
}

/// The number after a word.
double number_after(const std::string& text, const std::string& word) {
  const auto at = text.find(word);
  return at == std::string::npos ? 0 : std::stod(text.substr(at + word.size()));
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Files from 1 byte to about 100 kB, some repetitive, some less so.
void fill(const TemporaryDirectory& directory) {
  unsigned state = 1;
  for (std::size_t i = 0; i < 40; ++i) {
    std::string content;
    for (std::size_t k = 0; k < 1 + i * i * i * 2; ++k) {
      state = state * 1664525U + 1013904223U;  // Numerical Recipes' generator.
      content.push_back(static_cast<char>('a' + (state >> 24) % (1 + i % 20)));
    }
    directory.write("files/" + std::to_string(i), content);
  }
}

TEST(Examples, AnswersDoNotDependOnTheNumberOfRanks) {
  const TemporaryDirectory directory;
  fill(directory);
  const auto picture = directory.path() / "picture.ppm";
  const std::vector<std::pair<std::string, Words>> calls = {
      {"compressibility", {(directory.path() / "files").string()}},
      {"lennard_jones", {"--clusters", "300", "--atoms", "30", "--steps", "10"}},
      {"mandelbrot", {"--width", "300", "--height", "200", "--output", picture.string()}}};
  for (const auto& [program, arguments] : calls) {
    const std::string alone = answer(program, arguments);
    EXPECT_THAT(alone, HasSubstr("checksum ")) << program;
    EXPECT_EQ(answer(program, arguments, 1), alone) << program;
    EXPECT_EQ(answer(program, arguments, 3), alone) << program;
  }
}

TEST(Examples, SayWhatWasPredictedAndWhatWasMeasuredOnStderr) {
  const Ended ended = run_example("lennard_jones", {"--clusters", "100", "--atoms", "10"}, 2);
  EXPECT_EQ(count(ended.errors, "  predicted "), 1U) << ended.errors;
  EXPECT_EQ(count(ended.errors, "  measured "), 1U) << ended.errors;
}

TEST(Compressibility, SizesAreThoseOfZstdLevel19) {
  const TemporaryDirectory directory;
  fill(directory);
  std::size_t original = 0;
  std::size_t compressed = 0;
  for (std::size_t i = 0; i < 40; ++i) {
    const std::string content = read_file(directory.path() / "files" / std::to_string(i));
    std::string output(ZSTD_compressBound(content.size()), '\0');
    original += content.size();
    compressed += ZSTD_compress(output.data(), output.size(), content.data(), content.size(), 19);
  }
  EXPECT_THAT(answer("compressibility", {directory.path().string()}),
              StartsWith("40 files, " + std::to_string(original) + " bytes, compressed " +
                         std::to_string(compressed) + " bytes"));
}

TEST(Compressibility, SaysWhatWasLeftOut) {
  const TemporaryDirectory directory;
  fill(directory);
  const Ended ended =
      run_example("compressibility", {"--largest", "100000", directory.path().string()}, {});
  EXPECT_THAT(ended.output, StartsWith("37 files"));  // 1 + 2 i^3 bytes: 37, 38 and 39 are larger.
  EXPECT_THAT(ended.errors, HasSubstr("above --largest, left out: 3"));
}

TEST(LennardJones, TwoAtomsAtTheMinimumHaveEnergyMinusOne) {
  const std::string text =
      answer("lennard_jones", {"--clusters", "3", "--atoms", "2", "--steps", "0"});
  EXPECT_NEAR(number_after(text, "potential "), -3, 1e-9);
}

TEST(LennardJones, KeepsTheTotalEnergyWhileItsPartsChange) {
  const Words small = {"--clusters", "4", "--atoms", "27"};
  Words still = small;
  still.insert(still.end(), {"--steps", "0"});
  Words moving = small;
  moving.insert(moving.end(), {"--steps", "500"});
  const std::string before = answer("lennard_jones", still);
  const std::string after = answer("lennard_jones", moving);
  const double total = number_after(before, "total energy ");
  EXPECT_NEAR(number_after(after, "total energy "), total, 1e-3 * std::abs(total));
  EXPECT_GT(std::abs(number_after(after, "kinetic ") - number_after(before, "kinetic ")),
            0.01 * number_after(before, "kinetic "));
}

TEST(Mandelbrot, TheCentreIsBlackAndTheCornersAreNot) {
  const TemporaryDirectory directory;
  const auto picture = directory.path() / "picture.ppm";
  static_cast<void>(answer("mandelbrot", {"--width", "5", "--height", "5", "--iterations", "100",
                                          "--output", picture.string()}));
  const std::string header = "P6\n5 5\n255\n";
  const std::string ppm = read_file(picture);
  ASSERT_EQ(ppm.size(), header.size() + 75);
  EXPECT_THAT(ppm, StartsWith(header));
  const std::string black(3, '\0');
  EXPECT_EQ(ppm.substr(header.size() + 36, 3), black);
  for (const std::size_t corner : {0U, 4U, 20U, 24U}) {
    EXPECT_NE(ppm.substr(header.size() + 3 * corner, 3), black) << corner;
  }
}

struct Bad {
  std::string program;
  Words arguments;
  std::string named;
};

TEST(Examples, BadInputIsNamedInOneSentenceOnEveryRankCount) {
  const TemporaryDirectory directory;
  directory.write("empty", "");
  const std::string here = directory.path().string();
  const std::vector<Bad> inputs = {
      {"compressibility", {"--nonsense"}, "nonsense"},
      {"compressibility", {"--byte", "5"}, "byte"},
      {"compressibility", {"--bytes", "0"}, "--bytes is 0"},
      {"compressibility", {"--bytes", "nan"}, "--bytes is nan"},
      {"compressibility", {"--largest", "-1"}, "--largest is -1"},
      {"compressibility", {"--bytes", "many"}, "many"},
      {"compressibility", {here}, here},
      {"compressibility", {here + "/none"}, here + "/none"},
      {"compressibility", {here + "/empty"}, here + "/empty"},
      {"compressibility", {here, here}, "too many positional options"},
      {"lennard_jones", {"--clusters", "0"}, "--clusters is 0"},
      {"lennard_jones", {"--atoms", "1"}, "--atoms is 1"},
      {"lennard_jones", {"--steps", "-1"}, "--steps is -1"},
      {"lennard_jones", {"--steps", "1e3"}, "1e3"},
      {"mandelbrot", {"--width", "-5"}, "--width is -5"},
      {"mandelbrot", {"--output", here}, here},
      {"mandelbrot", {"--output", here + "/none/picture.ppm"}, here + "/none/picture.ppm"}};
  for (const Bad& bad : inputs) {
    const Ended alone = run_example(bad.program, bad.arguments, std::nullopt);
    EXPECT_EQ(alone.status, 2) << bad.named;
    EXPECT_THAT(alone.output, IsEmpty());
    EXPECT_EQ(count(alone.errors, "\n"), 1U) << alone.errors;
    EXPECT_THAT(alone.errors, HasSubstr(bad.named));
  }
  // Once for what every rank sees, once for what only the root sees.
  for (const Bad& bad : {inputs[0], inputs[6]}) {
    const Ended three = run_example(bad.program, bad.arguments, 3);
    EXPECT_EQ(three.status, 2) << bad.named;
    EXPECT_EQ(count(three.errors, bad.program + ": "), 1U) << three.errors;
    EXPECT_THAT(three.errors, HasSubstr(bad.named));
  }
}

TEST(Examples, HelpIsPrintedOnceAndNamesEveryOption) {
  const std::string help = answer("mandelbrot", {"--help"}, 3);
  for (const char* option : {"--width", "--height", "--iterations", "--output", "--help"}) {
    EXPECT_EQ(count(help, option), 1U) << help;
  }
}

}  // namespace
}  // namespace mpisize
