"""What a row of the benchmark says, as a table and as JSON."""

import dataclasses
import textwrap


@dataclasses.dataclass
class Figure:
    demanded: str
    measured: str
    met: bool | None = None  # None: shown beside the others, nothing is demanded.


@dataclasses.dataclass
class Row:
    name: str
    what: str
    figures: list = dataclasses.field(default_factory=list)
    others: float | None = None  # CPU that others took, of all cores.
    disturbed: bool = False
    details: list = dataclasses.field(default_factory=list)
    data: object = None
    failure: str | None = None


def outcome(row, figure):
    if figure.met is None:
        return ""
    if row.disturbed:
        return "disturbed"
    return "met" if figure.met else "missed"


def percent(x, signed=False):
    return f"{100 * x:{'+' if signed else ''}.1f} %"


def seconds(x):
    for unit, size in (("s", 1), ("ms", 1e-3)):
        if abs(x) >= size:
            return f"{x / size:.3g} {unit}"
    return f"{x / 1e-6:.3g} us"


def print_table(rows, short):
    widths = (11, 46, 40, 10, 6)
    print("".join(f"{head:<{w + 1}}" for head, w in zip(("row", "demanded", "measured", "", "others"), widths)))
    for row in rows:
        print("-" * (sum(widths) + len(widths)))
        others = "" if row.others is None else percent(row.others)
        lines = [(row.name, row.what, "", "", others)]
        lines += [("", f.demanded, f.measured, outcome(row, f), "") for f in row.figures]
        if row.failure:
            lines.append(("", "", "failed", "", ""))
        for line in lines:
            cells = [textwrap.wrap(text, w) or [""] for text, w in zip(line, widths)]
            for i in range(max(map(len, cells))):
                print("".join(f"{c[i] if i < len(c) else '':<{w + 1}}" for c, w in zip(cells, widths)).rstrip())
        for line in row.details:
            print("    " + line)
        if row.failure:
            print(textwrap.indent(row.failure, "    "))
    print()
    if any(row.others is not None for row in rows):
        print("others: CPU that other processes took meanwhile, of all cores; above 5 % a row is repeated, at last "
              "reported as disturbed.")
    if short:
        print("Short form: it shows that the benchmark works. Its sizes are too small for the figures.")


def as_object(rows, short):
    return {
        "schema": "mpisize-bench",
        "schema_version": 1,
        "short": short,
        "rows": [{"name": row.name, "what": row.what, "others": row.others, "disturbed": row.disturbed,
                  "failure": row.failure, "data": row.data,
                  "figures": [{"demanded": f.demanded, "measured": f.measured, "outcome": outcome(row, f) or None}
                              for f in row.figures]} for row in rows],
    }
