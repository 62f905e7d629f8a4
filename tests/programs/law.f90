! law.h for Fortran.
module law
  use, intrinsic :: iso_c_binding, only: c_char, c_double, c_int, c_null_char, c_ptr
  implicit none
  private
  public :: law_begin, law_get, law_share, law_compute, law_count, law_print, law_end
  integer, parameter, public :: law_counters = 3

  interface
    function law_begin(rank, ranks) bind(C)
      import :: c_int, c_ptr
      integer(c_int), value :: rank, ranks
      type(c_ptr) :: law_begin
    end function
    function c_law_get(l, name) bind(C, name='law_get')
      import :: c_char, c_double, c_ptr
      type(c_ptr), value :: l
      character(kind=c_char), intent(in) :: name(*)
      real(c_double) :: c_law_get
    end function
    function law_share(l, rank, ranks) bind(C)
      import :: c_double, c_int, c_ptr
      type(c_ptr), value :: l
      integer(c_int), value :: rank, ranks
      real(c_double) :: law_share
    end function
    subroutine law_compute(l, seconds) bind(C)
      import :: c_double, c_ptr
      type(c_ptr), value :: l
      real(c_double), value :: seconds
    end subroutine
    subroutine law_count(l, counters) bind(C)
      import :: c_double, c_ptr
      type(c_ptr), value :: l
      real(c_double), intent(out) :: counters(*)
    end subroutine
    subroutine c_law_print(l, program_name, ranks, checksum, elapsed, most, total) bind(C, name='law_print')
      import :: c_char, c_double, c_int, c_ptr
      type(c_ptr), value :: l
      character(kind=c_char), intent(in) :: program_name(*)
      integer(c_int), value :: ranks
      real(c_double), value :: checksum, elapsed
      real(c_double), intent(in) :: most(*), total(*)
    end subroutine
    subroutine law_end(l) bind(C)
      import :: c_ptr
      type(c_ptr), value :: l
    end subroutine
  end interface

contains

  real(c_double) function law_get(l, name)
    type(c_ptr), intent(in) :: l
    character(len=*), intent(in) :: name
    law_get = c_law_get(l, name//c_null_char)
  end function

  subroutine law_print(l, program_name, ranks, checksum, elapsed, most, total)
    type(c_ptr), intent(in) :: l
    character(len=*), intent(in) :: program_name
    integer, intent(in) :: ranks
    real(c_double), intent(in) :: checksum, elapsed, most(:), total(:)
    call c_law_print(l, program_name//c_null_char, ranks, checksum, elapsed, most, total)
  end subroutine
end module
