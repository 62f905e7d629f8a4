#!/bin/sh
# tools/quickstart with the build under test:  quickstart_test.sh SOURCE_DIR BUILD_DIR
set -eu
source=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A small workload with a tail; the cache of the user is left alone.
mkdir "$work/files"
head -c 3000000 "$build/bin/mpisize" >"$work/files/large"
i=0
while [ $i -lt 60 ]; do
  i=$((i + 1))
  head -c $((i * 4000)) "$build/bin/mpisize" >"$work/files/$i"
done

XDG_CACHE_HOME=$work/cache MPISIZE_BUILD_DIR=$build \
  sh "$source/tools/quickstart" "$work/files" >"$work/out" 2>&1 || {
  cat "$work/out"
  echo "quickstart failed" >&2
  exit 1
}
cat "$work/out"

# In this order: machine, profile, plan with reasons, run, predicted against measured, path of a job script.
script=$(tail -n 1 "$work/out")
case $script in
  *.sbatch) ;;
  *)
    echo "the last line is no path of a job script: $script" >&2
    exit 1
    ;;
esac
bash -n "$script"
titles=$(sed -n 's/^== \([A-Z][a-z]*\).*/\1/p' "$work/out" | tr '\n' ' ')
[ "$titles" = "Machine Kernel Plan Job " ]
for words in 'redicted' 'easured' 'mpirun'; do
  grep -q "$words" "$work/out" || {
    echo "nothing is said about '$words'" >&2
    exit 1
  }
done
