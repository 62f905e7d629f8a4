// collectives MACHINE.json: each collective over several sizes, measured and predicted from the
// machine's links, as one line of JSON each. Started by tests/cluster/bench through mpirun.
//
// Measured is the collective and a barrier after it, many in a row: the barrier keeps calls from
// running into each other, and the model plays it, too.
#include <mpi.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <vector>

#include "mpisize/measure/cache.hpp"
#include "mpisize/measure/self.hpp"
#include "mpisize/model/collectives.hpp"
#include "mpisize/mpi/probe_comm.hpp"
#include "mpisize/write/json.hpp"

namespace {

using namespace mpisize;

/// Buffers of one collective of `size` bytes a rank (pair), and the call.
class Call {
 public:
  Call(Collective what, int ranks, std::int64_t size) : what_(what), size_(static_cast<int>(size)) {
    const auto all = static_cast<std::size_t>(size) * static_cast<std::size_t>(ranks);
    out_.resize(all);
    in_.resize(all);
    counts_.assign(static_cast<std::size_t>(ranks), size_);
    offsets_.resize(static_cast<std::size_t>(ranks));
    for (std::size_t r = 0; r < offsets_.size(); ++r) offsets_[r] = static_cast<int>(r) * size_;
  }

  void operator()() {
    const int words = size_ / static_cast<int>(sizeof(double));
    switch (what_) {
      case Collective::scatterv:
        MPI_Scatterv(out_.data(), counts_.data(), offsets_.data(), MPI_BYTE, in_.data(), size_,
                     MPI_BYTE, 0, MPI_COMM_WORLD);
        break;
      case Collective::gatherv:
        MPI_Gatherv(out_.data(), size_, MPI_BYTE, in_.data(), counts_.data(), offsets_.data(),
                    MPI_BYTE, 0, MPI_COMM_WORLD);
        break;
      case Collective::bcast:
        MPI_Bcast(out_.data(), size_, MPI_BYTE, 0, MPI_COMM_WORLD);
        break;
      case Collective::allreduce:
        MPI_Allreduce(out_.data(), in_.data(), words, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
        break;
      case Collective::alltoall:
        MPI_Alltoall(out_.data(), size_, MPI_BYTE, in_.data(), size_, MPI_BYTE, MPI_COMM_WORLD);
        break;
      default:
        break;
    }
    MPI_Barrier(MPI_COMM_WORLD);
  }

 private:
  Collective what_;
  int size_;
  std::vector<char> out_;
  std::vector<char> in_;
  std::vector<int> counts_;
  std::vector<int> offsets_;
};

/// Seconds a call; the median of several stretches, at the root.
double measured_time(Call& call) {
  constexpr double of_a_stretch = 0.06;
  constexpr int stretches = 5;
  constexpr int most_calls = 200;
  call();
  double begin = now().value();
  call();
  int calls = std::clamp(static_cast<int>(of_a_stretch / (now().value() - begin)), 2, most_calls);
  MPI_Bcast(&calls, 1, MPI_INT, 0, MPI_COMM_WORLD);
  std::vector<double> times;
  for (int i = 0; i < stretches; ++i) {
    begin = now().value();
    for (int k = 0; k < calls; ++k) call();
    times.push_back((now().value() - begin) / calls);
  }
  std::sort(times.begin(), times.end());
  return times[stretches / 2];
}

}  // namespace

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  {
    const Machine machine = machine_from_json(read_file(argv[1]), argv[1]);
    const ProbeComm comm(MPI_COMM_WORLD);
    const RankMap map = map_ranks(comm);
    std::vector<RankPlace> places;
    for (const int host : map.host_of) places.push_back({host, 0});
    const MessagePlayer player(machine.links, places);
    const int n = comm.size();
    const MessageProgram barrier = program_of(
        Collective::barrier, algorithm_of(Collective::barrier, n, Bytes(0)), n, Bytes(0));
    for (const Collective what : {Collective::scatterv, Collective::gatherv, Collective::bcast,
                                  Collective::allreduce, Collective::alltoall}) {
      for (const std::int64_t size : {1 << 10, 1 << 13, 1 << 15, 1 << 17, 1 << 20}) {
        Call call(what, n, size);
        const double measured = measured_time(call);
        if (comm.rank() != 0) continue;
        const auto one = program_of(what, algorithm_of(what, n, Bytes(size)), n, Bytes(size));
        constexpr int times = 4;
        const double predicted = player.play(in_sequence(one, barrier), times).value() / times;
        std::cout << nlohmann::json{{"collective", name_of(what)},
                                    {"ranks", n},
                                    {"size", size},
                                    {"measured", measured},
                                    {"predicted", predicted}}
                  << std::endl;
      }
    }
  }
  MPI_Finalize();
}
