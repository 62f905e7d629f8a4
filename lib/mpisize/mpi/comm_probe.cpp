#include "mpisize/mpi/comm_probe.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

#include "mpisize/measure/self.hpp"
#include "mpisize/mpi/probe_comm.hpp"

namespace mpisize {
namespace {

constexpr int root = 0;

}  // namespace

std::vector<Link> probe_links(MPI_Comm comm, Seconds budget, const ProbeProgress& progress) {
  const ProbeComm mine(comm);
  if (mine.size() == 1) return {};
  const Seconds start = now();
  const auto partners = partners_of_root(mine, map_ranks(mine));
  std::vector<double> who;
  who.reserve(partners.size());
  for (const auto& [level, rank] : partners) who.push_back(rank);
  mine.share(who);
  if (std::find(who.begin(), who.end(), mine.rank()) != who.end()) answer(mine, root);

  std::vector<Link> links;
  std::size_t left = partners.size();
  for (const auto& [level, rank] : partners) {
    const Seconds share = (start + budget - now()) / static_cast<double>(left--);
    const auto link = measure_link(mine, level, rank, std::max(Seconds(0), share), progress);
    if (link) links.push_back(*link);
  }
  std::vector<double> words = flattened(links);
  mine.share(words);
  return unflattened(words);
}

}  // namespace mpisize
