/* Calls of which every number is known: known MODE [DIRECTORY]. The tests say what must be counted.
 */
#include <mpi.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int rank, size;

static void point_to_point(void) {
  int next = (rank + 1) % size, previous = (rank + size - 1) % size;
  int numbers[100], got[100], flag;
  double pair[10], other[10], grid[20], columns[20];
  MPI_Request request, both[2];
  MPI_Datatype column;
  memset(numbers, 0, sizeof numbers);
  memset(pair, 0, sizeof pair);
  memset(grid, 0, sizeof grid);
  for (int i = 0; i < 3; ++i) {
    MPI_Isend(numbers, 100, MPI_INT, next, 1, MPI_COMM_WORLD, &request);
    MPI_Recv(got, 100, MPI_INT, previous, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
  }
  for (int i = 0; i < 2; ++i)
    MPI_Sendrecv(pair, 10, MPI_DOUBLE, next, 2, other, 10, MPI_DOUBLE, previous, 2, MPI_COMM_WORLD,
                 MPI_STATUS_IGNORE);
  MPI_Send(numbers, 100, MPI_INT, MPI_PROC_NULL, 3, MPI_COMM_WORLD);
  /* Two of every five doubles, four times: 64 bytes each. */
  MPI_Type_vector(4, 2, 5, MPI_DOUBLE, &column);
  MPI_Type_commit(&column);
  MPI_Irecv(columns, 1, column, previous, 4, MPI_COMM_WORLD, &request);
  MPI_Send(grid, 1, column, next, 4, MPI_COMM_WORLD);
  MPI_Waitall(1, &request, MPI_STATUSES_IGNORE);
  MPI_Type_free(&column);
  /* The same address whatever the base: 4 bytes. */
  MPI_Aint address;
  MPI_Datatype absolute;
  int one = 1;
  MPI_Get_address(&numbers[7], &address);
  MPI_Type_create_hindexed(1, &one, &address, MPI_INT, &absolute);
  MPI_Type_commit(&absolute);
  MPI_Irecv(got, 1, MPI_INT, previous, 5, MPI_COMM_WORLD, &request);
  MPI_Ssend(MPI_BOTTOM, 1, absolute, next, 5, MPI_COMM_WORLD);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  MPI_Type_free(&absolute);
  MPI_Wait(&request, MPI_STATUS_IGNORE); /* MPI_REQUEST_NULL by now. */
  for (int i = 0; i < 5; ++i)
    MPI_Iprobe(MPI_ANY_SOURCE, 99, MPI_COMM_WORLD, &flag, MPI_STATUS_IGNORE);
  /* Persistent, four starts, each with one message of 24 bytes. */
  MPI_Send_init(pair, 3, MPI_DOUBLE, next, 6, MPI_COMM_WORLD, &both[0]);
  MPI_Recv_init(other, 3, MPI_DOUBLE, previous, 6, MPI_COMM_WORLD, &both[1]);
  for (int i = 0; i < 3; ++i) {
    MPI_Startall(2, both);
    MPI_Waitall(2, both, MPI_STATUSES_IGNORE);
  }
  MPI_Start(&both[1]);
  MPI_Start(&both[0]);
  MPI_Waitall(2, both, MPI_STATUSES_IGNORE);
  MPI_Request_free(&both[0]);
  MPI_Request_free(&both[1]);
}

/* Messages of all sizes among collectives, nothing that Open MPI counts oddly. */
static void plain(void) {
  static char out[200000], in[200000];
  int next = (rank + 1) % size, previous = (rank + size - 1) % size, sum = 0;
  MPI_Comm other;
  MPI_Comm_split(MPI_COMM_WORLD, 0, -rank, &other); /* The other way round. */
  for (int i = 0; i < 50; ++i) {
    MPI_Request request;
    int bytes = i * i * 80;
    MPI_Isend(out, bytes, MPI_BYTE, next, i, MPI_COMM_WORLD, &request);
    MPI_Recv(in, bytes, MPI_BYTE, previous, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Allreduce(&i, &sum, 1, MPI_INT, MPI_SUM, other);
    MPI_Sendrecv(out, i, MPI_DOUBLE, (size - 1 - rank + 1) % size, i, in, i, MPI_DOUBLE,
                 (size - 1 - rank + size - 1) % size, i, other, MPI_STATUS_IGNORE);
    MPI_Sendrecv_replace(out, 1, MPI_INT, previous, i, next, i, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Alltoall(out, 100, MPI_BYTE, in, 100, MPI_BYTE, MPI_COMM_WORLD);
  }
  MPI_Comm_free(&other);
}

/* Halves by parity, made and freed again and again: rank 0 of each sends 8 bytes to rank 1 of it.
 */
static void communicators(void) {
  double word = 1;
  for (int i = 0; i < 20; ++i) {
    MPI_Comm half;
    MPI_Comm_split(MPI_COMM_WORLD, i % 2 == 0 ? rank % 2 : 0, rank, &half);
    int mine;
    MPI_Comm_rank(half, &mine);
    if (mine == 0) MPI_Send(&word, 1, MPI_DOUBLE, 1, 0, half);
    if (mine == 1) MPI_Recv(&word, 1, MPI_DOUBLE, 0, 0, half, MPI_STATUS_IGNORE);
    MPI_Comm_free(&half);
  }
  /* Even against odd ranks. */
  MPI_Comm half, inter;
  int parity = rank % 2, in = 0, pair[2] = {0, 0};
  MPI_Comm_split(MPI_COMM_WORLD, parity, rank, &half);
  MPI_Intercomm_create(half, 0, MPI_COMM_WORLD, 1 - parity, 7, &inter);
  int mine;
  MPI_Comm_rank(half, &mine);
  if (parity == 0) MPI_Send(pair, 2, MPI_INT, mine, 8, inter);
  if (parity == 1) MPI_Recv(pair, 2, MPI_INT, mine, 8, inter, MPI_STATUS_IGNORE);
  /* From world rank 0 to all odd ranks. */
  MPI_Bcast(&in, 1, MPI_INT, parity == 1 ? 0 : (mine == 0 ? MPI_ROOT : MPI_PROC_NULL), inter);
  MPI_Allreduce(pair, &in, 1, MPI_INT, MPI_SUM, inter);
  MPI_Comm_free(&inter);
  MPI_Comm_free(&half);
}

static void collective(void) {
  double a[64], b[64];
  int counts[8], places[8], zeros[8];
  MPI_Datatype types[8];
  MPI_Request request;
  memset(a, 0, sizeof a);
  for (int i = 0; i < size; ++i) {
    counts[i] = i + 1; /* 1 + 2 + ... */
    places[i] = i * (i + 1) / 2;
    zeros[i] = 0;
    types[i] = MPI_DOUBLE;
  }
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_Bcast(a, 4, MPI_DOUBLE, 1, MPI_COMM_WORLD);
  MPI_Gather(rank == 0 ? MPI_IN_PLACE : (void*)a, 2, MPI_DOUBLE, b, 2, MPI_DOUBLE, 0,
             MPI_COMM_WORLD);
  MPI_Gatherv(rank == 0 ? MPI_IN_PLACE : (void*)a, counts[rank], MPI_DOUBLE, b, counts, places,
              MPI_DOUBLE, 0, MPI_COMM_WORLD);
  MPI_Scatter(a, 3, MPI_DOUBLE, rank == 1 ? MPI_IN_PLACE : (void*)b, 3, MPI_DOUBLE, 1,
              MPI_COMM_WORLD);
  MPI_Scatterv(a, counts, places, MPI_DOUBLE, b, counts[rank], MPI_DOUBLE, 0, MPI_COMM_WORLD);
  MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, b, 2, MPI_DOUBLE, MPI_COMM_WORLD);
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, b, counts, places, MPI_DOUBLE, MPI_COMM_WORLD);
  MPI_Alltoall(a, 2, MPI_DOUBLE, b, 2, MPI_DOUBLE, MPI_COMM_WORLD);
  MPI_Alltoall(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, b, 2, MPI_DOUBLE, MPI_COMM_WORLD);
  for (int i = 0; i < size; ++i) counts[i] = 2, places[i] = 2 * i;
  MPI_Alltoallv(a, counts, places, MPI_DOUBLE, b, counts, places, MPI_DOUBLE, MPI_COMM_WORLD);
  MPI_Alltoallw(a, counts, zeros, types, b, counts, zeros, types, MPI_COMM_WORLD);
  MPI_Reduce(rank == 0 ? MPI_IN_PLACE : (void*)a, rank == 0 ? b : NULL, 5, MPI_DOUBLE, MPI_SUM, 0,
             MPI_COMM_WORLD);
  MPI_Allreduce(MPI_IN_PLACE, b, 5, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  MPI_Scan(a, b, 6, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  MPI_Exscan(a, b, 7, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  MPI_Reduce_scatter(a, b, counts, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  MPI_Reduce_scatter_block(a, b, 2, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
  MPI_Iallreduce(a, b, 5, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
  /* A line, not a ring: the ends have one neighbour. */
  MPI_Comm line;
  int not_periodic = 0;
  MPI_Cart_create(MPI_COMM_WORLD, 1, &size, &not_periodic, 0, &line);
  MPI_Neighbor_alltoall(a, 1, MPI_DOUBLE, b, 1, MPI_DOUBLE, line);
  counts[0] = 1, counts[1] = 3;
  places[0] = 0, places[1] = 3;
  int back[2] = {3, 1};
  MPI_Neighbor_alltoallv(a, counts, places, MPI_DOUBLE, b, back, places, MPI_DOUBLE, line);
  MPI_Comm_free(&line);
}

static void one_sided_and_files(const char* directory) {
  double room[8], a[8];
  MPI_Win win;
  memset(room, 0, sizeof room);
  memset(a, 0, sizeof a);
  MPI_Win_create(room, sizeof room, sizeof(double), MPI_INFO_NULL, MPI_COMM_WORLD, &win);
  MPI_Win_fence(0, win);
  MPI_Put(a, 3, MPI_DOUBLE, (rank + 1) % size, 0, 3, MPI_DOUBLE, win);
  MPI_Win_fence(0, win);
  MPI_Get(a, 2, MPI_DOUBLE, (rank + 1) % size, 0, 2, MPI_DOUBLE, win);
  MPI_Win_fence(0, win);
  MPI_Accumulate(a, 4, MPI_DOUBLE, (rank + 1) % size, 0, 4, MPI_DOUBLE, MPI_SUM, win);
  MPI_Win_fence(0, win);
  MPI_Win_free(&win);
  char name[4096];
  MPI_File file;
  snprintf(name, sizeof name, "%s/data", directory);
  MPI_File_open(MPI_COMM_WORLD, name, MPI_MODE_CREATE | MPI_MODE_RDWR, MPI_INFO_NULL, &file);
  MPI_File_write_at(file, rank * 64, a, 8, MPI_DOUBLE, MPI_STATUS_IGNORE);
  MPI_File_sync(file);
  MPI_Barrier(MPI_COMM_WORLD);
  MPI_File_read_at_all(file, rank * 64, room, 8, MPI_DOUBLE, MPI_STATUS_IGNORE);
  MPI_File_close(&file);
}

/* The last words of a program that ends some other way; ten barriers before it. */
static void last_words(const char* mode) {
  for (int i = 0; i < 10; ++i) MPI_Barrier(MPI_COMM_WORLD);
  if (rank == size - 1) {
    usleep(300000); /* The others are out of the last barrier. */
    if (strcmp(mode, "kill") == 0) raise(SIGKILL);
    if (strcmp(mode, "abort") == 0) MPI_Abort(MPI_COMM_WORLD, 3);
  }
  if (strcmp(mode, "exit") == 0) exit(0);
  MPI_Barrier(MPI_COMM_WORLD);
}

/* Many cheap calls, then a few slow ones of another routine and one of the same. */
static void hurried(void) {
  int flag;
  for (int i = 0; i < 3000000; ++i)
    MPI_Test(&(MPI_Request){MPI_REQUEST_NULL}, &flag, MPI_STATUS_IGNORE);
  for (int i = 0; i < 10; ++i) {
    if (rank == 0) usleep(20000);
    MPI_Barrier(MPI_COMM_WORLD);
  }
}

int main(int argc, char** argv) {
  const char* mode = argc > 1 ? argv[1] : "";
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (strcmp(mode, "point_to_point") == 0) point_to_point();
  if (strcmp(mode, "plain") == 0) plain();
  if (strcmp(mode, "communicators") == 0) communicators();
  if (strcmp(mode, "collective") == 0) collective();
  if (strcmp(mode, "one_sided_and_files") == 0) one_sided_and_files(argc > 2 ? argv[2] : ".");
  if (strcmp(mode, "hurried") == 0) hurried();
  if (strcmp(mode, "kill") == 0 || strcmp(mode, "abort") == 0 || strcmp(mode, "exit") == 0)
    last_words(mode);
  if (strcmp(mode, "wait") == 0)
    for (int i = 0; i < 200; ++i) {
      usleep(20000);
      MPI_Barrier(MPI_COMM_WORLD);
    }
  MPI_Finalize();
  return 0;
}
