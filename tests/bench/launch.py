"""Launches the programs of the benchmark, and keeps what they printed."""

import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parent.parent
# Debian's python3-mpi4py belongs to this interpreter.
PYTHON = "/usr/bin/python3"


class Failed(Exception):
    """A program of the benchmark did not print its line."""


def talk(text):
    print(text, file=sys.stderr, flush=True)


def program_of(build):
    """tests/bin/mpisize_bench of a build directory; the first of the presets' if none is given."""
    places = [pathlib.Path(build)] if build else [SOURCE / "build" / name for name in ("release", "dev")]
    for place in places:
        program = place / "tests" / "bin" / "mpisize_bench"
        if program.is_file():
            return program.resolve()
    sys.exit(f"no tests/bin/mpisize_bench in {' or '.join(map(str, places))}; build it "
             "(cmake --preset dev; cmake --build --preset dev --target mpisize_bench) or name its --build")


def disturbed(result):
    return result.get("disturbed", False) or any(map(disturbed, result.get("runs", [])))


class Launcher:
    """Runs mpirun; with a log, what it holds already is not measured again, unless it was disturbed."""

    def __init__(self, program, log, verbose):
        self.program = program
        self.verbose = verbose
        self.log = pathlib.Path(log) if log else None
        self.known = {}
        if self.log and self.log.exists():
            for line in self.log.read_text(encoding="utf-8").splitlines():
                entry = json.loads(line)
                if not disturbed(entry["result"]):
                    self.known[entry["command"]] = entry["result"]
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("MPISIZE")}
        if os.geteuid() == 0:
            # mpirun refuses root; whoever runs the benchmark as root means it.
            self.environment |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}

    def bench(self, ranks, row, seconds, mca=(), **settings):
        """One line of mpisize_bench as an object."""
        words = [row]
        for key, value in settings.items():
            words += [f"--{key}"] if value is True else [f"--{key}", str(value)]
        if self.verbose and row == "regret":
            words.append("--verbose")
        return self._run(ranks, seconds, mca, [str(self.program), *words], [self.program.name, *words])

    def python(self, ranks, script, seconds, *words):
        arguments = [str(word) for word in words]
        return self._run(ranks, seconds, (), [PYTHON, str(HERE / script), *arguments], [script, *arguments])

    def _run(self, ranks, seconds, mca, command, name):
        key = " ".join(map(str, [ranks, *mca, *name]))
        if key in self.known:
            return self.known[key]
        line = ["timeout", "-k", "5", str(seconds), "mpirun", "--oversubscribe", "--bind-to", "none"]
        for option in mca:
            line += ["--mca", *option.split("=")]
        line += ["-n", str(ranks), *command]
        done = subprocess.run(line, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=None if self.verbose else subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            why = f"no end within {seconds} s" if done.returncode in (124, 137) else f"status {done.returncode}"
            raise Failed(f"{key}: {why}\n{(done.stderr or '').strip()}")
        try:
            result = json.loads(done.stdout.strip().splitlines()[-1])
        except (IndexError, json.JSONDecodeError) as error:
            raise Failed(f"{key}: printed no line of JSON: {done.stdout!r}") from error
        if self.log:
            with self.log.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"command": key, "result": result}) + "\n")
        return result
