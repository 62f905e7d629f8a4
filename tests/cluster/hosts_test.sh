#!/bin/sh
# The emulated hosts are what they say, and nothing is left of them, whatever happens.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
run="$here/run"
failed() {
  echo "hosts_test: $1" >&2
  exit 1
}
[ -e "$CLUSTER/keeper" ] || {
  echo "skipped: no hosts on this machine"
  exit 77
}

names=$("$run" mpirun -n 4 --map-by node hostname | sort | tr '\n' ' ')
[ "$names" = "n1 n2 n3 n4 " ] || failed "four ranks, a host each, ran on: $names"

"$run" --on n2 sh -c 'echo private >/tmp/private'
! "$run" --on n3 test -e /tmp/private || failed "/tmp of n2 is seen on n3"
"$run" --on n2 test -e "$here/run" || failed "the sources are not seen on n2"

# A cluster of its own ends with the process that it was started for, and all that runs on it too.
(
  export CLUSTER="$CLUSTER.short"
  sleep 60 &
  owner=$!
  "$here/up" 2 --until $owner >/dev/null
  "$run" sleep 61 &
  sleep 0.3
  keeper=$(cat "$CLUSTER/keeper")
  kill $owner
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 "$keeper" 2>/dev/null || break
    sleep 0.2
  done
  ! kill -0 "$keeper" 2>/dev/null || failed "the cluster outlived its owner"
  "$here/down"
  [ ! -e "$CLUSTER" ] || failed "down left $CLUSTER"
)
! pgrep -f 'sleep 61' >/dev/null || failed "a process outlived its host"
echo "hosts_test: passed"
