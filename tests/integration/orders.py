#!/usr/bin/env python3
"""Operators' orders and bounces while services are killed, and on a full disk: no order loses or doubles a message, what was
acknowledged holds, and each is logged with who gave it.

orders.py [--build DIR] [--messages N] [--kills N] [--seed N] [--keep]

The queue is full of messages whose host is down. Orders of all kinds are given on them at random while services are
killed, again and again; then the host is there and the queue is run to its end. Each message has one fate: it went out
once, or it was removed, or it was given up and its sender has one bounce.
"""
import collections
import os
import random
import re
import subprocess
import sys
import threading
import time

from full import OPTIONS as SMALL, SmallDisk, inject
from kill import Killer, empty_queue
from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, free_port, wait_for

KEY = re.compile(rb"Message-ID: <(order-\d+)@test\.example>", re.I)
OPTIONS = "service_restart_longest = 0s\nsmtp_accept_queue_per_connection = 0\nbounce_return_body = false\n"
# What sendmail is called with; what the log says once it is done.
ORDERS = {
    "hold": (["-Mf"], "frozen by"),
    "release": (["-Mt"], "unfrozen by"),
    "add": (["-Mar"], "added by"),
    "sender": (["-Mes"], "sender address changed to"),
    "move": (["-MG", "other"], "moved from"),
    "back": (["-MG", ""], "moved from"),
    "done": (["-Mmad"], "marked delivered by"),
    "remove": (["-Mrm"], "removed by"),
    "bounce": (["-Mg"], "cancelled by"),
}


class Message:
    def __init__(self, key):
        self.key = key
        self.id = None
        self.acknowledged = collections.Counter()   # order -> how often
        self.unknown = collections.Counter()        # without an answer, or with one that says to try again
        self.added = []                             # recipients of acknowledged orders
        self.maybe_added = []

    def has(self, order):
        return self.acknowledged[order] > 0

    def may_have(self, order):
        return self.acknowledged[order] + self.unknown[order] > 0


def send_all(suite, count):
    messages = []
    with Talk(suite.port, 60) as talk:
        talk.say("EHLO client.example")
        for number in range(count):
            message = Message(f"order-{number}")
            text = f"Message-ID: <{message.key}@test.example>\r\nSubject: {message.key}\r\n\r\nbody\r\n".encode()
            code, said = talk.send(f"alice@{DOMAIN}", [f"r{number}@far.example"], text)
            if code != 250:
                raise RuntimeError(said)
            message.id = re.search(r"id=(\S+)", said)[1]
            messages.append(message)
    return messages


class Operator(threading.Thread):
    """Gives orders until the killer has done."""

    def __init__(self, suite, messages, orders, chance, until):
        super().__init__(daemon=True)
        self.suite, self.messages, self.orders, self.chance, self.until = suite, messages, orders, chance, until
        self.replies = collections.Counter()

    def run(self):
        while self.until():
            self.give(self.chance.choice(self.messages), self.chance.choice(self.orders))

    def give(self, message, order):
        words = ORDERS[order][0] + [message.id]
        added = f"x{self.chance.randrange(10**9)}@far.example"
        if order == "add":
            words.append(added)
        if order == "sender":
            words.append(f"bob@{DOMAIN}")
        try:
            done = self.suite.sendmail(*words, timeout=90)
        except Exception as error:      # no answer
            message.unknown[order] += 1
            self.replies[repr(error)[:40]] += 1
            return
        said = done.stdout.decode() + done.stderr.decode()
        self.replies[re.sub(r"\S{6}-\S{6}-\S\S|\S+@\S+", "…", said.split("\n")[0])] += 1
        if done.returncode == 0:
            message.acknowledged[order] += 1
            if order == "add":
                message.added.append(added)
        elif not re.search(r"does not exist|already frozen|not frozen|being delivered", said):
            message.unknown[order] += 1
            if order == "add":
                message.maybe_added.append(added)


def arrivals(sink):
    found = collections.Counter()
    for _, recipients, data in sink.received:
        key = KEY.search(data)
        for recipient in recipients:
            found[key[1].decode() if key else "?", recipient] += 1
    return found


def bounces(suite):
    found = collections.Counter()
    for name in "alice", "bob":
        for text in suite.mailbox(name):
            key = KEY.search(text)
            if key and b"Auto-Submitted" in text:
                found[key[1].decode()] += 1
    return found


def judge(verdict, suite, messages, sink):
    log = suite.log()
    named = set(re.findall(r"(\S+) may be delivered twice", log))
    went, bounced = arrivals(sink), bounces(suite)
    wrong = []
    for number, message in enumerate(messages):
        copies = went[message.key, f"r{number}@far.example"]
        back = bounced[message.key]
        ended = message.has("remove") or message.has("bounce") or message.has("done")
        may_have_ended = message.may_have("remove") or message.may_have("bounce") or message.may_have("done")
        twice = message.id in named
        if copies > (2 if twice else 1) or back > 1 or (copies and back and not message.may_have("add")):
            wrong.append((message.key, "doubled", copies, back))
        if ended and copies:
            wrong.append((message.key, "went out after its end was acknowledged", dict(message.acknowledged)))
        if not may_have_ended and copies == 0:
            wrong.append((message.key, "lost", dict(message.acknowledged)))
        if message.has("bounce") and not message.may_have("remove") and not message.may_have("done") and back != 1:
            wrong.append((message.key, "given up without a bounce", back))
        for recipient in message.added:
            if went[message.key, recipient] != 1 and not may_have_ended and not twice:
                wrong.append((message.key, "an added recipient", recipient, went[message.key, recipient]))
    verdict.check(not wrong, "each message has one fate, and the one that was acknowledged", f"{len(wrong)}: {wrong[:10]}")
    missing = []
    for message in messages:
        lines = [line for line in log.split("\n") if message.id in line]
        for order, count in message.acknowledged.items():
            word = ORDERS[order][1]
            there = sum(word in line and "by " in line for line in lines)
            needed = count + sum(message.acknowledged[other] for other in ORDERS if other != order and ORDERS[other][1] == word)
            if order == "done":     # the second one finds nothing left to mark, and says nothing of it
                needed = 1
            if there < needed:
                missing.append((message.id, order, needed, there))
    verdict.check(not missing, "each order that was acknowledged is in the log with who gave it", missing[:10])


def under_kills(verdict, options):
    print(f"seed {options.seed}")
    port = free_port()
    sink = Sink(port)
    with Suite(options.build, ("alice", "bob"), port, OPTIONS.__add__, options.keep) as suite:
        messages = send_all(suite, options.messages)
        wait_for(lambda: len(suite.queue() or []) == options.messages)
        chance = random.Random(options.seed)
        killer = Killer(suite, options.kills, 0.15, random.Random(options.seed + 1))
        killer.start()
        gentle = [name for name in ORDERS if name not in ("remove", "bounce", "done")]
        parts = [messages[i::3] for i in range(3)]
        operators = [Operator(suite, part, list(ORDERS) + 3 * gentle, random.Random(chance.random()), killer.is_alive) for part in parts]
        for operator in operators:
            operator.start()
        for operator in operators:
            operator.join(900)
        killer.join(900)
        replies = sum((operator.replies for operator in operators), collections.Counter())
        print(f"      {sum(replies.values())} orders, killed: {dict(killer.done)}; answers:")
        for said, count in replies.most_common(14):
            print(f"        {count:5} {said}")
        verdict.check(not killer.trouble, "the suite starts again after each death of master", killer.trouble)
        verdict.check(wait_for(suite.answers, 60), "and answers")
        sink.start()
        for message in messages:        # what is in the other queue comes back
            if not message.has("remove"):
                suite.sendmail("-MG", "", message.id)
        verdict.check(not empty_queue(suite, 180), "the queue becomes empty")
        time.sleep(1)
        judge(verdict, suite, messages, sink)
        if verdict.failed:
            suite.keep = True
        suite.stop(60)
    sink.stop()


def on_a_full_disk(verdict, options):
    """Outcomes have room where mail has none; when even that is gone an order waits or says so, and none is lost."""
    port = free_port()
    sink = Sink(port)
    with SmallDisk(options.build, ("alice", "bob"), port, SMALL.__add__, options.keep) as suite:
        suite.keep = True               # until all is judged
        messages = send_all(suite, 24)
        wait_for(lambda: len(suite.queue() or []) == 24)
        suite.fill()
        chance = random.Random(options.seed)
        until = iter(range(40))
        operator = Operator(suite, messages, list(ORDERS), chance, lambda: next(until, None) is not None)
        operator.start()
        operator.join(300)
        print(f"      answers on a full disk: {dict(operator.replies)}")
        suite.empty()
        verdict.check(wait_for(suite.answers, 30), "there is room again and the suite answers")
        for what in "fdatasync:error=EIO", "pwritev:error=ENOSPC", "pwritev:error=EIO":
            tracer, end = inject(suite, what, 1)
            operator = Operator(suite, messages, list(ORDERS), chance, lambda: time.monotonic() < end)
            operator.start()
            time.sleep(max(0, end - time.monotonic()))
            tracer.terminate()
            tracer.wait()
            operator.join(120)
            print(f"      answers with {what}: {dict(operator.replies)}")
        sink.start()
        for message in messages:
            if not message.has("remove"):
                suite.sendmail("-MG", "", message.id)
        verdict.check(not empty_queue(suite, 120), "the queue becomes empty")
        time.sleep(1)
        judge(verdict, suite, messages, sink)
        suite.keep = bool(verdict.failed) or options.keep
        suite.stop(60)
    sink.stop()


def main():
    parser = arguments("operators' orders under kills and on a full disk")
    parser.add_argument("--messages", type=int, default=150)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    verdict = Verdict()
    if "GATEPOST_MOUNTS" in os.environ: # in a mount namespace of its own
        on_a_full_disk(verdict, options)
        return verdict.end()
    under_kills(verdict, options)
    if os.getuid() == 0 and subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode == 0:
        again = ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv, "--seed", str(options.seed)]
        other = subprocess.run(again, env={**os.environ, "GATEPOST_MOUNTS": "1"}, check=False)
        verdict.check(other.returncode == 0, "the same on a disk that is full, or fails")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
