#!/usr/bin/env python3
"""A controller of 10,000 nodes judges what mpisize makes of them.

big_test.py MPISIZE

Each case is a wish (partition, number of ranks, memory and time of the kernel, features, resources, arrays ...). Where mpisize has a
plan for it, sbatch --test-only must take the script; where mpisize calls it infeasible, sbatch must refuse the script that asks for it
all the same.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor

from controller import controller

COMMAND = sys.argv[1]
LINES = """
NodeName=s[0001-0100] Sockets=2 CoresPerSocket=32 ThreadsPerCore=2 RealMemory=128000 Feature=smt,ib State=CLOUD
PartitionName=exclusive Nodes=c[0001-9999] OverSubscribe=EXCLUSIVE MaxTime=1-00:00:00 MaxNodes=5000
PartitionName=shared Nodes=c[0001-9999] MaxCPUsPerNode=64 MaxMemPerNode=100000
PartitionName=halves Nodes=c[0001-9999] MaxCPUsPerNode=64 OverSubscribe=EXCLUSIVE
PartitionName=percpu Nodes=c[0001-2000] DefMemPerCPU=2000 MaxMemPerCPU=4000
PartitionName=large Nodes=c[0001-9999] MinNodes=64 MaxTime=12:00:00
PartitionName=smt Nodes=s[0001-0100] MaxTime=2:00:00
PartitionName=mixed Nodes=c[0001-0100],s[0001-0100],g[0001-0004] MaxTime=4:00:00
PartitionName=drained Nodes=c[0001-0100] State=DRAIN
"""
GIB = 1 << 30
MACHINE = {"schema_version": 1, "topology": {"nodes": 2, "cores": 128},
           "links": [{"level": "same_node", "latency": 1e-6, "bandwidth": 1e10},
                     {"level": "between_nodes", "latency": 2e-6, "bandwidth": 1.2e10}],
           "launch": {"fixed": 0.4, "per_node": 0.001, "per_rank": 1e-5}}


def kernel(seconds=1.0, memory=GIB // 5, threads=1, items=2_000_000):
    """A profile of 32 samples, as mpisize profile writes it."""
    def exactly(value):
        return {"value": value, "low": value, "high": value, "source": "measured"}

    samples = [{"index": i * (items // 32), "position": i * (items // 32), "count": 1, "time": seconds * (0.8 + 0.1 * (i * 7 % 5)),
                "in": 100, "out": 8, "rank": 0, "started": 0.0, "alone": False, "first": i == 0} for i in range(32)]
    profile = {"schema": "mpisize-kernel", "schema_version": 1, "name": "", "pattern": "map", "items": items, "slowdown": [],
               "waiting": [], "cpu_share": threads, "threads_per_rank": threads, "root_memory": memory, "rank_memory": memory,
               "item_bytes": 100, "result_bytes": 8, "item_memory": 100, "result_memory": 8, "items_known": True, "size_sums": [],
               "before_call": 1.0, "stopped_because": "", "samples": samples}
    for cost in ("first_item", "root_packing", "worker_packing", "worker_turn", "pull", "sink"):
        profile[cost] = exactly(0)
    return profile


def run(words, directory, environment):
    return subprocess.run([str(word) for word in words], cwd=directory, env=environment, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=60, check=False)


def cases():
    """Partition, cores of its nodes, ranks, profile, further options."""
    shapes = {"standard": 128, "exclusive": 128, "shared": 64, "halves": 64, "percpu": 128, "large": 128, "debug": 128, "gpu": 64, "smt": 64,
              "mixed": 64}
    for partition, cores in shapes.items():
        for nodes in (1, 2, 3, 10, 100, 1000, 9999):
            full = nodes * cores
            yield partition, cores, full, kernel(), []
            yield partition, cores, max(1, full - cores // 2), kernel(seconds=0.01), ["--exclusive"]
            yield partition, cores, full, kernel(memory=int(1.6 * GIB)), []
            yield partition, cores, full // 4, kernel(threads=4), ["--constraint", "cpu"]
            yield partition, cores, full // 8, kernel(memory=3 * GIB), ["--constraint", "ib|gpu"]
            yield partition, cores, full // 2, kernel(seconds=300), []
            yield partition, cores, full, kernel(), ["--gres", "gpu:a100:2"]
    for tasks in (1, 2, 1000, 1001):
        for nodes in (1, 3, 1000):
            yield "standard", 128, nodes * 128, kernel(), ["--array", tasks]
    yield "standard", 128, 9999 * 128 + 1, kernel(), []
    yield "exclusive", 128, 5000 * 128, kernel(), []
    yield "exclusive", 128, 5001 * 128, kernel(), []
    yield "large", 128, 63 * 128, kernel(), []
    yield "large", 128, 64 * 128, kernel(), []
    yield "gpu", 64, 4, kernel(), ["--gres", "gpu:4"]
    yield "gpu", 64, 4, kernel(), ["--gres", "gpu:5"]
    yield "gpu", 64, 4, kernel(), ["--gres", "gpu:tesla"]
    yield "standard", 128, 4, kernel(), ["--constraint", "cpu&ib"]
    yield "mixed", 64, 64, kernel(), ["--constraint", "smt&ib"]
    yield "standard", 128, 1, kernel(memory=240 * GIB), []
    yield "standard", 128, 1, kernel(memory=200 * GIB), []
    yield "percpu", 128, 2, kernel(memory=100 * GIB), []
    yield "drained", 128, 1, kernel(), []
    yield "smt", 128, 128, kernel(), []
    yield "smt", 128, 12800, kernel(), []
    yield "smt", 128, 12801, kernel(), []
    for threads in (64, 128, 129):
        yield "standard", 128, 2, kernel(threads=threads), []


class Judge:
    def __init__(self, root, environment):
        self.root = pathlib.Path(root)
        self.environment = environment
        self.times = []
        self.disagreements = []
        self.figures = {"accepted by both": 0, "refused by both": 0}

    def sbatch(self, script):
        begin = time.monotonic()
        done = run(["sbatch", "--test-only", script], self.root, self.environment)
        self.times.append(time.monotonic() - begin)
        return done

    def compare(self, name, planned, script):
        said = self.sbatch(script)
        if (planned.returncode == 0) == (said.returncode == 0):
            self.figures["accepted by both" if said.returncode == 0 else "refused by both"] += 1
            return
        if said.returncode == 0:
            self.disagreements.append(f"{name}: sbatch takes it, mpisize: {planned.stderr.strip()}")
        else:
            self.disagreements.append(f"{name}: mpisize has a plan, sbatch: {said.stderr.strip()}\n{pathlib.Path(script).read_text()}")

    def judge(self, number, case):
        partition, cores, ranks, profile, options = case
        directory = self.root / str(number)
        directory.mkdir()
        (directory / "kernel.json").write_text(json.dumps(profile), encoding="utf-8")
        threads = profile["threads_per_rank"]
        name = f"{number}: {partition}, {ranks} ranks of {threads}, {profile['rank_memory'] >> 20} MiB, {options}"
        common = ["--kernel", "kernel.json", "--machine", "../machine.json", "--partition", partition, "--ranks", ranks, *options]
        planned = run([COMMAND, "submit", "--dry-run", "--offline", "../cluster.json", *common, "--", "true"], directory, self.environment)
        asking = planned
        if planned.returncode == 3:
            # What is refused is asked for all the same.
            per_node = max(1, cores // threads)
            topology = f"node:{(ranks + per_node - 1) // per_node} core:{cores} pu:1"
            asking = run([COMMAND, "submit", "--dry-run", "--topology", topology, *common, "--", "true"], directory, self.environment)
            if asking.returncode == 3:
                return  # Not even a machine of that many nodes has the memory.
        elif planned.returncode != 0:
            self.disagreements.append(f"{name}: mpisize fails: {planned.stderr.strip()}")
            return
        script = directory / "job.sbatch"
        script.write_text(asking.stdout, encoding="utf-8")
        self.compare(name, planned, script)

    def judge_het(self, nodes, partition):
        """The plan goes into the second component of a heterogeneous job."""
        script = self.root / f"het-{partition}-{nodes}.sbatch"
        script.write_text("#!/bin/bash\n#SBATCH -N1 -n 4 --partition=standard --time=10:00:00 --mem=1G\n#SBATCH hetjob\n"
                          "#SBATCH -N 1 --ntasks=1 -p standard -t 5 --mem=1G\nsrun --het-group=0 hostname : --het-group=1 ./app\n", encoding="utf-8")
        (self.root / "het.json").write_text(json.dumps(kernel()), encoding="utf-8")
        planned = run([COMMAND, "submit", "--script", script, "--in-place", "--het-group", 1, "--offline", "cluster.json", "--kernel",
                       "het.json", "--machine", "machine.json", "--partition", partition, "--ranks", nodes * 128], self.root,
                      self.environment)
        if planned.returncode == 3:
            run([COMMAND, "submit", "--script", script, "--in-place", "--het-group", 1, "--topology", f"node:{nodes} core:128 pu:1",
                 "--kernel", "het.json", "--machine", "machine.json", "--partition", partition, "--ranks", nodes * 128], self.root,
                self.environment)
        elif planned.returncode != 0 or f" {nodes} " not in script.read_text():
            self.disagreements.append(f"het {nodes} on {partition}: {planned.stderr.strip()} {script.read_text()}")
        self.compare(f"het {nodes} on {partition}", planned, script)


def check_ranges(script, tasks, items):
    """The shell's ranges cover all items once."""
    exports = "\n".join(line for line in script.splitlines() if line.startswith("export MPISIZE_ITEM_COUNT") or
                        line.startswith("export MPISIZE_FIRST_ITEM"))
    loop = f'for SLURM_ARRAY_TASK_ID in $(seq 0 {tasks - 1}); do\n{exports}\necho $MPISIZE_FIRST_ITEM $MPISIZE_ITEM_COUNT\ndone'
    lines = subprocess.run(["bash", "-euc", loop], capture_output=True, text=True, check=True).stdout.splitlines()
    end = 0
    for line in lines:
        first, count = map(int, line.split())
        assert first == end, (tasks, line)
        end += count
    assert (len(lines), end) == (tasks, items), (tasks, end)


def main():
    with tempfile.TemporaryDirectory() as root, controller(NODES="9999", LINES=LINES) as environment:
        environment = {**environment, "XDG_CACHE_HOME": f"{root}/cache"}
        os.mkdir(f"{root}/cache")
        done = run([COMMAND, "cluster", "-o", "cluster.json", "--json"], root, environment)
        assert done.returncode == 0, done.stderr
        names = [partition["name"] for partition in json.loads(done.stdout)["partitions"]]
        pathlib.Path(root, "machine.json").write_text(json.dumps(MACHINE), encoding="utf-8")
        judge = Judge(root, environment)
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda numbered: judge.judge(*numbered), enumerate(cases())))
        for nodes in (1, 2, 3, 10, 100, 1000, 9999):
            for partition in ("standard", "exclusive", "debug"):
                judge.judge_het(nodes, partition)

        pathlib.Path(root, "kernel.json").write_text(json.dumps(kernel()), encoding="utf-8")
        facts = ["--kernel", "kernel.json", "--machine", "machine.json"]
        for tasks in (1, 7, 1001):
            script = run([COMMAND, "submit", "--offline", "cluster.json", *facts, "--partition", "standard", "--array", tasks, "--dry-run",
                          "--", "true", "{first}"], root, environment).stdout
            check_ranges(script, tasks, 2_000_000)
        done = run([COMMAND, "submit", "--offline", "cluster.json", *facts, "--array", 1002, "--dry-run", "--", "true"], root, environment)
        assert done.returncode == 3 and "MaxArraySize" in done.stderr, done.stderr

        # All partitions side by side, and Slurm asked when each would start.
        begin = time.monotonic()
        done = run([COMMAND, "plan", "--cluster", *facts, "--json"], root, environment)
        seconds = time.monotonic() - begin
        assert done.returncode == 0, done.stderr
        rows = json.loads(done.stdout)["partitions"]
        assert {row["partition"] for row in rows} == set(names), rows
        chosen = [row for row in rows if row["chosen"]]
        assert len(chosen) == 1 and "wait" in chosen[0] and 1 <= sum("wait" in row for row in rows) <= 8, rows
        assert [row["refusal"] for row in rows if row["partition"] == "drained"] == ["it is drained: it takes no new jobs"]

    for disagreement in judge.disagreements:
        print(disagreement)
    ordered = sorted(judge.times)
    print(f"{len(ordered)} scripts, {judge.figures}, {len(judge.disagreements)} disagreements; sbatch --test-only takes "
          f"{1e3 * ordered[len(ordered) // 2]:.0f} ms (median), {1e3 * ordered[-1]:.0f} ms at most; plan --cluster {seconds:.2f} s")
    return 1 if judge.disagreements or min(judge.figures.values()) < 100 else 0


if __name__ == "__main__":
    sys.exit(main())
