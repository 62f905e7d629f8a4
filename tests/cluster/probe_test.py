#!/usr/bin/env python3
"""mpisize probe --hosts on emulated hosts: what it finds, and what it says of hosts that are not as they should be."""

import json
import os
import pathlib
import subprocess
import sys
import threading
import unittest

here = pathlib.Path(__file__).resolve().parent
command = pathlib.Path(os.environ["MPISIZE_BUILD"]) / "bin" / "mpisize"
# Hosts of our own: faults must not reach the other tests.
os.environ["CLUSTER"] += ".probe"


def script(name, *words):
    return subprocess.run([str(here / name), *map(str, words)], capture_output=True, text=True, timeout=150)


def probe(hosts, *options):
    words = [command, "probe", "--json", "--hosts", ",".join(f"n{i + 1}" for i in range(hosts)), *options]
    done = script("run", "--time", 120, *words)
    return done, json.loads(done.stdout) if done.returncode == 0 else None


def link(machine, level):
    return next(li for li in machine["links"] if li["level"] == level)


class Probe(unittest.TestCase):
    def up(self, hosts, *options):
        done = script("up", hosts, *options, "--until", os.getpid())
        if done.returncode == 77:
            print(done.stderr)
            sys.exit(77)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(script, "down")

    def test_hosts_and_link(self):
        self.up(3, "--latency", "500us", "--rate", "100Mbit")
        done, machine = probe(3)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([host["name"] for host in machine["hosts"]], ["n1", "n2", "n3"])
        self.assertEqual(machine["topology"]["nodes"], 3)
        between = link(machine, "between_nodes")
        # Never quicker than the wire; how much slower is for the benchmark to say.
        self.assertGreater(between["latency"]["value"], 500e-6)
        self.assertGreater(between["per_byte"]["value"], 8 / 100e6)
        self.assertLess(link(machine, "same_numa_node")["latency"]["value"], 500e-6)

    def test_racks(self):
        self.up(4, "--latency", "200us", "--rate", "1Gbit", "--racks", 2, "--rack-latency", "2000us")
        _, machine = probe(4)
        self.assertEqual([host["rack"] for host in machine["hosts"]], [0, 0, 1, 1])
        self.assertGreater(link(machine, "between_racks")["latency"]["value"], 2000e-6)

    def test_a_host_that_is_down_is_named_and_the_others_are_measured(self):
        self.up(3, "--latency", "100us")
        script("fault", "down", "n2")
        done, machine = probe(3)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("n2: cannot be used: ssh: connect to host n2", done.stderr)
        self.assertEqual(machine["topology"]["nodes"], 2)
        self.assertEqual({h["name"]: h["usable"] for h in machine["hosts"]}, {"n1": True, "n2": False, "n3": True})

    def test_a_host_whose_link_goes_down_meanwhile_is_named(self):
        self.up(3, "--latency", "100us")
        unplug = threading.Timer(3, script, ("fault", "unplug", "n3"))
        unplug.start()
        done, machine = probe(3)
        unplug.join()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("n3: cannot be used: nothing comes back from it: its link is down", done.stderr)
        self.assertEqual([host["usable"] for host in machine["hosts"]], [True, True, False])

    def test_a_host_with_another_mpi_is_named(self):
        self.up(2, "--latency", "100us")
        library = next(pathlib.Path("/usr/lib").glob("*/libmpi.so.40")).resolve()
        other = pathlib.Path(os.environ["CLUSTER"]) / "libmpi.so"
        other.write_bytes(library.read_bytes().replace(b"Open MPI v%d", b"Open MPI 1%d"))
        done = script("run", "--on", "n2", "mount", "--bind", other, library)
        self.assertEqual(done.returncode, 0, done.stderr)
        done, machine = probe(2)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"n2: has Open MPI 1(\S+) where n1 has Open MPI \1; load the same MPI on all hosts")
        self.assertEqual([host["usable"] for host in machine["hosts"]], [True, False])

    def test_a_host_of_another_name_is_no_host(self):
        self.up(1)
        done = script("run", command, "probe", "--hosts", "n9")
        self.assertEqual(done.returncode, 4)
        self.assertIn("n9: cannot be used: ssh: Could not resolve hostname n9", done.stderr)

    def test_a_machine_of_hosts_is_run_on_those_that_are_usable(self):
        self.up(3, "--latency", "100us")
        script("fault", "down", "n2")
        file = pathlib.Path(os.environ["CLUSTER"]) / "machine.json"
        done, machine = probe(3)
        self.assertEqual(done.returncode, 0, done.stderr)
        # What else runs on this computer has been measured too.
        for host in machine["hosts"]:
            host["speed"] = 1
        file.write_text(json.dumps(machine))
        square = pathlib.Path(os.environ["MPISIZE_SQUARE"])
        done = script("run", "--time", 100, command, "run", "--machine", file, "--ranks", 4, "--", square)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("--host n1:2,n3:2", done.stderr)

    def profile(self, file, *program):
        done = script("run", "--time", 60, command, "profile", "-n", 2, "-o", file, "--", "mpirun", "--host", "n1:2",
                      *program)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_slow_host_is_weighed_and_a_lost_one_left_out(self):
        self.up(3, "--latency", "100us")
        script("fault", "slow", "n2", 0.45)
        script("fault", "down", "n3")
        folder = pathlib.Path(os.environ["CLUSTER"])
        done, machine = probe(3)
        self.assertEqual(done.returncode, 0, done.stderr)
        quick, slow, lost = sorted(machine["hosts"], key=lambda host: host["name"])
        self.assertFalse(lost["usable"])
        self.assertTrue(slow["usable"])
        self.assertLess(slow["topology"]["grant"]["cpus"], quick["topology"]["grant"]["cpus"])
        # What else runs on this computer has been measured too.
        quick.update(speed=1, findings=[])
        slow.update(speed=0.45, findings=["computes at 0.45 of the others' speed"])
        (folder / "machine.json").write_text(json.dumps(machine))
        self.profile(folder / "kernel.json", os.environ["MPISIZE_SQUARE"], "--items", 2000, "--work", 500)
        done = script("run", command, "plan", "--machine", folder / "machine.json", "--kernel", folder / "kernel.json",
                      "--explain")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, "n2 computes at 0.45 of the others' speed: (used|left out); ")
        self.assertIn("n3 is left out: cannot be used: ssh: connect to host n3", done.stdout)

    def test_ranks_are_where_the_plan_puts_them(self):
        self.up(3, "--latency", "100us")
        folder = pathlib.Path(os.environ["CLUSTER"])
        _, machine = probe(3)
        for host in machine["hosts"]:
            host.update(usable=True, findings=[], rack=0, speed=1.3 if host["name"] == "n3" else 1)
        machine["topology"]["nodes"] = 3
        (folder / "machine.json").write_text(json.dumps(machine))
        self.profile(folder / "kernel.json", os.environ["MPISIZE_SQUARE"], "--items", 2000, "--work", 500)
        done = script("run", command, "plan", "--machine", folder / "machine.json", "--kernel", folder / "kernel.json",
                      "--ranks", 5, "-o", folder / "plan.json")
        self.assertEqual(done.returncode, 0, done.stderr)
        plan = json.loads((folder / "plan.json").read_text())["plan"]
        wanted = [node["host"] for node in plan["placement"] for _ in range(node["ranks"])]
        self.assertEqual(wanted, ["n3", "n3", "n1", "n1", "n2"])
        done = script("run", command, "run", "--plan", folder / "plan.json", "--", "sh", "-c",
                      "echo rank $OMPI_COMM_WORLD_RANK on $(hostname)")
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = sorted(line for line in done.stdout.splitlines() if line.startswith("rank "))
        self.assertEqual(lines, [f"rank {i} on {host}" for i, host in enumerate(wanted)])


if __name__ == "__main__":
    unittest.main()
