! The same calls through mpif.h, use mpi and use mpi_f08 (-DMPIF_H, -DUSE_MPI, -DUSE_MPI_F08).
program known
#if defined(USE_MPI)
  use mpi
#elif defined(USE_MPI_F08)
  use mpi_f08
#endif
  implicit none
#if defined(MPIF_H)
  include 'mpif.h'
#endif
#if defined(USE_MPI_F08)
  type(MPI_Request) :: request, both(2)
  type(MPI_Comm) :: half
  type(MPI_Status) :: status
#else
  integer :: request, both(2), half, status(MPI_STATUS_SIZE)
#endif
  integer :: rank, ranks, next, previous, error, i, mine
  integer :: numbers(100), got(100)
  double precision :: a(64), b(64)
  logical :: flag

  numbers = 0
  a = 1
  call MPI_Init(error)
  call MPI_Comm_rank(MPI_COMM_WORLD, rank, error)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks, error)
  next = mod(rank + 1, ranks)
  previous = mod(rank + ranks - 1, ranks)
  do i = 1, 3
    call MPI_Isend(numbers, 100, MPI_INTEGER, next, 1, MPI_COMM_WORLD, request, error)
    call MPI_Recv(got, 100, MPI_INTEGER, previous, 1, MPI_COMM_WORLD, status, error)
    call MPI_Wait(request, MPI_STATUS_IGNORE, error)
  end do
  call MPI_Send(numbers, 100, MPI_INTEGER, MPI_PROC_NULL, 2, MPI_COMM_WORLD, error)
  call MPI_Sendrecv(a, 10, MPI_DOUBLE_PRECISION, next, 3, b, 10, MPI_DOUBLE_PRECISION, previous, 3, &
                    MPI_COMM_WORLD, MPI_STATUS_IGNORE, error)
  call MPI_Test(request, flag, MPI_STATUS_IGNORE, error)
  call MPI_Iprobe(MPI_ANY_SOURCE, 99, MPI_COMM_WORLD, flag, MPI_STATUS_IGNORE, error)
  call MPI_Send_init(a, 3, MPI_DOUBLE_PRECISION, next, 4, MPI_COMM_WORLD, both(1), error)
  call MPI_Recv_init(b, 3, MPI_DOUBLE_PRECISION, previous, 4, MPI_COMM_WORLD, both(2), error)
  do i = 1, 2
    call MPI_Startall(2, both, error)
    call MPI_Waitall(2, both, MPI_STATUSES_IGNORE, error)
  end do
  call MPI_Request_free(both(1), error)
  call MPI_Request_free(both(2), error)
  call MPI_Bcast(a, 4, MPI_DOUBLE_PRECISION, 1, MPI_COMM_WORLD, error)
  call MPI_Allreduce(MPI_IN_PLACE, a, 5, MPI_DOUBLE_PRECISION, MPI_SUM, MPI_COMM_WORLD, error)
  call MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, b, 2, MPI_DOUBLE_PRECISION, MPI_COMM_WORLD, error)
  call MPI_Alltoall(a, 2, MPI_DOUBLE_PRECISION, b, 2, MPI_DOUBLE_PRECISION, MPI_COMM_WORLD, error)
  call MPI_Comm_split(MPI_COMM_WORLD, mod(rank, 2), rank, half, error)
  call MPI_Comm_rank(half, mine, error)
  if (mine == 0) call MPI_Send(a, 1, MPI_DOUBLE_PRECISION, 1, 5, half, error)
  if (mine == 1) call MPI_Recv(a, 1, MPI_DOUBLE_PRECISION, 0, 5, half, MPI_STATUS_IGNORE, error)
  call MPI_Barrier(half, error)
  call MPI_Comm_free(half, error)
  call MPI_Finalize(error)
end program known
