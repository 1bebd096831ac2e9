#!/usr/bin/env python3
"""What an administrator tries first: mail in and out, bounces, aliases, the queue, reload and stop.

basics.py [--build DIR] [--keep]
"""
import email
import os
import signal
import socket
import sys
import time

from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

# What is said wrongly, and how the reply must begin.
BAD_COMMANDS = [
    (b"XYZZY", "50"), (b"", "50"), (b"MAIL", "50"), (b"MAIL FROM", "50"), (b"MAIL FROM:<a@b", "50"),
    (b"RCPT TO:<alice@gatepost.example>", "503"), (b"DATA", "50"), (b"MAIL FROM:<a@b.example> NONSENSE=1", "5"),
    (b"MAIL FROM:<a@b.example> SIZE=999999999999", "5"), (b"BDAT x", "50"), (b"EHLO", "50"), (b"NOOP", "250"),
    (b"VRFY", "501"), (b"VRFY alice@gatepost.example", "252"), (b"\xff\xfe\x00\x01", "50"), (b"x" * 1500, "50"), (b"HELP", "214"), (b"RSET", "250"),
]


def letter(subject, recipient="alice@" + DOMAIN, body=b"hello\n"):
    return b"Subject: %s\nTo: %s\n\n%s" % (subject.encode(), recipient.encode(), body)


def bounces(suite):
    sent = suite.sendmail("-f", "alice@" + DOMAIN, "nosuchuser@" + DOMAIN, data=letter("doomed"))
    check(sent.returncode == 0, "sendmail takes mail for a user who does not exist", sent)
    bounce = suite.wait_mail(b"Mail delivery failed")
    if not check(bounce, "and its sender gets a bounce", suite.log()):
        return
    report = email.message_from_bytes(bounce)
    check(report.get_content_type() == "multipart/report", "the bounce is a multipart/report", report.get_content_type())
    parts = [part.get_content_type() for part in report.get_payload()]
    check(parts == ["text/plain", "message/delivery-status", "message/rfc822"], "with the three parts of RFC 3464", parts)
    check(bounce.startswith(b"Return-path: <>\n"), "and a null sender", bounce[:60])
    blocks = report.get_payload()[1].get_payload()
    # Per-message fields, a blank line, then those of each recipient.
    check(len(blocks) >= 2 and blocks[1]["Final-Recipient"] == "rfc822;nosuchuser@" + DOMAIN
          and blocks[1]["Action"] == "failed" and (blocks[1]["Status"] or "").startswith("5."),
          "it names the recipient, that it failed and a status 5", [block.items() for block in blocks])
    check(b"Subject: doomed" in bounce, "and it returns the message")
    suite.sendmail("-f", "<>", "nosuchuser@" + DOMAIN, data=letter("doomed twice"))
    check(suite.wait_log(r"Frozen|rozen"), "a bounce that cannot be delivered is frozen, not bounced", suite.log())
    check(len([m for m in suite.mailbox() if b"Mail delivery failed" in m]) == 1, "and nobody hears of it")
    for name in suite.queue() or []:
        suite.sendmail("-Mrm", name)
    check(wait_for(lambda: suite.queue() == []), "sendmail -Mrm removes it", suite.queue())


def aliases(suite):
    with open(suite.path("aliases"), "a", encoding="utf-8") as file:
        file.write("team: alice, bob,\n  carol\nhole: :blackhole:\npiped: |/bin/cat\nnobody.here: :fail: moved away\n")
    suite.sendmail("-t", data=letter("to the team", "team@" + DOMAIN))
    for name in ("alice", "bob", "carol"):
        check(suite.wait_mail(b"to the team", name), f"an alias to several reaches {name}", suite.log()[-2000:])
    with Talk(suite.port) as talk:
        talk.say("EHLO test.example")
        code, text = talk.send("", ["nobody.here@" + DOMAIN], b"Subject: x\r\n\r\nx\r\n")
        check(code == 550, ":fail: refuses the recipient", text)
        code, text = talk.send("a@b.example", ["|/bin/cat@" + DOMAIN], b"Subject: x\r\n\r\nx\r\n")
        check(500 <= code < 600, "a command as local part is refused", text)
        code, text = talk.send("a@b.example", ["nosuchuser@" + DOMAIN], b"Subject: x\r\n\r\nx\r\n")
        check(code == 550, "a mailbox that does not exist is refused", text)
        code, text = talk.send("a@b.example", ["hole@" + DOMAIN], b"Subject: to the hole\r\n\r\nx\r\n")
        check(code == 250, ":blackhole: is accepted", text)
    check(wait_for(lambda: suite.queue() == []), "and discarded", suite.queue())
    suite.sendmail("-f", "bob@" + DOMAIN, "piped@" + DOMAIN, data=letter("into a pipe"))
    pattern = r"(==|\*\*) .*(\|/bin/cat|piped@).*pipe"
    check(suite.wait_log(pattern), "a command in an alias is refused where no pipe_transport is set", suite.log()[-2000:])
    for name in suite.queue() or []:
        suite.sendmail("-Mrm", name)


def logs(suite):
    found = suite.gatepost("log", "--sender", "alice@", "--recipient", "nosuchuser")
    check(found.returncode == 0 and b" ** nosuchuser@" in found.stdout and b" <= alice@" in found.stdout
          and b"Completed" in found.stdout, "gatepost log tells a message whole, by sender and recipient", found)
    check(suite.gatepost("log", "nothing.like.this").returncode == 1, "and says when nothing matches")
    check(suite.gatepost("log").returncode == 64, "and wants to know what to look for")


def queue(suite, sink):
    sink.stop()
    sent = suite.sendmail("bob@remote.example", data=letter("patience", "bob@remote.example"))
    check(sent.returncode == 0, "mail for a host that is down is taken", sent)
    check(suite.wait_log(r"== bob@remote\.example .*Connection refused"), "the log names why it waits", suite.log()[-2000:])
    listed = wait_for(suite.queue)
    check(listed and len(listed) == 1, "sendmail -bp lists it", suite.sendmail("-bp"))
    check(b"bob@remote.example" in suite.sendmail("-bp").stdout, "with its recipient")
    check(suite.sendmail("-bpc").stdout.strip() == b"1", "sendmail -bpc counts it", suite.sendmail("-bpc"))
    sink.start()
    check(suite.sendmail("-q").returncode == 0, "sendmail -q starts a queue run")
    run = suite.sendmail("-qff")
    check(run.returncode == 0, "sendmail -qff too", run)
    check(wait_for(lambda: sink.find(b"Subject: patience")), "and it is delivered when the host is back", suite.log()[-2000:])
    check(wait_for(lambda: suite.queue() == []), "the queue is empty then", suite.queue())


def bad_commands(suite):
    for command, expected in BAD_COMMANDS:
        # A connection for each: smtp_max_synprot_errors ends one that errs too often.
        with Talk(suite.port) as talk:
            try:
                talk.say("EHLO test.example")
                code, text = talk.say(command)
                check(str(code).startswith(expected), f"a reply to {command[:40]!r}", text)
                check(talk.say("NOOP")[0] == 250, "and the conversation goes on")
            except (OSError, ValueError) as error:
                check(False, f"a reply to {command[:40]!r}", error)
    with Talk(suite.port) as talk:
        replies = []
        try:
            while len(replies) < 20:
                replies.append(talk.say("XYZZY"))
        except ConnectionError:
            pass
        check(len(replies) < 20 and "oo many" in replies[-1][1], "too many errors end the conversation", replies[-1:])
    with Talk(suite.port) as talk:
        code, text = talk.send("a@b.example", ["alice@" + DOMAIN], b"Subject: no hello\r\n\r\nx\r\n")
        check(code in (250, 503), "MAIL without EHLO gets an answer", text)
    with Talk(suite.port) as talk:
        talk.say("EHLO test.example")
        talk.socket.sendall(b"MAIL FROM:<a@b.example>\r\nRCPT TO:<alice@gatepost.example>\r\nDATA\r\n")
        codes = [talk.reply()[0] for _ in range(3)]
        talk.socket.sendall(b"Subject: smuggle\r\n\r\nx\n.\nMAIL FROM:<evil@b.example>\r\n.\r\n")
        code, text = talk.reply()
        check(codes == [250, 250, 354] and code in (250, 550, 554, 500, 521), "a bare LF does not end a message", (codes, text))
    check(not suite.wait_log(r"<= evil@", 0.3), "and smuggles none in")
    with Talk(suite.port) as talk: # more headers than go to cleanup at once
        talk.say("EHLO test.example")
        code, text = talk.send("a@b.example", ["alice@" + DOMAIN], b"Subject: long\r\n" +
                               b"".join(b"X-%d: " % i + b"z" * 900 + b"\r\n" for i in range(1300)) + b"\r\nx\r\n")
        check((code, text) == (552, "552 Message header too big"), "headers without end are refused for good", text)
    check(suite.wait_log(r"^\S+ \S+ ridiculously long message header received from \(test\.example\) \[127\.0\.0\.1\] "
                         r"\(more than 1048576 characters\): message abandoned$"), "and logged as Exim does", suite.log()[-500:])


def reload(suite):
    with Talk(suite.port) as talk:
        talk.say("EHLO test.example")
        talk.say("MAIL FROM:<a@b.example>")
        with open(suite.config, encoding="utf-8") as file:
            text = file.read()
        text = "".join(line for line in text.splitlines(True) if not line.startswith("keep_environment"))
        suite.write_config("keep_environment = ^GATEPOST_K\nsmtp_banner = changed banner ${env{GATEPOST_KEPT}}${env{HOME}}\n"
                           "smtp_accept_max_per_host = ${if eq{$sender_host_address}{127.0.0.5}{1}{0}}\n" + text)
        suite.process.send_signal(signal.SIGHUP)
        seen = []
        wait_for(lambda: seen.append(greeting(suite)) or "changed banner" in seen[-1], 15)
        check("changed banner" in seen[-1], "SIGHUP puts a changed configuration to use", seen[-1])
        check(seen[-1].endswith("changed banner here"), "keep_environment keeps what it names, and nothing else", seen[-1])
        code, text = talk.say("RCPT TO:<alice@" + DOMAIN + ">")
        check(code == 250, "a connection from before goes on", text)
        talk.say("DATA")
        talk.socket.sendall(b"Subject: across the reload\r\n\r\nx\r\n.\r\n")
        code, text = talk.reply()
        check(code == 250, "and may send its message", text)
    check(suite.wait_mail(b"across the reload"), "which is delivered", suite.log()[-2000:])
    many = os.cpu_count() + 1 # each smtpd has its share, which is one at least
    for source, is_limited in (("127.0.0.5", True), ("127.0.0.6", False)):
        clients = [socket.create_connection(("127.0.0.1", suite.port), 30, (source, 0)) for _ in range(many)]
        said = [client.recv(1000) for client in clients]
        refused = [text for text in said if text.startswith(b"421 Too many concurrent SMTP connections from this IP address")]
        check(bool(refused) == is_limited, f"an expanded limit of connections is for each host: {source}", said)
        for client in clients:
            client.close()


def greeting(suite):
    try:
        with Talk(suite.port) as talk:
            return talk.greeting[1]
    except OSError as error:
        return str(error)


def downtime(suite):
    took = suite.stop()
    check(took is not None and took < 10, f"SIGTERM stops the suite ({took:.2f} s)" if took is not None else "SIGTERM stops the suite")
    check(suite.status == 0, "with status 0", suite.status)
    sent = suite.sendmail("-i", "alice@" + DOMAIN, data=letter("while you were out", body=b"x\n.\ny\n"))
    check(sent.returncode == 0, "sendmail takes mail while the suite is down", sent)
    suite.start()
    kept = suite.wait_mail(b"while you were out")
    check(kept and kept.endswith(b"\n\nx\n.\ny\n"), "and it is delivered after the start", suite.log()[-2000:])
    with Talk(suite.port) as talk:
        begin = time.monotonic()
        took = suite.stop(60)
        check(took is not None and took < 45, "SIGTERM stops it with an open connection too", took)


def main():
    options = arguments("the basics").parse_args()
    sink = Sink().start()
    os.environ["GATEPOST_KEPT"] = "here"
    with Suite(options.build, ("alice", "bob", "carol"), sink.port, keep=options.keep) as suite:
        for step in (bounces, logs, aliases, lambda s: queue(s, sink), bad_commands, reload, downtime):
            step(suite)
        panic = suite.log("paniclog")
        check(not panic, "the panic log is empty", panic[-2000:])
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
