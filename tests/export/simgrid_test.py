"""What mpisize export writes for SimGrid gives messages the times of the link, piece by piece.

simgrid_test.py MPISIZE SMPIRUN PING_PONG

Exit status 77: not tried, for want of smpirun or a program compiled for it.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

SECONDS = 60
SIZES = sorted({2**k for k in range(25)} | {3 * 2**k for k in range(23)} | {4095, 4096, 4097, 65535, 65536, 65537})
PIECES = [{"from": 0, "alpha": 1.5e-6, "beta": 3e-10},
          {"from": 4097, "alpha": 4e-6, "beta": 1.1e-10},
          {"from": 65536, "alpha": 9e-6, "beta": 8e-11}]
OVERHEAD = {"send": 3e-7, "receive": 4e-7, "gap": 5e-7}


def machine(**fields):
    return {"schema_version": 1, "host": "simulated", **fields}


def link(level, **fields):
    return {"level": level, **fields}


def time_of(pieces, size):
    piece = [p for p in pieces if p["from"] <= size][-1]
    return piece["alpha"] + piece["beta"] * size


class Simulation:
    def __init__(self, tools, folder, described):
        self.mpisize, self.smpirun, self.program = tools
        self.folder = folder
        self.machine = folder / "machine.json"
        self.machine.write_text(json.dumps(described), encoding="utf-8")
        self.options = self.exported("simgrid-cfg").split()
        self.platform = folder / "platform.xml"
        self.platform.write_text(self.exported("simgrid-platform"), encoding="utf-8")

    def exported(self, what):
        return subprocess.run([self.mpisize, "export", "--machine", str(self.machine), "--format", what], check=True,
                              capture_output=True, text=True, timeout=SECONDS).stdout

    def one_way_times(self, hosts, sizes):
        """Between the first and the last of the hosts."""
        host_file = self.folder / "hosts"
        host_file.write_text("".join(h + "\n" for h in hosts), encoding="utf-8")
        line = ["timeout", "-k", "5", str(SECONDS), self.smpirun, "-np", str(len(hosts)), "-platform",
                str(self.platform), "-hostfile", str(host_file), *self.options, "--cfg=smpi/simulate-computation:no",
                "--log=root.thresh:error", self.program, *map(str, sizes)]
        done = subprocess.run(line, cwd=self.folder, capture_output=True, text=True, timeout=2 * SECONDS)
        # A failed simulation may end with status 0: only the answer counts.
        times = dict(map(float, answer.split()) for answer in done.stdout.splitlines() if answer[:1].isdigit())
        if sorted(times) != [float(s) for s in sizes]:
            sys.exit(f"smpirun gave no times: {done.returncode}\n{done.stdout}{done.stderr}")
        return times


def check(claim, times, expected, tolerance):
    worst = max((abs(time / expected(size) - 1), size) for size, time in times.items())
    print(f"{claim}: {len(times)} sizes, worst {100 * worst[0]:.2f} % at {worst[1]:.0f} bytes", flush=True)
    if worst[0] > tolerance:
        for size, time in times.items():
            print(f"  {size:>10.0f} B  {time:.6g} s, expected {expected(size):.6g} s")
        sys.exit(f"{claim}: more than {100 * tolerance:.0f} % off")


def main(tools):
    with tempfile.TemporaryDirectory(prefix="simgrid_test.") as name:
        folder = pathlib.Path(name)
        pair = machine(topology={"nodes": 4, "cores": 8},
                       links=[link("between_nodes", pieces=PIECES, eager_limit=4096, message=OVERHEAD)])
        times = Simulation(tools, folder, pair).one_way_times(["node-0", "node-3"], SIZES)
        check("pieces with overheads", times, lambda size: time_of(PIECES, size), 0.03)

        simple = machine(topology={"nodes": 2, "cores": 8},
                         links=[link("same_node", latency=4e-7, bandwidth=8e9),
                                link("between_nodes", latency=2e-6, bandwidth=1e10)])
        simulation = Simulation(tools, folder, simple)
        check("between nodes", simulation.one_way_times(["node-0", "node-1"], SIZES), lambda m: 2e-6 + m / 1e10, 0.03)
        check("within a node", simulation.one_way_times(["node-0", "node-0"], SIZES), lambda m: 4e-7 + m / 8e9, 0.03)

        # The port carries more than a pair of ranks can send.
        port = machine(topology={"nodes": 2, "cores": 8},
                       links=[link("between_nodes", pieces=PIECES, eager_limit=4096, message=OVERHEAD,
                                   node_bandwidth=2.5e10)])
        times = Simulation(tools, folder, port).one_way_times(["node-0", "node-1"], SIZES)
        check("pair on a wider port", times, lambda size: time_of(PIECES, size), 0.03)

        one = machine(topology={"cores": 8}, links=[link("same_node", pieces=PIECES, eager_limit=4096)])
        times = Simulation(tools, folder, one).one_way_times(["node-0", "node-0"], SIZES)
        check("a single node", times, lambda size: time_of(PIECES, size), 0.03)

        hosts = [{"name": f"n{i}", "rack": i // 2} for i in range(4)]
        racks = machine(topology={"nodes": 4, "cores": 8}, hosts=hosts,
                        links=[link("between_nodes", latency=2e-6, bandwidth=1e10),
                               link("between_racks", latency=5e-6, bandwidth=4e9)])
        simulation = Simulation(tools, folder, racks)
        check("within a rack", simulation.one_way_times(["rack1-0", "rack1-1"], SIZES), lambda m: 2e-6 + m / 1e10, 0.03)
        check("between racks", simulation.one_way_times(["rack0-1", "rack1-0"], SIZES), lambda m: 5e-6 + m / 4e9, 0.03)


if __name__ == "__main__":
    missing = [tool for tool in sys.argv[1:] if not os.access(tool, os.X_OK)]
    if len(sys.argv) != 4 or missing:
        print("skipped: " + (f"{missing[0]} is missing" if missing else "three paths are needed"))
        sys.exit(77)
    main(sys.argv[1:])
