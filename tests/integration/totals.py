#!/usr/bin/env python3
"""Main log, record log and metrics tell the same numbers, whoever was killed meanwhile.

totals.py [--messages N] [--kills N] [--build DIR] [--seed N] [--keep]

Clients send to mailboxes, to a host that takes some, defers some and refuses some, and to addresses that are thrown
away, while services, the log service among them, and sometimes master are killed. When the queue is empty each outcome
of an address, and each finished message, is in main log, record log and metrics alike. Messages lost or delivered twice
are looked for by kill.py; here it is the numbers. tests/drill/totals runs it with 100,000 messages.
"""
import collections
import random
import sys
import time

from kill import MAILBOXES, Killer, Load, empty_queue
from suite import DOMAIN, Sink, Suite, Verdict, arguments, wait_for

OPTIONS = """message_records = true
smtp_accept_queue_per_connection = 0
smtp_accept_max_per_connection = 0
service_restart_longest = 0s
log_selector = +deliver_time +queue_time
"""
HOLE = """
hole:
  driver = redirect
  local_parts = hole
  data = :blackhole:
"""


class MoodySink(Sink):
    """Takes most; what was deferred once is taken the next time; "no" is refused for good."""

    def __init__(self):
        super().__init__()
        self.seen = set()

    def session(self, client, lines):
        client.sendall(b"220 moody ESMTP\r\n")
        for line in iter(lines.readline, b""):
            word = line[:4].upper()
            if word == b"RCPT":
                client.sendall(self.mood(line))
            elif word == b"DATA":
                client.sendall(b"354 go on\r\n")
                if self.data(lines) is None:
                    return
                client.sendall(b"250 kept\r\n")
            elif word == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return
            else:
                client.sendall(b"250 ok\r\n")

    def mood(self, line):
        if b"<no" in line:
            return b"550 never\r\n"
        if b"<later" not in line:
            return b"250 ok\r\n"
        with self.lock:
            if line in self.seen:
                return b"250 ok\r\n"
            self.seen.add(line)
        return b"451 not yet\r\n"


class MixedLoad(Load):
    def recipient(self, number):
        kind = number % 10
        if kind < 4:
            return MAILBOXES[number % len(MAILBOXES)] + "@" + DOMAIN
        if kind == 4:
            return "hole@" + DOMAIN
        if kind == 5:
            return f"later{number}@far.example"
        if kind == 6:
            return f"no{number}@far.example"
        return f"bob{number}@far.example"


def change(text):
    return OPTIONS + text.replace("begin routers\n", "begin routers\n" + HOLE, 1)


def settled(suite, seconds=60):
    """The numbers once all three tell the same; what they tell at the end of the time otherwise. The last lines are on
    their way when the queue is empty, and metrics are written out after the lines that they count."""
    last = []

    def agree():
        last[:] = suite.totals()
        lines, records, metrics = last
        return all(number == records[name] == metrics[name] for name, number in lines.items())

    wait_for(agree, seconds)
    return last


def main():
    parser = arguments("main log, record log and metrics agree")
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--pause", type=float, default=0.1)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    verdict = Verdict()
    sink = MoodySink().start()
    print(f"seed {options.seed}")
    with Suite(options.build, MAILBOXES, sink.port, change, options.keep) as suite:
        killer = Killer(suite, options.kills, options.pause, random.Random(options.seed))
        load = MixedLoad(suite, options.messages, options.threads, killer.is_alive)
        killer.start()
        for thread in load.threads:
            thread.start()
        for thread in load.threads:
            thread.join(7200)
        killer.join()
        print(f"{load.next} messages, {len(load.acknowledged)} acknowledged; killed: {dict(collections.Counter(killer.done))}")
        verdict.check(not killer.trouble, "the suite starts again after each death of master", killer.trouble)
        verdict.check(wait_for(suite.answers, 60), "and answers")
        verdict.check(not empty_queue(suite, 300), "the queue becomes empty")
        lines, records, metrics = settled(suite)
        print(f"      main log {lines}")
        for name, number in lines.items():
            verdict.check(number == records[name] == metrics[name], f"{name}: {number} in main log, record log and metrics",
                          f"{records[name]} in the record log, {metrics[name]} in the metrics")
        good = len(load.acknowledged)
        verdict.check(all(lines[name] for name in ("delivered", "discarded", "deferred", "failed")), "and all kinds were there", lines)
        verdict.check(lines["completed"] > good * 0.9, "nearly every message's end is told", (lines["completed"], good))
        if verdict.failed:
            suite.keep = True
        suite.stop(60)
    sink.stop()
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
