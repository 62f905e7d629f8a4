// mpisize map as a user types it: datasets in and out, bad input, deaths and resumption.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <hdf5.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/journal.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/measure/self.hpp"
#include "temporary_directory.hpp"

namespace mpisize {
namespace {

using ::testing::HasSubstr;
using testing::TemporaryDirectory;
namespace fs = std::filesystem;

constexpr hsize_t columns = 3;

struct Ended {
  int code = 0;
  std::string out;
  std::string err;
};

class MapCommand : public ::testing::Test {
 protected:
  void SetUp() override { write_input(file("in.h5"), 2000); }

  static void write_input(const std::string& name, hsize_t rows) {
    const hsize_t shape[2] = {rows, columns};
    std::vector<double> values(rows * columns);
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i);
    const hid_t to = H5Fcreate(name.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(2, shape, nullptr);
    const hid_t set =
        H5Dcreate2(to, "x", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    ASSERT_GE(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
    H5Dclose(set);
    H5Sclose(space);
    ASSERT_GE(H5Fclose(to), 0);
  }

  static std::vector<double> read_output(const std::string& name) {
    const hid_t from = H5Fopen(name.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT);
    if (from < 0) return {};
    const hid_t set = H5Dopen2(from, "y", H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    std::vector<double> values(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
    H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
    H5Sclose(space);
    H5Dclose(set);
    H5Fclose(from);
    return values;
  }

  static double expected(std::size_t row) {
    double sum = 0;
    for (std::size_t i = row * columns; i < (row + 1) * columns; ++i) {
      sum += static_cast<double>(i) * static_cast<double>(i);
    }
    return sum;
  }

  void expect_complete(const std::string& name, std::size_t rows) {
    const auto values = read_output(name);
    ASSERT_EQ(values.size(), rows);
    for (std::size_t i = 0; i < rows; ++i) ASSERT_EQ(values[i], expected(i)) << "row " << i;
  }

  Command command(const std::string& output, const std::vector<std::string>& more) {
    Command line;
    line.argv = {MPISIZE_COMMAND,  "map",      "--kernel",          MPISIZE_KERNEL, "--input",
                 file("in.h5:/x"), "--output", file(output) + ":/y"};
    line.argv.insert(line.argv.end(), more.begin(), more.end());
    line.output = file("stdout");
    line.errors = file("stderr");
    line.input = false;
    constexpr Seconds far_too_long{60};
    line.timeout = far_too_long;
    return line;
  }

  Ended map(const std::string& output, const std::vector<std::string>& more = {}) {
    return ended(command(output, more));
  }
  Ended ended(const Command& line) {
    const ChildRun done = run(line);
    return {done.exit_code(), read_file(file("stdout")), read_file(file("stderr"))};
  }

  [[nodiscard]] std::string file(const std::string& name) const {
    return (directory_.path() / name).string();
  }

 private:
  TemporaryDirectory directory_;
};

TEST_F(MapCommand, MapsADatasetIntoAnother) {
  for (const char* const pattern : {"batch", "stream"}) {
    const std::string name = std::string(pattern) + ".h5";
    const Ended e = map(name, {"--pattern", pattern});
    EXPECT_EQ(e.code, 0) << e.err;
    EXPECT_EQ(e.out, "");
    EXPECT_THAT(e.err, HasSubstr("measured"));
    expect_complete(file(name), 2000);
  }
}

TEST_F(MapCommand, SaysWithJsonWhatItDidAndNothingElse) {
  const Ended e = map("out.h5", {"--json", "--quiet", "--compress", "4"});
  EXPECT_EQ(e.code, 0) << e.err;
  EXPECT_EQ(e.err, "");
  const auto report = nlohmann::json::parse(e.out);
  EXPECT_EQ(report.at("measured").at("items"), 2000);
  expect_complete(file("out.h5"), 2000);
}

TEST_F(MapCommand, ListsWhatFailedForGoodAndExitsWithOne) {
  const Ended e = map("out.h5", {"--symbol", "fragile", "--retries", "1"});
  EXPECT_EQ(e.code, 1) << e.err;
  EXPECT_THAT(e.err, HasSubstr("20 items failed for good"));
  EXPECT_THAT(e.err, HasSubstr("the kernel returned 3"));
  const auto values = read_output(file("out.h5"));
  ASSERT_EQ(values.size(), 2000U);
  EXPECT_EQ(values[17], 0);
  EXPECT_EQ(values[18], expected(18));
}

TEST_F(MapCommand, FailsFastIfAsked) {
  const Ended e = map("out.h5", {"--symbol", "fragile", "--fail-fast"});
  EXPECT_EQ(e.code, 1);
  EXPECT_THAT(e.err, HasSubstr("failed on rank"));
  EXPECT_FALSE(fs::exists(file("out.h5")));
}

TEST_F(MapCommand, BadInputGetsOneSentence) {
  struct Bad {
    std::vector<std::string> options;
    int code;
    std::string words;
  };
  const std::vector<Bad> all{{{"--symbol", "nope"}, 4, "has no function 'nope'"},
                             {{"--result", "quux"}, 4, "is no type of results"},
                             {{"--max-memory", "10"}, 3, "the memory is 10 B"},
                             {{"--pattern", "map"}, 2, "is not batch or stream"},
                             {{"--journal", "/nowhere/journal"}, 4, "/nowhere/journal"},
                             {{"--journal", MPISIZE_KERNEL}, 4, "is no journal"},
                             {{"--journal-sync"}, 2, "needs --journal"},
                             {{"--compress", "12"}, 2, "give 0 to 9"},
                             {{"--window", "5"}, 2, "window and ordered are for stream"},
                             {{"--fail-fast", "--max-fails", "3"}, 2, "contradicts"}};
  for (const Bad& bad : all) {
    const Ended e = map("out.h5", bad.options);
    EXPECT_EQ(e.code, bad.code) << bad.words << ": " << e.err;
    EXPECT_THAT(e.err, HasSubstr(bad.words));
    EXPECT_EQ(std::count(e.err.begin(), e.err.end(), '\n'), 1) << e.err;
  }
  EXPECT_FALSE(fs::exists(file("out.h5")));
}

TEST_F(MapCommand, AnOutputThatIsThereIsKept) {
  EXPECT_EQ(map("out.h5").code, 0);
  const Ended e = map("out.h5");
  EXPECT_EQ(e.code, 4);
  EXPECT_THAT(e.err, HasSubstr("is there already"));
  expect_complete(file("out.h5"), 2000);
}

TEST_F(MapCommand, ADeadlineLeavesTheRestForARerun) {
  const Ended first = map("out.h5", {"--journal", file("journal"), "--deadline", "300ms"});
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_THAT(first.err, HasSubstr("resume with the same journal"));
  EXPECT_FALSE(fs::exists(file("out.h5")));
  const Ended second = map("out.h5", {"--journal", file("journal")});
  EXPECT_EQ(second.code, 0) << second.err;
  EXPECT_THAT(second.err, HasSubstr("in the journal"));
  expect_complete(file("out.h5"), 2000);
}

/// Indices that kernels have logged.
std::vector<std::int64_t> logged(const std::string& name) {
  const std::string bytes = fs::exists(name) ? read_file(name) : "";
  std::vector<std::int64_t> indices(bytes.size() / sizeof(std::int64_t));
  std::memcpy(indices.data(), bytes.data(), indices.size() * sizeof(std::int64_t));
  return indices;
}

/// What the journal has acknowledged.
std::set<std::int64_t> acknowledged(const std::string& name) {
  std::set<std::int64_t> all;
  if (!fs::exists(name)) return all;
  const fs::path copy = name + ".copy";  // The journal itself belongs to another program.
  fs::copy_file(name, copy, fs::copy_options::overwrite_existing);
  const Journal journal({.file = copy}, {});
  for (const JournalRun& run : journal.runs()) {
    for (std::int64_t i = 0; i < run.count; ++i) {
      EXPECT_TRUE(all.insert(run.first + i).second)
          << "item " << run.first + i << " is there twice";
    }
  }
  return all;
}

TEST_F(MapCommand, NoAcknowledgedResultIsLostOrComputedAgainAfterKillsAnywhere) {
  const char* const asked = std::getenv("MPISIZE_TEST_KILLS");
  const int kills = asked == nullptr ? 20 : std::atoi(asked);
  constexpr std::size_t rows = 12000;
  write_input(file("in.h5"), rows);
  std::mt19937 random(7);
  const std::string journal = file("journal");
  int done_kills = 0;
  int finished = 0;
  std::size_t survived = 0;  // Results that a later run found.
  while (done_kills < kills) {
    const auto before = acknowledged(journal);
    survived += before.size();
    fs::remove(file("log"));
    Command line = command("out.h5", {"--journal", journal, "--quiet"});
    line.environment["KERNEL_LOG"] = file("log");
    line.environment["TMPDIR"] = file("");  // What its ranks have as their argument names it.
    // Any rank, mpirun, or all at once.
    const int victim = std::uniform_int_distribution(0, 2)(random);
    const Seconds wait(std::uniform_real_distribution(0.02, 0.6)(random));
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      setpgid(0, 0);
      int code = 1;
      try {
        code = run(line).exit_code();
      } catch (const std::exception&) {
        code = 2;
      }
      _exit(code);
    }
    polite_sleep(wait);
    const std::string ranks = "mpisize-map .*" + file("");
    Command killer;
    killer.argv = {"pkill", "-9", "-f", victim == 1 ? "^mpirun .*" + ranks : ranks};
    if (victim == 0) killer.argv.insert(killer.argv.begin() + 2, "-n");  // The newest: one rank.
    (void)run(killer);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ++done_kills;
    const auto computed = logged(file("log"));
    for (const std::int64_t index : computed) {
      ASSERT_EQ(before.count(index), 0U)
          << "item " << index << " was acknowledged and computed again";
    }
    const auto after = acknowledged(journal);
    for (const std::int64_t index : before) {
      ASSERT_EQ(after.count(index), 1U) << "item " << index << " was acknowledged and is lost";
    }
    if (fs::exists(file("out.h5"))) {
      expect_complete(file("out.h5"), rows);
      fs::remove(file("out.h5"));
      fs::remove(journal);
      ++finished;
    }
  }
  const Ended last = map("out.h5", {"--journal", journal});
  EXPECT_EQ(last.code, 0) << last.err;
  expect_complete(file("out.h5"), rows);
  EXPECT_GT(survived, 0U) << "no run lived long enough to compute anything";
  std::printf("%d kills, %d runs through to the end before\n", done_kills, finished);
}

TEST_F(MapCommand, SubmitSamplesItAndLeavesOutputAndJournalAlone) {
  const auto submit = [&](const std::string& input) {
    Command line = command("out.h5", {"--journal", file("journal"), "--result", "double"});
    line.argv.at(0) = "mpisize";
    line.argv.at(5) = input;
    line.argv.insert(line.argv.begin(), {MPISIZE_COMMAND, "submit", "--dry-run", "--requeue",
                                         "--topology", "core:4 pu:1", "--"});
    return ended(line);
  };
  const Ended o = submit(file("in.h5:/x"));
  ASSERT_EQ(o.code, 0) << o.err;
  EXPECT_THAT(o.out, HasSubstr("\nmpisize map --kernel"));
  EXPECT_THAT(o.out, HasSubstr(" --ranks "));
  EXPECT_THAT(o.out, HasSubstr("journal=" + file("journal") + "\n"));
  EXPECT_FALSE(fs::exists(file("out.h5")));
  EXPECT_FALSE(fs::exists(file("journal")));

  const Ended missing = submit(file("none.h5:/x"));
  EXPECT_NE(missing.code, 0);
  EXPECT_THAT(missing.err, HasSubstr("none.h5"));
}

TEST_F(MapCommand, ProbeAdvisesOnADataset) {
  Command line;
  line.argv = {MPISIZE_COMMAND, "probe", "--hdf5", file("in.h5:/x")};
  line.output = file("stdout");
  line.errors = file("stderr");
  const Ended e = ended(line);
  EXPECT_EQ(e.code, 0) << e.err;
  EXPECT_THAT(e.out, HasSubstr("2000 x 3 float64, contiguous"));
  EXPECT_THAT(e.out, HasSubstr("h5repack"));
  line.argv.back() = file("in.h5:/z");
  const Ended bad = ended(line);
  EXPECT_EQ(bad.code, 4);
  EXPECT_THAT(bad.err, HasSubstr("has no dataset '/z'; it has /x"));
}

}  // namespace
}  // namespace mpisize
