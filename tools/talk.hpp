/// What a command says on stderr, and the spinner while it waits.
#pragma once

#include <memory>
#include <string>
#include <string_view>

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

/// A line with a spinner and the seconds gone, on a terminal; nothing otherwise. Gone when
/// destroyed.
class Spinner {
 public:
  Spinner(const Talk& talk, std::string label);
  ~Spinner();
  Spinner(const Spinner&) = delete;
  Spinner& operator=(const Spinner&) = delete;
  Spinner(Spinner&&) = delete;
  Spinner& operator=(Spinner&&) = delete;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpisize::tools
