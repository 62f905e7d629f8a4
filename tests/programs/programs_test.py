#!/usr/bin/env python3
"""The programs with known laws compute what laws.py says, and as long:  programs_test.py MPIRUN FOLDER PROGRAM

Times are counted as the programs asked to sleep, never measured.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys

sys.dont_write_bytecode = True  # The source tree stays as it is.
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import laws  # noqa: E402

QUICK = {"work": 0.06, "steps": 6, "every": 4, "cells": 12}
UNEVEN = {**QUICK, "serial": 0.25, "imbalance": 0.1, "bytes": 5000}
CASES = {
    "stencil": [(1, UNEVEN), (2, QUICK), (2, UNEVEN), (2, {**QUICK, "dims": 2, "weak": 1, "growth": 0.5}),
                (4, {**UNEVEN, "dims": 2}), (4, {**QUICK, "dims": 2, "weak": 1, "bytes": 5000}), (3, UNEVEN)],
    "transpose": [(1, UNEVEN), (2, QUICK), (2, UNEVEN), (3, {**UNEVEN, "weak": 1})],
    "cg": [(1, UNEVEN), (2, QUICK), (2, UNEVEN), (3, {**UNEVEN, "weak": 1})],
    "master_worker": [(1, UNEVEN), (2, QUICK), (2, UNEVEN), (4, {**UNEVEN, "steps": 12})],
    "slower": [(1, UNEVEN), (2, {**QUICK, "serial": 1.0, "growth": 0.25}), (3, UNEVEN)],
    "iterate": [(1, UNEVEN), (2, {**QUICK, "startup": 0.02}), (3, UNEVEN)],
    "threaded": [(1, {"steps": 2, "iterations": 9600}), (2, {"steps": 2, "iterations": 9600})],
}


class Programs:
    def __init__(self, mpirun, folder):
        self.mpirun = mpirun
        self.folder = pathlib.Path(folder).resolve()

    def line(self, ranks, program, *words):
        return ["timeout", "-k", "5", "60", self.mpirun, "--oversubscribe", "--bind-to", "none", "-n", str(ranks),
                str(self.folder / program), *map(str, words)]

    def run(self, ranks, program, *words, **options):
        return subprocess.run(self.line(ranks, program, *words), capture_output=True, check=False, **options)


def expect(what, found, expected, tolerance=0.0):
    if abs(found - expected) > tolerance:
        raise AssertionError(f"{what}: {found!r}, and {expected!r} by its law")


def as_its_law(programs, program):
    for ranks, given in CASES[program]:
        a = laws.arguments(**given)
        done = programs.run(ranks, program, *laws.words(a))
        if done.returncode != 0:
            raise AssertionError(f"status {done.returncode}: {done.stderr.decode()}")
        lines = done.stdout.decode().splitlines()
        said = json.loads(lines[-1])
        name = f"{program} {' '.join(laws.words(a))} on {ranks} ranks: "
        expected = laws.CHECKSUMS[program](a, ranks)
        expect(name + "checksum", said["checksum"], expected, 1e-9 * abs(expected) if program == "cg" else 0)
        expect(name + "ranks", said["ranks"], ranks)
        expect(name + "phases", said["phases"], laws.phases(program, a, ranks))
        expect(name + "seconds of all ranks", said["seconds_sum"], laws.seconds(program, a, ranks), 1e-7)
        longest = laws.longest(program, a, ranks)
        if longest is not None:
            expect(name + "seconds of the slowest rank", said["seconds_most"], longest, 1e-7)
        if program == "iterate":
            steps = range(a["every"], a["steps"] + 1, a["every"])
            assert lines[:-1] == [f"step {step}" for step in steps], lines


def wrong_arguments_and_failures(programs, program):
    done = programs.run(2, program, "--wrok", 3)
    assert done.returncode == 2 and b"--wrok: no such argument" in done.stderr, done
    done = programs.run(2, program, "--fail-at-ranks", 2)
    assert done.returncode == 3 and b"cannot run with 2 ranks" in done.stderr, done
    done = programs.run(1, program, "--fail-at-ranks", 2, "--work", 0, "--memory", 2, "--memory-each", 1)
    assert done.returncode == 0, done


def hangs(programs):
    """Until it is ended from outside."""
    job = subprocess.Popen(programs.line(2, "stencil", "--hang-at-ranks", 2), stdout=subprocess.PIPE)
    try:
        assert job.wait(1) is None
    except subprocess.TimeoutExpired:
        pass
    job.terminate()  # timeout passes it on to mpirun, which ends the ranks.
    assert job.wait(30) != 0 and job.stdout.read() == b""


def exits(programs):
    for status in (0, 1, 3):
        assert programs.run(2, "exits", "--exit", status).returncode == status
    assert programs.run(2, "exits", "--signal", int(signal.SIGSEGV)).returncode == 139
    assert programs.run(2, "exits", "--leave").returncode != 0
    done = programs.run(2, "exits", "--write", 100000, "--complain", 1000)
    line = b"x" * 63 + b"\n"
    assert done.stdout == (line * 1563)[:100000], len(done.stdout)
    assert line * 15 in done.stderr
    text = bytes(range(1, 256)) * 50
    checksum = 0
    for byte in text:
        checksum = (31 * checksum + byte) % 2**32
    done = programs.run(2, "exits", "--read", "--environment", "LAWS", input=text, env={**os.environ, "LAWS": "known"})
    assert done.stdout.decode().split("\n") == ["ranks 2", f"read {len(text)} {checksum}", "LAWS=known", ""], done.stdout
    done = subprocess.run([programs.folder / "exits", "--no-mpi", "--exit", "5"], capture_output=True, check=False)
    assert done.returncode == 5 and done.stdout == b"ranks 1\n", done
    waiting = subprocess.Popen(programs.line(2, "exits", "--wait"), stdout=subprocess.PIPE)
    said = [waiting.stdout.readline() for _ in range(2)]
    waiting.terminate()
    assert waiting.wait(30) != 0 and said == [b"ranks 2\n", b"waiting\n"], said


def main():
    mpirun, folder, program = sys.argv[1:]
    programs = Programs(mpirun, folder)
    if program == "exits":
        exits(programs)
        return
    as_its_law(programs, program)
    if program in ("stencil", "cg"):  # One of each way to the arguments.
        wrong_arguments_and_failures(programs, program)
    if program == "stencil":
        hangs(programs)


if __name__ == "__main__":
    main()
