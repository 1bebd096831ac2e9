#!/usr/bin/env python3
"""One message is never read as two by the next host, however lenient that is: whatever stands around a dot, by DATA, by
BDAT and from a program of this machine, what goes out by DATA ends once. And the customary relay tests are refused by the
default configuration to a client that it does not know.

smuggling.py [--build DIR] [--keep]
"""
import re
import socket
import sys
import threading

from suite import DOMAIN, Suite, Talk, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check

PIECES = [b"", b"\r", b"\n", b"\r\n", b"\n\r", b"\r\r", b"\n\n", b"\r\r\n", b"\r\n\n", b"\r\n\r", b"\0", b"\r\0\n", b"\0\r\n", b"\r\n\0",
          b"\r\n ", b"\t\r\n"]
SMUGGLED = b"MAIL FROM:<evil@one.example>\r\nRCPT TO:<victim@far.example>\r\nDATA\r\nevil: yes\r\n\r\nevil\r\n.\r\n"
# Where some host has been seen to end a message.
AN_END = re.compile(rb"(\r\n|\n|\r)\.(\r\n|\n|\r)")


class RawSink:
    """The next host, without CHUNKING: keeps the octets of each message as they come."""

    def __init__(self):
        self.port = free_port()
        self.messages, self.commands = [], []
        self.listener = socket.create_server(("127.0.0.1", self.port), backlog=100)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        client.sendall(b"220 raw ESMTP\r\n")
        rest, is_data = b"", False
        while octets := client.recv(65536):
            rest += octets
            while True:
                end = rest.find(b"\r\n.\r\n" if is_data else b"\r\n")
                if end < 0:
                    break
                if is_data:
                    self.messages.append(rest[:end])
                    rest = rest[end + 5:]
                    client.sendall(b"250 taken\r\n")
                    is_data = False
                    continue
                line, rest = rest[:end], rest[end + 2:]
                self.commands.append(line)
                is_data = line.upper() == b"DATA"
                client.sendall(b"354 go\r\n" if is_data else b"250-raw\r\n250 8BITMIME\r\n" if line.upper().startswith(b"EHLO") else b"250 ok\r\n")


def by_data(talk, text):
    talk.socket.sendall(b"DATA\r\n")
    if talk.reply()[0] != 354:
        return None
    talk.socket.sendall(text + b"\r\n.\r\n")
    return talk.reply()[0]


def by_bdat(talk, text):
    talk.socket.sendall(b"BDAT %d LAST\r\n" % len(text) + text)
    return talk.reply()[0]


def by_smtp(suite, say, text):
    """Whether the message was taken as one. An end that is one ends it: what follows is then commands, and not of our concern."""
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        talk.say("MAIL FROM:<good@one.example>")
        talk.say("RCPT TO:<x@far.example>")
        try:
            return say(talk, text) == 250
        except ConnectionError:
            return False


def matrix(suite, sink):
    taken = 0
    for before in PIECES:
        for behind in PIECES:
            text = b"Subject: matrix\r\n\r\nstart" + before + b"." + behind + SMUGGLED + b"end\r\n"
            if b"\r\n.\r\n" not in text.replace(SMUGGLED, b"evil\r\n"): # else it is two by every reading
                taken += by_smtp(suite, by_data, text.replace(b"evil\r\n.\r\n", b"evil\r\n"))
            taken += by_smtp(suite, by_bdat, text)
            taken += suite.sendmail("-i", "-f", "good@one.example", "x@far.example", data=text).returncode == 0
    check(taken > 300, "messages were taken", taken)
    check(wait_for(lambda: len(sink.messages) >= taken and suite.queue() == [], 60, 0.5), "and have gone out", (taken, len(sink.messages), suite.log()[-600:]))
    check(len(sink.messages) == taken, "as many as came in", (taken, len(sink.messages)))
    ends = [message for message in sink.messages if AN_END.search(message + b"\r\n") or AN_END.search(message.replace(b"\0", b"") + b"\r\n")]
    check(not ends, "none of them ends in its middle, to whatever host", ends[:2])
    senders = {line for line in sink.commands if line.upper().startswith(b"MAIL")}
    check(all(b"good@one.example" in line for line in senders), "and nobody else has sent one", senders)


RELAYS = [
    "<t@far.example>", "t@far.example", '<"t@far.example">', f"<t%far.example@{DOMAIN}>", '<"t%far.example">', f"<t@far.example@{DOMAIN}>",
    f'<"t@far.example"@{DOMAIN}>', "<t@far.example@[127.0.0.1]>", "<t%far.example@[127.0.0.1]>", f"<@{DOMAIN}:t@far.example>", "<@[127.0.0.1]:t@far.example>",
    f"<@far.example,@{DOMAIN}:t@far.example>", "<far.example!t>", f"<far.example!t@{DOMAIN}>", "<far.example!t@[127.0.0.1]>", f"<{DOMAIN}!t@far.example>",
    f"<t@far.example:{DOMAIN}>", "<t@far.example.>", f"<t%far.example%{DOMAIN}>", "<t%far.example@>", f"<t@[far.example]@{DOMAIN}>",
    "<t@[192.0.2.25]>", "<t@192.0.2.25>", "<t@far.example >", "< t@far.example>", f"<t@far.example(x@{DOMAIN})>",
]


def relay_tests(suite, sink):
    senders = ["t@far.example", f"t@{DOMAIN}", "", "t@[127.0.0.1]", "t", f"alice@{DOMAIN}", "t%far.example@" + DOMAIN]
    before = len(sink.messages)
    taken = []
    for sender in senders:
        with Talk(suite.port) as talk:
            talk.say("EHLO " + DOMAIN) # who says he is us is not
            code, _ = talk.say(f"MAIL FROM:<{sender}>")
            for recipient in RELAYS if code == 250 else ():
                try:
                    code, text = talk.say("RCPT TO:" + recipient)
                except ConnectionError: # too many refusals
                    talk.close()
                    talk.__init__(suite.port)
                    talk.say("EHLO " + DOMAIN)
                    talk.say(f"MAIL FROM:<{sender}>")
                    code, text = talk.say("RCPT TO:" + recipient)
                if code < 500:
                    taken.append((sender, recipient, code, text))
    check(not taken, "the customary relay tests are refused", taken[:5])
    check(len(sink.messages) == before and suite.queue() == [], "and nothing has gone out")


def main():
    options = arguments("one message stays one").parse_args()
    sink = RawSink()

    def change(text):
        return "smtp_accept_queue_per_connection = 0\nallow_utf8_domains = false\n" + text
    with Suite(options.build, ("alice",), sink.port, change=change, keep=options.keep) as suite:
        matrix(suite, sink)
        suite.keep = suite.keep or verdict.failed > 0
    # As it comes, but for the address that it trusts.
    def stranger(text):
        return text.replace("hostlist relay_from_hosts = 127.0.0.1\n", "hostlist relay_from_hosts = 127.0.0.99\n", 1)
    with Suite(options.build, ("alice",), sink.port, change=stranger, keep=options.keep) as suite:
        relay_tests(suite, sink)
        suite.keep = suite.keep or verdict.failed > 0
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
