#!/usr/bin/env python3
"""What listeners offer beyond plain ESMTP, with the real daemons: LMTP on an address of its own (with swaks too, where it is
there), PIPECONNECT, and XFORWARD.

listeners.py [--build DIR] [--keep]
"""
import re
import shutil
import socket
import subprocess
import sys

from suite import Suite, Talk, Verdict, arguments, free_port

DOMAIN = "gatepost.example"
verdict = Verdict()
check = verdict.check

POLICY = """
log_selector = +pipelining +smtp_protocol_error
hosts_xclient = 127.0.0.1
acl_smtp_data_prdr = each

begin acl

each:
  deny local_parts = bob
       message = not bob
  accept
"""


class Early(Talk):
    """Says all of it at once, before it is greeted."""

    def __init__(self, port, said):
        self.socket = socket.create_connection(("127.0.0.1", port), 30)
        self.socket.sendall(said)
        self.lines = self.socket.makefile("rb")
        self.greeting = self.reply()


def lmtp(suite, port):
    with Talk(port) as talk:
        talk.say("LHLO x.example")
        answers = [talk.send("a@one.example", [f"alice@{DOMAIN}", f"bob@{DOMAIN}", f"postmaster@{DOMAIN}"], b"Subject: by lmtp\r\n\r\nx\r\n")]
        answers += [talk.reply(), talk.reply()]
        check([code for code, _ in answers] == [250, 550, 250] and "not bob" in answers[1][1], "each recipient has its reply", answers)
    check(suite.wait_mail(b"by lmtp"), "and the others get it", suite.log())
    check(suite.wait_log(r"<= a@one\.example .* P=lmtp "), "the log says lmtp", suite.log())
    with Talk(port) as talk:
        check(talk.say("EHLO x.example")[0] == 500, "EHLO is not known there")
        code, text = talk.say("LHLO x.example")
        check(code == 250 and "PIPELINING" in text and "PRDR" not in text, "LHLO is", text)
        talk.say("MAIL FROM:<a@one.example>")
        for _ in range(2):
            talk.say(f"RCPT TO:<alice@{DOMAIN}>")
        talk.socket.sendall(b"BDAT 15 LAST\r\nSubject: bdat\r\n")
        first, second = talk.reply(), talk.reply()
        check(first[0] == second[0], "BDAT has a reply for each too", (first, second))
    if shutil.which("swaks"):
        ran = subprocess.run(["swaks", "--protocol", "LMTP", "--server", f"127.0.0.1:{port}", "--from", "a@one.example", "--to", f"alice@{DOMAIN}",
                              "--header", "Subject: by swaks"], capture_output=True, timeout=60, check=False)
        check(ran.returncode == 0, "swaks speaks LMTP with it", ran.stdout.decode(errors="replace")[-800:])
    with Talk(suite.port) as talk:
        check(talk.say("LHLO x.example")[0] == 500, "LHLO is not known where SMTP is spoken")


def again(attempt):
    """What is said at once may still come behind the greeting; then it is said once more."""
    return any(attempt() for _ in range(100))


def early(suite):
    said = (f"EHLO early.example\r\nMAIL FROM:<early@one.example>\r\nRCPT TO:<alice@{DOMAIN}>\r\nDATA\r\n").encode()

    def whole():
        with Early(suite.port, said) as talk:
            codes = [talk.greeting[0]] + [talk.reply()[0] for _ in range(4)]
            talk.socket.sendall(b"Subject: early\r\n\r\nx\r\n.\r\n")
            codes.append(talk.reply()[0])
        check(codes == [220, 250, 250, 250, 354, 250], "EHLO and a transaction before the greeting", codes)
        return re.search(r"<= early@one\.example .* P=esmtp L\* ", suite.log())

    def stranger():
        with Early(suite.port, b"GET / HTTP/1.1\r\n") as talk:
            return talk.greeting[0] == 554
    check(again(whole), "the log has the star", suite.log())
    with Talk(suite.port) as talk:
        check("PIPECONNECT" in talk.say("EHLO late.example")[1], "PIPECONNECT is offered")
        talk.send("late@one.example", [f"alice@{DOMAIN}"], b"Subject: late\r\n\r\nx\r\n")
    check(suite.wait_log(r"<= late@one\.example .* P=esmtp L\.- "), "what was not used has a dot", suite.log())
    check(again(stranger), "who says something else before the greeting is refused")


def forwarded(suite):
    with Talk(suite.port) as talk:
        check("XFORWARD NAME" in talk.say("EHLO filter.example")[1], "XFORWARD is offered to those of hosts_xclient")
        check(talk.say("XFORWARD NAME=far.example ADDR=192.0.2.7 PORT=99 PROTO=ESMTP HELO=far.example")[0] == 250, "and taken")
        code, text = talk.send("filtered@one.example", [f"alice@{DOMAIN}"], b"Subject: filtered\r\n\r\nx\r\n")
        check(code == 250, "a message behind it", text)
    check(suite.wait_log(r"<= filtered@one\.example H=\(filter\.example\) \[127\.0\.0\.1\].* XF=far\.example \(far\.example\) \[192\.0\.2\.7\]:99 P=ESMTP S="),
          "has whose it was in the log, and where it came from before it", suite.log())


def main():
    options = arguments("listeners").parse_args()
    port = free_port()

    def change(text):
        return text.replace("begin acl\n", POLICY, 1)
    suite = Suite(options.build, ("alice", "bob"), None, change=change, keep=options.keep)
    with open(suite.path("services.conf"), "w", encoding="utf-8") as file:
        file.write(f"smtpd listen=127.0.0.1:{suite.port},127.0.0.1:{port}/lmtp\n")
    with suite:
        lmtp(suite, port)
        early(suite)
        forwarded(suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
