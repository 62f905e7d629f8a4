/// Waiting and watching: what the ranks of a benchmark do around the calls that they time.
#pragma once

#include <mpi.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "mpisize/base/units.hpp"

namespace bench {

/// CPU that others may take of the machine's cores before a measurement counts as disturbed.
inline constexpr double most_of_others = 0.05;

/// MPI_Barrier, MPI_Bcast and MPI_Allreduce(sum) whose waiting ranks sleep: a polling rank would
/// slow the one that computes. They return within about 1 ms of each other.
void polite_barrier(MPI_Comm comm);
[[nodiscard]] int polite_broadcast(MPI_Comm comm, int value_at_root);
[[nodiscard]] double polite_sum(MPI_Comm comm, double value);

[[nodiscard]] bool is_root(MPI_Comm comm);

/// A duplicate of a communicator that nothing is known about; freed with it.
class FreshComm {
 public:
  explicit FreshComm(MPI_Comm comm);
  ~FreshComm();
  FreshComm(const FreshComm&) = delete;
  FreshComm& operator=(const FreshComm&) = delete;
  FreshComm(FreshComm&&) = delete;
  FreshComm& operator=(FreshComm&&) = delete;
  [[nodiscard]] MPI_Comm get() const { return comm_; }

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
};

/// Repeats `measure`, which every rank calls, until others took at most `most_of_others` meanwhile;
/// at most `attempts` times. Returns the quietest one's value at the root, an object, with three
/// keys more: "others" = (CPU of the machine - CPU of our ranks) / (wall x cores), "attempts",
/// "disturbed".
[[nodiscard]] nlohmann::json quietest(MPI_Comm comm, int attempts,
                                      const std::function<nlohmann::json()>& measure);

/// Wall time of `body`.
[[nodiscard]] mpisize::Seconds wall_of(const std::function<void()>& body);

}  // namespace bench
