#!/usr/bin/env python3
"""Nothing is lost: services are killed at random moments under load, and every message must arrive.

kill.py [--build DIR] [--messages N] [--kills N] [--threads N] [--seed N] [--pause SECONDS] [--keep]

Several clients send messages by SMTP to Maildirs and, through a smarthost, to a sink, while random processes
get SIGKILL every 50 to 100 ms: mostly one service, now and then master alone, or the whole group at once, and
then the suite is started again. When the queue is empty, a message that was acknowledged with 250 must have
arrived exactly once; more than once only when the main log says of it that it may be delivered twice. A
message without a final reply may have arrived once or not at all.
"""
import collections
import os
import random
import re
import signal
import sys
import threading
import time

from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, wait_for

MAILBOXES = ("alice", "bob", "carol", "dave", "erin", "frank")
KEY = re.compile(rb"^Message-ID: <(kill-\d+)@test\.example>", re.M | re.I)
IDENTIFIER = re.compile(rb"\bid ([0-9A-Za-z]{6}-[0-9A-Za-z]+-[0-9A-Za-z]+)")


class Load:
    """The clients: which message was acknowledged, which refused and which left in the dark."""

    def __init__(self, suite, messages, threads, until):
        self.suite = suite
        self.messages = messages
        self.until = until              # sending goes on past the number while this says so
        self.lock = threading.Lock()
        self.next = 0
        self.acknowledged = {}          # key -> recipient
        self.unknown = set()
        self.refused = collections.Counter()
        self.threads = [threading.Thread(target=self.work, daemon=True) for _ in range(threads)]

    def take(self):
        with self.lock:
            if self.next >= self.messages and not self.until():
                return None
            self.next += 1
            return self.next

    def work(self):
        talk = None
        while (number := self.take()) is not None:
            if self.next > self.messages:
                time.sleep(0.02)        # enough messages; only the kills are not done yet
            key = f"kill-{number}"
            recipient = self.recipient(number)
            try:
                if talk is None:
                    talk = Talk(self.suite.port, 60)
                    talk.say("EHLO client.example")
                code, text = talk.send("sender@client.example", [recipient], self.message(key, recipient, number))
            except (OSError, ValueError):
                with self.lock:
                    self.unknown.add(key)
                if talk:
                    talk.close()
                talk = None
                time.sleep(0.02)
                continue
            with self.lock:
                if code == 250:
                    self.acknowledged[key] = recipient
                else:
                    self.unknown.add(key)
                    self.refused[text] += 1
            if code == 421:
                talk.close()
                talk = None
        if talk:
            talk.close()

    def recipient(self, number):
        return f"bob{number % 5}@far.example" if number % 2 else MAILBOXES[number // 2 % len(MAILBOXES)] + "@" + DOMAIN

    @staticmethod
    def recipient(number):
        return f"bob{number % 5}@far.example" if number % 2 else MAILBOXES[number // 2 % len(MAILBOXES)] + "@" + DOMAIN

    @staticmethod
    def message(key, recipient, number):
        head = f"Message-ID: <{key}@test.example>\r\nSubject: {key}\r\nFrom: sender@client.example\r\nTo: {recipient}\r\n\r\n"
        return head.encode() + b"0123456789 line of text\r\n" * (number % 50 + 1)


class MuteSink(Sink):
    """Takes everything, but until it is told does not say so after the final dot."""

    def __init__(self):
        super().__init__()
        self.may_speak = threading.Event()

    def keep(self, sender, recipients, data):
        super().keep(sender, recipients, data)
        self.may_speak.wait(60)


def named_over_the_log(verdict, options):
    """An agent dies between the final dot and its reply, and the log service before it has written what spoold says
    of that: the message is named all the same before it is delivered again."""
    sink = MuteSink().start()
    change = "service_restart_longest = 0s\n".__add__
    with Suite(options.build, MAILBOXES, sink.port, change, options.keep) as suite, Talk(suite.port, 60) as talk:
        talk.say("EHLO client.example")
        talk.send("sender@client.example", ["bob@far.example"], Load.message("kill-0", "bob@far.example", 1))
        verdict.check(wait_for(lambda: sink.received, 20), "the other host has the message and does not say so")
        process = {name: pid for pid, name in suite.services().items()}
        os.kill(process["log"], signal.SIGSTOP)
        for pid, name in suite.services().items():
            if name == "remote":
                os.kill(pid, signal.SIGKILL)
        wait_for(lambda: "remote" in {name for pid, name in suite.services().items()}, 20)
        time.sleep(0.2)                 # so that spoold has said it
        sink.may_speak.set()
        os.kill(process["log"], signal.SIGKILL)
        verdict.check(wait_for(lambda: len(sink.received) == 2, 30), "it is delivered again")
        verdict.check("may be delivered twice" in suite.log(), "and the log named it before")
        suite.stop(30)
    sink.stop()


class Killer(threading.Thread):
    """Kills processes at random until it has done so often enough, each kind of service as likely as another."""

    MASTER_EVERY = 25   # kills: one of master, by turns alone and with all that it has started

    def __init__(self, suite, kills, pause, chance):
        super().__init__(daemon=True)
        self.suite = suite
        self.kills = kills
        self.pause = pause
        self.chance = chance
        self.done = collections.Counter()
        self.trouble = None

    def run(self):
        try:
            while (count := sum(self.done.values())) < self.kills:
                time.sleep(self.chance.uniform(self.pause, 2 * self.pause))
                if count % self.MASTER_EVERY == self.MASTER_EVERY // 2:
                    self.kill_master(count // self.MASTER_EVERY % 2 == 1)
                else:
                    self.kill_service()
        except Exception as error:
            self.trouble = repr(error)

    def kill_service(self):
        services = self.suite.services()
        if not services:
            return
        name = self.chance.choice(sorted(set(services.values())))
        pid = self.chance.choice([pid for pid, known in services.items() if known == name])
        try:
            os.kill(pid, signal.SIGKILL)
            self.done[name] += 1
        except ProcessLookupError:
            pass

    def kill_master(self, all_of_them):
        self.suite.kill(all_of_them)
        self.done["everything" if all_of_them else "master"] += 1
        self.suite.start()


def arrivals(suite, sink):
    """Of each key the spool's identifiers under which it arrived, one entry for each copy."""
    found = collections.defaultdict(list)
    texts = [(recipient, message) for recipient in MAILBOXES for message in suite.mailbox(recipient)]
    texts += [(",".join(recipients), data) for _, recipients, data in sink.received]
    for place, text in texts:
        key = KEY.search(text)
        if key:
            name = IDENTIFIER.search(text)
            found[key[1].decode()].append((name[1].decode() if name else "?", place, len(text.replace(b"\r\n", b"\n"))))
    return found


def empty_queue(suite, seconds):
    """Runs the queue until nothing is in it; what is left otherwise."""
    end = time.monotonic() + seconds
    left = None
    while time.monotonic() < end:
        suite.sendmail("-qff", timeout=seconds + 60)
        left = wait_for(lambda: suite.queue() == [], 5, 0.5)
        if left:
            return []
    return suite.queue() or ["(the queue could not be listed)"]


def judge(verdict, suite, load, found):
    named = collections.Counter(re.findall(r"(\S+) may be delivered twice", suite.log()))
    lost = sorted(key for key in load.acknowledged if key not in found)
    verdict.check(not lost, "every acknowledged message arrived", f"{len(lost)} lost: {lost[:20]}")
    silent, told = [], 0
    for key, copies in found.items():
        if len(copies) == 1:
            continue
        # Each copy of one spooled message but one must be told of; two spooled messages of one key are two acceptances.
        if len({name for name, _, _ in copies}) == 1 and len(copies) - 1 <= named[copies[0][0]]:
            told += 1
        else:
            silent.append((key, copies))
    verdict.check(not silent, "none arrived twice but where the log says so", f"{len(silent)}: {silent[:10]}")
    ghosts = [key for key in found if key not in load.acknowledged and key not in load.unknown]
    verdict.check(not ghosts, "nothing arrived that nobody sent", ghosts[:10])
    if told or named:
        print(f"      {told} arrived twice and are named; the log names {len(named)} messages")


def main():
    parser = arguments("kills services under load")
    parser.add_argument("--messages", type=int, default=600)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--pause", type=float, default=0.05, help="seconds from kill to kill: once to twice this")
    options = parser.parse_args()
    verdict = Verdict()
    named_over_the_log(verdict, options)
    sink = Sink().start()
    print(f"seed {options.seed}")
    change = "smtp_accept_queue_per_connection = 0\nservice_restart_longest = 0s\n".__add__
    with Suite(options.build, MAILBOXES, sink.port, change, options.keep) as suite:
        killer = Killer(suite, options.kills, options.pause, random.Random(options.seed))
        load = Load(suite, options.messages, options.threads, killer.is_alive)
        begin = time.monotonic()
        killer.start()
        for thread in load.threads:
            thread.start()
        for thread in load.threads:
            thread.join(1800)
        killer.join()
        took = time.monotonic() - begin
        print("killed:")
        for name, count in sorted(killer.done.items()):
            print(f"  {name:10} {count:5}")
        print(f"  {'all':10} {sum(killer.done.values()):5}")
        print(f"{load.next} messages in {took:.1f} s: {len(load.acknowledged)} acknowledged, {len(load.unknown)} not; replies:")
        for text, count in load.refused.most_common(12):
            print(f"  {count:5} {text}")
        verdict.check(not killer.trouble, "the suite starts again after each death of master", killer.trouble)
        verdict.check(suite.process.poll() is None, "master lives")
        verdict.check(wait_for(suite.answers, 60), "and the suite answers")
        left = empty_queue(suite, 180)
        verdict.check(not left, "the queue becomes empty", left[:20])
        time.sleep(1)
        judge(verdict, suite, load, arrivals(suite, sink))
        verdict.check(len(load.acknowledged) > load.next // 4, "a good part of the messages was acknowledged")
        panic = suite.log("paniclog")
        if panic:
            print("panic log:", *collections.Counter(line[20:] for line in panic.splitlines()).most_common(10), sep="\n  ")
        if verdict.failed:
            suite.keep = True
        verdict.check(suite.stop(30) is not None, "the suite stops")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
