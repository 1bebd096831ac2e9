#!/usr/bin/env python3
"""Plays recorded cases of the conformance pack against build/release/bin/sendmail and complains when one that
is recorded as passing does not pass any more.

    check.py --build build/release plain            plain cases (plain.txt): part of ctest
    check.py --build build/release whole            all recorded cases (whole.txt); takes minutes
    check.py --build build/release plain --record   plays every case and writes the list anew

Needs root and ../shared/conformance; without them it is skipped (exit status 77).
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
RUNNER = HERE.parents[1] / "../shared/conformance/run.py"
SKIPPED = 77
MTA_USER = "gatepost"  # in the runner's own world: no account is made for a test


def play(build, arguments):
    """The runner's score: {case number: passed}."""
    with tempfile.NamedTemporaryFile(suffix=".json") as score:
        command = [sys.executable, str(RUNNER), "--exim", str(build / "bin/sendmail"), "--mta-user", MTA_USER,
                   "--version-string", "4.96", "--jobs", "2", "-q", "--json", score.name, *arguments]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False, cwd=RUNNER.parent)
        text = pathlib.Path(score.name).read_text()
    return {number: case["ok"] for number, case in json.loads(text)["tests"].items()} if text else {}


def read(path):
    return [line.split()[0] for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]


def write(path, which, numbers):
    head = f"# Cases of the conformance pack that pass ({which}); written by check.py {which} --record.\n"
    path.write_text(head + "".join(number + "\n" for number in sorted(numbers)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("which", choices=["plain", "whole"])
    options = parser.parse_args()
    if not RUNNER.exists() or os.geteuid() != 0:
        print("skipped: needs root and the conformance cases")
        return SKIPPED
    build = options.build.resolve()
    path = HERE / f"{options.which}.txt"
    if options.record:
        score = play(build, ["--plain"] if options.which == "plain" else [])
        passed = [number for number, good in score.items() if good]
        write(path, options.which, passed)
        print(f"{len(passed)} of {len(score)} pass")
        return 0
    recorded = read(path)
    if not recorded:
        print("nothing is recorded")
        return SKIPPED
    score = play(build, [word for number in recorded for word in ("--only", number)])
    lost = [number for number in recorded if not score.get(number)]
    print(f"{len(recorded) - len(lost)} of {len(recorded)} recorded cases pass")
    for number in lost:
        print(f"  {number} passed when it was recorded")
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
