/// A few runs of a whole program, to tell how it scales.
#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mpisize/model/machine.hpp"
#include "mpisize/write/json.hpp"
#include "options.hpp"
#include "program_sample.hpp"
#include "spooled_input.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// What to learn about.
struct ProgramSampling {
  ChildLine child;
  Program program;  ///< Of the samples: with the arguments that they get.
  SampleRules rules;
  std::vector<int> wanted;        ///< Rank counts to sample with; empty: they are chosen.
  Planning planning;              ///< What is going to be decided.
  Machine machine;                ///< On which it runs.
  std::vector<ProgramRun> known;  ///< To their end, from earlier times.
  std::vector<double> residuals;  ///< Of earlier predictions of it.
};

/// What was seen.
struct SampledProgram {
  ProgramFile file;                    ///< To be planned with.
  std::vector<std::string> findings;   ///< What to know about the runs, one sentence each.
  std::vector<ProgramSample> samples;  ///< In order.
  bool calls_mpi = true;               ///< A process called MPI_Init; the others are not sized.
  bool calls_mpisize = false;          ///< It is linked with mpisize and left a profile.
};

/// No run came to anything: nothing further is to be started.
class SamplesFailed : public std::exception {
 public:
  SamplesFailed(std::string sentence, std::string words, int exit_code)
      : sentence_(std::move(sentence)), words_(std::move(words)), exit_code_(exit_code) {}
  [[nodiscard]] const char* what() const noexcept override { return sentence_.c_str(); }
  [[nodiscard]] const std::string& words() const { return words_; }  ///< The last of its stderr.
  [[nodiscard]] int exit_code() const { return exit_code_; }         ///< Of the last run.

 private:
  std::string sentence_;
  std::string words_;
  int exit_code_;
};

/// Tells how the program will be started and asks on a terminal; starts it, the most ranks first,
/// until what is to be decided is known well enough or the budget is spent. Throws SamplesFailed,
/// Interrupted, and UsageError if the user says no.
[[nodiscard]] SampledProgram sample_program(const ProgramSampling& sampling, SpooledInput& input,
                                            const Talk& talk);

/// The same for who wants the file alone: findings are told as warnings. Empty: it is linked with
/// mpisize. Throws InputError where no run came to anything, or it never calls MPI_Init.
[[nodiscard]] std::optional<ProgramFile> sampled_file(const ProgramSampling& sampling,
                                                      SpooledInput& input, const Talk& talk);

/// The runs of --program, or of samples as sampled_file() takes them.
[[nodiscard]] std::optional<ProgramFile> program_runs(const Facts& facts, const Planning& planning,
                                                      const ChildLine& child,
                                                      const Machine& machine, SpooledInput& input,
                                                      const Talk& talk);

}  // namespace mpisize::tools
