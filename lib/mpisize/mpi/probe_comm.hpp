/// The communicator of a probe, and where its ranks are. Private.
#pragma once

#include <mpi.h>

#include <map>
#include <string>
#include <vector>

#include "mpisize/model/comm_model.hpp"

namespace mpisize {

/// A duplicate that is freed at the end, with errors as return codes. Collective.
class ProbeComm {
 public:
  /// Throws std::invalid_argument for an intercommunicator.
  explicit ProbeComm(MPI_Comm comm);
  ~ProbeComm() { MPI_Comm_free(&comm_); }
  ProbeComm(const ProbeComm&) = delete;
  ProbeComm& operator=(const ProbeComm&) = delete;

  [[nodiscard]] MPI_Comm get() const { return comm_; }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }

  /// Collective: until all are here; politely.
  void meet() const;
  /// Collective: the root's numbers, everywhere.
  void share(std::vector<double>& words) const;
  /// Collective: everybody's numbers, one after the other by rank, at the root.
  [[nodiscard]] std::vector<std::vector<double>> gather(const std::vector<double>& words) const;

 private:
  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
};

/// Hosts by the first rank on each; the same on all ranks.
struct RankMap {
  std::vector<std::string> hosts;
  std::vector<int> host_of;             ///< By rank.
  std::vector<std::vector<int>> ranks;  ///< By host, ascending.
};

/// Collective.
[[nodiscard]] RankMap map_ranks(const ProbeComm& comm);

/// The first rank at each level from rank 0, on its host or another. Known at rank 0. Collective.
[[nodiscard]] std::map<Level, int> partners_of_root(const ProbeComm& comm, const RankMap& map);

}  // namespace mpisize
