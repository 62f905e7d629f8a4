/// A duplicate of the user's communicator with what every call on it needs, made once.
#pragma once

#include <mpi.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mpisize/model/kernel_profile.hpp"
#include "mpisize/model/machine.hpp"
#include "mpisize/model/placement.hpp"
#include "mpisize/mpi/post.hpp"

namespace mpisize {

inline constexpr int root_rank = 0;

class RootCall;
struct Teams;

/// Kept as an attribute on the user's communicator and freed with it, or at MPI_Finalize.
class Communicator {
 public:
  /// The one that belongs to `user`; made at the first call, which is collective. Throws
  /// std::invalid_argument for an intercommunicator or MPI_COMM_NULL, and if MPI is not
  /// initialised.
  static Communicator& of(MPI_Comm user);

  ~Communicator();
  Communicator(const Communicator&) = delete;
  Communicator& operator=(const Communicator&) = delete;
  Communicator(Communicator&&) = delete;
  Communicator& operator=(Communicator&&) = delete;

  [[nodiscard]] MPI_Comm get() const { return comm_; }
  [[nodiscard]] int rank() const { return rank_; }
  [[nodiscard]] int size() const { return size_; }
  /// Rank in the communicator that this one is a team of; else rank().
  [[nodiscard]] int home_rank() const { return home_rank_; }
  [[nodiscard]] bool is_root() const { return rank_ == root_rank; }
  [[nodiscard]] const std::string& host() const { return host_; }
  [[nodiscard]] int nodes() const { return nodes_; }            ///< Hosts of the communicator.
  [[nodiscard]] int ranks_here() const { return ranks_here_; }  ///< Ranks on this host.
  /// Whether another rank is on this host.
  [[nodiscard]] bool near(int rank) const {
    return hosts_.at(static_cast<std::size_t>(rank)) == hosts_[static_cast<std::size_t>(rank_)];
  }
  /// A number per rank, the same for those of one host.
  [[nodiscard]] const std::vector<std::uint64_t>& hosts() const { return hosts_; }
  /// PUs that the ranks of each host may use together, by its number.
  [[nodiscard]] const std::map<std::uint64_t, int>& pus_by_host() const { return pus_by_host_; }
  /// Where all ranks are, hosts by number of the first rank; names and speeds as the hosts of a
  /// machine have them.
  [[nodiscard]] Placement placement(const Machine& probed) const;
  /// PUs that those may use together, by the kernel's number.
  [[nodiscard]] const std::vector<int>& pus_here() const { return pus_here_; }
  [[nodiscard]] bool oversubscribed() const {
    return ranks_here_ > static_cast<int>(pus_here_.size());
  }

  /// Where this rank stands in dispatch_tree(hosts(), group, rack); made at the first call, which
  /// is collective.
  [[nodiscard]] Teams& teams(int group, int rack);

  /// At the root from any worker; at a worker from the root.
  [[nodiscard]] Inbox& inbox() { return *inbox_; }
  /// At the root to `rank`; at a worker to the root.
  [[nodiscard]] Outbox& outbox(int rank);

  // Kept from call to call, at the root.
  std::optional<Machine> machine;                 ///< Measured by the first call that needed it.
  std::map<std::string, KernelProfile> profiles;  ///< By Options::name.
  RootCall* paused = nullptr;                     ///< A prepared call with items under way.

 private:
  explicit Communicator(MPI_Comm user);
  /// Of `members`, ranks of `home` in rising order.
  Communicator(const Communicator& home, const std::vector<int>& members, int tag);
  void look_around();
  void open_boxes();

  MPI_Comm comm_ = MPI_COMM_NULL;
  int rank_ = 0;
  int size_ = 1;
  std::string host_;
  int nodes_ = 1;
  int home_rank_ = 0;
  std::vector<std::uint64_t> hosts_;
  int ranks_here_ = 1;
  std::vector<int> pus_here_;
  std::map<std::uint64_t, int> pus_by_host_;
  std::unique_ptr<Inbox> inbox_;
  std::vector<std::unique_ptr<Outbox>> outboxes_;
  std::map<std::pair<int, int>, std::unique_ptr<Teams>> teams_;  ///< By group and rack.
};

/// Where a rank stands when sub-roots dispatch.
struct Teams {
  std::unique_ptr<Communicator> up;  ///< Another rank dispatches to this one; the root's is empty.
  std::unique_ptr<Communicator> down;  ///< This one dispatches; empty at those that only compute.
};

}  // namespace mpisize
