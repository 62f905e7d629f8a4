"""map, unordered map and bounded map of mpi4py.futures over items that compute. One line of JSON.

mpirun -n 2 /usr/bin/python3 futures_flow.py ITEMS SECONDS
"""

import inspect
import json
import sys
import time

from mpi4py import MPI
from mpi4py.futures import MPICommExecutor, MPIPoolExecutor


def item(seconds):
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass
    return seconds


def main():
    items = [float(sys.argv[2])] * int(sys.argv[1])
    with MPICommExecutor(MPI.COMM_WORLD, root=0) as executor:
        if executor is None:
            return
        list(executor.map(item, items[:10]))
        walls = {}
        for name, options in (("map", {}), ("unordered", {"unordered": True})):
            start = time.monotonic()
            assert len(list(executor.map(item, items, **options))) == len(items)
            walls[name] = time.monotonic() - start
        walls["buffersize"] = "is not in this version of mpi4py"
        if "buffersize" in inspect.signature(MPIPoolExecutor.map).parameters:
            start = time.monotonic()
            assert len(list(executor.map(item, items, buffersize=16))) == len(items)
            walls["buffersize"] = f"{time.monotonic() - start:.3g} s"
        print(json.dumps(walls))


if __name__ == "__main__":
    main()
