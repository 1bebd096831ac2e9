#!/usr/bin/env python3
"""Hosts that bear little: one that refuses a third connection, and what is more than a few messages in two seconds, is
not given more once it has said so (host_limits_learned), and never where the configuration says so beforehand
(host_connections, host_message_rate). A sender's own rate (sender_message_rate) delays nobody else. Nothing is lost
or doubled, and what was refused does not wait for a retry time.

paced.py [--build DIR] [--keep]
"""
import signal
import socket
import sys
import threading
import time

from suite import DOMAIN, Sink, Suite, Verdict, arguments, wait_for

MESSAGES = 60
CONNECTIONS = 2
RATE, SPAN = 10, 2.0


class Strict(Sink):
    """Bears two connections, and RATE messages within any SPAN seconds."""

    def __init__(self):
        super().__init__()
        self.open = self.most_open = 0
        self.too_many_connections = []  # how many messages had been taken by then
        self.too_many_messages = []
        self.times = []
        self.senders = []  # sender and time of each message

    def session(self, client, lines):
        with self.lock:
            self.open += 1
            self.most_open = max(self.most_open, self.open)
            refused = self.open > CONNECTIONS
            if refused:
                self.too_many_connections.append(len(self.received))
        try:
            if refused:
                client.sendall(b"421 4.7.0 mx Error: too many connections from 127.0.0.1\r\n")
            else:
                self.talk(client, lines)
        finally:
            with self.lock:
                self.open -= 1

    def is_too_much(self):
        now = time.monotonic()
        with self.lock:
            self.times = [at for at in self.times if at > now - SPAN]
            if len(self.times) >= RATE:
                self.too_many_messages.append(len(self.received))
                return True
            self.times.append(now)
            return False

    def talk(self, client, lines):
        client.sendall(b"220 strict ESMTP\r\n")
        sender, recipients = None, []
        while True:
            line = lines.readline(2000)
            word = line[:4].upper()
            if not line or word == b"QUIT":
                with self.lock:
                    self.open -= 1  # as of now, whenever the client closes
                try:
                    client.sendall(b"221 bye\r\n")
                finally:
                    with self.lock:
                        self.open += 1
                return
            if word == b"MAIL" and self.is_too_much():
                client.sendall(b"450 4.7.1 Error: too much mail from 127.0.0.1\r\n")
            elif word == b"MAIL":
                sender, recipients = line[line.index(b"<") + 1:line.index(b">")].decode(), []
                client.sendall(b"250 ok\r\n")
            elif word == b"RCPT" and sender is None:
                client.sendall(b"503 no sender\r\n")
            elif word == b"RCPT":
                recipients.append(line[line.index(b"<") + 1:line.index(b">")].decode())
                client.sendall(b"250 ok\r\n")
            elif word == b"DATA":
                client.sendall(b"354 go on\r\n")
                data = self.data(lines)
                if data is None:
                    return
                self.keep(sender, recipients, data)
                with self.lock:
                    self.senders.append((sender, time.monotonic()))
                client.sendall(b"250 kept\r\n")
                sender = None
            else:
                client.sendall(b"250 ok\r\n")


def with_options(*lines):
    def change(text):
        assert text.startswith("#") or "\nbegin " in text
        return "\n".join(lines) + "\n" + text
    return change


def send_all(suite, senders):
    def hand_in(number):
        sent = suite.sendmail("-f", senders[number % len(senders)], f"r{number}@far.example", data=b"Subject: %d\n\nx\n" % number)
        assert sent.returncode == 0, sent
    threads = [threading.Thread(target=lambda part=part: [hand_in(n) for n in range(part, MESSAGES, 4)]) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def arrives(verdict, suite, sink):
    verdict.check(wait_for(lambda: len(sink.received) >= MESSAGES, 120), "all messages arrive",
                  f"{len(sink.received)} of {MESSAGES}\n" + suite.log()[-2500:])
    verdict.check(wait_for(lambda: suite.queue() == []), "nothing is left", suite.log()[-1500:])
    names = sorted(data.split(b"Subject: ")[1].split(b"\r\n")[0] for _, _, data in sink.received)
    verdict.check(len(names) == len(set(names)) == MESSAGES, "none is lost and none is doubled", len(names))
    verdict.check(suite.log("paniclog") == "", "the panic log is empty", suite.log("paniclog"))


def learned(options, verdict):
    sink = Strict().start()
    change = with_options("host_limit_interval = 2s")
    with Suite(options.build, (), sink.port, change=change, keep=options.keep) as suite:
        send_all(suite, [f"s{n}@src.example" for n in range(7)])
        arrives(verdict, suite, sink)
        connections, messages = sink.too_many_connections, sink.too_many_messages
        verdict.check(connections or messages, "the host was given too much at first: the test tests something")
        verdict.check(all(taken < 2 * RATE for taken in connections + messages), "and not any more once it had said so",
                      (connections, messages))
        log = suite.log()
        verdict.check("refused what was too much for it: it gets " in log, "the log says what it gets", log[-1500:])
        verdict.check("retry time not reached" not in log, "no retry time is waited for", log[-1500:])
    sink.stop()


def configured(options, verdict):
    sink = Strict().start()
    change = with_options("host_connections = 127.0.0.1=2", "host_message_rate = <; 192.0.2.0/24=1/1h ; 127.0.0.0/8=10/2s")
    with Suite(options.build, (), sink.port, change=change, keep=options.keep) as suite:
        send_all(suite, [f"s{n}@src.example" for n in range(7)])
        arrives(verdict, suite, sink)
        verdict.check(sink.most_open <= CONNECTIONS and not sink.too_many_connections, "never more connections than configured", sink.most_open)
        verdict.check(not sink.too_many_messages, "never more messages than configured", sink.too_many_messages)
        verdict.check(" == " not in suite.log(), "what waits for its turn is not deferred", suite.log()[-1500:])
    sink.stop()


def of_senders(options, verdict):
    sink = Strict().start()
    change = with_options("host_connections = *=2", "host_message_rate = *=10/2s", "sender_message_rate = *@lists.example=2/2s")
    with Suite(options.build, (), sink.port, change=change, keep=options.keep) as suite:
        send_all(suite, ["ann@src.example", "bob@src.example", "ceo@src.example", "ddt@src.example", "all@lists.example"])
        arrives(verdict, suite, sink)
        times = [at for sender, at in sink.senders if sender == "all@lists.example"]
        verdict.check(all(later - sooner >= SPAN for sooner, later in zip(times, times[2:])), "a sender's rate is kept", times)
        others = [at for sender, at in sink.senders if sender != "all@lists.example"]
        half = times[len(times) // 2]
        verdict.check(sum(at < half for at in others) > sum(at < half for at in times), "and others do not wait for it", (times, others))
    sink.stop()


def outside(options, verdict):
    """What waits for a sender's pace keeps neither his local mail nor a queue run, and a higher rate reaches it."""
    sink = Strict().start()
    change = with_options("sender_message_rate = *@lists.example=1/1h", "destination_backlog = 2", "destination_backlog_free = 2")
    with Suite(options.build, ("alice",), sink.port, change=change, keep=options.keep) as suite:
        for number in range(8):
            sent = suite.sendmail("-f", "all@lists.example", f"r@far{number}.example", data=b"Subject: %d\n\nx\n" % number)
            assert sent.returncode == 0, sent
        verdict.check(wait_for(lambda: len(sink.received) == 1), "one goes out", suite.log()[-1500:])
        suite.sendmail("-f", "all@lists.example", f"alice@{DOMAIN}", "r@far9.example", data=b"Subject: here\n\nx\n")
        verdict.check(wait_for(lambda: len(suite.mailbox("alice")) == 1), "local mail of the sender does not wait", suite.log()[-1500:])
        run = suite.sendmail("-q", data=b"")
        verdict.check(run.returncode == 0 and len(sink.received) == 1, "a queue run tries nothing of it", (run, len(sink.received)))
        with open(suite.config, encoding="utf-8") as file:
            text = file.read()
        with open(suite.config, "w", encoding="utf-8") as file:
            file.write(text.replace("*@lists.example=1/1h", "*@lists.example=100/1h"))
        suite.process.send_signal(signal.SIGHUP)
        verdict.check(wait_for(lambda: len(sink.received) == 9), "a higher rate reaches what waits", (len(sink.received), suite.log()[-1500:]))
        verdict.check(wait_for(lambda: suite.queue() == []), "nothing is left", suite.log()[-1500:])
    sink.stop()


def behind_another(options, verdict):
    """The first host does not answer, and the one behind it has bounds: it never gets more than these."""
    sink = Strict().start()
    bounds = with_options("host_connections = 127.0.0.1=2", "host_message_rate = 127.0.0.1=10/2s", "trouble_delay = 1s")
    change = lambda text: bounds(text).replace("SMARTHOST\n", f"127.0.0.9::{sink.port}:SMARTHOST\n")
    with Suite(options.build, (), sink.port, change=change, keep=options.keep) as suite:
        assert "127.0.0.9" in open(suite.config, encoding="utf-8").read()
        send_all(suite, [f"s{n}@src.example" for n in range(7)])
        arrives(verdict, suite, sink)
        verdict.check(sink.most_open <= CONNECTIONS and not sink.too_many_connections, "behind a host that is down, too, never more connections", sink.most_open)
        verdict.check(not sink.too_many_messages, "nor more messages", sink.too_many_messages)
        verdict.check("retry time not reached" not in suite.log(), "and nobody waits for the first host's retry time", suite.log()[-1500:])
    sink.stop()


class Contrary(Sink):
    """Refuses: with `greeting`, or each MAIL or RCPT with these."""

    def __init__(self, port, greeting="220 first ESMTP", mail="250 ok", rcpt="250 ok"):
        super().__init__(port)
        self.greeting, self.answers = greeting, {b"MAIL": mail, b"RCPT": rcpt, b"QUIT": "221 bye", b"DATA": "503 nobody"}

    def start(self):
        self.listener = socket.create_server(("127.0.0.9", self.port))
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()
        return self

    def session(self, client, lines):
        client.sendall(self.greeting.encode() + b"\r\n")
        for line in lines:
            verb = line[:4].upper()
            client.sendall(self.answers.get(verb, "250 ok").encode() + b"\r\n")


def behind_one_that_refuses(options, verdict):
    for words in ({"greeting": "554 no service here"}, {"mail": "452 4.3.1 no room"}, {"rcpt": "451 4.3.0 lookup failure"}, {"greeting": "421 4.7.0 too many connections"}):
        sink = Sink().start()
        first = Contrary(sink.port, **words).start()
        bounds = with_options("host_connections = 127.0.0.1=2", "trouble_delay = 1s")
        change = lambda text, port=sink.port: bounds(text).replace("SMARTHOST\n", f"127.0.0.9::{port}:SMARTHOST\n")
        with Suite(options.build, (), sink.port, change=change, keep=options.keep) as suite:
            suite.sendmail("-f", "a@src.example", "b@far.example", data=b"Subject: x\n\nx\n")
            verdict.check(wait_for(lambda: len(sink.received) == 1), f"a host with bounds takes what the one before it refuses: {words}", suite.log())
            verdict.check(wait_for(lambda: suite.queue() == []), "and that is all", suite.log())
        first.stop()
        sink.stop()


def of_two_kinds(options, verdict):
    """Deliveries that cannot share a connection share the host's bound."""
    sink = Strict().start()
    def change(text):
        text = with_options("host_connections = 127.0.0.1=1")(text)
        text = text.replace("begin routers\n", "begin routers\n\nother:\n  driver = manualroute\n  senders = s1@src.example\n  route_data = SMARTHOST\n"
                            "  self = send\n  transport = other\n\n", 1)
        return text.replace("begin transports\n", "begin transports\n\nother:\n  driver = smtp\n  allow_localhost\n  helo_data = other.example\n\n", 1)
    with Suite(options.build, (), sink.port, change=change, keep=options.keep) as suite:
        for number in range(8):
            sent = suite.sendmail("-f", f"s{number % 2}@src.example", "r@far.example", data=b"Subject: %d\n\nx\n" % number)
            assert sent.returncode == 0, sent
        verdict.check(wait_for(lambda: len(sink.received) == 8, 60), "all arrive, over two kinds of connections", suite.log()[-2000:])
        verdict.check(sink.most_open == 1, "one at a time, kept ones included", sink.most_open)
    sink.stop()


def refused_at_load(options, verdict):
    sink = Strict().start()
    with Suite(options.build, (), sink.port, keep=options.keep) as suite:
        for line, words in (("host_connections = mx.example", 'there is no "="'),
                            ("host_connections = mx.example=2/1m", "a number alone"),
                            ("host_message_rate = mx.example=60", 'there is no "/"'),
                            ("host_message_rate = mx.example=60/never", "never"),
                            ("host_message_rate = mx.example=0/1m", "between 1 and"),
                            ("sender_message_rate = +lists=5/1m", "named list")):
            with open(suite.path("bad.conf"), "w", encoding="utf-8") as file, open(suite.config, encoding="utf-8") as good:
                file.write(line + "\n" + good.read())
            said = suite.sendmail("-C", suite.path("bad.conf"), "-bV")
            text = (said.stdout + said.stderr).decode()
            verdict.check(said.returncode != 0 and words in text and "bad.conf" in text, f"{line} is refused with its line", text[-600:])
    sink.stop()


def main():
    options = arguments("hosts that bear little").parse_args()
    verdict = Verdict()
    learned(options, verdict)
    configured(options, verdict)
    of_senders(options, verdict)
    behind_another(options, verdict)
    behind_one_that_refuses(options, verdict)
    of_two_kinds(options, verdict)
    outside(options, verdict)
    refused_at_load(options, verdict)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
