/// What a command says on stderr, and the progress line while it waits.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "mpisize/base/units.hpp"

namespace mpisize::tools {

/// How stderr is used. Plain data.
struct Talk {
  bool quiet = false;
  bool terminal = false;  ///< stderr is a terminal that can rewrite a line.
  bool colour = false;    ///< Terminal, and NO_COLOR is not set.
};

/// From the environment and stderr.
[[nodiscard]] Talk talk_here(bool quiet);

/// A text of whole lines.
void say(const Talk& talk, std::string_view text);

/// "mpisize: error: SENTENCE".
void say_error(const Talk& talk, std::string_view sentence);

/// "mpisize: warning: SENTENCE", unless quiet.
void warn(const Talk& talk, std::string_view sentence);

/// "mpisize: note: SENTENCE", unless quiet.
void note(const Talk& talk, std::string_view sentence);

/// A line with the seconds gone, on a terminal; nothing otherwise. It has a bar where it is known
/// how long the step takes at most, else a spinner. Gone when destroyed.
class Progress {
 public:
  Progress(const Talk& talk, std::string label, std::optional<Seconds> at_most = std::nullopt);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  Progress(Progress&&) = delete;
  Progress& operator=(Progress&&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpisize::tools
