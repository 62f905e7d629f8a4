/// A few runs of a whole program, to tell how it scales.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "child_line.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/program_model.hpp"
#include "options.hpp"
#include "program_sample.hpp"
#include "spooled_input.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// What to learn about.
struct ProgramSampling {
  ChildLine child;
  SampleRules rules;
  std::vector<int> wanted;        ///< Rank counts to sample with; empty: they are chosen.
  std::vector<int> accepted;      ///< Those that may be planned, ascending, not empty.
  Machine machine;                ///< On which it runs.
  std::vector<ProgramRun> known;  ///< From earlier times.
};

/// What was seen.
struct SampledProgram {
  std::vector<ProgramRun> runs;  ///< To their end, or stretches of all of them.
  /// The program's own pattern in a whole run, where runs were cut off and one was not.
  std::optional<std::int64_t> repetitions;
  std::vector<std::string> findings;   ///< What to know about the runs, one sentence each.
  std::vector<ProgramSample> samples;  ///< In order.
  bool calls_mpi = true;               ///< No process called MPI_Init.
  bool calls_mpisize = false;          ///< It is linked with mpisize and left a profile.
};

/// No run came to anything: nothing further is to be started.
class SamplesFailed : public std::exception {
 public:
  SamplesFailed(std::string sentence, std::string words, int exit_code)
      : sentence_(std::move(sentence)), words_(std::move(words)), exit_code_(exit_code) {}
  [[nodiscard]] const char* what() const noexcept override { return sentence_.c_str(); }
  [[nodiscard]] const std::string& words() const {
    return words_;
  }                                                           ///< Its stderr, the last of it.
  [[nodiscard]] int exit_code() const { return exit_code_; }  ///< Of the last run.

 private:
  std::string sentence_;
  std::string words_;
  int exit_code_;
};

/// Rank counts that tell laws apart: the largest that is worth it and about half, a quarter, an
/// eighth of it, as far as they are accepted; descending.
[[nodiscard]] std::vector<int> counts_to_sample(const std::vector<int>& accepted, int granted);

/// Tells how often the program will be started and asks on a terminal; starts it, the most ranks
/// first, until what can be planned is known well enough or the budget is spent. Throws
/// SamplesFailed, Interrupted, and UsageError if the user says no.
[[nodiscard]] SampledProgram sample_program(const ProgramSampling& sampling, SpooledInput& input,
                                            const Talk& talk);

/// How a configuration is started on a machine.
[[nodiscard]] ToLaunch launch_of(const ProgramConfig& config, const Machine& machine,
                                 bool threaded);

}  // namespace mpisize::tools
