#include "confirm.hpp"

#include <unistd.h>

#include <array>
#include <string>

namespace mpisize::tools {

bool can_ask(const Talk& talk) { return !talk.quiet && talk.terminal && isatty(STDIN_FILENO) == 1; }

bool confirm(const Talk& talk, std::string_view question, bool if_empty) {
  say(talk, std::string(question) + (if_empty ? " [Y/n] " : " [y/N] "));
  // Not through a stream, which would take more than the line from who reads after us.
  std::array<char, 256> line{};
  const ssize_t length = read(STDIN_FILENO, line.data(), line.size());
  if (length <= 0) return false;
  std::string answer(line.data(), static_cast<std::size_t>(length));
  answer.erase(answer.find_last_not_of("\r\n") + 1);
  if (answer.empty()) return if_empty;
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace mpisize::tools
