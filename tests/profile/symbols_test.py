"""What the profiling layer shows, needs and covers.

symbols_test.py LAYER ROUTINES INCLUDE_DIR...
"""

import pathlib
import re
import subprocess
import sys

# What a program can wait in or hand data over by has one of these among its parameters.
HANDLES = re.compile(r"\bMPI_(Comm|Request|Win|File|Message)\b")
# Local: they ask, name, set a property or pack.
LOCAL = re.compile(
    r"MPI_(.*_(get|set|c2f|f2c|call|create_errhandler|delete)_?\w*"
    r"|Comm_(rank|size|remote_size|group|remote_group|compare|test_inter|delete_attr|join)"
    r"|Cart_(coords|get|map|rank|shift)|Cartdim_get|Graph_(get|map|neighbors|neighbors_count)|Graphdims_get"
    r"|Dist_graph_neighbors(_count)?|Topo_test|(Un)?[Pp]ack(_size)?|Abort|Attr_\w+|Errhandler_(get|set)"
    r"|Win_(attach|detach|shared_query|delete_attr)|Grequest_(start|complete)|File_(seek|get_\w+)|T_\w+)$")


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def findings(layer, routines, include_dirs):
    shown = {line.split()[-1] for line in run("nm", "-D", "--defined-only", layer).splitlines()}
    table = set(re.findall(r"^(MPI_\w+)\(", pathlib.Path(routines).read_text(encoding="utf-8"), re.MULTILINE))
    own = {"MPI_Init", "MPI_Init_thread", "MPI_Finalize", "MPI_Abort"}
    expected = {"pthread_create"} | {prefix + name for name in table | own for prefix in ("", "P")}
    for name in sorted(shown ^ expected):
        yield f"{name} is {'shown' if name in shown else 'missing'}"

    needed = set(re.findall(r"\(NEEDED\).*\[(.*?)\.so", run("readelf", "-d", layer)))
    for name in sorted(needed - {"libmpi", "libc", "ld-linux-x86-64"}):
        yield f"the layer needs {name}"

    header = next(p for p in (pathlib.Path(d) / "mpi.h" for d in include_dirs) if p.is_file())
    declared = re.findall(r"OMPI_DECLSPEC\s+int\s+(MPI_\w+)\(([^;]*?)\)[^;()]*(?:\([^;]*\))?;",
                          header.read_text(encoding="utf-8"))
    if len(declared) < 300:
        yield f"only {len(declared)} routines are declared in {header}"
    for name, parameters in declared:
        if HANDLES.search(parameters) and name not in table | own and not LOCAL.match(name):
            yield f"{name} is not counted"


def main():
    found = list(findings(sys.argv[1], sys.argv[2], sys.argv[3:]))
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
