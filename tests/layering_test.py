"""The direction and the purity of the house, read from the #include lines.

layering_test.py SOURCE_DIR                 folders include only what stands left of them; the core is pure
layering_test.py --installed INCLUDE_DIR    the installed headers need no library that is private to mpisize
"""

import pathlib
import re
import sys

# base <- model <- choose <- write (pure) <- measure <- mpi <- store <- tools
ORDER = ["base", "model", "choose", "write", "measure", "mpi", "store"]
# Beside them: what is preloaded into programs of users. It shares a file format with measure.
PRELOADED = "profile"
PURE = {"base", "model", "choose", "write"}

# A pure function sees no MPI, clock, file, environment or log.
IMPURE_HEADERS = re.compile(
    r"^(mpi\.h|hwloc.*|spdlog/.*|chrono|ctime|time\.h|fstream|iostream|filesystem|cstdio|stdio\.h|thread|mutex"
    r"|atomic|future|unistd\.h|fcntl\.h|sys/.*|dirent\.h|signal\.h|csignal)$")
IMPURE_WORDS = re.compile(r"\b(getenv(?=\s*\()|setenv(?=\s*\()|(?:random_device|std::rand|srand|std::time|system_clock|steady_clock)\b)")
# Users need none of these; MPI and cereal are the public ones, of the folder mpi only.
PRIVATE_LIBRARIES = re.compile(r"^(nlohmann/|fmt/|Eigen/|spdlog/|boost/|hwloc|xxhash|zstd)")
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def without_comments(text):
    """Line comments out, string literals kept: "//" within a string is rare enough here."""
    return re.sub(r"//.*", "", text)


def findings_in_sources(root):
    library = root / "lib" / "mpisize"
    for folder in ORDER + [PRELOADED]:
        allowed = {"measure", PRELOADED} if folder == PRELOADED else set(ORDER[: ORDER.index(folder) + 1])
        sources = sorted(p for p in (library / folder).rglob("*") if p.suffix in (".hpp", ".cpp"))
        if not sources:
            yield f"{library / folder}: no sources; is the list of folders out of date?"
        for path in sources:
            code = without_comments(path.read_text(encoding="utf-8"))
            for header in INCLUDE.findall(code):
                other = re.match(r"mpisize/(\w+)/", header)
                if other and other.group(1) not in allowed:
                    yield f"{path}: {folder} must not see {header}"
                if header.startswith("mpisize/") and not (root / "lib" / header).is_file():
                    yield f"{path}: {header} does not exist"
                if folder not in ("mpi", "store", PRELOADED) and header == "mpi.h":
                    yield f"{path}: only the folders mpi, store and profile see mpi.h"
                if folder != "store" and header == "hdf5.h":
                    yield f"{path}: only the folder store sees hdf5.h"
                if folder in PURE and IMPURE_HEADERS.match(header):
                    yield f"{path}: {folder} is pure and must not include <{header}>"
            for word in IMPURE_WORDS.findall(code) if folder in PURE else []:
                yield f"{path}: {folder} is pure and must not use {word}"


def findings_in_installed_headers(include_dir):
    headers = sorted((include_dir / "mpisize").rglob("*.hpp"))
    if not headers:
        yield f"{include_dir}: no headers installed"
    for path in headers:
        for header in INCLUDE.findall(without_comments(path.read_text(encoding="utf-8"))):
            if PRIVATE_LIBRARIES.match(header):
                yield f"{path}: a public header must not include <{header}>"
            if header.startswith("mpisize/") and not (include_dir / header).is_file():
                yield f"{path}: {header} is not installed"


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--installed":
        findings = list(findings_in_installed_headers(pathlib.Path(arguments[1])))
    elif len(arguments) == 1:
        findings = list(findings_in_sources(pathlib.Path(arguments[0])))
    else:
        sys.exit(__doc__)
    print("\n".join(findings))
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
