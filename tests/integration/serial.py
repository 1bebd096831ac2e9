#!/usr/bin/env python3
"""serialize_hosts: a smarthost that bears one connection never gets two, however many messages wait for it; and all
of them arrive.

serial.py [--build DIR] [--keep]
"""
import sys
import threading
import time

from suite import Sink, Suite, Verdict, arguments, wait_for

MESSAGES = 12


class Counting(Sink):
    """Takes a while for each message, and counts the connections that stand at once."""

    def __init__(self):
        super().__init__()
        self.now = self.most = self.all = 0
        self.count_lock = threading.Lock()

    def session(self, client, lines):
        with self.count_lock:
            self.now += 1
            self.all += 1
            self.most = max(self.most, self.now)
        try:
            super().session(client, lines)
        finally:
            with self.count_lock:
                self.now -= 1

    def keep(self, sender, recipients, data):
        time.sleep(0.1)
        super().keep(sender, recipients, data)


def serialized(text):
    changed = text.replace("  allow_localhost\n", "  allow_localhost\n  serialize_hosts = 192.0.2.1 : 127.0.0.0/8\n")
    assert changed != text
    return changed


def main():
    options = arguments("one connection at a time").parse_args()
    verdict = Verdict()
    sink = Counting().start()
    with Suite(options.build, (), sink.port, change=serialized, keep=options.keep) as suite:
        for number in range(MESSAGES):
            sent = suite.sendmail("-f", f"s{number}@src.example", f"r{number}@h{number % 3}.far.example",
                                  data=b"Subject: %d\n\nx\n" % number)
            assert sent.returncode == 0, sent
        verdict.check(wait_for(lambda: len(sink.received) == MESSAGES, 60), "all messages arrive", suite.log()[-1500:])
        verdict.check(sink.most == 1, "over one connection at a time", sink.most)
        verdict.check(wait_for(lambda: suite.queue() == []), "nothing is left", suite.log()[-1500:])
        verdict.check(suite.log("paniclog") == "", "the panic log is empty")
    sink.stop()
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
