#!/usr/bin/env python3
"""Reads every file of ../shared/real-configs with the programs themselves: `exim -bV` takes it, `exim -bP` has the
routers, transports and authenticators that the reference found, and `gatepost check` warns of those uses of a
stranger's words that failed there.

    real_configs.py --build build/release [NUMBER …]

Works in a mount namespace of its own, with the users and the included files of the reference machine. Needs root
and the files; without them it is skipped (exit status 77).
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
CONFIGS = HERE.parents[1] / "../shared/real-configs"
SKIPPED = 77
INSIDE = "--inside"


def make_world():
    """Our own /etc and /var/mail: what is written there is gone with this process."""
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="gp-configs-"))
    subprocess.run(["mount", "-t", "tmpfs", "none", str(scratch)], check=True)
    shutil.copytree("/etc", scratch / "etc", symlinks=True, ignore=lambda *_: {"alternatives", "ssl", "ssh"})
    subprocess.run(["mount", "--bind", str(scratch / "etc"), "/etc"], check=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/var/mail"], check=True)
    environment = json.loads((CONFIGS / "environment.json").read_text())
    for name in ("passwd", "group"):
        pathlib.Path("/etc", name).write_text("".join(line + "\n" for line in environment[name]))
    for name in ("exim", "exim4"):
        shutil.rmtree(pathlib.Path("/etc", name), ignore_errors=True)
        pathlib.Path("/etc", name).mkdir()
    return scratch


def place(path, expected):
    """The configuration and the files that it includes; the name under which it is read."""
    for wanted, companion in expected["companions"].items():
        file = pathlib.Path(wanted)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes((CONFIGS / companion).read_bytes() if companion else b"")
    name = pathlib.Path("/etc/exim") / path.name
    name.parent.mkdir(exist_ok=True)
    shutil.copy(path, name)
    return name


def said(program, *words, env=None):
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, errors="replace", check=False,
                          env=env)


def taint_failures(value):
    if isinstance(value, dict):
        return any(taint_failures(part) for part in value.values())
    return isinstance(value, str) and "ainted" in value


def faults(build, path):
    """What is not as the reference has it."""
    expected = json.loads(path.with_suffix(".expected.json").read_text())
    name = place(path, expected)
    exim = build / "bin/sendmail"
    read = said(exim, "-C", name, "-bV")
    if read.returncode != expected["bV"]["rc"]:
        yield f"-bV ends with {read.returncode}: {read.stderr[:300]}"
        return
    for what in ("router_list", "transport_list", "authenticator_list"):
        listed = said(exim, "-C", name, "-bP", what).stdout.split()
        if listed != expected[what]:
            yield f"-bP {what}: {listed} instead of {expected[what]}"
    if taint_failures(expected["bt"]) and "comes from outside" not in said(build / "bin/gatepost", "check", name).stderr:
        yield "gatepost check does not warn of the tainted file name that fails there"


def check_each(build, numbers):
    for path in chosen(numbers):
        for text in faults(build, path):
            yield path.name, text
        for folder in ("/etc/exim", "/etc/exim4"):
            shutil.rmtree(folder, ignore_errors=True)


def chosen(numbers):
    """The configurations with these numbers; all without any."""
    return [path for path in sorted(CONFIGS.glob("*.conf")) if not numbers or path.name[:3] in numbers]


def inside(check, build, numbers):
    scratch = make_world()
    bad = set()
    for name, text in check(build, numbers):
        bad.add(name)
        print(f"{name}: {text}")
    print(f"{len(chosen(numbers)) - len(bad)} passed, {len(bad)} failed")
    subprocess.run(["umount", "-l", str(scratch)], check=False)
    scratch.rmdir()
    return 1 if bad else 0


def run(file, description, check, *namespaces):
    """A test program over the configurations: check(build, numbers) gives (name, fault) in namespaces of its own."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("numbers", nargs="*")
    parser.add_argument(INSIDE, action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not CONFIGS.is_dir() or os.geteuid() != 0:
        print("skipped: needs root and the real configurations")
        return SKIPPED
    build = options.build.resolve()
    if options.inside:
        return inside(check, build, options.numbers)
    return subprocess.run(["unshare", "--mount", *namespaces, "--propagation", "private", sys.executable, file, INSIDE,
                           "--build", str(build), *options.numbers], check=False).returncode


if __name__ == "__main__":
    sys.exit(run(__file__, __doc__, check_each))
