#!/usr/bin/env python3
"""One word, one file: each operator, item, condition and look-up type has a file of its own, named after it, which
registers it with its text. Only what is another name of the same word may stand with it."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = {
    "common/expand/operators": "RegisterOperator",
    "common/expand/items": "RegisterItem",
    "common/expand/conditions": "RegisterCondition",
    "common/lookup/drivers": "RegisterLookup",
}
# Other names of a word: short ones, and those that stand for it with one of its arguments.
SYNONYMS = {"s": "substr", "l": "length", "h": "hash", "nh": "nhash", "str2b64": "base64", "sha256": "sha2", "==": "="}
# What cannot be the name of a file.
FILES = {"=": "equal", "<": "less", "<=": "less_or_equal", ">": "greater", ">=": "greater_or_equal"}
NAME = re.compile(r'\.name = ([^,]+),')


def complaints(path, register):
    text = path.read_text()
    if register not in text:
        return
    written = NAME.findall(text)
    unread = [name for name in written if not re.fullmatch(r'"[^"]+"', name)]
    if unread or not written:
        yield f"{path.relative_to(ROOT)}: the name that it registers is not written as a text: {', '.join(unread)}"
    words = {SYNONYMS.get(name, name) for name in (name.strip('"') for name in written)}
    if len(words) > 1:
        yield f"{path.relative_to(ROOT)} registers several words: {', '.join(sorted(words))}. Give each a file of its own"
    for word in words:
        if FILES.get(word, word) != path.stem and len(words) == 1:
            yield f"{path.relative_to(ROOT)} registers \"{word}\": name the file {FILES.get(word, word)}.cpp"
    if text.count(".doc =") < len(written):
        yield f"{path.relative_to(ROOT)} registers a word without its text (.doc)"


def main():
    found = [line for folder, register in FOLDERS.items() for path in sorted((ROOT / folder).glob("*.cpp"))
             for line in complaints(path, register)]
    print("\n".join(found) or "each word has its file")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
