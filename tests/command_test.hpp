/// The command as a user types it: what it prints where, its exit code, what it leaves behind.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/process.hpp"
#include "mpisize/write/json.hpp"
#include "temporary_directory.hpp"

namespace mpisize::testing {

using Words = std::vector<std::string>;

struct Outcome {
  int code = 0;
  std::string out;
  std::string err;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

inline std::ostream& operator<<(std::ostream& stream, const Outcome& o) {
  return stream << "code " << o.code << ", stdout '" << o.out << "', stderr '" << o.err << "'";
}

inline Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// A directory for the files of a test, with cache, history and temporary files of the command in
/// others.
class CommandTest : public ::testing::Test {
 protected:
  CommandTest() {
    for (const char* const name : {"cache", "tmp", "work"}) {
      std::filesystem::create_directory(root_.path() / name);
    }
  }

  [[nodiscard]] std::filesystem::path folder(const std::string& name) const {
    return root_.path() / name;
  }
  [[nodiscard]] std::filesystem::path file(const std::string& name) const {
    return folder("work") / name;
  }
  /// Writes a file; its path.
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    return root_.write("work/" + name, text).string();
  }
  /// The same, and it can be started.
  [[nodiscard]] std::string script(const std::string& name, const std::string& text) const {
    std::string path = write(name, text);
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  /// Names of what is below "cache", "tmp" or "work", sorted.
  [[nodiscard]] Words files_in(const std::string& name) const {
    Words names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder(name))) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  [[nodiscard]] Command command(const Words& arguments) const {
    Command c;
    c.argv = joined({MPISIZE_COMMAND}, arguments);
    c.environment = {{"XDG_CACHE_HOME", folder("cache").string()},
                     {"XDG_DATA_HOME", folder("data").string()},
                     {"TMPDIR", folder("tmp").string()},
                     {"MPISIZE", ""},
                     {"MPISIZE_PLAN", ""},
                     {"MPISIZE_PROFILE", ""}};
    c.output = root_.path() / "out";
    c.errors = root_.path() / "err";
    c.input = false;
    c.timeout = Seconds(100);
    return c;
  }

  [[nodiscard]] static Outcome finish(const Command& c) {
    const ChildRun done = run(c);
    EXPECT_FALSE(done.timed_out) << ::testing::PrintToString(c.argv);
    return {done.exit_code(), read_file(*c.output), read_file(*c.errors)};
  }

  [[nodiscard]] Outcome mpisize(const Words& arguments,
                                const std::map<std::string, std::string>& environment = {}) const {
    Command c = command(arguments);
    for (const auto& [name, value] : environment) c.environment[name] = value;
    return finish(c);
  }

  /// Open MPI removes its own directory a moment after a program that was started without mpirun.
  void expect_no_temporary_files() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder("tmp"))) {
      EXPECT_THAT(entry.path().filename().string(), ::testing::StartsWith("ompi."))
          << "is left behind";
    }
  }

 private:
  TemporaryDirectory root_;
};

/// Of `items` items of 10 ms.
inline KernelProfile kernel_of(std::int64_t items) {
  constexpr int samples = 50;
  KernelProfile kernel;
  kernel.name = "made up";
  kernel.items = items;
  for (int i = 0; i < samples; ++i) {
    ItemSample sample;
    sample.index = i * (items / samples);
    sample.time = Seconds(0.01 + 1e-5 * (i % 7));
    kernel.samples.push_back(sample);
  }
  kernel.rank_memory = Bytes(80'000'000);
  kernel.root_memory = Bytes(90'000'000);
  kernel.before_call = Seconds(0.25);
  return kernel;
}

/// With a kernel, and machines that are not there.
class KernelCommandTest : public CommandTest {
 protected:
  void TearDown() override { expect_no_temporary_files(); }

  [[nodiscard]] std::string kernel_file(std::int64_t items = 1000) const {
    return write("kernel.json", to_json(kernel_of(items)));
  }

  /// 256 nodes of 64 cores.
  [[nodiscard]] std::string machine_by_hand() const {
    return write("big.json",
                 R"({"schema_version": 1, "host": "big", "topology": {"nodes": 256, "cores": 64},
                     "links": [{"level": "same_node", "latency": 5e-7, "bandwidth": 1e10},
                               {"level": "between_nodes", "latency": 1.5e-6, "bandwidth": 12.5e9}],
                     "launch": {"per_rank": 0.001}})");
  }
};

inline const std::string two_cores = "package:1 core:2 pu:1";

/// One sentence on stderr, with these words in it.
MATCHER_P(IsOneErrorThatSays, words, "") {
  const std::string text = arg;
  return text.rfind("mpisize: error: ", 0) == 0 && text.find(words) != std::string::npos &&
         text.find('\n') == text.size() - 1;
}

}  // namespace mpisize::testing
