"""Runs what README.md tells its reader to type.

readme_test.py --readme README.md --source DIR --build DIR

Every fenced block must have a tag: `cpp` and `c` blocks are written to the file that their first line names ("// name.cpp"),
`sh` blocks are run in order, in one scratch directory, by `sh -eu`; `text` and other tags are only shown. A block behind
the line <!-- not run here: ... --> is left to the test that the comment names. The scratch directory holds a link build/release to
DIR, the build that is tested, and HOME lies in it, so that the README's own installation is what its later blocks use.
"""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile

FENCE = re.compile(r"^```(\S*)[ \t]*\n(.*?)^```[ \t]*$", re.MULTILINE | re.DOTALL)
ELSEWHERE = re.compile(r"<!-- not run here: .+? -->\s*\Z")
BLOCK_SECONDS = 240


def blocks_of(text):
    """(line, tag, content, run here) of each fenced block."""
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield line, match.group(1), match.group(2), not ELSEWHERE.search(text[: match.start()])


def environment_of(scratch):
    home = scratch / "home"
    home.mkdir()
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MPISIZE", "XDG_"))}
    environment["HOME"] = str(home)
    return environment


def end_group(process):
    """mpirun answers SIGTERM by ending its ranks."""
    import signal

    for kind in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, kind)
            process.wait(timeout=5)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            pass


def run_sh(script, scratch, environment):
    process = subprocess.Popen(["sh", "-eu", "-c", script], cwd=scratch, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               start_new_session=True)
    try:
        output, _ = process.communicate(timeout=BLOCK_SECONDS)
        return process.returncode, output
    except subprocess.TimeoutExpired:
        end_group(process)
        return f"timeout after {BLOCK_SECONDS} s", process.communicate()[0]


def main():
    parser = argparse.ArgumentParser()
    for name in ("readme", "source", "build"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    blocks = list(blocks_of(arguments.readme.read_text(encoding="utf-8")))
    executed = 0
    with tempfile.TemporaryDirectory(prefix="readme_test.") as name:
        scratch = pathlib.Path(name)
        environment = environment_of(scratch)
        (scratch / "build").mkdir()
        (scratch / "build" / "release").symlink_to(arguments.build.resolve())
        for folder in ("examples", "jobscripts"):
            (scratch / folder).symlink_to((arguments.source / folder).resolve())
        for line, tag, content, here in blocks:
            where = f"{arguments.readme}:{line}"
            if not tag:
                sys.exit(f"{where}: a block without a tag: sh, cpp or text?")
            if not here:
                continue
            if tag in ("cpp", "c"):
                file_name = re.match(r"// (\w+\.(?:cpp|c))\b", content)
                if not file_name:
                    sys.exit(f"{where}: the first line of a {tag} block names its file: // name.cpp")
                (scratch / file_name.group(1)).write_text(content, encoding="utf-8")
            elif tag == "sh":
                # What a block exports holds in the blocks that follow, as in a terminal.
                state = scratch / "home" / "environment"
                status, output = run_sh(f'[ ! -f "{state}" ] || . "{state}"\n{content}\nexport -p >"{state}"',
                                        scratch, environment)
                print(f"--- {where}\n{content}--- gives {status}\n{output}", flush=True)
                executed += 1
                if status != 0:
                    sys.exit(f"{where}: failed: {status}")
    if executed == 0:
        sys.exit(f"{arguments.readme}: no sh block to run")


if __name__ == "__main__":
    main()
