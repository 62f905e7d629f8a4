// uneven --items N --item US [HOST=SPEED ...]: items that sleep, longer on slow hosts, through
// mpisize::map. Hosts of a test share their cores; ranks that sleep do not mind.

#include <mpi.h>
#include <sys/prctl.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <iostream>
#include <mpisize/mpisize.hpp>
#include <mpisize/write/json.hpp>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  std::int64_t items = 1000;
  double microseconds = 1000;
  double speed = 1;
  MPI_Init(&argc, &argv);
  std::array<char, MPI_MAX_PROCESSOR_NAME> host{};
  int length = 0;
  MPI_Get_processor_name(host.data(), &length);
  const std::vector<std::string> words(argv + 1, argv + argc);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto equals = words[i].find('=');
    if (words[i] == "--items") items = std::stoll(words.at(++i));
    if (words[i] == "--item") microseconds = std::stod(words.at(++i));
    if (equals != std::string::npos && words[i].substr(0, equals) == host.data()) {
      speed = std::stod(words[i].substr(equals + 1));
    }
  }
  prctl(PR_SET_TIMERSLACK, 1);
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  std::vector<std::int64_t> numbers(static_cast<std::size_t>(rank == 0 ? items : 0));
  std::iota(numbers.begin(), numbers.end(), 0);
  const auto kernel = [&](const std::int64_t& number) {
    // From half to one and a half of the mean, the same for a number wherever it is.
    const auto mixed = static_cast<std::uint64_t>(number) * 0x9e3779b97f4a7c15U >> 40U;
    const double part = 0.5 + static_cast<double>(mixed) / (1 << 24);
    std::this_thread::sleep_for(
        std::chrono::duration<double, std::micro>(microseconds * part / speed));
    return number;
  };
  const auto [results, report] = mpisize::map(MPI_COMM_WORLD, numbers, kernel);
  if (rank == 0) std::cout << mpisize::to_json(report) << '\n';
  MPI_Finalize();
  return 0;
}
