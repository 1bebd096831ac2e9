#!/usr/bin/env python3
"""Policy with the real daemons: counts, DNS lists, controls, DKIM signatures that others verify.

policy.py [--build DIR] [--keep]
"""
import base64
import email.utils
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

from played import Listening, Names, address, strings
from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check


# Not in one piece here, or a scanner would take this file for what it looks for.
EICAR = r"X5O!P%@AP[4\PZX54(P^)7CC)7}" + "$EICAR-STANDARD-ANTIVIRUS-" + "TEST-FILE!$H+H*"
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"


class Scripted(Listening):
    """A scanner by script: a Unix socket or a port, what it was told, and what it answers."""

    def __init__(self, answer, path=None):
        self.answer = answer
        self.seen = []
        super().__init__(path)

    def serve(self, client):
        with client.makefile("rb") as lines:
            answer = self.answer(self, lines)
            if answer is None: # says nothing until the other end has had enough
                client.recv(1)
            else:
                client.sendall(answer)


def clamd_words(scanner, lines):
    """INSTREAM of clamd: chunks with their lengths, the last of length 0."""
    first = lines.read(10)
    if first.startswith(b"SCAN "): # as one that may not read the message
        return b"/x.eml: lstat() failed: Permission denied. ERROR\n"
    if first != b"zINSTREAM\0":
        return b"UNKNOWN COMMAND\0"
    message = b""
    while size := struct.unpack("!I", lines.read(4))[0]:
        message += lines.read(size)
    scanner.seen.append(message)
    if b"silence" in message:
        return None
    return b"stream: Eicar-Test FOUND\0" if EICAR.encode() in message else b"stream: OK\0"


def read_request(lines):
    first, head = lines.readline(), []
    for line in iter(lines.readline, b"\r\n"):
        head.append(line.decode().rstrip("\r\n"))
    size = next(int(line.split()[1]) for line in head if line.startswith("Content-length:"))
    return first, head, lines.read(size)


def rspamd_words(scanner, lines):
    """What rspamd 3.4 answers to CHECK of RSPAMC/1.3."""
    scanner.seen.append(read_request(lines))
    bad = b"buy now" in scanner.seen[-1][2]
    return (b"RSPAMD/1.3 0 EX_OK\r\nMetric: default; False; %s / 15.00 / 0.0\r\nAction: %s\r\nSymbol: TEST(1.00)\r\n"
            b"Message-ID: undef\r\n\r\n" % ((b"20.05", b"reject") if bad else (b"-1.50", b"no action")))


class Program:
    """A scanner of Debian, started for this test with a configuration of its own."""

    def __init__(self, command, is_up, directory):
        self.output = open(os.path.join(directory, os.path.basename(command[0]) + ".out"), "wb")
        self.process = subprocess.Popen(command, stdout=self.output, stderr=self.output, stdin=subprocess.DEVNULL)
        self.is_up = is_up

    def wait(self):
        return wait_for(lambda: self.process.poll() is not None or self.is_up(), 60) and self.process.poll() is None

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.output.close()


def start_clamd(directory):
    """clamd with one signature; None where it is not installed."""
    if not shutil.which("clamd"):
        return None
    os.makedirs(os.path.join(directory, "signatures"))
    with open(os.path.join(directory, "signatures/test.ndb"), "w", encoding="ascii") as file:
        file.write("Gatepost.Eicar:0:*:" + EICAR.encode().hex() + "\n")
    path = os.path.join(directory, "clamd.sock")
    with open(os.path.join(directory, "clamd.conf"), "w", encoding="ascii") as file:
        file.write(f"LocalSocket {path}\nLocalSocketMode 666\nDatabaseDirectory {directory}/signatures\nForeground yes\n"
                   "SelfCheck 0\nMaxThreads 2\n")
    return Program(["clamd", "-c", os.path.join(directory, "clamd.conf")], lambda: os.path.exists(path), directory)


def start_spamd(directory, port):
    """spamd with its own rules and no question to the network; None where it is not installed."""
    if not shutil.which("spamd"):
        return None

    def is_up():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    words = ["-L", "-x", "-i", f"127.0.0.1:{port}", "--min-children=1", "--max-children=1", "-s", "null"]
    if os.getuid() == 0:
        words += ["-u", "nobody"]
    return Program(["spamd", *words], is_up, directory)


ACLS = r"""
check_data:
  deny  condition = ${if match{$h_subject:}{policed}}
        !spf = invalid
        dmarc_status = reject
        message = $dmarc_used_domain says $dmarc_domain_policy: $dmarc_status_text
  accept condition = ${if match{$h_subject:}{policed}}
        add_header = :at_start:${authresults{here.example}}
        add_header = X-DMARC: $dmarc_status $dmarc_used_domain $dmarc_domain_policy $dmarc_alignment_spf $dmarc_alignment_dkim
  accept condition = ${if match{$h_subject:}{claim}}
        add_header = :at_start:$spf_received
        add_header = :at_start:${authresults{here.example}}
  deny  condition = ${if match{$h_subject:}{rspamd}}
        set acl_m_spamd = 127.0.0.1 RSPAMD variant=rspamd
        spam = joe
        message = $spam_score $spam_score_int $spam_bar $spam_action at $callout_address: ${sg{$spam_report}{\n}{~}}
  deny  condition = ${if match{$h_subject:}{scripted}}
        set acl_m_clamd = clamd:127.0.0.1 1 : 127.0.0.1 CLAMD
        malware = Eicar / tmo=2s
        message = virus $malware_name at $callout_address
  warn  condition = ${if match{$h_subject:}{nobody there}}
        set acl_m_clamd = clamd:127.0.0.1 1
        malware = * / defer_ok
        add_header = X-Impossible: y
  defer condition = ${if match{$h_subject:}{no scanner}}
        set acl_m_clamd = clamd:INSTANCE/nowhere
        malware = *
  accept condition = ${if match{$h_subject:}{rspamd|scripted|nobody there}}
        add_header = X-Spam: $spam_score $av_failed
  deny  set acl_m_clamd = clamd:INSTANCE/clamd.sock
        malware = *
        message = virus $malware_name
  warn  set acl_m_spamd = 127.0.0.1 1 pri=2 : 127.0.0.1 SPAMD tmo=1m
        spam = nobody:true
        add_header = X-Spam: $spam_bar $spam_action
        add_header = X-Report: $spam_report
  deny  spam = nobody
        message = spam: $spam_score $spam_action
  accept

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
  deny  local_parts = claimed
        spf = fail
        message = $spf_smtp_comment ($spf_result)
  warn  local_parts = claimed
        spf_guess = pass
        add_header = X-Guess: $spf_result_guessed
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
  warn  local_parts = unpoliced
        control = dmarc_disable_verify
  warn  local_parts = slow
        control = fakedefer/later
  warn  local_parts = held
        control = freeze
  warn  local_parts = untold
        control = freeze/no_tell
  warn  local_parts = traced
        control = debug/tag=.$local_part/opts=+all
  warn  local_parts = kept
        control = debug/tag=.kept/opts=-all+acl/pretrigger=300
  warn  local_parts = shown
        control = debug/trigger=now
  warn  local_parts = untraced
        control = debug/stop
  warn  local_parts = forgotten
        control = debug/tag=.forgotten
        control = debug/kill
  accept
"""


def change(names_port, key_directory, ports):
    acls = ACLS
    for word, port in ports.items():
        acls = acls.replace(word, str(port))

    def with_policy(text):
        begin = text.index("begin acl\n")
        routers = text.index("begin routers\n")
        text = text[:begin] + "begin acl\n" + acls + "\n" + text[routers:]
        text = f"dmarc_tld_file = {key_directory}/suffixes\nlog_selector = +dmarc_verbose\n" + text
        text = "acl_smtp_etrn = accept\nfreeze_tell = alice\ndebug_log_files_max = 4\nacl_smtp_data = check_data\nscanner_failures_max = 0\nspamd_address = $acl_m_spamd\nav_scanner = $acl_m_clamd\n" + text
        text = f"dns_servers = <, 127.0.0.1:{names_port}\nacl_smtp_connect = check_connect\nacl_smtp_mail = check_mail\n" + text
        text = text.replace("  domains = +local_domains\n  local_parts = dsearch,filter=subdir;INSTANCE/mail\n",
                            "  domains = +local_domains\n  address_data = alice\n")
        text = text.replace("directory = INSTANCE/mail/$local_part_data", "directory = INSTANCE/mail/alice")
        text = text.replace("  driver = appendfile\n", """  driver = appendfile
  headers_add = ${if def:spam_score {X-Delivered-Score: $spam_score $spam_score_int $spam_bar}}
""", 1)
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


def sender_policy(suite):
    code, text = recipient(suite, "claimed", "a@fail.example")
    check((code, text) == (550, "550 127.0.0.1 is not ours (fail)"), "spf refuses in the domain's own words", text)
    check(recipient(suite, "claimed", "a@broken.example")[0] == 250, "and lets pass what it was not asked for")
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        code, text = talk.send("a@pass.example", ["claimed@" + DOMAIN], b"Subject: claim\r\n\r\nx\r\n")
        check(code == 250, "who may send for a domain passes", text)
        code, text = talk.send("a@unclaimed.example", ["claimed@" + DOMAIN], b"Subject: guessed claim\r\n\r\nx\r\n")
        check(code == 250, "and so does who is guessed to", text)
    kept = suite.wait_mail(b"Subject: claim")
    check(kept and re.search(rb"^Received-SPF: pass \(\S+: domain of pass\.example designates 127\.0\.0\.1 as permitted sender\) "
                             rb"client-ip=127\.0\.0\.1; envelope-from=a@pass\.example; helo=client\.example;$", kept, re.M),
          "the result is known at the end of data", kept)
    check(kept and b"spf=pass smtp.mailfrom=pass.example" in kept, "and for Authentication-Results:", kept)
    kept = suite.wait_mail(b"Subject: guessed claim")
    check(kept and b"X-Guess: yes\n" in kept and b"Received-SPF: pass (" in kept, "a guess is called one", kept)


def policed(suite, sender, author, recipient="alice"):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        mark = f"policed {sender} {author} {recipient}".replace("@", " at ")
        answer = talk.send(sender, [f"{recipient}@{DOMAIN}"], f"From: {author}\r\nSubject: {mark}\r\n\r\nx\r\n".encode())
        kept = suite.wait_mail(mark.encode()) if answer[0] == 250 else None
        return answer, re.findall(r"^X-DMARC: (.*)$", (kept or b"").decode(), re.M), kept


def author_policy(suite):
    answer, said, kept = policed(suite, "a@pass.example", "Joe <joe@pass.example>")
    check(said == ["accept pass.example reject yes no"], "DMARC accepts what SPF vouches for", (answer, said))
    check(b"dmarc=pass (p=reject) header.from=pass.example" in (kept or b""), "and says so in Authentication-Results:", kept)
    check(policed(suite, "a@pass.example", "joe@news.pass.example")[1] == ["accept pass.example reject yes no"],
          "a name of the same organisation is as good")
    answer, _, _ = policed(suite, "a@unclaimed.example", "joe@pass.example")
    check(answer == (550, "550 pass.example says reject: Reject"), "what nobody vouches for is refused", answer)
    check(policed(suite, "a@unclaimed.example", "joe@pass.example", "unpoliced")[0][0] == 250, "unless dmarc_disable_verify is said")
    said = policed(suite, "a@pass.example", "joe@unclaimed.example")[1]
    check(said == ["norecord unclaimed.example  no no"], "who has no record is told apart", said)
    refused = (550, "550 pass.example says reject: Reject")
    answer, _, _ = policed(suite, "a@unclaimed.example", "ann@unclaimed.example, joe@pass.example")
    check(answer == refused, "of two domains the stricter one counts", answer)
    answer, _, _ = policed(suite, "a@unclaimed.example", "joe@pass.example, <")
    check(answer == refused, "and what is no address beside one does not hide it", answer)
    check("DMARC results: spf_domain=unclaimed.example dmarc_domain=pass.example spf_align=no dkim_align=no enforcement='Reject'" in suite.log(),
          "+dmarc_verbose logs it")


def counts(suite):
    codes = [recipient(suite, "alice", "often@b.example")[0] for _ in range(4)]
    check(codes[:2] == [250, 250] and codes[3] == 450, "ratelimit lets so many pass and no more", codes)
    _, text = recipient(suite, "alice", "often@b.example")
    check(re.match(r"450 4\.7\.1 too often: \d\.\d > 3 per 1h", text), "with a code of its own and its variables", text)
    check(recipient(suite, "grey")[0] == 451, "seen: what was not met before waits")
    suite.stop()
    suite.start()
    code, text = recipient(suite, "alice", "often@b.example")
    check(code == 450, "counts survive a restart", text)


def queue_runs_of_clients(suite):
    with Talk(suite.port) as talk:
        check("250-ETRN" in talk.say("EHLO client.example")[1], "ETRN is offered where an ACL allows it")
        check(talk.say("ETRN waiting.example")[0] == 501, "without # it names nothing that this suite knows")
        check(talk.say("ETRN #waiting.example")[0] == 250, "a client has the queue run for it")
    check(suite.wait_log(r"ETRN #waiting\.example received from \(client\.example\) \[127\.0\.0\.1\]"), "the log tells who asked", suite.log()[-500:])
    check(suite.wait_log(r"Start queue run: pid=\d+ -R waiting\.example"), "and that it ran", suite.log()[-500:])


def controls(suite):
    message = b"Subject: control\r\nX-Unwanted: y\r\n\r\nx\r\n"
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        code, text = talk.send("a@b.example", ["fake@" + DOMAIN], message)
        check((code, text) == (550, "550 not really"), "fakereject says no, with one code", text)
        code, text = talk.send("a@b.example", ["slow@" + DOMAIN], message)
        check((code, text) == (450, "450 later"), "fakedefer says not now, and the session goes on", text)
        code, text = talk.send("a@b.example", ["header@" + DOMAIN], message.replace(b"control", b"headers"))
        check(code == 250, "add_header is accepted", text)
        code, text = talk.send("a@b.example", ["held@" + DOMAIN], message)
        check(code == 250, "a message is held", text)
        talk.say("MAIL FROM:<a@b.example>")
        code, text = talk.say(f"RCPT TO:<dropped@{DOMAIN}>")
        check(code == 554, "drop has a code of its own", text)
        check(not talk.lines.read(1), "and ends the session")
    check(suite.wait_mail(b"Subject: control"), "and what was refused for show is delivered")
    kept = suite.wait_mail(b"Subject: headers")
    check(kept and re.search(rb"^X-First: 1\n.*^X-Last: header\n", kept, re.M | re.S) and b"X-Unwanted" not in kept,
          "headers are added and removed", kept)
    check(suite.wait_log(r"^\S+ \S+ \S+ frozen by ACL$"), "the held one is frozen", suite.log()[-500:])
    check(suite.wait_log(r" \(= a@b\.example ") and "not really" not in suite.log(), "and the log tells what was refused for show",
          suite.log()[-500:])


def frozen_mail(suite):
    """freeze_tell, of a message that an ACL freezes, and not with /no_tell."""
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        for name in ("untold", "held"):
            check(talk.send(name + "@b.example", [name + "@" + DOMAIN], b"Subject: x\r\n\r\nx\r\n")[0] == 250, f"a message to {name} is taken")
    told = suite.wait_mail(b"The sender is <held@b.example>.")
    check(told and b"Subject: Message frozen on arrival\n" in told and b" was frozen on arrival by ACL.\n" in told,
          "who is named in freeze_tell hears of it", told)
    check(not any(b"<untold@b.example>" in mail for mail in suite.mailbox()), "and with /no_tell nobody")


def debug_logs(suite):
    """control = debug: files of their own, for this session alone."""
    def rcpt(talk, *names):
        for name in names:
            check(talk.say(f"RCPT TO:<{name}@{DOMAIN}>")[0] == 250, f"RCPT {name}")

    with Talk(suite.port) as talk, Talk(suite.port) as other:
        for one in (talk, other):
            one.say("EHLO client.example")
            one.say("MAIL FROM:<a@b.example>")
        rcpt(talk, "before", "traced", "behind")
        rcpt(other, "stranger")
        rcpt(talk, "untraced", "after")
        check(wait_for(lambda: "untraced" in suite.log("debuglog.traced")), "control = debug writes a log", suite.log("debuglog.traced"))
        rcpt(talk, "kept", *(f"n{i}" for i in range(9)))
        rcpt(other, "kept", "secret")
        check(suite.log("debuglog.kept") == "", "what waits for a trigger is not written", suite.log("debuglog.kept"))
        rcpt(talk, "shown", "then")
        check(wait_for(lambda: suite.log("debuglog.kept").count("decided at") > 1), "and what triggers it shows it")
        rcpt(other, "forgotten")
    traced, kept = suite.log("debuglog.traced"), suite.log("debuglog.kept")
    check(re.search(r"^\S+ \S+ SMTP<< RCPT TO:<behind@.*\n(.*\n)*.* check local_parts: no\n", traced, re.M), "it has what the session made router think", traced)
    check("expanding: " in traced and "before@" not in traced, "from the control on, with what opts names", traced)
    check("after@" not in traced and "stranger" not in traced, "until it is stopped, and nothing of other sessions", traced)
    check("check local_parts" in kept and "RCPT TO:<n1@" not in kept, "of what was kept the newest is there", kept)
    check("secret@" not in kept, "and nothing of another session with the same tag", kept)
    check(not os.path.exists(suite.path("spool/log/debuglog.forgotten")), "kill removes the file")


def scanners(suite, clamd, spamd, scripted, rspamd):
    """The real clamd and spamd, and scripts for what those cannot be made to do."""
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")

        def send(subject, text="hi", size=0):
            body = (f"From: a@b.example\r\nTo: alice@{DOMAIN}\r\nDate: {email.utils.formatdate()}\r\n"
                    f"Message-ID: <{abs(hash(subject))}@b.example>\r\nSubject: {subject}\r\n\r\n{text}\r\n").encode()
            return talk.send("a@b.example", ["alice@" + DOMAIN], body + b"0123456789abcdef\r\n" * (size // 18))
        if check(clamd and clamd.wait(), "clamd is installed and starts") and check(spamd and spamd.wait(), "so does spamd"):
            code, text = send("harmless")
            check(code == 250, "a harmless message passes both", text + suite.log()[-800:])
            kept = suite.wait_mail(b"Subject: harmless")
            check(kept and re.search(rb"^X-Spam: \S+ no action\n", kept, re.M), "with the variables of the spam scanner", kept)
            check(kept and b"Content analysis details:" in kept, "and its report", kept)
            check(send("virus", EICAR)[1] == "550 virus Gatepost.Eicar.UNOFFICIAL", "a virus is refused by its name")
            code, text = send("unwanted", GTUBE)
            check(re.match(r"550 spam: (999|1\d\d\d)\.\d reject$", text), "spam is refused with its score", text)
            code, text = send("large and clean", "x", 900000)
            check(code == 250, "a large message passes", text + suite.log()[-800:])
            code, text = send("large and ill", "x\r\n" * 200000 + EICAR)
            check(text == "550 virus Gatepost.Eicar.UNOFFICIAL", "and what is at the end of one is found", text)
        check(send("scripted", EICAR)[1] == f"550 virus Eicar-Test at [127.0.0.1]:{scripted.port}",
              "when a server does not answer the next one is asked")
        check(re.match(rb"From MAILER-DAEMON \w{3} \w{3} \d\d [\d:]{8} \d{4}\nX-Envelope-From: <a@b.example>\nX-Envelope-To: alice@" +
                       DOMAIN.encode() + b"\nReceived: from", scripted.seen[-1]),
              "a scanner reads the envelope first", scripted.seen[-1][:200])
        code, text = send("scripted and silent", "silence")
        check(code == 451, "a scanner that says nothing ends with the time", text)
        check(suite.wait_log(r"malware acl condition: clamd \[127\.0\.0\.1\]:\d+ : unable to read from socket \(Connection timed out\)"), "and the log says so",
              suite.log()[-500:])
        code, text = send("nobody there")
        check(code == 250, "defer_ok passes without a scanner", text)
        kept = suite.wait_mail(b"Subject: nobody there")
        check(kept and b"X-Spam:  1\n" in kept and b"X-Impossible" not in kept, "$av_failed tells", kept)
        check(suite.wait_log(r"malware acl condition: clamd \[127\.0\.0\.1\]:1 : failed to connect to any address for 127\.0\.0\.1: "
                             r"Connection refused\n.*malware acl condition: clamd  : all servers failed"), "in Exim's words",
              suite.log()[-500:])
        check(send("no scanner")[0] == 451, "without defer_ok the message has to wait")
        check(suite.wait_log(r"clamd /\S+/nowhere : unable to connect to UNIX socket \(/\S+/nowhere\): No such file"), "for a reason",
              suite.log()[-500:])
        code, text = send("rspamd", "buy now")
        check(code == 550 and " ".join(line[4:] for line in text.splitlines()) ==
              f"20.1 200 ++++++++++++++++++++ reject at [127.0.0.1]:{rspamd.port}: Action: reject~ Symbol: TEST(1.00)~ Message-ID: undef",
              "rspamd has its say", text)
        first, head, _ = rspamd.seen[-1]
        check(first == b"CHECK RSPAMC/1.3\r\n" and head[2:] == ["From: <a@b.example>", "Recipient-Number: 1", f"Rcpt: <alice@{DOMAIN}>",
                                                               "Helo: client.example", "IP: 127.0.0.1"], "and hears of the envelope", head)
        check(send("rspamd and harmless")[0] == 250, "and lets others pass")
        kept = suite.wait_mail(b"Subject: rspamd and harmless")
        check(kept and b"X-Spam: -1.5 0\n" in kept and b"X-Delivered-Score: -1.5 -14 -\n" in kept,
              "the score is known when the message is delivered", kept)


def derived_walls(build, directory, rspamd):
    """What the options name is what router may reach: a Unix socket and a port, both written out."""
    clamd = Scripted(clamd_words, os.path.join(directory, "scripted.sock"))
    options = (f"av_scanner = clamd:{directory}/scripted.sock\nspamd_address = 127.0.0.1 {rspamd.port} variant=rspamd\n"
               "acl_smtp_data = check_data\n")
    acl = "begin acl\ncheck_data:\n  deny malware = *\n  warn spam = joe:true\n       add_header = X-Spam: $spam_action\n  accept\n"
    with Suite(build, ("alice",), change=lambda text: options + text.replace("begin acl\n", acl, 1)) as suite, Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        code, text = talk.send("a@b.example", ["alice@" + DOMAIN], b"Subject: literal\r\n\r\nx\r\n")
        check(code == 250 and len(clamd.seen) == 1, "scanners that are named in plain words are reached", text + suite.log()[-500:])
        check(suite.wait_mail(b"X-Spam: no action\n"), "both of them")


VERIFIER = r"""
import dkim, json, sys
zone, index = json.loads(sys.argv[1]), int(sys.argv[2])
def look_up(name, timeout=5):
    values = zone.get(name.decode().rstrip(".").lower())
    return "".join(values).encode() if values else None
print("good" if dkim.DKIM(sys.stdin.buffer.read()).verify(index, dnsfunc=look_up) else "bad")
"""


def verifies(message, index, zone):
    """What python3-dkim says, in Debian's interpreter: the one in PATH may have no such module."""
    keys = {name: values for (name, kind), values in zone.items() if kind == "TXT"}
    run = subprocess.run(["/usr/bin/python3", "-c", VERIFIER, json.dumps(keys), str(index)], input=message, capture_output=True)
    return run.stdout == b"good\n", "" if run.stdout in (b"good\n", b"bad\n") else run.stderr.decode()


def signatures(suite, sink, zone):
    message = (b"From: Joe <joe@signed.example>\r\nTo: far@remote.example\r\nSubject:   signed  \r\n\r\n"
               b"one  two \r\n\r\n..dots\r\n\r\n\r\n")
    suite.sendmail("-f", "joe@signed.example", "far@remote.example", data=message.replace(b"\r\n", b"\n"))
    large = b"From: joe@signed.example\nSubject: large\n\n" + b"0123456789 abcdef\n" * 30000
    suite.sendmail("-f", "joe@signed.example", "far@remote.example", data=large)
    suite.sendmail("-f", "joe@plain.example", "far@remote.example", data=b"From: joe@plain.example\nSubject: unsigned\n\nx\n")
    for subject in (b"signed", b"large"):
        entry = wait_for(lambda: sink.find(b"Subject:   " + subject) or sink.find(b"Subject: " + subject))
        if not check(entry, f"the {subject.decode()} message arrives", suite.log()[-800:]):
            continue
        found = entry[2].count(b"DKIM-Signature:")
        check(found == 2, "with a signature for each selector", found)
        for index in range(found):
            good, why = verifies(entry[2], index, zone)
            check(good, f"signature {index} of the {subject.decode()} message verifies with dkimpy", why)
        changed = re.sub(rb"^Subject:", b"Subject: un", entry[2], count=1, flags=re.M)
        check(verifies(changed, 0, zone) == (False, ""), "and does not after a change")
    entry = wait_for(lambda: sink.find(b"Subject: unsigned"))
    check(entry and b"DKIM-Signature" not in entry[2], "a domain without a key is not signed")


def make_keys(directory, zone):
    os.makedirs(directory)
    for selector, kind, words in (("one", "rsa", ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]),
                                  ("two", "ed25519", ["-algorithm", "ED25519"])):
        path = f"{directory}/signed.example-{selector}.key"
        subprocess.run(["openssl", "genpkey", *words, "-out", path], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        public = base64.b64encode(der if kind == "rsa" else der[-32:]).decode()
        text = f"v=DKIM1; k={kind}; p={public}"
        zone[(f"{selector}._domainkey.signed.example", "TXT")] = [text[i:i + 200] for i in range(0, len(text), 200)]
        os.chmod(path, 0o644)


def main():
    options = arguments("policy").parse_args()
    zone = {("1.0.0.127.black.example", "A"): ["127.0.0.2"], ("1.0.0.127.black.example", "TXT"): ["because of tests"],
            ("evil.example.names.example", "A"): ["127.0.0.9"], ("unclaimed.example", "A"): ["127.0.0.1"],
            ("pass.example", "TXT"): ["v=spf1 a:hosts.pass.example -all"], ("hosts.pass.example", "A"): ["127.0.0.1"],
            ("fail.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all exp=why.fail.example"],
            ("_dmarc.pass.example", "TXT"): ["v=DMARC1; p=reject"], ("why.fail.example", "TXT"): ["%{i} is not ours"], ("broken.example", "TXT"): ["v=spf1 nonsense -all"]}
    names = Names({(name, kind): ([address(value) if kind == "A" else strings(value) for value in values], False)
                   for (name, kind), values in zone.items()})
    sink = Sink().start()
    keys = f"/var/tmp/gatepost-keys-{os.getpid()}"
    make_keys(keys, zone)
    scripted, rspamd = Scripted(clamd_words), Scripted(rspamd_words)
    ports = {"RSPAMD": rspamd.port, "CLAMD": scripted.port, "SPAMD": free_port()}
    programs = tempfile.mkdtemp(prefix="gatepost-scanners-")
    clamd = spamd = None
    try:
        os.chmod(programs, 0o755)
        with open(keys + "/suffixes", "w", encoding="utf-8") as file:
            file.write("// public suffixes\nexample\n")
        clamd, spamd = start_clamd(programs), start_spamd(programs, ports["SPAMD"])

        def with_scanners(text):
            return change(names.port, keys, ports)(text).replace("INSTANCE/clamd.sock", programs + "/clamd.sock")
        with Suite(options.build, ("alice",), sink.port, change=with_scanners, keep=options.keep) as suite:
            for step in (lists, sender_policy, author_policy, queue_runs_of_clients, lambda s: scanners(s, clamd, spamd, scripted, rspamd), controls, frozen_mail, debug_logs, lambda s: signatures(s, sink, zone),
                         counts):
                step(suite)
            panic = re.sub(r"^.* malware acl condition: clamd .*\n", "", suite.log("paniclog"), flags=re.M)
            check(not panic, "the panic log has nothing but scanners that are down", panic[-2000:])
        derived_walls(options.build, programs, rspamd)
    finally:
        for program in (clamd, spamd):
            if program:
                program.stop()
        shutil.rmtree(keys)
        shutil.rmtree(programs)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
