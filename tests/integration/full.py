#!/usr/bin/env python3
"""A disk that is full, and one that fails: mail is refused for the moment, nothing is lost, and it recovers.

full.py [--build DIR] [--keep]

As root, in a mount namespace of its own: the spool lies on a small file system (tmpfs) that is filled, first
down to check_spool_space, then to the last octet, and emptied again. Then system calls of the running spool
service fail with EIO and ENOSPC (strace's fault injection). Clients must hear 452 or 451 and never anything
else; what was acknowledged must arrive exactly once. Without the right to mount it says so and passes.
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import time

from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, wait_for

RECIPIENT = "bob@far.example"
MEBI = 1024 * 1024
OPTIONS = """spool_segment_size = 1M
check_spool_space = 4M
check_log_space = 0
spool_space_interval = 1s
spool_retry_interval = 1s
service_restart_longest = 0s
smtp_accept_queue_per_connection = 0
"""


class SmallDisk(Suite):
    """An instance whose spool is a file system of its own."""

    def start(self):
        spool = self.path("spool")
        if not os.path.ismount(spool):
            os.makedirs(spool, exist_ok=True)
            subprocess.run(["mount", "-t", "tmpfs", "-o", "size=40m,mode=0755", "none", spool], check=True)
        super().start()

    def __exit__(self, kind, value, trace):
        self.stop()
        if self.keep or kind:
            shutil.copytree(self.path("spool/log"), self.path("log"), dirs_exist_ok=True)
        subprocess.run(["umount", "-l", self.path("spool")], check=False)
        super().__exit__(kind, value, trace)

    def free(self):
        room = os.statvfs(self.path("spool"))
        return room.f_bavail * room.f_bsize

    def fill(self, leave=0):
        """A file that leaves so much room; 0: not one octet."""
        with open(self.path("spool/filler"), "ab", buffering=0) as file:
            try:
                while self.free() > leave:
                    file.write(b"x" * max(1, min(self.free() - leave, MEBI)))
            except OSError:
                pass

    def empty(self):
        os.unlink(self.path("spool/filler"))


class Letters:
    """What was sent, and what was said to it."""

    def __init__(self, suite):
        self.suite = suite
        self.count = 0
        self.taken = {}
        self.unknown = []
        self.replies = collections.Counter()

    def send(self, size, parameters=""):
        self.count += 1
        key = f"full-{self.count}"
        head = f"Message-ID: <{key}@test.example>\r\nSubject: {key}\r\nFrom: s@client.example\r\nTo: {RECIPIENT}\r\n\r\n".encode()
        body = b"0123456789 line of text\r\n" * (size // 25 + 1)
        with Talk(self.suite.port, 60) as talk:
            talk.say("EHLO client.example")
            code, text = talk.send("s@client.example", [RECIPIENT], head + body, parameters)
        self.replies[text[:3]] += 1
        if code == 250:
            self.taken[key] = size
        return code, text

    def until_refused(self, size, most):
        for _ in range(most):
            code, text = self.send(size)
            if code != 250:
                return code, text
        return 250, ""


def takes_mail(letters):
    return wait_for(lambda: letters.send(2000)[0] == 250, 15, 0.2)


def short_of_room(verdict, suite, letters):
    suite.fill(8 * MEBI)
    refused = wait_for(lambda: letters.send(2000, f" SIZE={6 * MEBI}")[0] == 452, 10, 0.2)
    verdict.check(refused, "SIZE= is held against the room", letters.replies)
    verdict.check(letters.send(2000)[0] == 250, "and a small message is taken")
    suite.fill(3 * MEBI)
    refused = wait_for(lambda: letters.send(2000)[0] == 452, 10, 0.2)
    verdict.check(refused, "with less than check_spool_space MAIL hears 452", letters.replies)
    verdict.check(suite.wait_log(r"no mail is accepted: spool directory space check failed: space=\d+K"), "and the log says why")
    local = suite.sendmail(RECIPIENT, data=b"Subject: no room\n\nbody\n")
    verdict.check(local.returncode != 0, "sendmail says that it was not taken", local)
    suite.empty()
    verdict.check(takes_mail(letters), "with room mail is taken again")


def not_an_octet_left(verdict, suite, letters):
    suite.write_config(re.sub(r"^check_spool_space.*$", "check_spool_space = 0", open(suite.config, encoding="utf-8").read(), flags=re.M))
    suite.gatepost("stop")
    suite.process.wait(30)
    suite.output.close()
    suite.start()
    suite.fill()
    code, text = letters.until_refused(100_000, 400)
    verdict.check(code in (451, 452), "on a full disk segments that are there are filled, then mail is refused", text)
    code, text = letters.send(400_000)
    verdict.check(code in (451, 452), "a message that needs a file of its own, too", text)
    code, text = letters.send(3_000_000)
    verdict.check(code in (451, 452), "however large it is", text)
    suite.empty()
    verdict.check(takes_mail(letters), "with room mail is taken again")
    verdict.check(letters.send(3_000_000)[0] == 250, "also a large message")


def inject(suite, what, seconds):
    """Lets system calls of spoold fail for a while."""
    # What failed before may have ended it: master starts it again.
    pid = wait_for(lambda: [pid for pid, name in suite.services().items() if name == "spoold"])[0]
    calls = what.split(":")[0]
    tracer = subprocess.Popen(["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(pid), "-e", "trace=" + calls, "-e", "inject=" + what],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.5)
    return tracer, time.monotonic() + seconds


def failing_calls(verdict, suite, letters):
    if not shutil.which("strace"):
        print("      no strace: no system call is made to fail")
        return
    for what in ("fdatasync:error=EIO", "pwritev:error=EIO", "pwritev:error=ENOSPC:when=1", "fdatasync:error=EINTR:when=1",
                 "openat:error=ENOSPC", "fsync:error=EIO", "renameat:error=EIO"):
        tracer, end = inject(suite, what, 1)
        before = letters.replies.copy()
        for _ in range(5): # what is taken waits for the sink: it must not fill the file system
            if time.monotonic() < end:
                letters.send(2000)
                letters.send(300_000)
        time.sleep(max(0, end - time.monotonic()))
        alive = tracer.poll() is None
        tracer.terminate()
        tracer.wait()
        said = letters.replies - before
        verdict.check(alive and set(said) <= {"250", "451", "452"}, f"{what}: taken or refused for now", said)
        if not verdict.check(takes_mail(letters), "and afterwards mail is taken", letters.replies):
            return


def end(verdict, suite, letters, sink):
    sink.start()
    def arrived():
        found = collections.Counter()
        for _, _, data in sink.received:
            key = re.search(rb"^Message-ID: <(full-\d+)@", data, re.M)
            if key:
                found[key[1].decode()] += 1
        return found
    def complete():
        suite.sendmail("-qff")
        return wait_for(lambda: len(arrived()) >= len(letters.taken) and suite.queue() == [], 5, 0.2)
    wait_for(complete, 60)
    found = arrived()
    lost = [key for key in letters.taken if key not in found]
    verdict.check(not lost, f"all {len(letters.taken)} acknowledged messages arrived", lost)
    twice = [key for key, count in found.items() if count > 1]
    verdict.check(not twice, "none twice", twice)


def main():
    options = arguments("fills the spool's disk, and lets it fail").parse_args()
    if os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("skipped: a small file system can only be mounted by root")
        return 0
    if "GATEPOST_MOUNTS" not in os.environ:
        os.environ["GATEPOST_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv])
    verdict = Verdict()
    sink = Sink()
    with SmallDisk(options.build, ("alice",), sink.port, OPTIONS.__add__, options.keep) as suite:
        letters = Letters(suite)
        verdict.check(letters.send(2000)[0] == 250, f"mail is taken for {DOMAIN}'s clients")
        short_of_room(verdict, suite, letters)
        not_an_octet_left(verdict, suite, letters)
        failing_calls(verdict, suite, letters)
        end(verdict, suite, letters, sink)
        print("replies:", dict(letters.replies))
        if verdict.failed:
            suite.keep = True
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
