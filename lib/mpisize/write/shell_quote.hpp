/// Words as a shell reads them.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace mpisize {

/// The word as a POSIX shell has to see it to get these bytes: as it is where no character is
/// special, else in single quotes. Throws InputError if the word holds a NUL, which no argument
/// can.
[[nodiscard]] std::string shell_quote(std::string_view word);

/// The words, quoted and separated by blanks. A first word that would be taken for an assignment
/// (A=b) is quoted too.
[[nodiscard]] std::string shell_join(std::span<const std::string> words);

/// A value as a #SBATCH line has to hold it to get these bytes: as it is where no character is
/// special, else in double quotes. sbatch splits at blanks, starts a comment at #, knows both
/// quotes and takes the character after a backslash as it is (SchedMD, src/sbatch/opt.c). Throws
/// InputError for control characters: a line end would begin a new line of the script.
[[nodiscard]] std::string sbatch_quote(std::string_view word);

}  // namespace mpisize
