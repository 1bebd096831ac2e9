#!/usr/bin/env python3
"""control = cutthrough_delivery with the real daemons: what the next host says is what the client hears, nothing is lost
and nothing comes twice; and what goes through the spool all the same.

cutthrough.py [--build DIR] [--keep]
"""
import os
import re
import signal
import sys
import threading
import time

from played import Host
from suite import Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ACL = """check_recipient:
  warn    local_parts = passed : passed_late
          control = cutthrough_delivery/defer=pass
  warn   !local_parts = passed : passed_late : plain : spooled
          control = cutthrough_delivery
  warn    local_parts = frozen
          control = freeze
  accept

check_data:
  deny    condition = ${if match{$h_subject:}{spam}}
  warn    condition = ${if match{$h_subject:}{slowly judged}}
          delay = 6s
  accept  add_header = X-Judged: yes
"""


class Next(Host):
    """The host behind: local parts say what becomes of a message. Keeps what it took, by recipient."""

    extensions = "250-far.example\r\n250-8BITMIME\r\n250 PIPELINING"

    def __init__(self):
        self.connections = 0
        self.taken = []
        self.commands = []
        self.again = False  # deferrals are over
        self.late, self.kept_late = threading.Event(), 0
        super().__init__()

    def serve(self, client, greets=True):
        self.connections += 1
        recipients = []
        with client.makefile("rwb") as lines:
            def say(text):
                lines.write(text.encode() + b"\r\n")
                lines.flush()
            say(self.greeting)
            for line in lines:
                command = line.decode().strip()
                self.commands.append(command)
                verb, who = command[:4].upper(), command.partition("<")[2].partition("@")[0]
                if verb == "EHLO":
                    say(self.extensions)
                elif verb == "RCPT":
                    said = {"no": "550 5.1.1 nobody", "later": "450 not now", "passed": "450 not now"}.get(who) if not self.again else None
                    say(said or "250 ok")
                    recipients += [] if said else [who]
                elif verb == "MAIL" or verb == "RSET":
                    recipients = []
                    say("250 ok")
                elif verb == "DATA":
                    if "nodata" in recipients and not self.again:
                        say("454 no data")
                        continue
                    say("354 go on")
                    message = b""
                    for text in lines:
                        if text == b".\r\n":
                            break
                        message += text
                    else:
                        return
                    if "cut" in recipients and not self.again:
                        return
                    if "silent" in recipients and not self.again: # it has the message, and takes its time
                        self.late.wait(60)
                        self.kept_late += 1
                        return
                    refusals = {"bad": "550-5.7.1 not this\r\n550 and not so", "slow": "451 slowly", "passed_late": "451 slowly"}
                    said = next((refusals[one] for one in recipients if one in refusals and not self.again), None)
                    if not said: # before whoever waits for the answer looks
                        self.taken.append((sorted(recipients), message))
                    say(said or "250 OK taken")
                elif verb == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 ok")

    def count(self, recipient):
        return sum(recipient in recipients for recipients, _ in self.taken)


def session(suite, recipients, subject="hello", sender="s@one.example", size=100):
    """The replies to the RCPTs and to the message."""
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        talk.say(f"MAIL FROM:<{sender}>")
        codes = [talk.say(f"RCPT TO:<{one}@far.example>")[0] for one in recipients]
        code, text = talk.say("DATA")
        if code == 354:
            body = "".join(f"line {n} of the body\r\n" for n in range(size // 20 + 1))
            code, text = talk.say(f"Subject: {subject}\r\n\r\n{body}..dots\r\n.")
        return codes, code, text


def id_of(text):
    found = re.search(r"id=(\S+)", text)
    return found.group(1) if found else "none"


def taken_at_once(suite, host):
    codes, code, text = session(suite, ["good"])
    number = id_of(text)
    check((codes, code) == ([250], 250) and host.count("good") == 1, "a message is with the next host before the client hears 250", text)
    suite.wait_log(number + " Completed")
    lines = [line.split(number + " ", 1)[1] for line in suite.log().splitlines() if number + " " in line]
    check(len(lines) == 3 and lines[0].startswith(">> good@far.example R=far T=") and 'C="250 OK taken"' in lines[0] and
          lines[1].startswith("<= s@one.example") and lines[2] == "Completed", "the log has >>, then <=, then Completed", lines)
    message = host.taken[-1][1].decode()
    check("X-Judged: yes" in message and "X-Routed: hello" in message and "\r\n..dots\r\n" in message, "with all headers, and its dots doubled", message)
    check(not suite.queue(), "the spool never saw it", suite.queue())
    codes, code, text = session(suite, ["one", "two", "three"])
    check(host.taken[-1][0] == ["one", "three", "two"] and code == 250, "recipients of one host go together", host.taken[-1][0])
    codes, code, text = session(suite, ["big"], size=600_000)
    check(code == 250 and host.count("big") == 1 and host.taken[-1][1].count(b"\r\n") > 30_000, "a large message goes the same way", text)


def refused(suite, host):
    codes, code, text = session(suite, ["bad"])
    check((code, text) == (550, "550-5.7.1 not this\r\n550 and not so"), "the host's refusal is the client's", text)
    check(suite.wait_log(r'bad@far.example F=<s@one.example> rejected after DATA: R=far T=\S+ H=127\.0\.0\.1 \[127\.0\.0\.1\] C="550'),
          "and the log says whose it is")
    codes, _, _ = session(suite, ["no"])
    check(codes == [550], "who is refused at RCPT is so here", codes)
    codes, _, _ = session(suite, ["passed"])
    check(codes == [450], "with defer=pass a deferral, too", codes)
    _, code, text = session(suite, ["passed_late"])
    check((code, text) == (451, "451 slowly"), "at the end of the message as well", text)
    _, code, _ = session(suite, ["good"], subject="spam")
    check(code == 550 and host.count("good") == 1, "what our own ACL refuses goes nowhere", host.taken)
    check(not suite.queue(), "none of them is in the spool", suite.queue())


def spooled(suite, host):
    for recipients in (["later"], ["slow"], ["nodata"], ["cut"]):
        codes, code, text = session(suite, recipients)
        check(code == 250 and set(codes) == {250}, f"{recipients[0]}: it is ours then", text)
    _, code, _ = session(suite, ["plain", "good2"])
    check(code == 250 and wait_for(lambda: host.count("plain") == 1 and host.count("good2") == 1),
          "a message whose first recipient is not cut through goes through the spool", host.taken)
    before = host.count("frozen")
    session(suite, ["frozen"])
    check(suite.wait_log("frozen by ACL") and host.count("frozen") == before, "one that is to be held is held")
    check(suite.wait_log("tmp-reject from cutthrough after DATA: R=far"), "the log says that the host deferred it")
    host.again = True
    suite.sendmail("-qff")
    for one in ("later", "slow", "nodata", "cut"):
        check(wait_for(lambda one=one: host.count(one) == 1), f"{one}: it comes once, from the spool", host.taken)
    host.again = False


def late(suite, host):
    """When our own judging takes most of the time, none is left for the host's last word."""
    before = host.count("good")
    _, code, text = session(suite, ["good"], subject="slowly judged")
    check(code == 250 and wait_for(lambda: host.count("good") == before + 1), "a message that was judged for long is taken, and comes", text)
    suite.wait_log(id_of(text) + " Completed")
    lines = [line for line in suite.log().splitlines() if id_of(text) + " " in line]
    check(" <= " in lines[0] and not any(" >> " in line for line in lines), "from the spool", lines)


def unheard(suite, host):
    """The host's answer does not come: the client hears 250 before it gives up, and the log names the message."""
    _, code, text = session(suite, ["silent"])
    check(code == 250, "a host that says nothing at the end: the message is ours", text)
    number = id_of(text)
    check(suite.wait_log(number + r" may be delivered twice: the host said nothing at its end while finishing silent@far\.example"),
          "and the log says that it may come twice", suite.log()[-800:])
    host.late.set()
    host.again = True
    suite.sendmail("-qff")
    check(wait_for(lambda: host.count("silent") == 1), "it comes from the spool", host.taken)
    host.again = False


def lost(suite, host):
    """The process that delivers is killed in the middle of it."""
    host.late.clear()
    answers = []
    client = threading.Thread(target=lambda: answers.append(session(suite, ["silent", "other"])))
    before = len(host.commands)
    client.start()
    wait_for(lambda: "DATA" in host.commands[before:])
    time.sleep(0.5) # until it waits for the answer
    for pid, name in suite.services().items():
        if name == "remote":
            os.kill(pid, signal.SIGKILL)
    client.join()
    _, code, text = answers[0]
    check(code == 250, "a delivery process that is killed over a message: it is ours", text)
    check(suite.wait_log(id_of(text) + r" may be delivered twice: the delivery process was lost while finishing silent@far\.example other@far\.example"),
          "and the log says so", suite.log()[-800:])
    host.late.set()


def gone(suite, host):
    before = len(host.taken)
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        talk.say("MAIL FROM:<s@one.example>")
        talk.say("RCPT TO:<good@far.example>")
    check(wait_for(lambda: host.commands[-1] == "QUIT"), "when the client goes, the host is left", host.commands[-3:])
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        for sender in ("first", "second"):
            talk.say(f"MAIL FROM:<{sender}@one.example>")
            talk.say("RCPT TO:<good@far.example>")
            if sender == "first":
                talk.say("RSET")
        talk.say("DATA")
        talk.say("Subject: x\r\n\r\nx\r\n.")
    check(len(host.taken) == before + 1 and "MAIL FROM:<second@one.example>" in host.commands, "and after RSET the next message has its own")


def main():
    options = arguments("cutthrough").parse_args()
    host = Next()

    def change(text):
        begin, routers = text.index("begin acl\n"), text.index("begin routers\n")
        text = text[:begin] + "begin acl\n" + ACL + "\n" + text[routers:]
        text = text.replace("begin routers\n", "begin routers\n\nfar:\n  driver = manualroute\n  domains = ! +local_domains\n"
                            "  headers_add = X-Routed: $h_subject:\n  route_list = * 127.0.0.1\n  self = send\n  transport = smtp\n", 1)
        text = text.replace("  driver = smtp\n", f"  driver = smtp\n  port = {host.port}\n", 1)
        return "acl_smtp_data = check_data\ncleanup_timeout = 10s\n" + text
    with Suite(options.build, ("alice",), None, change=change, keep=options.keep) as suite:
        taken_at_once(suite, host)
        refused(suite, host)
        spooled(suite, host)
        gone(suite, host)
        late(suite, host)
        unheard(suite, host)
        check(wait_for(lambda: not suite.log("paniclog"), 1), "the panic log is empty", suite.log("paniclog"))
        lost(suite, host)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
