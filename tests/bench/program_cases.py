"""The cases of tests/bench/programs, and the time that each takes by its law."""

import dataclasses
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "programs"))

import laws  # noqa: E402

SAMPLED = (2, 4, 8)
PREDICTED = (16, 32)
CANDIDATES = (1, 2, 4, 8, 16, 32)
LARGEST = CANDIDATES[-1]
HOSTS = 8
LATENCY = "200us"
RATE = "1Gbit"
KB, MB = 1000, 1000000


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    program: str
    arguments: dict
    weak: bool = False

    def of(self, scale):
        """Steps, and all that they do, times `scale`: a step stays what it is."""
        steps = max(2, round(self.arguments["steps"] * scale))
        grown = {name: type(self.arguments[name])(self.arguments[name] * steps / self.arguments["steps"])
                 for name in ("work", "iterations") if name in self.arguments}
        return dataclasses.replace(self, arguments={**self.arguments, **grown, "steps": steps})

    def words(self):
        return laws.words(laws.arguments(**self.arguments))

    def __str__(self):
        return self.name


def case(name, program, steps, phase, serial=0.0, weak=False, **given):
    """`phase`: seconds that a rank computes in a step at the largest count. Ranks in the emulation add 1 ms to an Allreduce and
    4 to 6 ms to an Alltoall at 32 ranks on 2 cores, which no model can know: 20 ms for one and 100 ms are the least."""
    share = 1 if weak else serial + (1 - serial) / LARGEST
    arguments = {"steps": steps, "work": steps * phase / share, "serial": serial, "weak": int(weak), **given}
    return Case(name, program, arguments, weak)


CASES = [
    case("stencil, small faces", "stencil", 20, 0.022, bytes=8 * KB, every=5),
    case("stencil, 2 % serial, uneven, large faces", "stencil", 20, 0.022, serial=0.02, imbalance=0.1, bytes=256 * KB, every=5),
    case("stencil in 2-D, 10 % serial, large sides", "stencil", 40, 0.033, serial=0.1, bytes=512 * KB, dims=2, every=1),
    case("stencil, weak, large faces", "stencil", 60, 0.022, weak=True, bytes=256 * KB, every=5),
    case("stencil in 2-D, weak, uneven", "stencil", 50, 0.033, weak=True, imbalance=0.1, bytes=32 * KB, dims=2, every=1),
    case("transpose, small", "transpose", 5, 0.1, bytes=256 * KB),
    case("transpose, 2 % serial, large", "transpose", 8, 0.1, serial=0.02, bytes=16 * MB),
    case("transpose, 10 % serial, uneven", "transpose", 12, 0.11, serial=0.1, imbalance=0.1, bytes=4 * MB),
    case("transpose, weak", "transpose", 16, 0.1, weak=True, bytes=1 * MB),
    case("cg, small messages", "cg", 20, 0.044, bytes=8),
    case("cg, 2 % serial, uneven, large messages", "cg", 20, 0.044, serial=0.02, imbalance=0.1, bytes=128 * KB),
    case("cg, 10 % serial", "cg", 40, 0.044, serial=0.1, bytes=8 * KB),
    case("cg, weak, large messages", "cg", 40, 0.044, weak=True, bytes=128 * KB),
    Case("master-worker, uneven items", "master_worker", {"steps": 248, "work": 12.4, "imbalance": 0.5, "bytes": 1 * KB}),
    Case("master-worker, 2 % at the root, large items", "master_worker",
         {"steps": 248, "work": 12.4, "serial": 0.02, "bytes": 100 * KB}),
    Case("master-worker, 10 % at the root", "master_worker", {"steps": 248, "work": 12.4, "serial": 0.1, "bytes": 1 * KB}),
]
SLOWER = [
    Case("slower: serial, small messages", "slower", {"steps": 60, "work": 1.8, "serial": 1.0, "bytes": 1 * KB}),
    Case("slower: 10 % parallel, large messages", "slower", {"steps": 60, "work": 1.8, "serial": 0.9, "bytes": 500 * KB}),
    Case("slower: computing grows", "slower", {"steps": 60, "work": 1.8, "serial": 0.98, "growth": 0.03, "bytes": 8}),
]
# Ten hours on 8 ranks.
LONG = Case("ten hours", "iterate", {"steps": 450000, "work": 288000.0, "startup": 3.0, "every": 10, "bytes": 8 * KB})
LONG_HOURS, LONG_RANKS = 10, 8
THREADED = Case("threaded", "threaded", {"steps": 200, "iterations": 4000000000})

ALPHA = 0.27e-3  # Seconds of a small message between hosts: the latency and waking up.
BETA = 1 / 118e6  # Seconds a byte between hosts.
EAGER = 65536  # Beyond, a message asks first.


def message(size, sharing=1):
    """Seconds; `sharing`: messages that go out of a host at once."""
    return (3 if size > EAGER else 1) * ALPHA + sharing * size * BETA


def communication(a, program, ranks):
    """Seconds of a step, ranks dealt to the hosts in turn. A rough law, to see the times by; not judged."""
    if ranks == 1:
        return 0.0
    per_host = -(-ranks // HOSTS)
    reduction = math.ceil(math.log2(ranks)) * ALPHA
    if program == "stencil":
        across = max(d for d in range(1, ranks + 1) if ranks % d == 0 and d * d <= ranks) if a["dims"] == 2 else 1
        rows = ranks // across
        sent = [(min(rows - 1, 2), a["bytes"] / (1 if a["weak"] else across)),
                (min(across - 1, 2), a["bytes"] / (1 if a["weak"] else rows))]
        largest = max(size for faces, size in sent if faces)
        return message(largest, per_host * sum(faces * size for faces, size in sent) / largest) + reduction / a["every"]
    if program == "transpose":
        block = a["bytes"] / (ranks if a["weak"] else ranks**2)
        pairs = per_host * (ranks - per_host)
        return min(ranks - 1, 2 * math.ceil(math.log2(ranks))) * ALPHA + pairs * block * BETA
    if program == "cg":
        return (2 if ranks > 2 else 1) * message(a["bytes"], per_host) + 2 * reduction
    if program == "slower":
        return (ranks - per_host) * (ALPHA + message(a["bytes"]))
    return message(a["bytes"], per_host) + reduction


def by_law(one, ranks):
    """Seconds from the first step to the last."""
    a = laws.arguments(**one.arguments)
    if one.program != "master_worker":
        return laws.longest(one.program, a, ranks) + a["steps"] * communication(a, one.program, ranks)
    times = laws.item_seconds(a)
    prepare = a["serial"] * a["work"] / a["steps"]
    if ranks == 1:
        return sum(times) + a["serial"] * a["work"]
    way = message(a["bytes"])
    # The root waits until a long message is sent; of one to be received the worker has asked already.
    held = 2 * way - ALPHA if a["bytes"] > EAGER else 0.0
    return hand_out(times, prepare + held, ranks - 1, way - held / 2)


def hand_out(times, prepare, workers, way):
    """End of the last item: a root that is busy with one item after the other, for whoever is free first; `way`: of a message
    while the root is not busy with it."""
    root = 0.0
    free = [0.0] * workers  # When the root hears of it.
    for seconds in times:
        worker = min(range(workers), key=lambda w: free[w])
        root = max(root, free[worker]) + prepare
        free[worker] = root + 2 * way + seconds
    return max(free)
