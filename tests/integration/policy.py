#!/usr/bin/env python3
"""Policy with the real daemons: counts, DNS lists, controls, DKIM signatures that others verify.

policy.py [--build DIR] [--keep]
"""
import os
import re
import socket
import struct
import subprocess
import sys
import threading

from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check


class Names:
    """A name server with a zone: {("name", "A" or "TXT"): [values]}."""

    TYPES = {"A": 1, "TXT": 16}

    def __init__(self, zone):
        self.zone = zone
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            packet, client = self.socket.recvfrom(2000)
            labels, at = [], 12
            while packet[at]:
                labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace"))
                at += packet[at] + 1
            kind = struct.unpack("!H", packet[at + 1:at + 3])[0]
            question = packet[12:at + 5]
            name = ".".join(labels).lower()
            self.asked.append(name)
            answers = b""
            count = 0
            for word, number in self.TYPES.items():
                for value in self.zone.get((name, word), []) if number == kind else []:
                    data = socket.inet_aton(value) if word == "A" else bytes([len(value)]) + value.encode()
                    answers += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data
                    count += 1
            known = any(owner == name or owner.endswith("." + name) for owner, _ in self.zone)
            flags = 0x8580 | (0 if known else 3)
            self.socket.sendto(packet[:2] + struct.pack("!HHHHH", flags, 1, count, 0, 0) + question + answers, client)


class Scanner:
    """A virus scanner (clamd's INSTREAM on a Unix socket) or a spam scanner (spamd's REPORT on a port)."""

    def __init__(self, path=None):
        self.seen = []
        self.down = False
        self.path = path
        self.listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET)
        self.listener.bind(path or ("127.0.0.1", 0))
        if path:
            os.chmod(path, 0o666)
        else:
            self.port = self.listener.getsockname()[1]
        self.listener.listen(20)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, client.makefile("rb") as lines:
            if self.down:
                return
            client.sendall(self.clamd(lines) if self.path else self.spamd(lines))

    def clamd(self, lines):
        if lines.read(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        message = b""
        while True:
            size = struct.unpack("!I", lines.read(4))[0]
            if not size:
                break
            message += lines.read(size)
        self.seen.append(message)
        return b"stream: Eicar-Test FOUND\0" if b"EICAR" in message else b"stream: OK\0"

    def spamd(self, lines):
        first, head = lines.readline(), {}
        for line in iter(lines.readline, b"\r\n"):
            name, value = line.decode().split(":", 1)
            head[name.lower()] = value.strip()
        message = lines.read(int(head["content-length"]))
        self.seen.append((first, head, message))
        score = 15.5 if b"buy now" in message else -1.2
        report = b"Content analysis\r\n two lines\r\n"
        return (f"SPAMD/1.1 0 EX_OK\r\nContent-length: {len(report)}\r\nSpam: {score > 5} ; {score} / 5.0\r\n\r\n").encode() + report


ACLS = r"""
check_connect:
  warn set acl_c_seen = from $sender_host_address
  accept

check_mail:
  defer ratelimit = 3 / 1h / strict / mail$sender_address
        condition = ${if eq{$sender_address_local_part}{often}}
        message = 450 4.7.1 too often: $sender_rate > $sender_rate_limit per $sender_rate_period
  accept

check_recipient:
  deny  local_parts = listed
        dnslists = black.example=127.0.0.2 : names.example/$sender_address_domain
        message = in $dnslist_domain: $dnslist_text ($dnslist_value)
        log_message = listed by $dnslist_domain
  deny  local_parts = keyed
        dnslists = names.example/$sender_address_domain
        message = $dnslist_matched is in $dnslist_domain
  deny  local_parts = variable
        message = $acl_c_seen
  drop  local_parts = dropped
        message = 554 5.7.1 gone
  defer local_parts = grey
        !seen = -1h / key=$sender_address/$local_part
        message = come again
  warn  local_parts = header
        add_header = :at_start:X-First: 1
        add_header = X-Last: $local_part
        remove_header = X-Unwanted
  warn  local_parts = fake
        control = fakereject/550 not really
  warn  local_parts = held
        control = freeze
  accept
"""


def change(names_port, key_directory, spamd_port):
    def with_policy(text):
        begin = text.index("begin acl\n")
        routers = text.index("begin routers\n")
        text = text[:begin] + "begin acl\n" + ACLS + "\n" + text[routers:]
        text = f"dns_servers = <, 127.0.0.1:{names_port}\nacl_smtp_connect = check_connect\nacl_smtp_mail = check_mail\n" + text
        text = text.replace("  domains = +local_domains\n  local_parts = dsearch,filter=subdir;INSTANCE/mail\n",
                            "  domains = +local_domains\n  address_data = alice\n")
        text = text.replace("directory = INSTANCE/mail/$local_part_data", "directory = INSTANCE/mail/alice")
        return text.replace("  driver = smtp\n", f"""  driver = smtp
  dkim_domain = ${{lc:${{domain:$h_from:}}}}
  dkim_selector = one : two
  dkim_private_key = ${{lookup{{${{lc:${{domain:$h_from:}}}}-$dkim_selector.key}}dsearch,ret=full{{{key_directory}}}{{$value}}{{0}}}}
  dkim_strict = yes
""", 1)
    return with_policy


def recipient(suite, name, sender="a@b.example"):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        code, text = talk.say(f"MAIL FROM:<{sender}>")
        return talk.say(f"RCPT TO:<{name}@{DOMAIN}>") if code == 250 else (code, text)


def lists(suite):
    code, text = recipient(suite, "listed")
    check((code, text) == (550, "550 in black.example: because of tests (127.0.0.2)"), "a DNS list refuses its client", text)
    check(suite.wait_log(r"rejected RCPT <listed@.*>: listed by black\.example"), "and log_message is what the log says")
    code, text = recipient(suite, "keyed", "a@evil.example")
    check((code, text) == (550, "550 evil.example is in names.example"), "a keyed list looks the key up", text)
    check(recipient(suite, "keyed", "a@good.example")[0] == 250, "and lets other keys pass")
    check(recipient(suite, "variable")[1] == "550 from 127.0.0.1", "acl_c_ variables last for the connection")


def counts(suite):
    codes = [recipient(suite, "alice", "often@b.example")[0] for _ in range(4)]
    check(codes[:2] == [250, 250] and codes[3] == 450, "ratelimit lets so many pass and no more", codes)
    _, text = recipient(suite, "alice", "often@b.example")
    check(re.match(r"450 too often: \d\.\d > 3 per 1h", text), "with a code of its own and its variables", text)
    check(recipient(suite, "grey")[0] == 451, "seen: what was not met before waits")
    suite.stop()
    suite.start()
    code, text = recipient(suite, "alice", "often@b.example")
    check(code == 450, "counts survive a restart", text)


def controls(suite):
    message = b"Subject: control\r\nX-Unwanted: y\r\n\r\nx\r\n"
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        code, text = talk.send("a@b.example", ["fake@" + DOMAIN], message)
        check((code, text) == (550, "550 not really"), "fakereject says no", text)
        code, text = talk.send("a@b.example", ["header@" + DOMAIN], message.replace(b"control", b"headers"))
        check(code == 250, "add_header is accepted", text)
        code, text = talk.send("a@b.example", ["held@" + DOMAIN], message)
        check(code == 250, "a message is held", text)
        code, text = talk.send("a@b.example", ["dropped@" + DOMAIN], message)
        check(code == 554, "drop has a code of its own", text)
        check(not talk.lines.read(1), "and ends the session")
    check(suite.wait_mail(b"Subject: control"), "and what was refused for show is delivered")
    kept = suite.wait_mail(b"Subject: headers")
    check(kept and re.search(rb"^X-First: 1\n.*^X-Last: header\n", kept, re.M | re.S) and b"X-Unwanted" not in kept,
          "headers are added and removed", kept)
    check(suite.wait_log(r"rozen"), "the held one is frozen", suite.log()[-500:])


def scanners(suite, virus, spam):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")

        def send(text, size=0):
            body = f"Subject: {text}\r\n\r\n{text}\r\n".encode() + b"0123456789abcdef\r\n" * (size // 18)
            return talk.send("a@b.example", ["alice@" + DOMAIN], body)
        check(send("harmless")[0] == 250, "a harmless message passes the scanners", suite.log()[-800:])
        kept = suite.wait_mail(b"Subject: harmless")
        check(kept and b"X-Spam: -1.2 -12 - no action\n" in kept, "with the variables of the spam scanner", kept)
        check(kept and b"X-Report: Content analysis\n two lines" in kept, "and its report", kept)
        check(send("EICAR")[1] == "550 virus Eicar-Test", "a virus is refused by its name")
        check(send("buy now")[1] == "550 spam: 15.5", "spam is refused with its score")
        code, text = send("large and clean", 900000)
        check(code == 250 and len(virus.seen[-1]) > 900000 and virus.seen[-1].count(b"0123456789abcdef\r\n") == 50000,
              "a large message reaches the scanner whole", text)
        check(len(spam.seen[-1][2]) == len(virus.seen[-1]) and spam.seen[-1][1]["user"] == "nobody", "and so does it the other one")
        check(spam.seen[0][0] == b"REPORT SPAMC/1.2\r\n" and b"Received: from" in spam.seen[0][2], "with the headers that it gets here")
        virus.down = True
        code, text = send("no scanner")
        check(code == 451, "without its scanner a message is deferred", text)
        check(suite.wait_log("malware acl condition: "), "and the log says why", suite.log()[-500:])
        virus.down = False


def signatures(suite, sink, names):
    message = (b"From: Joe <joe@signed.example>\r\nTo: far@remote.example\r\nSubject:   signed  \r\n\r\n"
               b"one  two \r\n\r\n..dots\r\n\r\n\r\n")
    suite.sendmail("-f", "joe@signed.example", "far@remote.example", data=message.replace(b"\r\n", b"\n"))
    large = b"From: joe@signed.example\nSubject: large\n\n" + b"0123456789 abcdef\n" * 30000
    suite.sendmail("-f", "joe@signed.example", "far@remote.example", data=large)
    suite.sendmail("-f", "joe@plain.example", "far@remote.example", data=b"From: joe@plain.example\nSubject: unsigned\n\nx\n")
    try:
        import dkim
    except ImportError:
        print("SKIPPED: no dkim module (python3-dkim) to verify the signatures with")
        return

    def look_up(name, timeout=5):
        values = names.zone.get((name.decode().rstrip(".").lower(), "TXT"))
        return "".join(values).encode() if values else None
    for subject in (b"signed", b"large"):
        entry = wait_for(lambda: sink.find(b"Subject:   " + subject) or sink.find(b"Subject: " + subject))
        if not check(entry, f"the {subject.decode()} message arrives", suite.log()[-800:]):
            continue
        found = entry[2].count(b"DKIM-Signature:")
        check(found == 2, "with a signature for each selector", found)
        for index in range(found):
            good = dkim.DKIM(entry[2]).verify(index, dnsfunc=look_up)
            check(good, f"signature {index} of the {subject.decode()} message verifies with dkimpy", entry[2][:900])
        changed = entry[2].replace(b"joe@signed", b"jim@signed", 1)
        check(not dkim.DKIM(changed).verify(0, dnsfunc=look_up), "and does not after a change")
    entry = wait_for(lambda: sink.find(b"Subject: unsigned"))
    check(entry and b"DKIM-Signature" not in entry[2], "a domain without a key is not signed")


def make_keys(directory, zone):
    os.makedirs(directory)
    for selector, kind, words in (("one", "rsa", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
                                  ("two", "ed25519", ["-algorithm", "ED25519"])):
        path = f"{directory}/signed.example-{selector}.key"
        subprocess.run(["openssl", "genpkey", *words, "-out", path], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        import base64
        public = base64.b64encode(der if kind == "rsa" else der[-32:]).decode()
        text = f"v=DKIM1; k={kind}; p={public}"
        zone[(f"{selector}._domainkey.signed.example", "TXT")] = [text[i:i + 200] for i in range(0, len(text), 200)]
        os.chmod(path, 0o644)


def main():
    options = arguments("policy").parse_args()
    zone = {("1.0.0.127.black.example", "A"): ["127.0.0.2"], ("1.0.0.127.black.example", "TXT"): ["because of tests"],
            ("evil.example.names.example", "A"): ["127.0.0.9"]}
    names = Names(zone)
    sink = Sink().start()
    keys = f"/var/tmp/gatepost-keys-{os.getpid()}"
    make_keys(keys, zone)
    try:
        spam = Scanner()
        with Suite(options.build, ("alice",), sink.port, change=change(names.port, keys, spam.port), keep=options.keep) as suite:
            virus = Scanner(suite.path("clamd"))
            for step in (lists, lambda s: signatures(s, sink, names), counts):
                step(suite)
            panic = suite.log("paniclog")
            check(not panic, "the panic log is empty", panic[-2000:])
    finally:
        for name in os.listdir(keys):
            os.unlink(os.path.join(keys, name))
        os.rmdir(keys)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
