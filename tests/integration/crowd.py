#!/usr/bin/env python3
"""Clients that end where they should not, that crawl, and that do nothing: sessions closed behind every octet of a full
dialogue, politely and with a reset; clients of one octet a second; and open connections. Beside them a good client sends
its mail. Nothing is lost or doubled, no process ends, and nothing stays of those who have gone.

crowd.py [--build DIR] [--keep] [--crawling N] [--open N] [--time]

--time also tells how long the good client waits from the dot to 250, alone and in the crowd: tests/bench/crowd.
"""
import os
import re
import resource
import socket
import statistics
import struct
import sys
import threading
import time

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ALICE = "alice@" + DOMAIN
RESET = struct.pack("ii", 1, 0)


def steps(mark, chunked):
    """What a client says of one message, each behind the reply to the one before; and whether the message is whole then."""
    message = f"Subject: {mark}\r\n\r\n.dotted\r\n".encode()
    yield b"EHLO client.example\r\n", False
    yield b"MAIL FROM:<a@one.example> SIZE=100\r\n", False
    yield f"RCPT TO:<{ALICE}>\r\n".encode(), False
    if chunked:
        yield b"BDAT %d\r\n" % 10 + message[:10], False
        yield b"BDAT %d LAST\r\n" % len(message[10:]) + message[10:], True
    else:
        yield b"DATA\r\n", False
        yield message.replace(b"\r\n.", b"\r\n..") + b".\r\n", True
    yield b"NOOP\r\n", False
    yield b"QUIT\r\n", False


def cut_session(port, mark, chunked, count, with_reset):
    """Says `count` octets and is gone. (all of the message was said, its 250 was read); None: there was no more to say."""
    with socket.create_connection(("127.0.0.1", port), 30) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        lines = client.makefile("rb")

        def reply():
            while (line := lines.readline())[3:4] == b"-":
                pass
            return line[:3]
        said_all, acknowledged = False, False
        reply()
        for octets, is_whole in steps(mark, chunked):
            client.sendall(octets[:count])
            if count < len(octets):
                break
            count -= len(octets)
            said_all |= is_whole
            if count == 0:
                break # and does not wait for the reply
            code = reply()
            acknowledged |= is_whole and code == b"250"
        else:
            return None
        if with_reset:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        lines.close()
    return said_all, acknowledged


def behind_every_octet(suite):
    cases = {}
    for chunked in (False, True):
        for with_reset in (False, True):
            count = 0
            while (said := cut_session(suite.port, f"cut-{chunked:d}{with_reset:d}-{count}-", chunked, count, with_reset)) is not None:
                cases[f"cut-{chunked:d}{with_reset:d}-{count}-"] = said
                count += 1
    check(len(cases) > 600, "sessions were closed behind every octet", len(cases))
    due = [mark for mark, (_, acknowledged) in cases.items() if acknowledged]

    def arrived():
        text = b"".join(suite.mailbox()).decode("utf-8", "replace")
        return {mark: len(re.findall("^Subject: " + re.escape(mark) + "\r?$", text, re.M)) for mark in cases}
    wait_for(lambda: all(arrived()[mark] for mark in due) and suite.queue() == [], 60, 0.5)
    counts = arrived()
    check(due and all(counts[mark] == 1 for mark in due), "what was acknowledged is there once", [mark for mark in due if counts[mark] != 1])
    check(not [mark for mark, count in counts.items() if count > 1], "nothing is doubled", [mark for mark, count in counts.items() if count > 1])
    early = [mark for mark, (said_all, _) in cases.items() if counts[mark] and not said_all]
    check(not early, "what was not said to its end is no message", early)


def descriptors(suite):
    """Of all services: those who have gone leave none behind."""
    count = 0
    for pid in suite.services():
        try:
            count += len(os.listdir(f"/proc/{pid}/fd"))
        except (FileNotFoundError, PermissionError):
            pass
    return count


class Crowd:
    """`crawling` clients that say one octet a second, `open` ones that say nothing behind EHLO."""

    def __init__(self, port, crawling, still):
        self.over = threading.Event()
        self.open = [self.connect(port, number) for number in range(still)]
        self.crawlers = [self.connect(port, number) for number in range(crawling)]
        self.thread = threading.Thread(target=self.crawl)

    @staticmethod
    def connect(port, number):
        client = socket.create_connection(("127.0.0.1", port), 30, (f"127.0.{1 + number // 200}.{1 + number % 200}", 0))
        client.recv(1000)
        client.sendall(b"EHLO crowd.example\r\n")
        client.recv(4000)
        return client

    def crawl(self):
        words = f"MAIL FROM:<slow@one.example>\r\nRCPT TO:<{ALICE}>\r\nNOOP\r\n".encode()
        at = 0
        while not self.over.wait(1 / len(self.crawlers)): # each of them says one octet a second
            client = self.crawlers[at % len(self.crawlers)]
            client.send(words[at // len(self.crawlers) % len(words):][:1])
            at += 1

    def __enter__(self):
        if self.crawlers:
            self.thread.start()
        return self

    def __exit__(self, kind, value, trace):
        self.over.set()
        if self.crawlers:
            self.thread.join()
        for client in self.open + self.crawlers:
            client.close()


def good_client(suite, mark, messages):
    """Sends them, and says how long each one's 250 took, in seconds."""
    times = []
    with Talk(suite.port) as talk:
        talk.say("EHLO good.example")
        for number in range(messages):
            talk.say("MAIL FROM:<good@one.example>")
            talk.say(f"RCPT TO:<{ALICE}>")
            talk.say("DATA")
            begun = time.perf_counter()
            code, text = talk.say(f"Subject: {mark}-{number}-\r\n\r\nhello\r\n.")
            times.append(time.perf_counter() - begun)
            check(code == 250, f"{mark}: the good client's message is taken", text) if code != 250 else None
    return times


def beside_a_crowd(suite, options):
    messages = 200 if options.time else 20
    before = descriptors(suite)
    alone = good_client(suite, "alone", messages)
    with Crowd(suite.port, options.crawling, options.open):
        beside = good_client(suite, "beside", messages)
        check(descriptors(suite) >= before + options.open + options.crawling, "the crowd is held", (before, descriptors(suite)))
    check(all(suite.wait_mail(f"Subject: {mark}-{number}-".encode()) for mark in ("alone", "beside") for number in range(messages)), "all of it arrives", suite.log()[-900:])
    check(wait_for(lambda: descriptors(suite) <= before + 8, 30, 0.5), "nothing stays of the crowd", (before, descriptors(suite)))
    if options.time:
        medians = [1000 * statistics.median(times) for times in (alone, beside)]
        print(f"from the dot to 250, median: {medians[0]:.2f} ms alone, {medians[1]:.2f} ms beside {options.crawling} clients of one octet "
              f"a second and {options.open} open connections")
        check(medians[1] < 2 * medians[0], "less than twice as long", medians)


def main():
    parser = arguments("clients that end, crawl and wait")
    parser.add_argument("--crawling", type=int, default=50)
    parser.add_argument("--open", type=int, default=300)
    parser.add_argument("--time", action="store_true")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)

    def change(text):
        return ("smtp_accept_max = 5000\nsmtp_accept_max_per_connection = 0\nsmtp_accept_queue_per_connection = 0\n"
                "smtp_receive_timeout = 5m\n") + text
    with Suite(options.build, ("alice",), None, change=change, keep=options.keep) as suite:
        services = set(suite.services())
        behind_every_octet(suite)
        beside_a_crowd(suite, options)
        check(set(suite.services()) == services, "no process has ended", (services, set(suite.services())))
        panic = suite.log("paniclog")
        check(not panic, "the panic log is empty", panic[-2000:])
        suite.keep = suite.keep or verdict.failed > 0
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
