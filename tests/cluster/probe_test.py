#!/usr/bin/env python3
"""mpisize probe --hosts on emulated hosts: what it finds, and what it says of hosts that are not as they should be."""

import json
import os
import pathlib
import subprocess
import sys
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

    def test_a_host_of_another_name_is_no_host(self):
        self.up(1)
        done = script("run", command, "probe", "--hosts", "n9")
        self.assertEqual(done.returncode, 4)
        self.assertIn("n9: cannot be used: ssh: Could not resolve hostname n9", done.stderr)

    def test_a_machine_of_hosts_is_run_on_those_that_are_usable(self):
        self.up(3, "--latency", "100us")
        script("fault", "down", "n2")
        file = pathlib.Path(os.environ["CLUSTER"]) / "machine.json"
        done, _ = probe(3, "-o", file)
        self.assertEqual(done.returncode, 0, done.stderr)
        square = pathlib.Path(os.environ["MPISIZE_SQUARE"])
        done = script("run", "--time", 100, command, "run", "--machine", file, "--ranks", 4, "--", square)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("--host n1:2,n3:2", done.stderr)


if __name__ == "__main__":
    unittest.main()
