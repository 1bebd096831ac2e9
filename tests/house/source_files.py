#!/usr/bin/env python3
"""Source files stay small enough to be read, and name no path of the machine they were written on.

A file over 600 lines has a second noun in it and fails. Functions over 60 lines are listed, for whoever looks
for something to tidy; they fail nothing.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("cleanup", "common", "conf", "debian", "delivery", "master", "qmgr", "router", "scripts", "smtpd", "tests",
           "utilities")
MOST_LINES = 600
MOST_FUNCTION_LINES = 60

# Home and working directories of people and machines; a test's paths are made up or temporary.
MACHINE_PATH = re.compile(r"/root/[a-z]|/work/[a-z]|/var/tmp/[a-z]+/|/home/(?!user\b|user[0-9]|someone\b|v\b|/)[a-z]+/[a-z]")


def sources():
    for folder in FOLDERS:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".cpp", ".h", ".py", ".cmake") and file.is_file():
                yield file


def long_functions(lines):
    """The house style puts a function's brace on a line of its own, and no other brace."""
    opened = {}
    for number, line in enumerate(lines, 1):
        brace = line.strip()
        indent = len(line) - len(line.lstrip())
        if brace == "{":
            opened[indent] = number
        elif brace in ("}", "};") and indent in opened:
            begin = opened.pop(indent)
            if number - begin - 1 > MOST_FUNCTION_LINES:
                yield begin, number - begin - 1


def main():
    too_long, paths, functions = [], [], []
    for file in sources():
        name = file.relative_to(ROOT)
        lines = file.read_text(errors="replace").splitlines()
        if file.suffix in (".cpp", ".h"):
            if len(lines) > MOST_LINES:
                too_long.append(f"{name}: {len(lines)} lines, {MOST_LINES} at the most: look for the second noun in it")
            functions += [f"{name}:{begin}: {size} lines" for begin, size in long_functions(lines)]
        if file != pathlib.Path(__file__).resolve():
            paths += [f"{name}:{number}: {line.strip()[:100]}" for number, line in enumerate(lines, 1)
                      if MACHINE_PATH.search(line)]
    if functions:
        print(f"functions of more than {MOST_FUNCTION_LINES} lines (a report, no failure):", *functions, sep="\n  ")
    for title, found in (("files that are too long", too_long), ("paths of one machine", paths)):
        if found:
            print(title + ":", *found, sep="\n  ")
    return 1 if too_long or paths else 0


if __name__ == "__main__":
    sys.exit(main())
