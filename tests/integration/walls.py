#!/usr/bin/env python3
"""Looks at a running suite from outside and compares it with its privilege map.

walls.py --build DIR [--config FILE] [--drill]

Starts the suite of the build folder in a directory of its own, asks `gatepost privileges --json` what each
service should be and `gatepost status --json` which processes there are, and reads in /proc what the kernel
says of each: users, groups, capabilities, no_new_privs, seccomp, limits, root directory, open descriptors.
With --drill (a build with GATEPOST_DRILL) every process is told by SIGUSR2 to try what an intruder would, and
the log must say that it was refused. Exits 0 when everything is as the map says.
"""
import argparse
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

LAUNCHER_CAPABILITIES = 0xE0    # KILL, SETGID, SETUID
MASTER_CAPABILITIES = 0x405E1   # and CHOWN, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT
SECCOMP_FILTER = 2

# What each place of the map means below the instance.
PLACES = {"spool": "spool", "log": "log", "drop": "drop", "hints": "db", "run": "run"}

# What drill attempts may succeed, by service. Everything else must be refused.
MAY = {
    "router": {"open /etc/passwd", "udp 127.0.0.1 port 53"},
    "remote": {"udp 127.0.0.1 port 53"},
    # The launcher's children are what needs these; its own wall is the fence around uids.
    "launcher": {"open /etc/passwd", "open /proc/self/status", "create /tmp/gatepost-drill", "connect unix /dev/log",
                 "execute", "map writable executable memory", "signal the parent"},
    "log": {"connect unix /dev/log"},
}

problems = []


def complain(who, what):
    problems.append(f"{who}: {what}")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def proc_status(pid):
    fields = {}
    with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
        for line in file:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def proc_limits(pid):
    limits = {}
    with open(f"/proc/{pid}/limits", encoding="ascii") as file:
        for line in file.readlines()[1:]:
            name, soft, hard = line[:26].strip(), line[26:47].strip(), line[47:68].strip()
            limits[name] = (soft, hard)
    return limits


def check_identity(who, fields, wanted, is_root):
    uids = set(fields["Uid"].split())
    if len(uids) != 1:
        complain(who, f"its four uids differ: {fields['Uid']}")
    if is_root and wanted["uid"] >= 0 and uids != {str(wanted["uid"])}:
        complain(who, f"runs as {fields['Uid']}, not as {wanted['uid']}")
    if is_root and "0" in uids | set(fields["Gid"].split()) | set(fields["Groups"].split()):
        complain(who, "has an id of root's")
    expected = LAUNCHER_CAPABILITIES if is_root and wanted["capabilities"] != "-" else 0
    for name in ("CapEff", "CapPrm"):
        if int(fields[name], 16) != expected:
            complain(who, f"{name} is {fields[name]}, expected {expected:x}")
    if int(fields["CapInh"], 16) or int(fields["CapAmb"], 16):
        complain(who, "has inheritable or ambient capabilities")
    if is_root and int(fields["CapBnd"], 16) != expected:
        complain(who, f"CapBnd is {fields['CapBnd']}, expected {expected:x}")
    if fields["NoNewPrivs"] != "1":
        complain(who, "may gain privileges (no_new_privs is off)")
    if fields["Seccomp"] != str(SECCOMP_FILTER):
        complain(who, f"seccomp is {fields['Seccomp']}")


def check_limits(who, pid, wanted):
    limits = proc_limits(pid)
    if limits["Max core file size"] != ("0", "0"):
        complain(who, "may leave core files")
    files = limits["Max open files"][1]
    if files == "unlimited" or int(files) > wanted["files"]:
        complain(who, f"may open {files} files, not {wanted['files']}")
    memory = limits["Max address space"][1]
    if wanted["memory_mib"] and (memory == "unlimited" or int(memory) > wanted["memory_mib"] << 20):
        complain(who, f"address space is bounded by {memory}, not {wanted['memory_mib']} MiB")


def allowed_places(wanted, spool):
    places = []
    for word in (wanted["reads"] + " " + wanted["writes"]).split():
        if word in PLACES:
            places.append(os.path.join(spool, PLACES[word]) + "/")
        elif word in ("derived", "resolver", "zones", "certificates", "anywhere"):
            places.append("/etc/")
            places.append("/usr/share/")
    return places


def check_descriptors(who, pid, wanted, spool):
    places = allowed_places(wanted, spool)
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(f"/proc/{pid}/fd/{name}")
        except FileNotFoundError:
            continue
        number = int(name)
        if number <= 2:
            continue  # /dev/null and the suite's standard error
        if target.startswith(("socket:[", "anon_inode:", "/memfd:", "pipe:[")):
            continue
        if any((target + "/").startswith(place) for place in places):
            continue
        complain(who, f"has {target} open as {name}")


def check_root(who, pid, wanted, spool):
    needs_files = wanted["reads"] != "-" or wanted["writes"] != "-"
    root = os.readlink(f"/proc/{pid}/root")
    if not needs_files and wanted["chroot"] and root != os.path.join(spool, "run/empty"):
        complain(who, f"its root is {root}, not the empty directory")


def check_process(process, wanted, spool, is_root):
    who = f"{process['service']}/{process['number']} (pid {process['pid']})"
    fields = proc_status(process["pid"])
    check_identity(who, fields, wanted, is_root)
    check_limits(who, process["pid"], wanted)
    if is_root:
        check_descriptors(who, process["pid"], wanted, spool)
        check_root(who, process["pid"], wanted, spool)
    walls = set(process["walls"].split())
    expected = {"capabilities", "no_new_privs", "limits", "calls", "not_traced", "files"}
    if is_root:
        expected.add("user")
    if not expected <= walls:
        complain(who, f"reports no wall for: {' '.join(sorted(expected - walls))}")


def check_master(pid, is_root):
    fields = proc_status(pid)
    expected = MASTER_CAPABILITIES if is_root else 0
    for name in ("CapEff", "CapPrm"):
        if int(fields[name], 16) != expected:
            complain("master", f"{name} is {fields[name]}, expected {expected:x}")
    if is_root and int(fields["CapBnd"], 16) != expected:
        complain("master", f"CapBnd is {fields['CapBnd']}, expected {expected:x}")


def check_uids(status, is_root):
    """Only master may be root."""
    if not is_root:
        return
    for process in status["processes"]:
        if proc_status(process["pid"])["Uid"].split()[0] == "0":
            complain(process["service"], "runs as root")


def drill(status, spool):
    log = os.path.join(spool, "log/mainlog")
    for process in status["processes"]:
        before = os.path.getsize(log) if os.path.exists(log) else 0
        os.kill(process["pid"], signal.SIGUSR2)
        who = f"{process['service']}/{process['number']}"
        lines = wait_for_drill(log, before, who)
        if not lines:
            complain(who, "did not answer the drill; is this a build with GATEPOST_DRILL?")
        may = MAY.get(process["service"], set())
        for line in lines:
            attempt, _, outcome = line.rpartition(": ") if ": refused" not in line else line.partition(": refused")
            if outcome == "done" and attempt not in may:
                complain(who, f"drill: {attempt}: done")


def wait_for_drill(log, offset, who, attempts=16):
    pattern = re.compile(re.escape(who) + r": drill: (.*)")
    until = time.monotonic() + 10
    lines = []
    while time.monotonic() < until and len(lines) < attempts:
        time.sleep(0.05)
        if os.path.exists(log):
            with open(log, encoding="utf-8", errors="replace") as file:
                file.seek(offset)
                lines = [match.group(1) for match in map(pattern.search, file) if match]
    return lines


def gatepost(build, *words):
    return subprocess.run([os.path.join(build, "bin/gatepost"), *words], capture_output=True, text=True, check=False)


def run(build, config, with_drill):
    is_root = os.geteuid() == 0
    home = tempfile.mkdtemp(prefix="gatepost-walls-")
    os.chmod(home, 0o755)
    options = ["-C", config or os.path.join(os.path.dirname(__file__), "../../conf/default/gatepost.conf")]
    for definition in (f"INSTANCE={home}", f"PORT={free_port()}"):
        options += ["-D", definition]
    try:
        started = gatepost(build, "start", *options)
        if started.returncode != 0:
            complain("start", f"exit status {started.returncode}: {started.stderr.strip()}")
            return
        status = json.loads(gatepost(build, "status", "--json", *options).stdout)
        privileges = json.loads(gatepost(build, "privileges", "--json", *options).stdout)
        wanted = {row["service"]: row for row in privileges["services"]}
        spool = status["instance"]
        check_master(status["pid"], is_root)
        check_uids(status, is_root)
        for process in status["processes"]:
            check_process(process, wanted[process["service"]], spool, is_root)
        if {p["service"] for p in status["processes"]} != set(wanted):
            complain("suite", "the processes are not those of the service table")
        if with_drill:
            drill(status, spool)
        print(f"{len(status['processes'])} processes looked at, Landlock {privileges['landlock']}, "
              f"missing on this kernel: {privileges['missing_on_this_kernel'] or 'nothing'}")
    finally:
        gatepost(build, "stop", *options)
        shutil.rmtree(home, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--config")
    parser.add_argument("--drill", action="store_true")
    arguments = parser.parse_args()
    run(os.path.abspath(arguments.build), arguments.config, arguments.drill)
    for problem in problems:
        print("WRONG", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
