/// What the examples share: the command line, errors that all ranks agree on, and the last words.
#pragma once

#include <mpi.h>

#include <boost/program_options.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <optional>
#include <span>
#include <string>

#include <mpisize/base/error.hpp>
#include <mpisize/mpisize.hpp>
#include <mpisize/write/report.hpp>

namespace example {

namespace po = boost::program_options;

/// Exit codes of a program that did not do what it was asked for.
inline constexpr int usage_error = 2;
inline constexpr int other_error = 4;

/// Something failed on the root, which tells the user; the other ranks leave with the same exit
/// code.
struct RootFailed {
  int exit_code;
};

inline int exit_code_of(const std::exception& error) {
  return dynamic_cast<const mpisize::InputError*>(&error) == nullptr ? other_error : usage_error;
}

/// Calls `work` on rank 0 only. If it throws there, every rank leaves by an exception and nobody
/// waits.
template <class Work>
void on_root(MPI_Comm comm, Work&& work) {
  int rank = 0;
  MPI_Comm_rank(comm, &rank);
  std::exception_ptr error;
  int exit_code = 0;
  if (rank == 0) {
    try {
      work();
    } catch (const std::exception& e) {
      error = std::current_exception();
      exit_code = exit_code_of(e);
    }
  }
  MPI_Bcast(&exit_code, 1, MPI_INT, 0, comm);
  if (error) std::rethrow_exception(error);
  if (exit_code != 0) throw RootFailed{exit_code};
}

/// Options after the name of the program; empty if only --help was wanted.  Every rank reads the
/// same words and so comes to the same end.  Throws mpisize::InputError.
inline std::optional<po::variables_map> read_command_line(
    int argc, char** argv, const std::string& about, po::options_description options,
    const po::positional_options_description& positional = {}) {
  options.add_options()("help", "show this text");
  constexpr auto style =
      po::command_line_style::default_style & ~po::command_line_style::allow_guessing;
  po::variables_map values;
  try {
    po::store(po::command_line_parser(argc, argv)
                  .options(options)
                  .positional(positional)
                  .style(style)
                  .run(),
              values);
    po::notify(values);
  } catch (const po::error& error) {
    throw mpisize::InputError(std::string(error.what()) + "; --help lists the options");
  }
  if (values.count("help") == 0) return values;
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (rank == 0) std::cout << about << '\n' << options;
  return std::nullopt;
}

/// A whole number within its bounds.  Throws mpisize::InputError.
inline int count_of(const po::variables_map& values, const std::string& name, int least, int most) {
  const auto value = values[name].as<std::int64_t>();
  if (value < least || value > most) {
    throw mpisize::InputError("--" + name + " is " + std::to_string(value) +
                              "; give a whole number from " + std::to_string(least) + " to " +
                              std::to_string(most));
  }
  return static_cast<int>(value);
}

/// FNV-1a over the bytes of all values (Fowler, Noll, Vo 1991): equal lines, equal results.
template <class Values>
void print_checksum(const Values& values) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::byte byte : std::as_bytes(std::span(values))) {
    hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3;
  }
  std::printf("checksum %016llx\n", static_cast<unsigned long long>(hash));
}

/// Starts MPI, calls `body(argc, argv)` on every rank, ends MPI, and returns the exit code.  The
/// answer goes to stdout, talk and errors (one sentence, from the root) to stderr.
template <class Body>
int run(int argc, char** argv, Body&& body) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  int exit_code = 0;
  try {
    body(argc, argv);
  } catch (const RootFailed& failed) {
    exit_code = failed.exit_code;
  } catch (const std::exception& error) {
    // What map() and read_command_line() throw, they throw on every rank.
    if (rank == 0) std::cerr << argv[0] << ": " << error.what() << '\n';
    exit_code = exit_code_of(error);
  }
  MPI_Finalize();
  return exit_code;
}

}  // namespace example
