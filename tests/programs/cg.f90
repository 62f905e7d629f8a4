! cg [ARGUMENTS]: conjugate gradients (Hestenes and Stiefel 1952) on tridiag(-1, 2, -1) of --cells rows (--weak: of
! each rank), right hand side 1; in Fortran, mpi_f08.  Arguments: law.h.
!
! A step: a message of --bytes with the end of p to each neighbour, computing, two Allreduces of 8 bytes.
!   T(P) = steps (t(P) + 2 (alpha(bytes) + bytes beta) + 2 ceil(log2 P) alpha(8))
! with t(P) of law.h.  checksum: sum of x; equal for every number of ranks up to rounding.
program cg
  use mpi_f08
  use, intrinsic :: iso_c_binding, only: c_double, c_ptr
  use law
  implicit none
  integer, parameter :: dp = c_double
  type(c_ptr) :: l
  integer :: rank, ranks, left, right, step, steps, rows, words
  real(dp) :: start, rr, checksum, mine(law_counters), most(law_counters), total(law_counters)
  real(dp), allocatable :: x(:), r(:), p(:), out(:), in(:)

  call MPI_Init()
  call MPI_Comm_rank(MPI_COMM_WORLD, rank)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks)
  l = law_begin(rank, ranks)
  steps = int(law_get(l, 'steps'))
  left = merge(rank - 1, MPI_PROC_NULL, rank > 0)
  right = merge(rank + 1, MPI_PROC_NULL, rank < ranks - 1)
  words = max(1, int(law_get(l, 'bytes')) / 8)
  rows = rows_of(int(law_get(l, 'cells')))
  allocate (x(rows), r(rows), p(0:rows + 1), out(words), in(words))
  x = 0
  r = 1
  p = 0
  p(1:rows) = 1
  out = 0
  call MPI_Barrier(MPI_COMM_WORLD)
  start = MPI_Wtime()
  rr = sum_of(dot_product(r, r))
  do step = 1, steps
    call iterate(rr)
  end do
  checksum = sum_of(sum(x))
  start = MPI_Wtime() - start
  call law_count(l, mine)
  call MPI_Reduce(mine, most, law_counters, MPI_DOUBLE_PRECISION, MPI_MAX, 0, MPI_COMM_WORLD)
  call MPI_Reduce(mine, total, law_counters, MPI_DOUBLE_PRECISION, MPI_SUM, 0, MPI_COMM_WORLD)
  if (rank == 0) call law_print(l, 'cg', ranks, checksum, start, most, total)
  call law_end(l)
  call MPI_Finalize()

contains

  integer function rows_of(cells)
    integer, intent(in) :: cells
    rows_of = merge(cells, cells * (rank + 1) / ranks - cells * rank / ranks, law_get(l, 'weak') > 0)
  end function

  real(dp) function sum_of(value)
    real(dp), intent(in) :: value
    call MPI_Allreduce(value, sum_of, 1, MPI_DOUBLE_PRECISION, MPI_SUM, MPI_COMM_WORLD)
  end function

  ! Sends one end of p to a neighbour, and has the end of the other neighbour.
  subroutine shift(to, from, end_of_p, beyond)
    integer, intent(in) :: to, from
    real(dp), intent(in) :: end_of_p
    real(dp), intent(inout) :: beyond
    out(1) = end_of_p
    call MPI_Sendrecv(out, words, MPI_DOUBLE_PRECISION, to, 0, in, words, MPI_DOUBLE_PRECISION, from, 0, &
                      MPI_COMM_WORLD, MPI_STATUS_IGNORE)
    if (from /= MPI_PROC_NULL) beyond = in(1)
  end subroutine

  subroutine iterate(rr)
    real(dp), intent(inout) :: rr
    real(dp) :: q(rows), pq, alpha, before
    call shift(right, left, p(rows), p(0))
    call shift(left, right, p(1), p(rows + 1))
    q = 2 * p(1:rows) - p(0:rows - 1) - p(2:rows + 1)
    call law_compute(l, law_share(l, rank, ranks))
    pq = sum_of(dot_product(p(1:rows), q))
    alpha = 0
    if (pq > tiny(pq)) alpha = rr / pq
    x = x + alpha * p(1:rows)
    r = r - alpha * q
    before = rr
    rr = sum_of(dot_product(r, r))
    if (before > tiny(before)) p(1:rows) = r + rr / before * p(1:rows)
  end subroutine
end program
