// mpisize-counters DIRECTORY FILE: merges what the profiling layer has left of the ranks of one run
// into one HDF5 file (store/rank_file.hpp), and says of how many ranks. No MPI job.
//
// Exit code: 0, or 2 with one sentence on stderr.

#include <exception>
#include <iostream>
#include <vector>

#include "mpisize/base/error.hpp"
#include "mpisize/measure/counter_file.hpp"
#include "mpisize/store/rank_file.hpp"

int main(int argc, char** argv) {
  using namespace mpisize;
  try {
    if (argc != 3) throw InputError("mpisize-counters needs a directory of counters and a file");
    const std::vector<RankUse> ranks = read_counters(argv[1]);
    write_ranks(argv[2], ranks);
    std::cout << ranks.size() << "\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 2;
  }
  return 0;
}
