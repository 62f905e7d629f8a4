#include "communicator.hpp"

#include <cstdlib>
#include <new>

namespace mpisize::profile {

std::atomic<std::uint64_t> freed_communicators{0};

namespace {

int comm_keyval = MPI_KEYVAL_INVALID;
int win_keyval = MPI_KEYVAL_INVALID;

const Communicator none;

/// MPI calls it when the communicator is freed, in whatever language and by whatever routine.
int forget_communicator(MPI_Comm /*comm*/, int /*keyval*/, void* value, void* /*state*/) {
  auto* const known = static_cast<Communicator*>(value);
  freed_communicators.fetch_add(1, std::memory_order_relaxed);
  std::free(const_cast<int*>(known->world_ranks.load(std::memory_order_acquire)));
  known->~Communicator();
  std::free(known);
  return MPI_SUCCESS;
}

int forget_window(MPI_Win /*win*/, int /*keyval*/, void* value, void* /*state*/) {
  std::free(value);
  return MPI_SUCCESS;
}

int group_size(MPI_Group group) {
  int size = 0;
  PMPI_Group_size(group, &size);
  PMPI_Group_free(&group);
  return size;
}

void learn(MPI_Comm comm, Communicator& known) {
  int inter = 0;
  PMPI_Comm_rank(comm, &known.rank);
  PMPI_Comm_size(comm, &known.local);
  PMPI_Comm_test_inter(comm, &inter);
  known.inter = inter != 0;
  if (known.inter) PMPI_Comm_remote_size(comm, &known.remote);
  known.world = comm == MPI_COMM_WORLD;
}

/// nullptr if there is no memory for it.
int* translate(MPI_Comm comm, const Communicator& known) {
  const auto size = static_cast<std::size_t>(known.peers());
  auto* const world = static_cast<int*>(std::malloc(size * sizeof(int)));
  auto* const own = static_cast<int*>(std::malloc(size * sizeof(int)));
  if (world != nullptr && own != nullptr) {
    for (int i = 0; i < known.peers(); ++i) own[i] = i;
    MPI_Group all = MPI_GROUP_NULL;
    MPI_Group group = MPI_GROUP_NULL;
    PMPI_Comm_group(MPI_COMM_WORLD, &all);
    if (known.inter) {
      PMPI_Comm_remote_group(comm, &group);
    } else {
      PMPI_Comm_group(comm, &group);
    }
    PMPI_Group_translate_ranks(group, known.peers(), own, all, world);
    PMPI_Group_free(&group);
    PMPI_Group_free(&all);
  }
  std::free(own);
  return world;
}

}  // namespace

void start_communicators() {
  PMPI_Comm_create_keyval(MPI_COMM_NULL_COPY_FN, forget_communicator, &comm_keyval, nullptr);
  PMPI_Win_create_keyval(MPI_WIN_NULL_COPY_FN, forget_window, &win_keyval, nullptr);
}

const Communicator& look_up(MPI_Comm comm) {
  if (comm == MPI_COMM_NULL || comm == nullptr) return none;
  void* value = nullptr;
  int found = 0;
  PMPI_Comm_get_attr(comm, comm_keyval, static_cast<void*>(&value), &found);
  if (found != 0) return *static_cast<const Communicator*>(value);
  void* const room = std::malloc(sizeof(Communicator));
  if (room == nullptr) return none;
  auto* const known = new (room) Communicator;
  learn(comm, *known);
  PMPI_Comm_set_attr(comm, comm_keyval, known);
  return *known;
}

int translated_rank(MPI_Comm comm, const Communicator& known, int peer) {
  const int* ranks = known.world_ranks.load(std::memory_order_acquire);
  if (ranks == nullptr) {
    int* const translated = translate(comm, known);
    if (translated == nullptr) return -1;
    // Of two threads that translate at once one keeps its list.
    if (known.world_ranks.compare_exchange_strong(ranks, translated)) {
      ranks = translated;
    } else {
      std::free(translated);
    }
  }
  return ranks[peer];  // MPI_UNDEFINED is negative.
}

int window_size(MPI_Win win) {
  if (win == MPI_WIN_NULL) return 0;
  void* value = nullptr;
  int found = 0;
  PMPI_Win_get_attr(win, win_keyval, static_cast<void*>(&value), &found);
  if (found != 0) return *static_cast<const int*>(value);
  MPI_Group group = MPI_GROUP_NULL;
  PMPI_Win_get_group(win, &group);
  const int size = group_size(group);
  if (auto* const kept = static_cast<int*>(std::malloc(sizeof size))) {
    *kept = size;
    PMPI_Win_set_attr(win, win_keyval, kept);
  }
  return size;
}

int file_size(MPI_File file) {
  if (file == MPI_FILE_NULL) return 0;
  MPI_Group group = MPI_GROUP_NULL;
  PMPI_File_get_group(file, &group);
  return group_size(group);
}

}  // namespace mpisize::profile
