#!/usr/bin/env python3
"""Looks at a running suite from outside and compares it with its privilege map.

walls.py --build DIR [--config FILE] [--drill] [--world plain|users|ordinary]

Starts the suite of the build folder in a directory of its own, asks `gatepost privileges --json` what each
service should be and `gatepost status --json` which processes there are, and reads in /proc what the kernel
says of each: users, groups, capabilities, no_new_privs, seccomp, limits, root directory, open descriptors.
With --drill (programs of tests/drill in the build folder) every process is told by SIGUSR2 to try what an
intruder would, and the log must say that it was refused.

Root does this in three worlds: as it is; with a user of its own for every service, in a private /etc/passwd;
and as an ordinary user. Anybody else in one. Exits 0 when everything is as the map says.
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

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ORDINARY = 65534                # nobody
FIRST_SERVICE_ID = 61000        # of users that exist in a private /etc/passwd alone
ATTEMPTS = 16                   # lines of one drill

LAUNCHER_CAPABILITIES = 0xE0    # KILL, SETGID, SETUID
MASTER_CAPABILITIES = 0x405E1   # and CHOWN, SETPCAP, NET_BIND_SERVICE, SYS_CHROOT
SECCOMP_FILTER = 2

# What each place of the map means below the instance.
PLACES = {"spool": "spool", "log": "log", "drop": "drop", "hints": "db", "counts": "tally", "run": "run"}

# Directories that a service holds besides, to ask how much room is on their disk.
WATCHED = {"spoold": {"log"}}

# What drill attempts may succeed, by service. Everything else must be refused.
MAY = {
    "router": {"open /etc/passwd", "udp 127.0.0.1 port 53"},
    "remote": {"udp 127.0.0.1 port 53"},
    # The launcher's children are what needs these; its own wall is the fence around uids.
    "launcher": {"open /etc/passwd", "open /proc/self/status", "create /tmp/gatepost-drill", "connect unix /dev/log",
                 "execute", "map writable executable memory"},
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
        if any(target == os.path.join(spool, place) for place in WATCHED.get(wanted["program"], ())):
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
    # The log service itself has only standard error to speak to.
    logs = [os.path.join(spool, name) for name in ("log/mainlog", "run/stderr")]
    for process in status["processes"]:
        before = [os.path.getsize(log) if os.path.exists(log) else 0 for log in logs]
        os.kill(process["pid"], signal.SIGUSR2)
        who = f"{process['service']}/{process['number']}"
        lines = wait_for_drill(list(zip(logs, before)), who)
        if len(lines) != ATTEMPTS:
            complain(who, f"told of {len(lines)} attempts, not of {ATTEMPTS}")
        may = MAY.get(process["service"], set())
        for line in lines:
            attempt, _, outcome = line.rpartition(": ") if ": refused" not in line else line.partition(": refused")
            if outcome == "done" and attempt not in may:
                complain(who, f"drill: {attempt}: done")


def wait_for_drill(logs, who):
    pattern = re.compile(re.escape(who) + r": drill: (.*)")
    until = time.monotonic() + 10
    lines = []
    while time.monotonic() < until and len(lines) < ATTEMPTS:
        time.sleep(0.05)
        lines = []
        for log, offset in logs:
            if os.path.exists(log):
                with open(log, encoding="utf-8", errors="replace") as file:
                    file.seek(offset)
                    lines += [match.group(1) for match in map(pattern.search, file) if match]
    return lines


def gatepost(build, *words):
    return subprocess.run([os.path.join(build, "bin/gatepost"), *words], capture_output=True, text=True, check=False)


def run(build, config, with_drill):
    is_root = os.geteuid() == 0
    home = tempfile.mkdtemp(prefix="gatepost-walls-")
    os.chmod(home, 0o755)
    options = ["-C", config or os.path.join(SOURCE, "conf/default/gatepost.conf")]
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


def in_private_mounts(script, *words):
    """Words for a shell script that may mount what it likes and then executes the rest of its arguments."""
    return ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", *words]


def can_have_private_mounts():
    return subprocess.run(in_private_mounts("true"), capture_output=True, check=False).returncode == 0


def users_world(build, folder, words):
    """Every user of the privilege map exists, and has a group and an id of its own."""
    listed = json.loads(gatepost(build, "privileges", "--json", "-C", os.path.join(SOURCE, "conf/default/gatepost.conf")).stdout)
    names = sorted({row["user"] for row in listed["services"]} | {"gp-submd"})
    for file, line in (("passwd", "{0}:x:{1}:{1}::/nonexistent:/usr/sbin/nologin\n"), ("group", "{0}:x:{1}:\n")):
        with open("/etc/" + file, encoding="utf-8", errors="replace") as old:
            kept = [entry for entry in old if not entry.startswith("gp-")]
        with open(os.path.join(folder, file), "w", encoding="utf-8") as new:
            new.writelines(kept + [line.format(name, FIRST_SERVICE_ID + number) for number, name in enumerate(names)])
    script = 'mount --bind "$1/passwd" /etc/passwd && mount --bind "$1/group" /etc/group && shift && exec "$@"'
    return in_private_mounts(script, folder, sys.executable, os.path.abspath(__file__), "--build", build, *words)


def ordinary_world(build, folder, words):
    """An ordinary user, who sees the programs and this test at a place that he may enter."""
    for name in ("source", "build"):
        os.mkdir(os.path.join(folder, name), 0o755)
    script = ('mount --bind "$1" "$3/source" && mount --bind "$2" "$3/build" && shift 3 && '
              f'exec setpriv --reuid={ORDINARY} --regid={ORDINARY} --clear-groups "$@"')
    test = os.path.join(folder, "source", os.path.relpath(os.path.abspath(__file__), SOURCE))
    return in_private_mounts(script, SOURCE, build, folder, "/usr/bin/python3", test, "--build", os.path.join(folder, "build"), *words)


def run_world(world, make_words, build, words):
    folder = tempfile.mkdtemp(prefix="gatepost-world-")
    os.chmod(folder, 0o755)
    try:
        done = subprocess.run(make_words(build, folder, ["--world", world, *words]), check=False,
                              env=dict(os.environ, HOME="/", PYTHONDONTWRITEBYTECODE="1"))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if done.returncode != 0:
        complain(world, "see above")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True)
    parser.add_argument("--config")
    parser.add_argument("--drill", action="store_true")
    parser.add_argument("--world", choices=["plain", "users", "ordinary"])
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    print(f"== {arguments.world or 'plain'}{', drill' if arguments.drill else ''}, uid {os.geteuid()}", flush=True)
    programs = os.path.join(build, "tests/drill") if arguments.drill else build
    run(programs, arguments.config, arguments.drill)
    if not arguments.world and os.geteuid() == 0:
        if can_have_private_mounts():
            words = ["--drill"] if arguments.drill else []
            run_world("users", users_world, build, words)
            run_world("ordinary", ordinary_world, build, words)
        else:
            print("SKIPPED: other users need mounts of their own, which this machine does not allow")
    for problem in problems:
        print("WRONG", problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
