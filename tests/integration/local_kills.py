#!/usr/bin/env python3
"""Local deliveries are killed at random: no partial file in new/, no torn mbox, nothing lost, nothing doubled in silence.

local_kills.py [--build DIR] [--messages N] [--kills N] [--threads N] [--seed N] [--keep]

Clients send messages, small and large, to Maildirs and mboxes while the launcher, its nursery, the delivery processes,
qmgr and spoold get SIGKILL at random moments. Procmail adds messages of its own to one of the mboxes meanwhile, by the
same locks. Afterwards every message that was acknowledged is in its mailbox once, whole; twice only where the main log
says so. A process that dies holding an mbox leaves its lock file, as Exim's does: lockfile_timeout is short here.
tests/drill/local_kills is the long form.
"""
import collections
import os
import pwd
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

import kill
from suite import DOMAIN, OWNER, Suite, Verdict, arguments, wait_for

MAILDIRS = ("alice", "bob", "carol")
BOXES = ("box1", "box2", "box3")
SHARED = "box3"             # procmail's as well
OTHERS = 10_000_000         # the numbers of procmail's messages begin here
LARGE_EVERY = 29            # messages: one of several hundred KiB, whose writing takes long enough to be cut off
# Of twelve kills as many are meant for each of these; the rest for the processes that deliver.
AIMS = ("launcher", "launcher", "nursery", "qmgr", "spoold")
ALL_AIMS = AIMS + 7 * ("delivery",)
ROUTER = """
box:
  driver = accept
  local_parts = box1 : box2 : box3
  transport = box
"""
TRANSPORT = """
box:
  driver = appendfile
  file = INSTANCE/mail/boxes/$local_part_data
  lock_interval = 1s
  lock_retries = 30
  lockfile_timeout = 2s
.ifdef OWNER
  user = OWNER
.endif
"""


def change(text):
    text = text.replace("begin routers\n", "begin routers\n" + ROUTER, 1).replace("begin transports\n", "begin transports\n" + TRANSPORT, 1)
    return "smtp_accept_queue_per_connection = 0\nservice_restart_longest = 0s\n" + text


class Load(kill.Load):
    @staticmethod
    def recipient(number):
        return (MAILDIRS + BOXES)[number % 6] + "@" + DOMAIN

    @staticmethod
    def message(key, recipient, number):
        text = kill.Load.message(key, recipient, number)
        return text + b"From here it is long\r\n" * (number % 7 * 8000) if number % LARGE_EVERY == 0 else text


def below(pid):
    """All processes that this one and those below it have started."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            children = [int(word) for word in file.read().split()]
    except OSError:
        return []
    return children + [one for child in children for one in below(child)]


def named(pid):
    try:
        with open(f"/proc/{pid}/comm", encoding="ascii") as file:
            return file.read().strip()
    except OSError:
        return ""


class Killer(kill.Killer):
    """Each kill is aimed at one kind of process; where there is none at that moment another kind is chosen."""

    def run(self):
        while sum(self.done.values()) < self.kills:
            time.sleep(self.chance.uniform(0, 2 * self.pause))
            self.kill_one()

    def kill_one(self):
        wanted = self.chance.choice(ALL_AIMS)
        services = self.suite.services()
        found = [pid for pid, name in services.items() if name == wanted]
        if wanted in ("nursery", "delivery"):
            found = [one for pid, name in services.items() if name == "launcher" for one in below(pid) if named(one) == wanted]
        if not found:
            return
        try:
            os.kill(self.chance.choice(found), signal.SIGKILL)
            self.done[wanted] += 1
        except ProcessLookupError:
            pass


class Procmail(threading.Thread):
    """The other writer, who is never killed. Locks of the dead are Gatepost's to take away: it knows what they left."""

    def __init__(self, suite, until):
        super().__init__(daemon=True)
        self.until = until
        self.sent = []
        self.trouble = ""
        self.command = ["procmail", "-f", "other@far.example", "DEFAULT=" + suite.path("mail/boxes/" + SHARED), "LOCKSLEEP=1", "ORGMAIL=/dev/null", "/dev/null"]
        owner = pwd.getpwnam(OWNER)
        self.owner = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}

    def run(self):
        while self.until() and not self.trouble:
            key = f"kill-{OTHERS + len(self.sent)}"
            text = Load.message(key, SHARED, OTHERS + len(self.sent)).replace(b"\r\n", b"\n")
            done = subprocess.run(self.command, input=text, cwd="/", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
                                  timeout=120, **self.owner)
            if done.returncode != 0:
                self.trouble = f"exit {done.returncode}: {done.stdout[-300:]!r}"
            self.sent.append(key)
            time.sleep(0.2)


def messages_of(suite):
    """(place, text) of each message in every mailbox, as it lies there."""
    found = [(recipient, message) for recipient in MAILDIRS for message in suite.mailbox(recipient)]
    for box in BOXES:
        path = suite.path("mail/boxes/" + box)
        if os.path.exists(path):
            with open(path, "rb") as file:
                found += [(box, part) for part in re.split(rb"(?<=\n\n)(?=From \S+ +\w{3} \w{3} )", file.read()) if part]
    return found


def body_of(number, place):
    """The body of this message as it must lie there."""
    body = Load.message("", "", number).split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"\n")
    return body.replace(b"\nFrom ", b"\n>From ") + b"\n" if place in BOXES else body


def arrivals(verdict, suite):
    """Of each key where it arrived; every message must be whole."""
    found, torn = collections.defaultdict(list), []
    for place, text in messages_of(suite):
        key, name = kill.KEY.search(text), kill.IDENTIFIER.search(text)
        number = int(key[1].split(b"-")[1]) if key else 0
        body = text.split(b"\n\n", 1)[1] if b"\n\n" in text else b""
        if not key or body != body_of(number, place):
            torn.append((place, text[:100], text[-100:], len(text)))
            continue
        found[key[1].decode()].append((name[1].decode() if name else "?", place, len(text)))
    verdict.check(not torn, "every message in a mailbox is whole", torn[:5])
    return found


def main():
    parser = arguments("kills local deliveries under load")
    parser.add_argument("--messages", type=int, default=900)
    parser.add_argument("--kills", type=int, default=250)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--pause", type=float, default=0.02, help="seconds from kill to kill, on average")
    options = parser.parse_args()
    verdict = Verdict()
    print(f"seed {options.seed}")
    with Suite(options.build, MAILDIRS + ("boxes",), None, change, options.keep) as suite:
        begin = time.monotonic()
        killer = Killer(suite, options.kills, options.pause, random.Random(options.seed))
        load = Load(suite, options.messages, options.threads, killer.is_alive)
        killer.start()
        other = Procmail(suite, lambda: killer.is_alive() or any(thread.is_alive() for thread in load.threads))
        if shutil.which("procmail"):
            other.start()
        else:
            print("skipped: procmail is not installed")
        for thread in load.threads:
            thread.start()
        for thread in load.threads:
            thread.join(1800)
        killer.join()
        if other.is_alive():
            other.join(120)
        print(f"killed in {time.monotonic() - begin:.0f} s:", dict(sorted(killer.done.items())))
        print(f"{load.next} messages, {len(load.acknowledged)} acknowledged; {len(other.sent)} by procmail")
        verdict.check(sum(killer.done.values()) >= options.kills and set(killer.done) == set(ALL_AIMS),
                      "all kinds of processes were killed", killer.done)
        verdict.check(not other.trouble, "procmail delivers beside Gatepost", other.trouble)
        verdict.check(wait_for(suite.answers, 60), "the suite answers")
        left = kill.empty_queue(suite, 180)
        verdict.check(not left, "the queue becomes empty", left[:20])
        time.sleep(1)
        load.acknowledged.update(dict.fromkeys(other.sent, SHARED))
        kill.judge(verdict, suite, load, arrivals(verdict, suite))
        drafts = [len(os.listdir(suite.path(f"mail/{name}/tmp"))) for name in MAILDIRS]
        verdict.check(not any(drafts), "nothing is left in tmp/", drafts)
        if verdict.failed:
            suite.keep = True
        verdict.check(suite.stop(30) is not None, "the suite stops")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
