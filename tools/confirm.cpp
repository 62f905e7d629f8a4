#include "confirm.hpp"

#include <unistd.h>

#include <array>
#include <string>

namespace mpisize::tools {

bool can_ask(const Talk& talk) { return !talk.quiet && talk.terminal && isatty(STDIN_FILENO) == 1; }

bool confirm(const Talk& talk, std::string_view text, bool otherwise) {
  if (!can_ask(talk)) return otherwise;
  say(talk, std::string(text) + "Go on? [Y/n] ");
  // Not through a stream, which would take more than the line from who reads after us.
  std::array<char, 256> line{};
  const ssize_t length = read(STDIN_FILENO, line.data(), line.size());
  if (length <= 0) return false;
  return line[0] == '\n' || line[0] == 'y' || line[0] == 'Y';
}

}  // namespace mpisize::tools
