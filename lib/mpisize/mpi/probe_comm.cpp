#include "mpisize/mpi/probe_comm.hpp"

#include <array>
#include <cstddef>
#include <stdexcept>

#include "mpisize/measure/hwloc_topology.hpp"
#include "mpisize/mpi/check.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {
namespace {

constexpr int root = 0;

}  // namespace

ProbeComm::ProbeComm(MPI_Comm comm) {
  int inter = 0;
  check(MPI_Comm_test_inter(comm, &inter), "MPI_Comm_test_inter");
  if (inter != 0) throw std::invalid_argument("links are probed within an intracommunicator");
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Comm_idup(comm, &comm_, &request), "MPI_Comm_idup");
  wait_politely(request);
  check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
}

void ProbeComm::meet() const {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibarrier(comm_, &request), "MPI_Ibarrier");
  wait_politely(request);
}

void ProbeComm::share(std::vector<double>& words) const {
  auto count = static_cast<int>(words.size());
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Ibcast(&count, 1, MPI_INT, root, comm_, &request), "MPI_Ibcast");
  wait_politely(request);
  words.resize(static_cast<std::size_t>(count));
  check(MPI_Ibcast(words.data(), count, MPI_DOUBLE, root, comm_, &request), "MPI_Ibcast");
  wait_politely(request);
}

std::vector<std::vector<double>> ProbeComm::gather(const std::vector<double>& words) const {
  const std::size_t ranks = rank_ == root ? static_cast<std::size_t>(size_) : 0;
  const auto count = static_cast<int>(words.size());
  std::vector<int> counts(ranks);
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Igather(&count, 1, MPI_INT, counts.data(), 1, MPI_INT, root, comm_, &request),
        "MPI_Igather");
  wait_politely(request);
  std::vector<int> offsets(ranks);
  int total = 0;
  for (std::size_t r = 0; r < ranks; ++r) {
    offsets[r] = total;
    total += counts[r];
  }
  std::vector<double> all(static_cast<std::size_t>(total));
  check(MPI_Igatherv(words.data(), count, MPI_DOUBLE, all.data(), counts.data(), offsets.data(),
                     MPI_DOUBLE, root, comm_, &request),
        "MPI_Igatherv");
  wait_politely(request);
  std::vector<std::vector<double>> by_rank;
  for (std::size_t r = 0; r < ranks; ++r) {
    const auto first = all.begin() + offsets[r];
    by_rank.emplace_back(first, first + counts[r]);
  }
  return by_rank;
}

RankMap map_ranks(const ProbeComm& comm) {
  using Name = std::array<char, MPI_MAX_PROCESSOR_NAME>;
  Name name{};
  int length = 0;
  check(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
  std::vector<Name> names(static_cast<std::size_t>(comm.size()));
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Iallgather(name.data(), MPI_MAX_PROCESSOR_NAME, MPI_CHAR, names.data(),
                       MPI_MAX_PROCESSOR_NAME, MPI_CHAR, comm.get(), &request),
        "MPI_Iallgather");
  wait_politely(request);
  RankMap map;
  std::map<std::string, int> known;
  for (int r = 0; r < comm.size(); ++r) {
    const std::string host(names[static_cast<std::size_t>(r)].data());
    const auto [at, fresh] = known.try_emplace(host, static_cast<int>(map.hosts.size()));
    if (fresh) {
      map.hosts.push_back(host);
      map.ranks.emplace_back();
    }
    map.host_of.push_back(at->second);
    map.ranks[static_cast<std::size_t>(at->second)].push_back(r);
  }
  return map;
}

std::map<Level, int> partners_of_root(const ProbeComm& comm, const RankMap& map) {
  std::vector<double> mine;
  for (const int pu : affinity_pus()) mine.push_back(pu);
  const auto all = comm.gather(mine);
  std::map<Level, int> partners;
  if (comm.rank() != root) return partners;
  if (map.hosts.size() > 1) partners.emplace(Level::between_nodes, map.ranks[1].front());
  const auto pus_of = [&all](int rank) {
    const std::vector<double>& words = all[static_cast<std::size_t>(rank)];
    return std::vector<int>(words.begin(), words.end());
  };
  std::vector<std::vector<int>> their_pus;
  const std::vector<int>& here = map.ranks[0];
  for (std::size_t i = 1; i < here.size(); ++i) their_pus.push_back(pus_of(here[i]));
  if (their_pus.empty()) return partners;
  const auto levels = levels_between(pus_of(root), their_pus);
  for (std::size_t i = 0; i < levels.size(); ++i) partners.try_emplace(levels[i], here[i + 1]);
  return partners;
}

}  // namespace mpisize
