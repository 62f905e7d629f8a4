// mpisize-probe FILE [SECONDS]: measures the links between its ranks and the dispatch cost, and
// writes them with MPI's version to FILE as the JSON of a Machine. Started by `mpisize probe`
// through mpirun, usually with 2 ranks. Host, topology and fingerprint are left to `mpisize probe`:
// here mpirun has bound us to few cores.
//
// mpisize-probe --hosts SECONDS LIMIT: the same for several hosts, which are looked at one by one;
// the JSON goes to stdout, for the first host's files are not those of whoever started it. After
// LIMIT seconds it is ended, wherever it waits.
//
// mpisize-probe --version: prints MPI's version, without MPI being started.
//
// Exit code: 0, 2 for a bad command line, 4 for anything else, with one sentence on stderr.

#include <mpi.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <exception>
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/fingerprint.hpp"
#include "mpisize/mpi/comm_probe.hpp"
#include "mpisize/mpi/dispatch_probe.hpp"
#include "mpisize/mpi/host_probe.hpp"
#include "mpisize/write/json.hpp"

namespace {

constexpr int usage = 2;
constexpr int failed = 4;
constexpr double share_of_links = 0.8;

struct Arguments {
  std::string file;
  bool hosts = false;
  mpisize::Seconds budget{2};
  unsigned limit = 0;
};

std::optional<double> seconds_from(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr double most = 3600;
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!(seconds > 0) || seconds > most) return std::nullopt;
  return seconds;
}

std::optional<Arguments> read_arguments(int argc, char** argv) {
  constexpr int of_hosts = 4;
  Arguments arguments;
  arguments.hosts = argc == of_hosts && std::string_view(argv[1]) == "--hosts";
  if (argc < 2 || (argc > 3 && !arguments.hosts)) return std::nullopt;
  if (!arguments.hosts) arguments.file = argv[1];
  if (argc > 2) {
    const auto seconds = seconds_from(argv[2]);
    if (!seconds) return std::nullopt;
    arguments.budget = mpisize::Seconds(*seconds);
  }
  if (arguments.hosts) {
    const auto limit = seconds_from(argv[3]);
    if (!limit || *limit < 1) return std::nullopt;
    arguments.limit = static_cast<unsigned>(*limit);
  }
  return arguments;
}

std::string library_version() {
  std::array<char, MPI_MAX_LIBRARY_VERSION_STRING> text{};
  int length = 0;
  MPI_Get_library_version(text.data(), &length);
  return mpisize::mpi_name({text.data(), static_cast<std::size_t>(length)});
}

/// Collective; the root writes.
void probe(const Arguments& arguments) {
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  mpisize::Machine machine;
  const mpisize::Seconds for_links = share_of_links * arguments.budget;
  if (arguments.hosts) {
    const mpisize::HostSurvey survey = mpisize::probe_hosts(MPI_COMM_WORLD, for_links);
    machine.hosts = survey.hosts;
    machine.links = survey.links;
  } else {
    machine.links = mpisize::probe_links(MPI_COMM_WORLD, for_links);
  }
  machine.dispatch =
      mpisize::measure_dispatch(MPI_COMM_WORLD, (1 - share_of_links) * arguments.budget);
  if (rank != 0) return;
  machine.mpi = library_version();
  if (arguments.hosts) {
    std::cout << mpisize::to_json(machine) << std::flush;
  } else {
    mpisize::write_file(arguments.file, mpisize::to_json(machine));
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--version") {
    std::cout << library_version() << "\n";
    return 0;
  }
  const auto arguments = read_arguments(argc, argv);
  // A link that goes down leaves ranks waiting that nobody can reach any more.
  if (arguments && arguments->limit > 0) alarm(arguments->limit);
  MPI_Init(&argc, &argv);
  if (!arguments) {
    std::cerr << "mpisize-probe takes a file to write and a time in seconds (0 to 3600); it is "
                 "started by 'mpisize probe'\n";
    MPI_Finalize();
    return usage;
  }
  try {
    probe(*arguments);
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    MPI_Abort(MPI_COMM_WORLD, failed);  // the other ranks may be waiting for this one
  }
  MPI_Finalize();
  return 0;
}
