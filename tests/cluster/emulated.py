"""The emulated hosts of this folder, for scripts."""

import json
import os
import pathlib
import subprocess

here = pathlib.Path(__file__).resolve().parent
build = pathlib.Path(os.environ.get("MPISIZE_BUILD", here.parent.parent / "build" / "dev")).resolve()
PROBE = str(build / "libexec" / "mpisize" / "mpisize-probe")


def call(*words, limit=120, extra=()):
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True, timeout=limit + 30,
                          env={**os.environ, **dict(extra)})
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))}: status {done.returncode}\n{done.stderr[-1500:]}")
    return done.stdout


class Cluster:
    """Up while it is entered; $CLUSTER names the folder of its facts, $MPISIZE_BUILD the build."""

    def __init__(self, hosts, *options):
        self.words = [here / "up", hosts, *options, "--until", os.getpid()]

    def __enter__(self):
        call(here / "down")
        call(*self.words)
        return self

    def __exit__(self, *_):
        call(here / "down")

    def run(self, *words, limit=100, extra=()):
        return call(here / "run", "--time", limit, *words, limit=limit, extra=extra)

    def probe(self, hosts, per_host=1, seconds=5, extra=()):
        names = ",".join(f"n{i + 1}:{per_host}" for i in range(hosts))
        out = self.run("mpirun", "--host", names, "--map-by", f"ppr:{per_host}:node", PROBE, "--hosts", seconds, 60,
                       extra=extra)
        return json.loads(out[out.index("{\n"):])
