#!/usr/bin/env python3
"""PIPECONNECT with the real daemons: what a host offered is remembered over a restart, it is hurried then, and a host that
has changed its mind loses nothing.

early.py [--build DIR] [--keep]
"""
import select
import socket
import sys

from played import Host
from suite import Suite, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

PATIENCE = 20 # seconds until a host greets all the same


class Waiting(Host):
    """A mail server that greets once the client has spoken, the next time where it `waits`; it offers PIPECONNECT, unless it `has_changed`."""

    def __init__(self):
        self.waits = self.has_changed = False
        self.spoken = [] # before the greeting, of each connection
        self.taken = []
        super().__init__()

    @property
    def extensions(self):
        return "250-far.example\r\n250-PIPELINING\r\n250 " + ("HELP" if self.has_changed else "PIPECONNECT")

    def serve(self, client, greets=True):
        early = b""
        waits, self.waits = self.waits, False
        if waits and select.select([client], [], [], PATIENCE)[0]:
            early = client.recv(4096, socket.MSG_PEEK)
        self.spoken.append(early)
        super().serve(client, greets)

    def answer(self, command, client):
        if command.upper().startswith("DATA"):
            self.taken.append(command)
        return None


def send(suite, host, subject):
    """The line of the delivery."""
    before = len(host.spoken)
    suite.sendmail("bob@far.example", data=f"Subject: {subject}\n\nhello\n".encode())
    check(wait_for(lambda: suite.log().count(" => bob@far.example") > len(send.lines)), f"{subject} arrives", suite.log()[-2000:])
    lines = [line for line in suite.log().splitlines() if " => bob@far.example" in line]
    send.lines.append(lines[-1])
    return lines[-1], host.spoken[before:]


send.lines = []


def main():
    options = arguments("early").parse_args()
    host = Waiting()

    def change(text):
        text = "log_selector = +pipelining\n" + text
        return text.replace("smtp:\n  driver = smtp\n", "smtp:\n  driver = smtp\n  hosts_pipe_connect = *\n  connection_max_messages = 1\n", 1)

    with Suite(options.build, smarthost_port=host.port, change=change, keep=options.keep) as suite:
        line, spoken = send(suite, host, "first")
        check(" L C=" in line and spoken == [b""], "a host is waited for as long as it is not known", (line, spoken))
        suite.stop()
        suite.start()
        host.waits = True
        line, spoken = send(suite, host, "second")
        commands = [command.split()[0] for command in spoken[0].splitlines()] if spoken else []
        check(commands == [b"EHLO", b"MAIL", b"RCPT", b"DATA"], "then it hears all at once, before it has greeted", spoken)
        check(" L* C=" in line, "and the log says so", line)
        host.waits = host.has_changed = True
        line, spoken = send(suite, host, "third")
        check(len(spoken) == 2 and spoken[0].startswith(b"EHLO"), "one that has changed its mind is called again", spoken)
        line, spoken = send(suite, host, "fourth")
        check(" L C=" in line and len(spoken) == 1, "and not hurried any more", (line, spoken))
        check(len(send.lines) == 4 and suite.log().count(" => bob@far.example") == 4, "each message was delivered once", send.lines)
        check(" == " not in suite.log() and "H=127.0.0.1 [127.0.0.1]:" not in suite.log(), "and nobody was blamed", suite.log()[-2000:])
        check(not suite.log("paniclog"), "the panic log is empty", suite.log("paniclog"))
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
