// mpisize: sizes MPI jobs. Parses the whole command line, runs one command, prints errors in one
// place.

#include <exception>
#include <string>
#include <variant>
#include <vector>

#include "commands.hpp"
#include "errors.hpp"
#include "mpisize/write/json.hpp"
#include "options.hpp"
#include "print.hpp"
#include "talk.hpp"

namespace {

using namespace mpisize::tools;

int report(const std::exception& error, const std::vector<std::string>& arguments) {
  const bool run = !arguments.empty() && arguments.front() == "run";
  const int code = exit_code_of(error, run ? ExitCodes::of_run : ExitCodes::of_others);
  say_error(talk_here(false), error.what());
  if (wants_json(arguments)) {
    try {
      print(mpisize::error_json(error.what(), code));
    } catch (const std::exception&) {
      return code;  // stdout is gone; stderr has the sentence
    }
  }
  return code;
}

bool is_quiet(const Invocation& invocation) {
  return std::visit(
      [](const auto& options) {
        if constexpr (requires { options.common; }) {
          return options.common.quiet;
        } else {
          return false;
        }
      },
      invocation);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  try {
    const Invocation invocation = parse(arguments);
    const Talk talk = talk_here(is_quiet(invocation));
    return std::visit([&](const auto& options) { return command(options, talk); }, invocation);
  } catch (const std::exception& error) {
    return report(error, arguments);
  }
}
