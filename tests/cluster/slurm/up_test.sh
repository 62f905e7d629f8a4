#!/bin/sh
# Slurm comes up, with accounting too, runs jobs, and leaves nothing, whatever happens; where it cannot, it says why.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
failed() {
  echo "up_test: $1" >&2
  exit 1
}
[ -e "$CLUSTER/slurm/slurm.conf" ] || {
  echo "skipped: no Slurm on this machine"
  exit 77
}
# In arguments, where ps shows it, a number that nobody else sleeps.
long=61.$$
gone() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    pgrep -f "$1" >/dev/null || return 0
    sleep 0.2
  done
  return 1
}
# Processes of Slurm: all were started with the name of its configuration.
left() { grep -lzxF "SLURM_CONF=$CLUSTER/slurm/slurm.conf" /proc/[0-9]*/environ 2>/dev/null | wc -l; }
nothing_left() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    [ "$(left)" != 0 ] || return 0
    sleep 0.2
  done
  return 1
}
until_running() {
  for _ in $(seq 50); do
    [ "$("$here/on" squeue -h -j "$1" -o %T)" != RUNNING ] || return 0
    sleep 0.1
  done
  failed "job $1 does not start"
}

# Hosts of our own.
export CLUSTER="$CLUSTER.up_test"
sleep 90 &
owner=$!
tools=$(mktemp -d)
trap 'kill $owner 2>/dev/null || true; "$here/../down"; rm -rf "$tools"' EXIT
# skips WORDS PATH: up has the status for skipped, and says so.
skips() {
  status=0
  said=$(PATH=$2 "$here/up" 2>&1) || status=$?
  [ "$status" = 77 ] || failed "instead of skipping up says: $said"
  case $said in *"skipped: $1"*) ;; *) failed "skipping, up says: $said" ;; esac
}
skips "no hosts" "$PATH"
"$here/../up" 2 --until $owner >/dev/null
ln -s "$(command -v dirname)" "$tools"
skips "there is no slurmctld" "$tools"
! "$here/up" --cpus 2>/dev/null || failed "an option without its value is taken"
[ ! -e "$CLUSTER/slurm" ] || failed "a failed up leaves $CLUSTER/slurm"

"$here/up" --accounting --cpus 4 --memory 3000 --conf 'PartitionName=extra Nodes=n2'
"$here/on" sinfo -h -p extra -o '%n %c %m' | grep -qx 'n2 4 3000' || failed "n2 is not what was asked for"
! "$here/up" >/dev/null 2>&1 || failed "it can be up twice"
names=$("$here/on" srun -N2 hostname | sort | tr '\n' ' ')
[ "$names" = "n1 n2 " ] || failed "a job on both hosts ran on: $names"
# slurmdbd is told seconds later.
for _ in $(seq 30); do
  [ "$("$here/on" sacct -X -n -P -o State)" != COMPLETED ] || break
  sleep 0.5
done
[ "$("$here/on" sacct -X -n -P -o State)" = COMPLETED ] || failed "sacct does not know the job"

# Down ends daemons, database and jobs; the hosts stay, and it can come up again.
job=$("$here/on" sbatch --parsable -o /dev/null --wrap "sleep $long")
until_running "$job"
[ "$(left)" -gt 5 ] || failed "the processes of Slurm are not found"
"$here/down"
gone "sleep $long" || failed "a job outlived Slurm"
nothing_left || failed "after down there are $(left) processes"
[ ! -e "$CLUSTER/slurm" ] || failed "down left $CLUSTER/slurm"
"$here/up" >/dev/null
job=$("$here/on" sbatch --parsable -o /dev/null --wrap "sleep $long")
until_running "$job"

# It all ends with the process that it was started for.
kill -9 $owner
gone "sleep $long" || failed "a job outlived the hosts"
nothing_left || failed "after the hosts there are $(left) processes"
echo "up_test: passed"
