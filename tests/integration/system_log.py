#!/usr/bin/env python3
"""log_file_path = syslog : journald, behind the walls: lines go to the sockets of the system's log daemons, also when a
daemon was started anew or comes later than the suite.

system_log.py [--build DIR] [--keep]

As root, in a mount namespace with a /dev and a /run of its own.
"""
import os
import re
import socket
import stat
import subprocess
import sys

from suite import DOMAIN, Suite, Verdict, arguments, wait_for

DEVICES = {"null": (1, 3), "zero": (1, 5), "full": (1, 7), "random": (1, 8), "urandom": (1, 9), "tty": (5, 0)}


def own_places():
    for place in "/dev", "/run":
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "none", place], check=True)
    for name, numbers in DEVICES.items():
        os.mknod("/dev/" + name, stat.S_IFCHR | 0o666, os.makedev(*numbers))
        os.chmod("/dev/" + name, 0o666)
    os.mkdir("/dev/shm", 0o1777)
    os.symlink("/proc/self/fd", "/dev/fd")
    os.makedirs("/run/systemd/journal")


class Daemon:
    """The socket, and what came to it."""

    def __init__(self, path):
        if os.path.exists(path):
            os.unlink(path)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(path)
        self.socket.setblocking(False)
        os.chmod(path, 0o666)
        self.heard = []

    def hears(self, pattern):
        def look():
            try:
                while True:
                    self.heard.append(self.socket.recv(1 << 20).decode())
            except BlockingIOError:
                pass
            return any(re.search(pattern, text) for text in self.heard)
        return wait_for(look, 20)


def submit(suite):
    done = suite.sendmail("-odi", f"alice@{DOMAIN}", data=b"Subject: x\n\nhello\n")
    if done.returncode != 0:
        raise RuntimeError(done)


def inside(options):
    own_places()
    verdict = Verdict()
    syslog, journal = Daemon("/dev/log"), Daemon("/run/systemd/journal/socket")
    change = "log_file_path = syslog : journald\nsyslog_timestamp = false\nsyslog_processname = mta\n".__add__
    with Suite(options.build, change=change, keep=options.keep) as suite:
        submit(suite)
        line = r"^<22>\w\w\w [ \d]\d \d\d:\d\d:\d\d mta\[\d+\]: \S{6}-\S{6}-\S\S => alice .*T="
        verdict.check(syslog.hears(line), "syslog has the delivery", syslog.heard)
        verdict.check(journal.hears(r"(?s)^MESSAGE=\S{6}-\S{6}-\S\S => alice .*\nPRIORITY=6\nSYSLOG_IDENTIFIER=mta\n.*GATEPOST_LOG=main\n"
                                    r"GATEPOST_MESSAGE_ID=\S{6}-\S{6}-\S\S\n"), "and journald, with the message's id as a field", journal.heard)
        verdict.check(syslog.hears(r"daemon started") and journal.hears("daemon started"), "and the suite's start")
        verdict.check(not os.path.exists(suite.path("spool/log/mainlog")), "no file was asked for")
        syslog.socket.close()
        syslog = Daemon("/dev/log")
        submit(suite)
        verdict.check(syslog.hears("=> alice"), "a daemon that was started anew is found", syslog.heard)
        journal.socket.close()
        os.unlink("/run/systemd/journal/socket")
        submit(suite)
        verdict.check(syslog.hears(r"(?m)=> alice"), "one that is gone does not keep the other from its lines")
        journal = Daemon("/run/systemd/journal/socket")
        verdict.check(journal.hears("=> alice"), "and has what came meanwhile when it is there again", journal.heard)
    return verdict.end()


def main():
    options = arguments(__doc__).parse_args()
    if "GATEPOST_MOUNTS" in os.environ:
        return inside(options)
    if os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("skipped: no mount namespace of one's own")
        return 0
    words = ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv]
    return subprocess.run(words, env={**os.environ, "GATEPOST_MOUNTS": "1"}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
