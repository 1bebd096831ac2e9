#!/usr/bin/env python3
"""Milters, with the real daemons: one of libmilter that asks for every change there is, opendkim, opendmarc,
clamav-milter, rspamd's proxy, and far ends that are not there or do not speak the protocol.

Each has a listener of its own in services.conf. What is not installed is left out. milters.py [--build DIR] [--keep]
"""
import base64
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading

from policy import EICAR, Program, start_clamd
from suite import DOMAIN, ROOT, Suite, Talk, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check

PYTHON = "/usr/bin/python3"
GTUBE = b"XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X\r\n"


def has_pymilter():
    return os.path.exists(PYTHON) and subprocess.run([PYTHON, "-c", "import Milter"], capture_output=True).returncode == 0


def find(program):
    return shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")


def is_up(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


class Bad:
    """A far end that answers each connection with these octets, at once, and reads no more than it must."""

    def __init__(self, *answers):
        self.answers = answers
        self.count = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        kept = []
        while True:
            client, _ = self.listener.accept()
            kept.append(client)
            client.sendall(self.answers[min(self.count, len(self.answers) - 1)])
            self.count += 1


class Closer:
    """A milter that wants to hear of the end of a message alone, likes it, or (`closes`) goes away then."""

    def __init__(self, port=0, closes=True):
        self.closes = closes
        self.ends = 0
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client):
        # SMFIP_NO…: connect, helo, mail, rcpt, body, headers, end of headers, unknown, data
        client.sendall(b"\0\0\0\x0dO" + struct.pack("!III", 6, 0, 0x37f))
        with client, client.makefile("rb") as octets:
            while head := octets.read(4):
                packet = octets.read(struct.unpack("!I", head)[0])
                if packet[:1] != b"E":
                    continue
                self.ends += 1
                if self.closes:
                    return
                client.sendall(b"\0\0\0\x01c")


class Place:
    """Where milters of this test have their sockets and files; root's milters give up root."""

    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="gatepost-milters-")
        os.chmod(self.path, 0o777)
        self.programs = []

    def file(self, name, text=None):
        path = os.path.join(self.path, name)
        if text is not None:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(path, 0o644)
        return path

    def start(self, name, command, socket_path):
        if not check(True, f"{name} is installed") or not command[0]:
            return None
        program = Program(command, lambda: os.path.exists(socket_path) and is_up(socket_path), self.path)
        self.programs.append(program)
        if not check(program.wait(), f"{name} starts", open(program.output.name, errors="replace").read()[-500:]):
            return None
        os.chmod(socket_path, 0o777)
        return "unix:" + socket_path

    def stop(self):
        for program in self.programs:
            program.stop()
        shutil.rmtree(self.path, ignore_errors=True)


def driver(place):
    if not has_pymilter():
        return None
    path = place.file("driver.sock")
    return place.start("python3-milter", [PYTHON, os.path.join(ROOT, "tests/integration/milter_driver.py"), path, place.file("record", "")], path)


def opendkim(place):
    if not find("opendkim"):
        return None
    path = place.file("opendkim.sock")
    key = place.file("dkim.key")
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], check=True, capture_output=True)
    os.chmod(key, 0o600)
    public = subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
    keys = place.file("keys", "sel._domainkey.signed.example v=DKIM1; k=rsa; p=" + base64.b64encode(public).decode() + "\n")
    config = place.file("opendkim.conf", f"Socket local:{path}\nMode sv\nDomain signed.example\nSelector sel\nKeyFile {key}\n"
                        f"InternalHosts csl:192.0.2.1\nMacroList daemon_name=opendkim\nTestPublicKeys {keys}\nSyslog no\nAutoRestart no\n"
                        f"AlwaysAddARHeader yes\nRequireSafeKeys no\nUMask 000\nAuthservID mx.example\nCanonicalization relaxed/simple\n")
    return place.start("opendkim", [find("opendkim"), "-f", "-x", config], path)


def opendmarc(place):
    if not find("opendmarc"):
        return None
    path = place.file("opendmarc.sock")
    config = place.file("opendmarc.conf", f"Socket local:{path}\nAuthservID mx.example\nTrustedAuthservIDs mx.example\nSyslog no\nUMask 000\n"
                        "IgnoreHosts /dev/null\nSoftwareHeader true\nPidFile " + place.file("opendmarc.pid") + "\n")
    return place.start("opendmarc", [find("opendmarc"), "-f", "-c", config], path)


def clamav(place):
    if not find("clamav-milter") or not find("clamd"):
        return None
    os.makedirs(place.file("clamd"))
    clamd = start_clamd(place.file("clamd"))
    place.programs.append(clamd)
    if not check(clamd.wait(), "clamd starts"):
        return None
    path = place.file("clamav.sock")
    config = place.file("clamav-milter.conf", f"MilterSocket {path}\nMilterSocketMode 666\nForeground yes\nClamdSocket unix:{place.file('clamd')}/clamd.sock\n"
                        "OnInfected Reject\nRejectMsg found %v\nAddHeader Add\nLogTime no\n" + ("User root\n" if os.getuid() == 0 else ""))
    return place.start("clamav-milter", [find("clamav-milter"), "-c", config], path)


def rspamd(place):
    if not find("rspamd"):
        return None
    path = place.file("rspamd.sock")
    config = place.file("rspamd.conf", f"""
options {{ pidfile = "{place.file('rspamd.pid')}"; filters = ""; temp_dir = "{place.path}"; dns {{ nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; }}
  control_socket = "{place.file('control.sock')}"; cache_file = "{place.file('map.cache')}"; rrd = null; history_file = null; lua_path = ""; }}
logging {{ type = "file"; filename = "{place.file('rspamd.log')}"; level = "info"; }}
actions {{ reject = 15; add_header = 6; greylist = 4; }}
worker "rspamd_proxy" {{ bind_socket = "{path} mode=0666"; milter = yes; count = 1; timeout = 20s; upstream "local" {{ default = yes; self_scan = yes; }} }}
""")
    words = ["-f", "-c", config, "--insecure"] if os.getuid() == 0 else ["-f", "-c", config]
    return place.start("rspamd", [find("rspamd"), *words], path)


MOST = 12 # conversations of one scan process


def configuration(listeners, local):
    def change(text):
        options = "services_file = services.conf\nsmtp_accept_max = 5000\nmilter_failures_max = 2\nmilter_retry = 1h\nmilter_sessions_max = " + str(MOST) + "\n"
        if local:
            options += f"non_smtpd_milters = {local}\n"
        # Addresses that tell the driver what to do are good ones here, and all are alice's.
        text = text.replace("  domains = +local_domains\n  local_parts = dsearch,filter=subdir;INSTANCE/mail\n", "  domains = +local_domains\n  address_data = alice\n")
        return options + text.replace("directory = INSTANCE/mail/$local_part_data", "directory = INSTANCE/mail/alice")
    services = "".join(f"{name} program=smtpd processes=1 listen=127.0.0.1:{port} smtpd_milters={milters}" + (f" milter_macro_daemon_name={name}\n")
                       for name, (port, milters) in listeners.items())
    return change, services


class Far:
    """A client of one listener."""

    def __init__(self, suite, listeners):
        self.suite, self.listeners = suite, listeners

    def send(self, name, subject, wishes=(), sender="joe@far.example", to=("alice",), body=b"x\r\n", head=b""):
        message = f"Subject: {subject}\r\n".encode() + b"".join(f"X-Do: {wish}\r\n".encode() for wish in wishes) + head + b"\r\n" + body
        with Talk(self.listeners[name][0]) as talk:
            talk.say("EHLO client.example")
            answer = talk.send(sender, [f"{one}@{DOMAIN}" for one in to], message)
            talk.say("QUIT")
            return answer

    def kept(self, subject):
        found = self.suite.wait_mail(f"Subject: {subject}".encode())
        return found.replace(b"\r\n", b"\n").decode("utf-8", "replace") if found else ""


def read(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def events(far, record):
    code, text = far.send("driver", "plain", body=b"one\r\ntwo\r\n", head=b"X-Folded: a\r\n\tb\r\n")
    check(code == 250, "a message that the milter likes is taken", text)
    check(wait_for(lambda: "close" in read(record)), "the session is ended politely", read(record))
    told = read(record)
    check(told.startswith("connect [127.0.0.1] 127.0.0.1 ") or told.startswith("connect localhost 127.0.0.1"), "connect", told)
    check(" driver 127.0.0.1\n" in told.splitlines(True)[0], "macros of connect: the listener's daemon_name and the client", told)
    check("\nhelo client.example\nmail <joe@far.example> None joe@far.example\n" in told, "helo and mail", told)
    check(f"\nrcpt <alice@{DOMAIN}> alice@{DOMAIN}\ndata\nheader Subject plain\nheader X-Folded a/\tb\n" in told, "rcpt, data and headers as they came", told)
    check("header Received" not in told, "our own Received: is not shown", told)
    check(re.search(r"\neoh\neom 10 [0-9A-Za-z]{6}-[0-9A-Za-z]{6}-[0-9A-Za-z]{2}\nclose\n", told), "the body and the message's id", told)


def refusals(far, record):
    suite = far.suite
    with Talk(far.listeners["driver"][0]) as talk:
        check(talk.say("EHLO bad.example") == (550, "550 Command rejected"), "reject at helo")
        talk.say("EHLO good.example")
        check(talk.say("MAIL FROM:<m-reject@far.example>") == (550, "550 Command rejected"), "reject at mail")
        check(talk.say("MAIL FROM:<m-later@far.example>") == (450, "450-come\r\n450 again"), "a reply of several lines at mail")
        check(talk.say("MAIL FROM:<joe@far.example> SIZE=100")[0] == 250, "another sender in the same session")
        check(talk.say(f"RCPT TO:<r-reject@{DOMAIN}>") == (553, "553 no % such"), "a reply at rcpt")
        check(talk.say(f"RCPT TO:<alice@{DOMAIN}>")[0] == 250, "another recipient is taken")
        talk.say("RSET")
        check(wait_for(lambda: "abort" in read(record)), "RSET is told", read(record))
        check(talk.say("NONSENSE words")[0] == 500, "a command that nobody knows")
        check(wait_for(lambda: "unknown NONSENSE words" in read(record)), "is told", read(record))
        code, text = talk.send("joe@far.example", [f"alice@{DOMAIN}"], b"Subject: after RSET\r\n\r\nx\r\n")
        check(code == 250, "and a message after it is taken", text)
    with Talk(far.listeners["driver"][0]) as talk:
        talk.say("EHLO good.example")
        talk.say("MAIL FROM:<m-accept@far.example>")
        check(talk.say("EHLO bad.example") == (550, "550 Command rejected"), "a HELO in the middle of a message that it had accepted is told, too")
        check(talk.say(f"RCPT TO:<alice@{DOMAIN}>")[0] == 503, "and ends the message")
    check(suite.wait_log(r"rejected MAIL <m-reject@far\.example>: milter unix:\S+/driver\.sock: Command rejected"), "the log names the milter", suite.log()[-1500:])
    check(suite.wait_log(r"F=<joe@far\.example> rejected RCPT <r-reject@\S+>: milter unix:\S+: no % such"), "for recipients, too", suite.log()[-1500:])
    check("mail <joe@far.example> SIZE=100" in read(record), "parameters of MAIL are told", read(record))
    with Talk(far.listeners["driver"][0]) as talk:
        talk.say("EHLO client.example")
        code, text = talk.say("MAIL FROM:<m-close@far.example>")
        check((code, text) == (421, "421 enough"), "421 is said", text)
        check(talk.lines.readline() == b"", "and the session closed")
    check(far.send("driver", "header", ["reject in header"]) == (550, "550 Command rejected"), "reject in the headers")
    check(far.send("driver", "coded", ["reply 554 bad content"]) == (554, "554 bad content"), "a reply at the end of the message")
    check(far.send("driver", "tempfailed", ["reply 451 later"]) == (451, "451 later"), "a temporary one")
    check(suite.wait_log(r"rejected after DATA: milter unix:\S+: bad content"), "the log has it", suite.log()[-1500:])
    check(far.send("driver", "thrown", ["discard"])[0] == 250, "a message to be discarded is taken")
    check(suite.wait_log(r" => blackhole \(milter unix:\S+/driver\.sock discarded the message\)"), "and thrown away", suite.log()[-1000:])
    check(far.send("driver", "thrown for its recipient", to=("r-discard",))[0] == 250, "discard at rcpt")
    code, text = far.send("driver", "m-accepted", ["reject"], sender="m-accept@far.example")
    check(code == 250, "who accepts at MAIL is not asked about the message", text)
    check(far.kept("m-accepted"), "which arrives")
    check(not any(b"Subject: thrown" in one for one in suite.mailbox()), "what was discarded does not")
    with Talk(far.listeners["driver"][0]) as talk:
        talk.say("EHLO client.example")
        talk.say("MAIL FROM:<joe@far.example>")
        talk.say(f"RCPT TO:<alice@{DOMAIN}>")
        message = b"Subject: in chunks\r\nX-Do: add X-Chunk yes\r\n\r\nbody\r\n"
        talk.socket.sendall(b"BDAT %d LAST\r\n" % len(message) + message)
        check(talk.reply()[0] == 250, "BDAT")
    check("X-Chunk: yes" in far.kept("in chunks"), "is seen by milters just the same")


def steps(far, record):
    """What milters hear of a message that does not come to its end as usual."""
    with Talk(far.listeners["driver"][0]) as talk:
        talk.say("EHLO client.example")
        talk.say("MAIL FROM:<joe@far.example>")
        talk.say(f"RCPT TO:<alice@{DOMAIN}>")
        before = len(read(record))
        check(talk.say("BDAT 0")[0] == 504, "a chunk of nothing is refused")
        message = b"Subject: once\r\n\r\nbody\r\n"
        talk.socket.sendall(b"BDAT %d LAST\r\n" % len(message) + message)
        check(talk.reply()[0] == 250, "the message behind it is taken")
        check(read(record)[before:].count("data\n") == 1, "and DATA is told once", read(record)[before:])
        before = len(read(record))
        code, text = talk.send("joe@far.example", [f"alice@{DOMAIN}"], b"X-Long: " + (b"x" * 900 + b"\r\n ") * 1300 + b"\r\n\r\nx\r\n")
        check(code == 552, "headers that are too long are refused", text)
        check(wait_for(lambda: "abort" in read(record)[before:]), "and milters hear at once that no more comes", read(record)[before:])


def changes(far, record):
    suite = far.suite
    far.send("driver", "headers", ["add X-Added one/two", "insert 1 X-Below b", "insert 0 X-Top t", "change 2 X-Twice second", "change 1 X-Gone ",
                                   "change 1 X-New made", "progress"], head=b"X-Twice: a\r\nX-Twice: b\r\nX-Gone: g\r\n")
    got = far.kept("headers")
    check("\nX-Added: one\n two\n" in got, "a header is added, with its fold", got)
    check(re.search(r"(\A|\n)X-Top: t\nReceived: from ", got), "one is inserted above our Received:", got)
    check(re.search(r"\n\tfor [^\n]*\nX-Below: b\n|\n\t[^\n]*\nX-Below: b\n", got), "and one below it", got)
    check("\nX-Twice: a\nX-Twice: second\n" in got, "the second of a name is changed", got)
    check("\nX-Gone:" not in got, "one is deleted", got)
    check("\nX-New: made\n" in got, "one that is not there is added", got)
    code, text = far.send("driver", "envelope", ["addrcpt <new@%s>" % DOMAIN, "delrcpt <gone@%s>" % DOMAIN, "sender <other@far.example>"], to=("alice", "gone"))
    check(code == 250 and suite.wait_log(r"<= other@far\.example "), "the sender is changed", suite.log()[-800:])
    check(suite.wait_log(r"(=>|->) (\S+ <)?new@" + re.escape(DOMAIN)) or suite.wait_log(r"(=>|->) new <new@", 2), "a recipient is added", suite.log()[-800:])
    check("gone@" not in suite.log().split("<= other@far")[-1], "and one is taken away", suite.log()[-800:])
    check(far.send("driver", "nobody", ["delrcpt <alice@%s>" % DOMAIN])[0] == 250, "without recipients")
    check(suite.wait_log(r" => blackhole \(milter \S+ removed all recipients\)"), "a message is thrown away", suite.log()[-800:])
    check(far.send("driver", "bad address", ["addrcpt <@@>"])[0] == 250 and suite.wait_log(r'milter \S+: "@@" is no address: '), "what is no address is logged", suite.log()[-800:])
    far.send("driver", "small body", ["body 2 new words"])
    check(far.kept("small body").endswith("\n\nnew words\nnew words\n"), "the body is replaced", far.kept("small body")[-300:])
    far.send("driver", "grown body", ["body 40000 0123456789abcdef"])
    check(far.kept("grown body").split("\n\n", 1)[-1] == "0123456789abcdef\n" * 40000, "by a large one", len(far.kept("grown body")))
    far.send("driver", "shrunk body", ["body 1 short"], body=b"0123456789abcdef\r\n" * 40000)
    check(far.kept("shrunk body").endswith("\n\nshort\n"), "a large one by a small one", len(far.kept("shrunk body")))
    check("eom 720000 " in read(record), "of which the milter has seen all")
    far.send("driver", "suspect", ["quarantine looks bad"])
    check(suite.wait_log(r"frozen by milter unix:\S+: looks bad"), "quarantine freezes", suite.log()[-800:])
    check(b"*** frozen ***" in suite.sendmail("-bp").stdout, "the message in the queue", suite.sendmail("-bp").stdout)
    check(not any(b"Subject: suspect" in one for one in suite.mailbox()), "and it is not delivered")


def local(far, record):
    suite = far.suite
    done = suite.sendmail("alice", data=b"Subject: from a program\nX-Do: add X-Local yes\n\nx\n")
    check(done.returncode == 0 and "X-Local: yes" in far.kept("from a program"), "non_smtpd_milters see a local program's message", done)
    check("connect localhost 127.0.0.1 " in read(record), "as if it came from localhost", read(record)[-500:])
    done = suite.sendmail("alice", data=b"Subject: refused program\nX-Do: reply 554 not from you\n\nx\n")
    check(done.returncode == 1 and suite.wait_mail(b"not from you"), "and may refuse it", done)
    check(suite.wait_log(r"rejected non-SMTP message: milter unix:\S+: not from you"), "as the log says", suite.log()[-800:])
    done = suite.sendmail("alice", data=b"Subject: deferred program\nX-Do: reply 451 not now\n\nx\n")
    check(done.returncode == 75, "what it puts off may be tried again", done)


def signing(far):
    far.send("opendkim", "signed", sender="a@signed.example", head=b"From: a@signed.example\r\nDate: Sun, 22 Nov 2026 08:00:00 +0000\r\nMessage-ID: <1@signed.example>\r\nTo: b@c.example\r\n")
    got = far.suite.wait_mail(b"Subject: signed")
    check(got and b"DKIM-Signature: v=1" in got and b"d=signed.example; s=sel" in got.replace(b"\n\t", b" ").replace(b"\r", b""), "opendkim signs", got or far.suite.log()[-1000:])
    if not got or b"DKIM-Signature:" not in got:
        return
    message = got[got.index(b"DKIM-Signature:"):].replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    code, text = 0, ""
    with Talk(far.listeners["verify"][0]) as talk:
        talk.say("EHLO client.example")
        code, text = talk.send("a@signed.example", [f"alice@{DOMAIN}"], b"X-Again: yes\r\n" + message)
    again = far.suite.wait_mail(b"X-Again: yes")
    check(code == 250 and again and b"dkim=pass" in again, "and finds its own signature good", again or text)
    with Talk(far.listeners["verify"][0]) as talk:
        talk.say("EHLO client.example")
        talk.send("a@signed.example", [f"alice@{DOMAIN}"], b"X-Again: changed\r\n" + message + b"more\r\n")
    again = far.suite.wait_mail(b"X-Again: changed")
    check(again and b"dkim=fail" in again, "but not that of a changed message", again)


def dmarc(far):
    code, text = far.send("opendmarc", "dmarc", sender="a@nowhere.invalid", head=b"From: a@nowhere.invalid\r\n")
    got = far.kept("dmarc") if code == 250 else ""
    check("DMARC-Filter: OpenDMARC" in got, "opendmarc has its say", got or text)


def viruses(far):
    code, text = far.send("clamav", "infected", body=EICAR.encode() + b"\r\n")
    check(code == 550 and "found Gatepost.Eicar" in text, "clamav-milter refuses a virus", text)
    code, text = far.send("clamav", "healthy")
    check(code == 250 and "X-Virus-Status: Clean" in far.kept("healthy"), "and marks what is clean", text)


def spam(far):
    code, text = far.send("rspamd", "gtube", body=GTUBE)
    check((code, text) == (554, "554 Gtube pattern"), "rspamd's proxy refuses GTUBE", text)
    check(far.send("rspamd", "ham")[0] == 250 and far.kept("ham"), "and takes what is none")


def together(far):
    far.send("two", "two of them", ["add X-Two yes"])
    got = far.kept("two of them")
    check(got.count("X-Two: yes\n") == 2, "two milters, one after the other: each has its say", got)
    check(far.send("two", "refused by the first", ["reject"])[0] == 550, "what the first refuses is refused")


def vanished(far, closer):
    suite = far.suite
    with Talk(far.listeners["closer"][0]) as talk:
        talk.say("EHLO client.example")
        code, text = talk.send("joe@far.example", [f"alice@{DOMAIN}"], b"Subject: x\r\n\r\nx\r\n")
        check((code, text) == (451, "451 Service unavailable - try again later"), "a milter that goes away at the end of the message: tempfail", text)
    check(closer.ends == 1 and suite.wait_log(r"milter inet:127\.0\.0\.1:%s: .*; milter_default_action=tempfail" % closer.port), "and the log names it", suite.log()[-800:])


def crowded(far):
    """milter_sessions_max is about us: nobody comes in past the milter, though default_action is accept."""
    talks = []
    try:
        for _ in range(MOST * 8):
            talks.append(Talk(far.listeners["crowded"][0]))
            if talks[-1].greeting[0] != 220:
                break
        check(talks[-1].greeting == (421, "421 Temporary local problem - please try later"), "a client for whom there is no conversation is to come again", talks[-1].greeting)
        check(len(talks) > MOST and far.suite.wait_log(r"milter_sessions_max"), "and the log says why", (len(talks), far.suite.log()[-800:]))
    finally:
        for talk in talks:
            talk.close()
    check(not re.search(r"has failed too often.*crowded", far.suite.log()), "the milter is not to blame")


def waiting(options):
    """Mail of programs waits for a milter that is not there: what sendmail was told is taken is never lost."""
    port = free_port()

    def change(text):
        return f"non_smtpd_milters = inet:127.0.0.1:{port}\nmilter_retry = 1s\nsubmit_drop_interval = 1s\n" + text
    with Suite(options.build, change=change, keep=options.keep) as suite:
        done = suite.sendmail("alice", data=b"Subject: not taken\n\nx\n")
        check(done.returncode == 75, "while the suite is up the program hears that it may try again", done)
        suite.stop()
        # For root, and for whose the spool is, sendmail would start a suite of its own.
        done = suite.sendmail("alice", data=b"Subject: left behind\n\nx\n", user="daemon" if os.getuid() == 0 else None)
        check(done.returncode == 0, "while it is down the mail is left", done)
        suite.start()
        check(suite.wait_log(r"milter inet:127\.0\.0\.1:\d+: .*Connection refused(.*\n)+.*milter inet:127\.0\.0\.1:\d+: .*Connection refused"),
              "the milter is asked for more than once", suite.log()[-1000:])
        check(not [name for name in os.listdir(suite.path("spool/drop")) if name.startswith("bad-")], "and the mail is not given up", os.listdir(suite.path("spool/drop")))
        Closer(port, closes=False)
        check(suite.wait_mail(b"Subject: left behind"), "it comes when the milter is there", suite.log()[-1000:])
        check(wait_for(lambda: not os.listdir(suite.path("spool/drop/.taken"))), "and is gone from the drop directory")


def failures(far, hostile):
    suite = far.suite
    code, text = far.send("dead-accept", "nobody asked")
    check(code == 250 and far.kept("nobody asked"), "default_action=accept: mail comes in without the milter", text)
    check(suite.wait_log(r"milter inet:127\.0\.0\.1:\d+: failed to connect to any address for 127\.0\.0\.1: Connection refused; milter_default_action=accept"), "and the log says why", suite.log()[-800:])
    try:
        with Talk(far.listeners["dead-tempfail"][0]) as talk:
            check(talk.greeting == (421, "421 Service unavailable - try again later"), "tempfail: the client is to come again", talk.greeting)
    except ConnectionError as error:
        check(False, "tempfail: the client is to come again", error)
    with Talk(far.listeners["dead-reject"][0]) as talk:
        check(talk.greeting[0] == 554, "reject: it is not to", talk.greeting)
    with Talk(far.listeners["rude"][0]) as talk:
        check(talk.greeting == (554, "554 go away"), "a milter that refuses the connection in words of its own: they are said with 554", talk.greeting)
    far.send("dead-quarantine", "set aside")
    check(suite.wait_log(r"frozen by milter inet:127\.0\.0\.1:\d+: "), "quarantine: the message is frozen", suite.log()[-800:])
    for _ in range(3):
        far.send("dead-accept", "again")
    check(suite.wait_log(r"milter inet:127\.0\.0\.1:\d+ has failed too often and is left alone for 3600s"), "one that fails too often is left alone", suite.log()[-800:])
    if "fallback" in far.listeners:
        code, text = far.send("fallback", "fallback", ["add X-Fallback yes"])
        check("X-Fallback: yes" in far.kept("fallback"), "a fallback is asked where the first is not there", text)
    for name, (far_end, what) in hostile.items():
        with Talk(far.listeners[name][0]) as talk:
            check(talk.greeting[0] == 421, f"{name}: mail is deferred", talk.greeting)
        check(suite.wait_log(r"milter inet:127\.0\.0\.1:%s: .*%s.*; milter_default_action=tempfail" % (far_end.port, what)), "and the log says what it did", suite.log()[-1200:])


def main():
    options = arguments("milters").parse_args()
    place = Place()
    dead = free_port()
    listeners, sections = {}, []
    try:
        for name, start, run in (("driver", driver, None), ("opendkim", opendkim, signing), ("opendmarc", opendmarc, dmarc),
                                 ("clamav", clamav, viruses), ("rspamd", rspamd, spam)):
            milter = start(place)
            if milter:
                listeners[name] = (free_port(), milter)
                sections += [run] if run else []
        if "opendkim" in listeners:
            listeners["verify"] = (free_port(), listeners["opendkim"][1])
        for action in ("accept", "tempfail", "reject", "quarantine"):
            listeners[f"dead-{action}"] = (free_port(), f"{{inet:127.0.0.1:{dead},default_action={action}}}")
        if "driver" in listeners:
            listeners["two"] = (free_port(), listeners["driver"][1] + "," + listeners["driver"][1])
            listeners["crowded"] = (free_port(), f"{{{listeners['driver'][1]},default_action=accept}}")
            listeners["fallback"] = (free_port(), f"{{inet:127.0.0.1:{free_port()},fallback={listeners['driver'][1]}}}")
        hostile = {"silent": (Bad(b""), "no answer in time"), "garbage": (Bad(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "which is no packet"),
                   "liar": (Bad(b"\0\0\0\x0dO\0\0\0\x06\xff\xff\xff\xff\0\0\0\0"), "ways that were not offered"),
                   "eager": (Bad(b"\0\0\0\x0dO\0\0\0\x06\0\0\0\x01\0\0\0\0" + b"\0\0\0\x05hX\0y\0"), "before its end")}
        for name, (far_end, _) in hostile.items():
            listeners[name] = (free_port(), f"{{inet:127.0.0.1:{far_end.port},command_timeout={1 if name == 'silent' else 30}s}}")
        closer = Closer()
        listeners["closer"] = (free_port(), f"inet:127.0.0.1:{closer.port}")
        # "550 go away" to the client that connects.
        rude = Bad(b"\0\0\0\x0dO\0\0\0\x06\0\0\0\0\0\0\0\0" + b"\0\0\0\x0dy550 go away\0")
        listeners["rude"] = (free_port(), f"inet:127.0.0.1:{rude.port}")
        change, services = configuration(listeners, listeners.get("driver", (0, ""))[1])
        suite = Suite(options.build, change=change, keep=options.keep)
        with open(suite.path("services.conf"), "w", encoding="utf-8") as file:
            file.write(f"smtpd listen=127.0.0.1:{suite.port}\n" + services)
        with suite:
            far = Far(suite, listeners)
            record = place.file("record")
            if "driver" in listeners:
                events(far, record)
                refusals(far, record)
                steps(far, record)
                changes(far, record)
                local(far, record)
                together(far)
                crowded(far)
            vanished(far, closer)
            for run in sections:
                run(far)
            failures(far, hostile)
            check(not re.search(r"panic|malformed", suite.log("paniclog").replace("has failed too often", "")), "nothing broke", suite.log("paniclog")[-500:])
    finally:
        place.stop()
    waiting(options)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
