#!/usr/bin/env python3
"""Routes the seven addresses of ../shared/real-configs through each of its files by `exim -bt`: output and exit code
are those of the reference, without a name server and with the one that its notes describe.

    real_routes.py --build build/release [NUMBER …]

Works in namespaces of its own, with the users, files, host name and name server of the reference machine. Needs root
and the files; without them it is skipped (exit status 77).
"""

import json
import pathlib
import socket
import subprocess
import sys

from real_configs import CONFIGS, HERE, chosen, place, run, said

sys.path.insert(0, str(HERE.parent / "integration"))
from played import Names, address, mx  # noqa: E402

# Where the reference's words are a slip of its own: the C string NULL in place of the reason, which is a tainted file
# name. The exit code must be the same.
OTHER_WORDS = {"111-outroll-vesta-exim4.conf"}
FOLDERS = ("/home", "/var/spool", "/var/log", "/var/lib")


def furnish(environment):
    """What the configurations look into while they route."""
    for folder in FOLDERS:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "none", folder], check=True)
    for folder in environment["empty_directories"]:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    for name, text in environment["files"].items():
        pathlib.Path(name).parent.mkdir(parents=True, exist_ok=True)
        pathlib.Path(name).write_text(text)
    socket.sethostname(environment["host_name"])
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)


def name_server():
    hosts = {"mx1.example.com": "192.0.2.25", "smarthost.example.net": "192.0.2.26", "mx.test.example": "127.0.1.1",
             "localhost": "127.0.0.1"}
    zone = {(name, "A"): ([address(ip)], False) for name, ip in hosts.items()}
    for name in ("example.com", "sub.example.net"):
        zone[name, "MX"] = ([mx("mx1.example.com", 10)], False)
    return Names(zone, port=53)


def routes(build, name, way, expected):
    """What -bt says of an address that is not what the reference said."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
    for asked, answers in expected["bt"].items():
        wanted = answers.get(way)
        if not answers.get("stable") or not wanted:
            continue
        got = said(build / "bin/sendmail", "-C", name, "-bt", asked, env=environment)
        out = got.stdout.strip().replace(str(name), "CONFIG")
        same_words = out == wanted["out"] or name.name in OTHER_WORDS and wanted["out"].endswith(": NULL")
        if got.returncode != wanted["rc"] or not same_words:
            yield (f"{way} {asked}: {got.returncode} {out!r}\n    instead of {wanted['rc']} {wanted['out']!r}\n"
                   f"    {got.stderr.strip()!r}\n    reference: {wanted['err']!r}")


def check_each(build, numbers):
    furnish(json.loads((CONFIGS / "environment.json").read_text()))
    for way in ("no_dns", "stub_dns"):
        if way == "stub_dns":
            name_server()
        for path in chosen(numbers):
            expected = json.loads(path.with_suffix(".expected.json").read_text())
            for text in routes(build, place(path, expected), way, expected):
                yield path.name, text


if __name__ == "__main__":
    sys.exit(run(__file__, __doc__, check_each, "--net", "--uts"))
