// The schedules without MPI: chunk sizes of FAC2 for 100 items on 4 ranks add up to 100.
#include <cstdint>
#include <cstdio>

#include <mpisize/choose/planner.hpp>
#include <mpisize/model/schedule.hpp>

#ifdef MPI_VERSION
#error "mpi.h is seen through mpisize::core"
#endif

int main() {
  mpisize::ChunkSequence chunks(mpisize::Schedule::factoring, 100, 4, 1);
  std::int64_t sum = 0;
  while (const std::int64_t size = chunks.next()) {
    std::printf("%lld ", static_cast<long long>(size));
    sum += size;
  }
  std::printf("= %lld\n", static_cast<long long>(sum));
  return sum == 100 ? 0 : 1;
}
