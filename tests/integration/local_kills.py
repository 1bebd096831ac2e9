#!/usr/bin/env python3
"""Local deliveries are killed at random: no partial file in new/, no torn mbox, nothing lost, nothing doubled in silence.

local_kills.py [--build DIR] [--messages N] [--kills N] [--threads N] [--seed N] [--keep]

Clients send messages to Maildirs and mboxes while the launcher, its nursery and, most of all, the delivery processes get
SIGKILL at random moments. Afterwards every message that was acknowledged is in its mailbox once, whole; twice only where
the main log says so. A process that dies holding an mbox leaves its lock file, as Exim's does: lockfile_timeout is short here.
"""
import collections
import os
import random
import re
import signal
import sys
import time

import kill
from suite import DOMAIN, Suite, Verdict, arguments, wait_for

MAILDIRS = ("alice", "bob", "carol")
BOXES = ("box1", "box2", "box3")
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
    """Of ten kills one is for the launcher, one for the nursery, and the others for processes that deliver."""

    def run(self):
        while sum(self.done.values()) < self.kills:
            time.sleep(self.chance.uniform(0, 2 * self.pause))
            self.kill_one()

    def kill_one(self):
        launchers = [pid for pid, name in self.suite.services().items() if name == "launcher"]
        wanted = self.chance.choice(["launcher", "nursery"] + 8 * ["delivery"])
        found = launchers if wanted == "launcher" else [one for pid in launchers for one in below(pid) if named(one) == wanted]
        if not found:
            return
        try:
            os.kill(self.chance.choice(found), signal.SIGKILL)
            self.done[wanted] += 1
        except ProcessLookupError:
            pass


def messages_of(suite):
    """(place, text) of each message in every mailbox, as it lies there."""
    found = [(recipient, message) for recipient in MAILDIRS for message in suite.mailbox(recipient)]
    for box in BOXES:
        path = suite.path("mail/boxes/" + box)
        if os.path.exists(path):
            with open(path, "rb") as file:
                found += [(box, part) for part in re.split(rb"(?<=\n\n)(?=From \S+ \w{3} \w{3} )", file.read()) if part]
    return found


def arrivals(verdict, suite):
    """Of each key where it arrived; every message must be whole."""
    found, torn = collections.defaultdict(list), []
    for place, text in messages_of(suite):
        key, name = kill.KEY.search(text), kill.IDENTIFIER.search(text)
        number = int(key[1].split(b"-")[1]) if key else 0
        body = text.split(b"\n\n", 1)[1] if b"\n\n" in text else b""
        end = b"\n" if place in BOXES else b""
        if not key or body != kill.Load.message("", "", number).split(b"\r\n\r\n", 1)[1].replace(b"\r\n", b"\n") + end:
            torn.append((place, text[:100], len(text)))
            continue
        found[key[1].decode()].append((name[1].decode() if name else "?", place, len(text)))
    verdict.check(not torn, "every message in a mailbox is whole", torn[:5])
    return found


def main():
    parser = arguments("kills local deliveries under load")
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--pause", type=float, default=0.02, help="seconds from kill to kill, on average")
    options = parser.parse_args()
    verdict = Verdict()
    print(f"seed {options.seed}")
    with Suite(options.build, MAILDIRS + ("boxes",), None, change, options.keep) as suite:
        killer = Killer(suite, options.kills, options.pause, random.Random(options.seed))
        load = Load(suite, options.messages, options.threads, killer.is_alive)
        killer.start()
        for thread in load.threads:
            thread.start()
        for thread in load.threads:
            thread.join(1800)
        killer.join()
        print("killed:", dict(killer.done), f"{load.next} messages, {len(load.acknowledged)} acknowledged")
        verdict.check(sum(killer.done.values()) >= options.kills and set(killer.done) == {"launcher", "nursery", "delivery"},
                      "all three kinds of processes were killed", killer.done)
        verdict.check(wait_for(suite.answers, 60), "the suite answers")
        left = kill.empty_queue(suite, 180)
        verdict.check(not left, "the queue becomes empty", left[:20])
        time.sleep(1)
        kill.judge(verdict, suite, load, arrivals(verdict, suite))
        if verdict.failed:
            suite.keep = True
        verdict.check(suite.stop(30) is not None, "the suite stops")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
