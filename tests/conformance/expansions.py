#!/usr/bin/env python3
"""Counts the lines of `exim -be` in the conformance pack (dev-expansions.json) that come out as Exim's do, by case,
and complains when there are fewer than recorded in expansions.txt.

    expansions.py --build build/release            part of ctest
    expansions.py --build build/release --record   writes the counts anew
    expansions.py --build build/release -v         shows each line that differs

The cases are played by the pack's own runner, with its name server and scripted socket servers. Needs root and
../shared/conformance; without them it is skipped (exit status 77).
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

from check import HERE, MTA_USER, RUNNER, SKIPPED

RECORD = HERE / "expansions.txt"


def rows():
    """{case number: how many expansion lines it has}."""
    text = (RUNNER.parent / "dev-expansions.json").read_text()
    return collections.Counter(row["test"] for row in json.loads(text))


def differences(build, cases):
    """{case: expected lines of its expansions that did not come}, from what the runner shows."""
    command = [sys.executable, str(RUNNER), "--exim", str(build / "bin/sendmail"), "--mta-user", MTA_USER, "--retries", "0",
               "--version-string", "4.96", "--jobs", "2", "-v", "--diff-lines", "100000"]
    for case in cases:
        command += ["--only", case]
    said = subprocess.run(command, stdout=subprocess.PIPE, cwd=RUNNER.parent, check=False).stdout.decode("latin1")
    if not re.search(r"\d+ passed, \d+ failed", said):
        sys.exit("the runner did not come to its end:\n" + said[-500:])
    found = {}
    for text in re.split(r"(?m)^(?=\S+ +\S+/\d{4} )", said):
        head = re.match(r"\S+ +\S+/(\d{4}) ", text)
        if head:
            part = text.partition("--- expected stdout")[2].partition("******** SERVER")[0].partition("\n      --- ")[0]
            found[head[1]] = [line.strip() for line in part.splitlines() if re.match(r"\s*-> ", line)]
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("-v", "--verbose", action="store_true")
    options = parser.parse_args()
    if not RUNNER.exists() or os.geteuid() != 0:
        print("skipped: needs root and the conformance cases")
        return SKIPPED
    recorded = dict(line.split() for line in RECORD.read_text().splitlines() if not line.startswith("#"))
    counts, bad = {}, False
    different = differences(options.build.resolve(), sorted(rows()))
    for case, all_rows in sorted(rows().items()):
        wrong = different.get(case, ["not played"] * all_rows)
        counts[case] = all_rows - len(wrong)
        least = int(recorded.get(case, 0))
        bad = bad or counts[case] < least
        print(f"{case}: {counts[case]} of {all_rows}, at least {least} wanted")
        if options.verbose:
            print("".join(f"    {line}\n" for line in wrong), end="")
    print(f"{sum(counts.values())} of {sum(rows().values())} expansions are Exim's")
    if options.record:
        head = "# Lines of exim -be that come out as Exim's do, by case; written by expansions.py --record.\n"
        RECORD.write_text(head + "".join(f"{case} {count}\n" for case, count in counts.items()))
        return 0
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
