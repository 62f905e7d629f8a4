"""Tasks per second of mpi4py.futures at chunk 1: one worker, 8-byte items. One line of JSON, as mpisize_bench prints.

mpirun -n 2 /usr/bin/python3 futures.py TASKS
"""

import json
import os
import sys
import time

from mpi4py import MPI
from mpi4py.futures import MPICommExecutor


def square(x):
    return x * x


def machine_cpu():
    """CPU seconds that all processes took since boot."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def main():
    items = [float(i) for i in range(int(sys.argv[1]))]
    comm = MPI.COMM_WORLD
    comm.Barrier()
    began, own, machine = time.monotonic(), time.process_time(), machine_cpu()
    rate = None
    with MPICommExecutor(comm, root=0) as executor:
        if executor is not None:
            list(executor.map(square, items[:10], chunksize=1))
            start = time.monotonic()
            results = list(executor.map(square, items, chunksize=1))
            rate = len(results) / (time.monotonic() - start)
    machine = machine_cpu() - machine
    own = time.process_time() - own
    wall = time.monotonic() - began
    ours = comm.allreduce(own)
    if comm.rank == 0:
        others = max(0.0, machine - ours) / (wall * os.sysconf("SC_NPROCESSORS_ONLN"))
        print(json.dumps({"rate": rate, "others": others, "disturbed": others > 0.05, "attempts": 1}))


if __name__ == "__main__":
    main()
