#include "mpisize/mpi/communicator.hpp"

#include <sched.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <stdexcept>
#include <unordered_map>

#include "mpisize/mpi/check.hpp"
#include "mpisize/mpi/dispatch_tree.hpp"
#include "mpisize/mpi/polite_wait.hpp"

namespace mpisize {
namespace {

using Live = std::set<Communicator*>;

/// Communicators of this process that have not been freed; its value is an attribute of
/// MPI_COMM_SELF, whose attributes MPI_Finalize deletes first, while MPI still works.
int live_key();
int own_key();

Live* live() {
  Live* set = nullptr;
  int found = 0;
  check(MPI_Comm_get_attr(MPI_COMM_SELF, live_key(), &set, &found), "MPI_Comm_get_attr");
  if (found == 0) {
    auto made = std::make_unique<Live>();
    check(MPI_Comm_set_attr(MPI_COMM_SELF, live_key(), made.get()), "MPI_Comm_set_attr");
    set = made.release();
  }
  return set;
}

extern "C" {

int mpisize_free_all(MPI_Comm, int, void* value, void*) {
  const std::unique_ptr<Live> set(static_cast<Live*>(value));
  for (Communicator* communicator : *set) delete communicator;
  return MPI_SUCCESS;
}

int mpisize_free_one(MPI_Comm, int, void* value, void*) {
  int finalized = 0;
  MPI_Finalized(&finalized);
  if (finalized != 0) return MPI_SUCCESS;  // Freed with MPI_COMM_SELF's attributes.
  auto* communicator = static_cast<Communicator*>(value);
  if (live()->erase(communicator) == 1) delete communicator;
  return MPI_SUCCESS;
}
}

int new_key(MPI_Comm_delete_attr_function* free_value) {
  int key = MPI_KEYVAL_INVALID;
  check(MPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, free_value, &key, nullptr),
        "MPI_Comm_create_keyval");
  return key;
}

int live_key() {
  static const int key = new_key(mpisize_free_all);
  return key;
}

int own_key() {
  static const int key = new_key(mpisize_free_one);
  return key;
}

void require_usable(MPI_Comm user) {
  int initialized = 0;
  int finalized = 0;
  MPI_Initialized(&initialized);
  MPI_Finalized(&finalized);
  if (initialized == 0 || finalized != 0) {
    throw std::invalid_argument(initialized == 0
                                    ? "MPI is not initialised; call MPI_Init before mpisize"
                                    : "MPI is finalised; call mpisize before MPI_Finalize");
  }
  if (user == MPI_COMM_NULL) {
    throw std::invalid_argument(
        "the communicator is MPI_COMM_NULL; pass one that this rank belongs to");
  }
  int inter = 0;
  check(MPI_Comm_test_inter(user, &inter), "MPI_Comm_test_inter");
  if (inter != 0) {
    throw std::invalid_argument(
        "the communicator is an intercommunicator; pass an intracommunicator "
        "(MPI_Intercomm_merge makes one)");
  }
}

constexpr int most_pus = 1024;

struct Place {
  std::uint64_t host = 0;
  std::array<std::uint64_t, most_pus / 64> pus{};
};

/// FNV-1a (Fowler, Noll and Vo 1991).
std::uint64_t hash(const std::string& text) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  return h;
}

Place place_of(const std::string& host) {
  Place place;
  place.host = hash(host);
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int pu = 0; pu < most_pus; ++pu) {
      if (CPU_ISSET(pu, &set))
        place.pus[static_cast<std::size_t>(pu / 64)] |= std::uint64_t{1} << (pu % 64);
    }
  }
  return place;
}

}  // namespace

Communicator& Communicator::of(MPI_Comm user) {
  require_usable(user);
  Communicator* communicator = nullptr;
  int found = 0;
  check(MPI_Comm_get_attr(user, own_key(), &communicator, &found), "MPI_Comm_get_attr");
  if (found != 0) return *communicator;
  std::unique_ptr<Communicator> made(new Communicator(user));
  check(MPI_Comm_set_attr(user, own_key(), made.get()), "MPI_Comm_set_attr");
  live()->insert(made.get());
  return *made.release();
}

Communicator::Communicator(MPI_Comm user) {
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Comm_idup(user, &comm_, &request), "MPI_Comm_idup");
  wait_politely(request);
  check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  std::array<char, MPI_MAX_PROCESSOR_NAME> name{};
  int length = 0;
  check(MPI_Get_processor_name(name.data(), &length), "MPI_Get_processor_name");
  host_.assign(name.data(), static_cast<std::size_t>(length));
  home_rank_ = rank_;
  look_around();
  open_boxes();
}

Communicator::Communicator(const Communicator& home, const std::vector<int>& members, int tag)
    : size_(static_cast<int>(members.size())),
      host_(home.host_),
      home_rank_(home.home_rank_),
      ranks_here_(home.ranks_here_),
      pus_here_(home.pus_here_) {
  MPI_Group all = MPI_GROUP_NULL;
  MPI_Group group = MPI_GROUP_NULL;
  check(MPI_Comm_group(home.comm_, &all), "MPI_Comm_group");
  check(MPI_Group_incl(all, size_, members.data(), &group), "MPI_Group_incl");
  check(MPI_Comm_create_group(home.comm_, group, tag, &comm_), "MPI_Comm_create_group");
  check(MPI_Group_free(&group), "MPI_Group_free");
  check(MPI_Group_free(&all), "MPI_Group_free");
  check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
  for (const int r : members) hosts_.push_back(home.hosts_[static_cast<std::size_t>(r)]);
  nodes_ = static_cast<int>(std::set<std::uint64_t>(hosts_.begin(), hosts_.end()).size());
  open_boxes();
}

void Communicator::open_boxes() {
  constexpr int worker_slots = 8;
  constexpr int most_root_slots = 64;
  if (size_ == 1) return;
  if (is_root()) {
    inbox_ =
        std::make_unique<Inbox>(comm_, MPI_ANY_SOURCE, std::clamp(2 * size_, 8, most_root_slots));
    for (int r = 0; r < size_; ++r) outboxes_.push_back(std::make_unique<Outbox>(comm_, r));
  } else {
    inbox_ = std::make_unique<Inbox>(comm_, root_rank, worker_slots);
    outboxes_.push_back(std::make_unique<Outbox>(comm_, root_rank));
  }
}

void Communicator::look_around() {
  const Place mine = place_of(host_);
  std::vector<Place> all(static_cast<std::size_t>(size_));
  MPI_Request request = MPI_REQUEST_NULL;
  check(MPI_Iallgather(&mine, sizeof mine, MPI_BYTE, all.data(), sizeof mine, MPI_BYTE, comm_,
                       &request),
        "MPI_Iallgather");
  wait_politely(request);
  std::unordered_map<std::uint64_t, Place> by_host;
  ranks_here_ = 0;
  for (const Place& place : all) {
    hosts_.push_back(place.host);
    if (place.host == mine.host) ++ranks_here_;
    Place& host = by_host[place.host];
    for (std::size_t i = 0; i < place.pus.size(); ++i) host.pus[i] |= place.pus[i];
  }
  nodes_ = static_cast<int>(by_host.size());
  for (const auto& [host, its] : by_host) {
    int pus = 0;
    for (const std::uint64_t word : its.pus) pus += std::popcount(word);
    pus_by_host_[host] = std::max(1, pus);
  }
  const Place& together = by_host[mine.host];
  for (int pu = 0; pu < most_pus; ++pu) {
    if ((together.pus[static_cast<std::size_t>(pu / 64)] >> (pu % 64) & 1U) != 0)
      pus_here_.push_back(pu);
  }
  if (pus_here_.empty()) pus_here_.push_back(0);
}

Placement Communicator::placement(const Machine& probed) const {
  std::unordered_map<std::uint64_t, const Host*> known;
  for (const Host& host : probed.hosts) known[hash(host.name)] = &host;
  // A quota of this host is taken for that of all.
  const Grant& grant = probed.topology.grant;
  const double granted =
      grant.pus > 0 && grant.cpus > 0 ? std::min(1.0, grant.cpus / grant.pus) : 1;
  Placement placement;
  std::unordered_map<std::uint64_t, int> numbers;
  for (const std::uint64_t host : hosts_) {
    const auto [number, fresh] =
        numbers.try_emplace(host, static_cast<int>(placement.nodes.size()));
    placement.node_of_rank.push_back(number->second);
    if (!fresh) {
      ++placement.nodes[static_cast<std::size_t>(number->second)].ranks;
      continue;
    }
    PlacedNode node;
    if (!placement.nodes.empty()) node.rack = placement.nodes.front().rack;
    if (host == hosts_[static_cast<std::size_t>(rank_)]) node.host = host_;
    const auto pus = pus_by_host_.find(host);
    node.cpus = (pus == pus_by_host_.end() ? 1 : pus->second) * granted;
    const auto its = known.find(host);
    if (its != known.end()) {
      node.host = its->second->name;
      node.speed = its->second->speed;
      node.rack = its->second->rack;
      node.cpus = std::min<double>(node.cpus, its->second->topology.grant.cpus);
    }
    placement.nodes.push_back(node);
  }
  return placement;
}

Teams& Communicator::teams(int group, int rack) {
  std::unique_ptr<Teams>& teams = teams_[{group, rack}];
  if (teams) return *teams;
  teams = std::make_unique<Teams>();
  const DispatchTree tree = dispatch_tree(hosts_, group, rack);
  // From the root down, a tag for each level: no rank waits for one that waits for it.
  constexpr int first_tag = 3;
  const auto team = [&](int rank) {
    return std::unique_ptr<Communicator>(
        new Communicator(*this, tree.team_of(rank), first_tag + tree.depth_of(rank)));
  };
  if (!is_root()) teams->up = team(tree.parent[static_cast<std::size_t>(rank_)]);
  if (tree.dispatches[static_cast<std::size_t>(rank_)]) teams->down = team(rank_);
  return *teams;
}

Communicator::~Communicator() {
  teams_.clear();
  for (const auto& box : outboxes_) {
    PoliteWait wait(true);
    while (box->pending() > 0) wait.pause();
  }
  inbox_.reset();
  MPI_Comm_free(&comm_);
}

Outbox& Communicator::outbox(int rank) {
  return *outboxes_[is_root() ? static_cast<std::size_t>(rank) : 0];
}

}  // namespace mpisize
