#!/usr/bin/env python3
"""Every option that conf/params calls supported is named by code that acts on it.

A row whose member nobody reads, or whose name stands nowhere but in the tables, would be accepted and then
ignored; this finds it. It proves no more than that: what the code does is for other tests.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("cleanup", "common", "conf", "delivery", "master", "qmgr", "router", "smtpd")

# Obeyed without being named.
OTHERWISE = {
    "batch_id": "qmgr groups deliveries whose expanded options are equal",
    "fail_verify": "sets fail_verify_sender and fail_verify_recipient in conf/params/build_drivers.cpp",
    "keep_environment": "services start from an empty environment: there is nothing that could be kept",
    "verify": "sets verify_sender and verify_recipient in conf/params/build_drivers.cpp",
}
# Known, and being worked on: this list may only become shorter.
OPEN = {"auth_advertise_hosts", "commandline_checks_require_admin", "reply_transport"}

ROW = re.compile(r'\{"([a-z0-9_]+)",(?:[^{}]|\{[^{}]*\})*?Standing::(\w+)')


def rows():
    for file in sorted((ROOT / "conf/params").glob("*.cpp")):
        for match in ROW.finditer(file.read_text()):
            if match.group(2) == "supported":
                member = re.search(r"&M::(\w+)", match.group(0))
                yield file.name, match.group(1), member and member.group(1)


def code():
    for room in ROOMS:
        for file in (ROOT / room).rglob("*"):
            if file.suffix in (".cpp", ".h") and "conf/params" not in file.as_posix():
                yield file.read_text()


def main():
    text = "\n".join(code())
    words = set(re.findall(r'"([a-z0-9_]+)"', text))
    members = set(re.findall(r"(?:\.|->)(\w+)\b", text))
    ignored = [
        f"{file}: {name}"
        for file, name, member in rows()
        if name not in words and member not in members and name not in OTHERWISE and name not in OPEN
    ]
    for line in ignored:
        print(f"supported, and no code names it: {line}")
    return 1 if ignored else 0


if __name__ == "__main__":
    sys.exit(main())
