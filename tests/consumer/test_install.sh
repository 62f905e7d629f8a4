#!/bin/sh
# A user's way to the installed package:  test_install.sh core|cmake|pkg-config INSTALL_PREFIX LIBDIR WORK_DIR
set -eu
way=$1
prefix=$2
libdir=$3
work=$4
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$work"
mkdir -p "$work"

# Two ranks, and both in one job: two jobs of one rank would say "1 ranks".
run_on_two_ranks() {
  answer=$(timeout -k 5 60 mpirun --oversubscribe --bind-to none -n 2 "$1")
  echo "$answer"
  [ "$answer" = "2 ranks: right" ]
}

case $way in
  core)
    cmake -G Ninja -S "$here/core" -B "$work" -DCMAKE_PREFIX_PATH="$prefix" \
      -DCMAKE_DISABLE_FIND_PACKAGE_MPI=ON -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON
    cmake --build "$work"
    "$work/core_consumer"
    if ldd "$work/core_consumer" | grep -E 'libmpi|hwloc'; then
      echo "linked with MPI or hwloc" >&2
      exit 1
    fi
    ;;
  cmake)
    cmake -G Ninja -S "$here/mpi" -B "$work" -DCMAKE_PREFIX_PATH="$prefix"
    cmake --build "$work"
    run_on_two_ranks "$work/mpi_consumer"
    ;;
  pkg-config)
    # Moved away from where it was installed: the files must not name the old place.
    cp -a "$prefix" "$work/moved"
    export PKG_CONFIG_PATH="$work/moved/$libdir/pkgconfig"
    pkg-config --validate mpisize mpisize-core
    # shellcheck disable=SC2046  # words
    mpicxx -std=c++20 "$here/main.cpp" $(pkg-config --cflags --libs mpisize) -o "$work/by_pkg_config"
    run_on_two_ranks "$work/by_pkg_config"
    # shellcheck disable=SC2046
    c++ -std=c++20 "$here/core/main.cpp" $(pkg-config --cflags --libs mpisize-core) -o "$work/core"
    "$work/core"
    ;;
  *)
    echo "unknown way: $way" >&2
    exit 2
    ;;
esac
