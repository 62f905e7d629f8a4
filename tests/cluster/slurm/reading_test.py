#!/usr/bin/env python3
"""sbatch itself reads random scripts as we do: the same words, the same verdict, the same values.

reading_test.py SCRIPT_CASES [COUNT [SEED]]      the test program of tests/scripts

sbatch -vvv says which words it found and which options they make. The scripts have every rule of the grammar in them,
wrong ones too.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from controller import controller

WORDS = [
    "-N{n}", "-N {n}", "--nodes={n}", "--nodes {n}", "--nod={n}", "--nodes=1-{n}", "-n{n}", "-n {n}", "--ntasks={n}", "--ntasks {n}",
    "--ntasks-per-node={n}", "--tasks-per-node={n}", "--tasks={n}", "--ntasks-per-n {n}", "-c{n}", "-c {n}", "--cpus-per-task={n}",
    "--cpus-per-t={n}", "-t{n}", "-t 1:0{n}:00", "--time=0-{n}", "--time {n}:30", "--mem={n}G", "--mem {n}000", "-HN{n}", "-HOn{n}",
    '--nodes="{n}"', "'--ntasks={n}'", '"-N{n}"', '--ntasks=1"{n}"', "-n\\{n}", '-J "a b"', "-J a\\ b", "--job-name=x\\#y", '--comment="q #1"',
    "--comment='it\"s'", '--comment="a\\"b"', "--exclusive", "--exclusive=user", "-s", "-O", "--hold", "-p standard", "--requeue", "-k",
    "# -N9", "#-N9", "\\#", '""', "''", "-J ''", '-J""', "--", "-", "word", "four nodes", ":", '":"', "x:y", "hetjob", "HETJOB", "packjob",
    "hetjobs", "-J hetjob", '"open', "it's", "--unknown=1", "--unknown", "-Y", "--hold=yes", "--nodes", "-N", "--nice", "--nice=5",
    "--time=1", "--tim=1", "--n=2", "\\", "-N{n}# glued", "-v", "--wrap=x",
]
LINES = ["", "# words", "   # more", "##SBATCH -N9", " #SBATCH -N9", "#sbatch -N9", "# SBATCH -N9", "\t", "#SBATCH", "#SBATCH   ", "#SBATCH hetjob",
         "#SBATCH hetjob -N9", "#SBATCH\tpackjob"]
ENDS = ["hostname", "A=1", "  hostname", ": nothing", "#SBATCH -N9"]
SYNTAX = re.compile(r"Invalid directive|Unmatched|Unexpected `:`|unrecognized option|is ambiguous|requires an argument|"
                    r"doesn't allow an argument|invalid option")
VALUE = re.compile(r"is not a valid node count|Invalid numeric value|Invalid --|Invalid time limit|invalid number")
MAGIC = ["#SBATCH ", "#SBATCH ", "#SBATCH ", "#SBATCH\t", "#SBATCH", "#SLURM "]


def random_script(r):
    easy = WORDS[:44]
    lines = ["#!/bin/bash"]
    for _ in range(r.randint(1, 5)):
        if r.random() < 0.3:
            lines.append(r.choice(LINES))
            continue
        words = [r.choice(easy if r.random() < 0.85 else WORDS).format(n=r.randint(2, 5)) for _ in range(r.randint(1, 4))]
        blank = r.choice([" ", " ", "  ", "\t"])
        lines.append(r.choice(MAGIC) + blank.join(words) + r.choice(["", "", " ", "  # end"]))
    lines.append(r.choice(ENDS))
    if r.random() < 0.3:
        lines.append("#SBATCH -N9")
    return "\n".join(lines) + r.choice(["\n", ""])


def minutes(text):
    days, _, clock = text.rpartition("-")
    fields = [int(field) for field in clock.split(":")]
    if days:
        return (int(days) * 86400 + sum(f * u for f, u in zip(fields, (3600, 60, 1))) + 59) // 60
    if len(fields) == 3:
        return (fields[0] * 3600 + fields[1] * 60 + fields[2] + 59) // 60
    return fields[0] + (1 if len(fields) > 1 and fields[1] else 0)


def mebibytes(text):
    return int(text[:-1]) * 1024 if text.endswith("G") else int(text.rstrip("M"))


def same(option, ours, theirs):
    if option == "time":
        return minutes(ours) == minutes(theirs)
    if option == "mem":
        return mebibytes(ours) == mebibytes(theirs)
    return ours == theirs


def components_of(said):
    """Words and options of each component, as sbatch -vvv says them."""
    found = [{"words": [], "options": {}}]
    defined = False
    for line in said.splitlines():
        word = re.match(r'sbatch: debug2: Found in script, argument "(.*)"$', line)
        option = re.match(r"sbatch: (\S+)\s+: (.*)$", line)
        if word:
            if defined:
                found.append({"words": [], "options": {}})
            defined = False
            found[-1]["words"].append(word.group(1))
        elif line == "sbatch: end of defined options":
            if defined:  # A component without words.
                found.append({"words": [], "options": {}})
            defined = True
        elif option:
            if defined:
                found.append({"words": [], "options": {}})
                defined = False
            found[-1]["options"][option.group(1)] = option.group(2)
    return found


def compare(ours, said):
    """What differs between our reading and sbatch's."""
    if VALUE.search(said):
        return None  # It is refused for a value, before or behind what else is wrong.
    refused = bool(SYNTAX.search(said))
    if ours["readable"] == refused:
        return f"we {'take' if ours['readable'] else 'refuse'} it, sbatch does not agree: {said.strip().splitlines()[-1:]} {ours.get('why', '')}"
    if refused:
        return None
    theirs = components_of(said)
    if len(theirs) != len(ours["components"]):
        return None if "fatal" in said or "error" in said else f"{len(ours['components'])} components, sbatch has {len(theirs)}"
    for number, (mine, other) in enumerate(zip(ours["components"], theirs)):
        if mine["words"] != other["words"]:
            return f"component {number}: words {mine['words']}, sbatch has {other['words']}"
        for option in ("nodes", "ntasks", "ntasks-per-node", "cpus-per-task", "time", "mem", "job-name", "comment", "partition"):
            value = mine["options"].get(option)
            # sbatch carries some over from the component before, and corrects the nodes to the tasks.
            if value is None or option == "nodes" or option not in other["options"]:
                continue
            if not same(option, value, other["options"][option]):
                return f"component {number}: --{option} is {value}, sbatch has {other['options'][option]}"
    return None


def main():
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 500
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    failures = 0
    refused = 0
    with tempfile.TemporaryDirectory() as directory, controller() as environment:
        files = []
        for i in range(count):
            files.append(os.path.join(directory, str(i)))
            with open(files[-1], "w", encoding="utf-8") as file:
                file.write(random_script(random.Random(seed * 1_000_003 + i)))
        read = subprocess.run([sys.argv[1], "read", *files], capture_output=True, text=True, check=True).stdout
        ours = [json.loads(line) for line in read.splitlines()]

        def sbatch(file):
            return subprocess.run(["sbatch", "-vvv", "--test-only", file], env=environment, cwd=directory, capture_output=True, text=True,
                                  check=False).stderr

        with ThreadPoolExecutor(4) as pool:
            said = list(pool.map(sbatch, files))
        for file, mine, words in zip(files, ours, said):
            refused += not mine["readable"]
            difference = compare(mine, words)
            if difference:
                failures += 1
                with open(file, encoding="utf-8") as text:
                    print(f"{difference}\n--- script\n{text.read()}\n---")
    print(f"{count} scripts, {refused} refused by both, {failures} read otherwise")
    return 1 if failures or refused in (0, count) else 0


if __name__ == "__main__":
    sys.exit(main())
