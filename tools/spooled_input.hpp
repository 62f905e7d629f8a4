/// stdin of a program that is started more than once: every run reads the same.
#pragma once

#include <unistd.h>

#include <optional>

#include "mpisize/base/units.hpp"
#include "mpisize/measure/process.hpp"
#include "talk.hpp"

namespace mpisize::tools {

/// A regular file is opened anew for each sample, where ours stands. A pipe or a socket is read to
/// its end into a file without a name, before the first sample and not earlier: a single run reads
/// the pipe itself. A terminal, and anything else, is the last run's alone; samples read nothing.
class SpooledInput {
 public:
  /// A pipe from which nothing has come for so long, since we began to look, may never end: it is
  /// left to the last run.
  static constexpr Seconds usual_patience{5};

  explicit SpooledInput(int descriptor = STDIN_FILENO, Seconds patience = usual_patience);
  ~SpooledInput();
  SpooledInput(const SpooledInput&) = delete;
  SpooledInput& operator=(const SpooledInput&) = delete;
  SpooledInput(SpooledInput&&) = delete;
  SpooledInput& operator=(SpooledInput&&) = delete;

  /// stdin of the next sample; valid until it is asked again. Throws InputError if a pipe does not
  /// fit into the temporary directory.
  void give_to_sample(Command& command, const Talk& talk);

  /// stdin of the run that counts.
  void give_to_run(Command& command);

  /// Bytes that were read from a pipe; empty if none had to be.
  [[nodiscard]] std::optional<Bytes> spooled() const;

 private:
  enum class Kind { file, pipe, other };

  void spool(const Talk& talk);
  void copy(int to);
  void open_anew(Command& command, int file, off_t position);

  int descriptor_;
  Seconds patience_;
  Kind kind_ = Kind::other;
  off_t position_ = 0;  ///< Of a regular file, when we came.
  int spool_ = -1;      ///< What a pipe gave; no name.
  std::int64_t size_ = 0;
  bool silent_ = false;  ///< A pipe that nothing comes from.
  int given_ = -1;       ///< Open for the run under way.
};

}  // namespace mpisize::tools
