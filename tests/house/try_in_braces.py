#!/usr/bin/env python3
"""TRY does not stand behind another member in a braced list, as in {name, TRY(value_of(text))}.

TRY leaves the function from within the expression, and what of an aggregate has been made by then is not destroyed, by
g++ as by clang++: it leaks, as often as a stranger makes TRY fail. Take the value first:

    auto value = TRY(value_of(text));
    return Row{name, std::move(value)};

Arguments of a function in round brackets are destroyed, and so is a list whose first member the TRY is. In a list of
numbers it would do no harm; it is refused all the same, for nobody sees that from the line.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OPENING, CLOSING = "([{", ")]}"
LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|//[^\n]*')


# In front of the brace of a block, which is no list: if (…) {, [&] {, else {.
BLOCK = re.compile(r"(?:[)\]]|\b(?:else|do|const|mutable|noexcept|override))\s*$|->\s*[\w:<>, ]+$")


def stands_behind_a_member(text, at):
    """Whether a brace is open at `at`, within the statement, with a comma of its own before that place."""
    depth, comma = 0, False
    for i in range(at - 1, -1, -1):
        c = text[i]
        if c in CLOSING:
            depth += 1
        elif c in OPENING:
            if depth > 0:
                depth -= 1
                continue
            if c == "{" and BLOCK.search(text, max(0, i - 80), i):
                return False
            if c == "{" and comma:
                return True
            comma = False
        elif depth == 0 and c == ";":
            return False
        elif depth == 0 and c == ",":
            comma = True
    return False


def main():
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "*.cpp", "*.h"], capture_output=True, text=True, check=True).stdout.split()
    found = []
    for name in names:
        with open(os.path.join(ROOT, name), encoding="utf-8") as file:
            text = LITERAL.sub(lambda literal: "_" * len(literal[0]), file.read())
        for match in re.finditer(r"\bTRY\(", text):
            if stands_behind_a_member(text, match.start()):
                found.append(f"{name}:{text.count(chr(10), 0, match.start()) + 1}")
    for place in found:
        print(f"{place}: TRY behind another member of a braced list: what was made before it is never destroyed")
    if not found:
        print("no TRY stands behind another member of a braced list")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
