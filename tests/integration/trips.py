#!/usr/bin/env python3
"""Real and generated messages on their ways through the suite; what arrives is compared octet for octet.

trips.py [--build DIR] [--keep]

The ways: SMTP to a Maildir, SMTP to an mbox, sendmail -t to a Maildir, SMTP through a smarthost to a sink with
and without CHUNKING, and SMTP to a real Postfix and a real Exim, which send all of it back. Bodies must arrive
unchanged; of the headers, those sent must arrive in their order and unchanged, and only the ones that the
manual names may be added.
"""
import glob
import gzip
import os
import random
import re
import sys
import time

from peers import Absent, Exim, Postfix, fetch
from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, wait_for

# The manual's chapters on message processing and appendfile: what is added on the way.
ADDED = {b"received", b"return-path", b"envelope-to", b"delivery-date"}
ADDED_LOCALLY = ADDED | {b"message-id", b"date", b"from", b"sender"}
# What delivery and sendmail -t take away (manual, "Message processing").
REMOVED = {b"return-path", b"envelope-to", b"delivery-date", b"bcc"}

MBOX = """begin transports

mbox:
  driver = appendfile
  file = INSTANCE/mail/$local_part_data/mbox
  delivery_date_add
  envelope_to_add
  return_path_add
.ifdef OWNER
  user = OWNER
.endif
"""


def with_mbox(text):
    return text.replace("  transport = maildir\n", "  transport = mbox\n").replace("begin transports\n", MBOX, 1)


def with_room(text):
    # A peer delivers with as many connections as it likes.
    # Exim's smtp_accept_queue_per_connection leaves all but the first ten of a conversation to the queue runner.
    # The smtp transport bounces lines of more than 998 octets unless it is told otherwise.
    text = text.replace("  driver = smtp\n", "  driver = smtp\n  message_linelength_limit = 1000\n")
    return "message_size_limit = 100M\nrecipients_max = 1000\nsmtp_accept_queue_per_connection = 0\nsmtp_accept_max = 0\n" + text


def installed_or_fetched(build, package, pattern):
    """The files of a Debian package: of the one that is installed, else of one that is downloaded."""
    found = glob.glob("/" + pattern)
    return sorted(found or glob.glob(os.path.join(fetch(build, package, (package,)), pattern)))


def samples(build):
    """(name, message with LF) of the messages that Debian ships."""
    paths = installed_or_fetched(build, "libpython3.11-testsuite", "usr/lib/python3.11/test/test_email/data/*.txt")
    paths += installed_or_fetched(build, "spamassassin", "usr/share/doc/spamassassin/examples/sample-*")
    for path in paths:
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
            text = file.read().replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if re.match(rb"From [^\n]*\n", text):       # a mailbox's separator is no header
            text = text[text.index(b"\n") + 1:]
        yield os.path.basename(path), text


def generated():
    chance = random.Random(4711)
    head = b"From: a@test.example\nTo: alice@gatepost.example\nSubject: generated\nDate: Sat, 21 Nov 2026 12:00:00 +0000\n"
    head += b"Message-ID: <generated@test.example>\n\n"
    eight = bytes(octet for octet in range(1, 256) if octet not in b"\r\n")
    yield "8-bit", head + (eight + b"\n") * 20
    yield "8-bit-header", b"Subject: gr\xc3\xbc\xc3\x9fe \xe4\xf6\xfc\n" + head + b"x\n"
    yield "998-octets", head + (b"y" * 998 + b"\n") * 20
    yield "1000-octets", head + (b"z" * 1000 + b"\n") * 20
    yield "dots", head + b".\n..\n...\n.x\n..x\n\n.\n" + b".\n" * 100
    yield "from-lines", head + b"From here\n>From there\nFrom \n\nFrom the start\n"
    yield "no-body", head
    yield "empty-lines", head + b"\n" * 50
    yield "no-header", b"\njust a body\n"
    yield "long-header", b"References: " + b"\n ".join(b"<%d@test.example>" % n for n in range(2000)) + b"\n" + head + b"x\n"
    yield "many-headers", b"".join(b"X-Number-%d: %d\n" % (n, n) for n in range(1000)) + head + b"x\n"
    yield "nul", head + b"a\0b\n"
    yield "page-edges", head + b"".join(b"%0*d\n" % (size, size) for size in range(900, 999)) * 10
    line = bytes(chance.choice(b"abcdefghijklmnopqrstuvwxyz. ") for _ in range(75)) + b"\n"
    yield "50-MB", head + line * (50_000_000 // 76)


def fields(header):
    """(name, whole field) of a header with LF; what follows the first line that is none is not a header."""
    found = []
    for line in header.split(b"\n"):
        if line[:1] in (b" ", b"\t") and found:
            found[-1] = (found[-1][0], found[-1][1] + b"\n" + line)
        elif match := re.match(rb"([!-9;-~]+)[ \t]*:", line):
            found.append((match[1].lower(), line))
    return found


def split(message):
    """Fields and body as an MTA sees them: the header ends at the first line that is no field."""
    lines = message.split(b"\n")
    for index, line in enumerate(lines):
        if line == b"":
            return fields(b"\n".join(lines[:index])), b"\n".join(lines[index + 1:])
        if not (re.match(rb"[!-9;-~]+[ \t]*:", line) or (index and line[:1] in (b" ", b"\t"))):
            return fields(b"\n".join(lines[:index])), b"\n".join(lines[index:])
    return fields(message), b""


def difference(sent, arrived, local):
    """Why what arrived is not what was sent, or None."""
    if not sent.endswith(b"\n"):
        sent += b"\n"
    sent_fields, sent_body = split(sent)
    got_fields, got_body = split(arrived)
    if got_body != sent_body:
        at = next((i for i, (a, b) in enumerate(zip(got_body, sent_body)) if a != b), min(len(got_body), len(sent_body)))
        return (f"bodies of {len(sent_body)} and {len(got_body)} octets differ at {at}: "
                f"{sent_body[max(0, at - 20):at + 40]!r} became {got_body[max(0, at - 20):at + 40]!r}")
    wanted = [text for name, text in sent_fields if name not in REMOVED]
    if local:   # addresses without a domain are qualified (manual, "Unqualified addresses")
        wanted = [re.sub(rb"\A((?:From|Sender|Reply-To): [^\s@<>]+)\Z", rb"\1@" + DOMAIN.encode(), text) for text in wanted]
    allowed = ADDED_LOCALLY if local else ADDED
    extra, index = [], 0
    for name, text in got_fields:
        if index < len(wanted) and text == wanted[index]:
            index += 1
        elif name not in allowed:
            extra.append(text)
    if index < len(wanted):
        return f"a field is missing or changed: {wanted[index][:200]!r}; others that arrived: {extra[:3]!r}"
    return f"fields that nobody sent: {extra[:5]!r}" if extra else None


class Trips:
    def __init__(self, verdict, messages):
        self.verdict = verdict
        self.messages = messages
        self.number = 0

    def by_smtp(self, suite, recipient):
        """Sends all, each in its own transaction of one conversation, and yields what to look for."""
        with Talk(suite.port, 120) as talk:
            talk.say("EHLO test.example")
            for name, message in self.messages:
                self.number += 1
                sender = f"trip{self.number}@test.example"
                code, text = talk.send(sender, [recipient], message.replace(b"\n", b"\r\n"), " BODY=8BITMIME")
                if self.verdict.check(code == 250, f"{name} is taken by SMTP", text):
                    yield name, message, sender
                elif code == 421:
                    return

    def maildir(self, suite):
        expected = list(self.by_smtp(suite, "alice@" + DOMAIN))
        wait_for(lambda: len(suite.mailbox_names()) >= len(expected), 60)
        arrived = {message[14:message.index(b">\n")].decode(): message for message in suite.mailbox()}
        self.compare("SMTP to Maildir", expected, arrived, False)

    def mbox(self, suite):
        expected = list(self.by_smtp(suite, "bob@" + DOMAIN))
        wait_for(lambda: suite.queue() == [], 60, 0.3)
        with open(suite.path("mail/bob/mbox"), "rb") as file:
            text = file.read()
        arrived = {}
        for part in re.split(rb"(?:\A|(?<=\n\n))From (?=trip\d+@test\.example )", text)[1:]:
            sender, rest = part[:part.index(b" ")], part[part.index(b"\n") + 1:]
            arrived[sender.decode()] = re.sub(rb"^>From ", b"From ", rest[:-1], flags=re.M)
        unescaped = [(name, re.sub(rb"^>From ", b"From ", message, flags=re.M), sender) for name, message, sender in expected]
        self.compare("SMTP to mbox", unescaped, arrived, False)

    def sendmail(self, suite):
        before = len(suite.mailbox_names("carol"))
        expected = []
        for name, message in self.messages:
            self.number += 1
            sender = f"trip{self.number}@test.example"
            # -t takes its recipients from the header; -i because of the dots. The samples address the world.
            message = b"\n".join(line for line in [b"X-Trip: 1"]) + b"\n" + readdress(message)
            sent = suite.sendmail("-i", "-f", sender, "-t", data=message)
            if self.verdict.check(sent.returncode == 0, f"{name} is taken by sendmail -t", sent.stderr):
                expected.append((name, message, sender))
        wait_for(lambda: len(suite.mailbox_names("carol")) >= before + len(expected), 60)
        arrived = {message[14:message.index(b">\n")].decode(): message for message in suite.mailbox("carol")}
        self.compare("sendmail -t", expected, arrived, True)

    def there_and_back(self, suite, peer):
        way = f"to {peer.name} and back"
        expected = list(self.by_smtp(suite, "far@" + peer.domain))
        wait_for(lambda: len(suite.mailbox_names()) >= len(expected), 90)
        arrived = {message[14:message.index(b">\n")].decode(): message for message in suite.mailbox()}
        self.compare(way, expected, arrived, False)

    def relay(self, suite, sink, way):
        expected = list(self.by_smtp(suite, "far@remote.example"))
        wait_for(lambda: len(sink.received) >= len(expected), 90)
        self.verdict.check(all(recipients == ["far@remote.example"] for _, recipients, _ in sink.received), way + ": recipients")
        endings = [data for _, _, data in sink.received if re.search(rb"(?<!\r)\n|\r(?!\n)", data)]
        self.verdict.check(not endings, way + ": every line ends with CRLF", endings and endings[0][:300])
        arrived = {sender: data.replace(b"\r\n", b"\n") for sender, _, data in sink.received}
        self.compare(way, expected, arrived, False)

    def compare(self, way, expected, arrived, local):
        self.verdict.check(len(arrived) == len(expected), f"{way}: {len(expected)} sent", f"{len(arrived)} arrived")
        for name, message, sender in expected:
            if sender not in arrived:
                self.verdict.check(False, f"{way}: {name}", "did not arrive")
                continue
            why = difference(message, arrived[sender], local)
            self.verdict.check(why is None, f"{way}: {name}", why)


def readdress(message):
    """The message with no recipients but carol; sendmail -t would write to strangers otherwise."""
    found, body = split(message)
    kept = [text for name, text in found if name not in (b"to", b"cc", b"bcc") and not name.startswith(b"resent-")]
    return b"\n".join([*kept, b"To: carol@gatepost.example"]) + b"\n\n" + body


def many_recipients(verdict, suite, sink, domain="remote.example"):
    given = [f"r{number}@{domain}" for number in range(500)]
    recipients = [f"r{number}@remote.example" for number in range(500)]
    with Talk(suite.port, 60) as talk:
        talk.say("EHLO test.example")
        code, text = talk.send("many@test.example", given, b"Subject: five hundred\r\n\r\nx\r\n")
    verdict.check(code == 250, f"a message to 500 recipients at {domain} is taken", text)

    def reached():
        return [r for sender, list_, _ in sink.received if sender == "many@test.example" for r in list_]
    wait_for(lambda: len(reached()) >= 500, 60)
    verdict.check(sorted(reached()) == sorted(recipients), "and reaches each once", len(reached()))
    if given != recipients:
        return
    sent = suite.sendmail("-f", "many2@test.example", *[r for r in recipients], data=b"Subject: by sendmail\n\nx\n")
    verdict.check(sent.returncode == 0, "500 recipients by sendmail", sent.stderr)
    verdict.check(wait_for(lambda: sum(len(l) for s, l, _ in sink.received if s == "many2@test.example") == 500, 60),
                  "reach each once too")


def through(port):
    """The configuration with a way to a peer at this port, which is trusted with mail for the rest of the world."""
    router = f"""begin routers

peer:
  driver = manualroute
  domains = postfix.example : exim.example
  route_data = 127.0.0.1::{port}
  self = send
  transport = smtp
  no_more
"""
    return lambda text: with_room(text.replace("begin routers\n", router, 1))


def there_and_back(verdict, options, trips, kind):
    """By SMTP to a real mail server and from there by SMTP to alice, and 500 recipients on to a sink."""
    sink = Sink().start()
    suite = Suite(options.build, ("alice",), sink.port, keep=options.keep)
    try:
        peer = kind(options.build, suite.port)
    except Absent as why:
        print(f"SKIPPED: a real {kind.__name__} {why}")
        return
    with open(suite.config, encoding="utf-8") as file:
        suite.write_config(through(peer.port)(file.read()))
    with peer, suite:
        trips.there_and_back(suite, peer)
        many_recipients(verdict, suite, sink, peer.domain)
        if verdict.failed:
            suite.keep = True
            print(peer.log()[-3000:])


def main():
    options = arguments("messages on their ways").parse_args()
    verdict = Verdict()
    messages = list(samples(options.build))
    print(f"{len(messages)} messages of Debian's packages")
    messages += generated()
    trips = Trips(verdict, messages)
    sink = Sink().start()
    with Suite(options.build, ("alice", "carol"), sink.port, with_room, options.keep) as suite:
        trips.maildir(suite)
        trips.sendmail(suite)
        trips.relay(suite, sink, "relay by DATA")
        many_recipients(verdict, suite, sink)
        if verdict.failed:
            suite.keep = True
    sink = Sink(chunking=True).start()
    with Suite(options.build, ("alice", "bob"), sink.port, lambda text: with_room(with_mbox(text)), options.keep) as suite:
        trips.mbox(suite)
        trips.relay(suite, sink, "relay by BDAT")
        if verdict.failed:
            suite.keep = True
    for peer in (Postfix, Exim):
        there_and_back(verdict, options, trips, peer)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
