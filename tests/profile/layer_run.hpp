/// A program under mpirun with the profiling layer, and what it left.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/counter_file.hpp"
#include "mpisize/measure/process.hpp"
#include "temporary_directory.hpp"

namespace mpisize::testing {

/// Calls and bytes by routine and communicator size.
struct Count {
  std::int64_t calls = 0;
  std::int64_t bytes = 0;
  friend bool operator==(const Count&, const Count&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Count& count) {
    return out << count.calls << " calls, " << count.bytes << " bytes";
  }
};
using Routines = std::map<std::pair<std::string, int>, Count>;
using Peers = std::map<int, Count>;

/// Between MPI_Init and MPI_Finalize.
inline Routines routines(const RankUse& rank) {
  Routines all;
  for (const RoutineUse& use : rank.routines) {
    if (use.routine.rfind("MPI_Init", 0) == 0 || use.routine == "MPI_Finalize") continue;
    all[{use.routine, use.comm_size}] = {use.calls, use.bytes};
  }
  return all;
}

inline Peers peers(const RankUse& rank) {
  Peers all;
  for (const PeerUse& use : rank.peers) all[use.peer] = {use.messages, use.bytes};
  return all;
}

class LayerRun {
 public:
  /// mpirun -n ranks options... program...
  Command command(int ranks, const std::vector<std::string>& program,
                  const std::vector<std::string>& options = {}) const {
    Command line;
    line.argv = {MPISIZE_TEST_MPIRUN, "--oversubscribe", "-n", std::to_string(ranks)};
    line.argv.insert(line.argv.end(), options.begin(), options.end());
    const auto set = [&](std::string name, const std::string& value) {
      line.argv.emplace_back("-x");
      line.argv.push_back(std::move(name.append("=").append(value)));
    };
    set("LD_PRELOAD", MPISIZE_TEST_LAYER);
    set(counters::directory_variable, counters().string());
    line.argv.insert(line.argv.end(), program.begin(), program.end());
    line.output = directory_.path() / "out";
    line.errors = directory_.path() / "errors";
    line.input = false;
    line.timeout = Seconds(60);
    return line;
  }

  /// Runs it; what each rank counted.
  std::vector<RankUse> run(const Command& line) {
    done = mpisize::run(line);
    EXPECT_FALSE(done.timed_out) << errors();
    return read_counters(counters());
  }
  std::vector<RankUse> run(int ranks, const std::vector<std::string>& program,
                           const std::vector<std::string>& options = {}) {
    return run(command(ranks, program, options));
  }

  [[nodiscard]] std::filesystem::path path() const { return directory_.path(); }
  [[nodiscard]] std::filesystem::path counters() const {
    auto path = directory_.path() / "counters";
    std::filesystem::create_directory(path);
    return path;
  }
  [[nodiscard]] std::string errors() const { return read_file(directory_.path() / "errors"); }

  ChildRun done;

 private:
  TemporaryDirectory directory_;
};

}  // namespace mpisize::testing
