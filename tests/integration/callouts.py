#!/usr/bin/env python3
"""Callouts with the real daemons: hosts by script, what they are asked, what clients and logs hear, what is remembered;
and texts of a transport that say something of the connection.

callouts.py [--build DIR] [--keep]
"""
import re
import select
import socket
import subprocess
import sys
import threading

from played import Host
from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ACL = """check_mail:
  accept  sender_domains = patient.example
          control = no_callout_flush
  accept

check_recipient:
  deny    local_parts = cached_sender : twice
         !verify = sender/callout=2s
  deny    local_parts = postmaster_too
         !verify = sender/callout=2s,postmaster
  deny    local_parts = random_too
         !verify = sender/callout=2s,random
  deny    local_parts = lenient
         !verify = sender/callout=1s,defer_ok,no_cache
  deny    local_parts = quiet
         !verify = sender/callout=2s,no_cache/no_details
  deny    local_parts = full_too
         !verify = sender/callout=9s,fullpostmaster,no_cache
  deny    local_parts = probing
         !verify = sender/callout=9s,postmaster_mailfrom=probe@gatepost.example,no_cache
  deny    local_parts = as_postmaster
         !verify = recipient/callout=9s,use_postmaster,no_cache
  deny    local_parts = as_transport
         !verify = recipient/callout=9s,use_tptsender,no_cache
  deny    local_parts = as_nobody
         !verify = recipient/callout=9s,no_cache
  deny    local_parts = held
         !verify = recipient/callout=9s,use_sender,hold,no_cache
  accept  local_parts = as_postmaster : as_transport : as_nobody : held
  deny    domains = far.example
         !verify = recipient/callout=9s,use_sender,no_cache
  accept  domains = far.example
          logwrite = taken: $local_part_data at $domain_data
  accept
"""


class Callee(Host):
    """A recipient whose local part begins with no or later is treated so."""

    extensions = "250-far.example\r\n250 PIPELINING"

    def __init__(self):
        self.heard = []
        self.refuses_bounces = False
        self.may_answer = threading.Event()
        super().__init__()

    def answer(self, command, client):
        self.heard.append((command, client.getpeername()))
        verb = command[:4].upper()
        if verb == "MAIL" and self.refuses_bounces and "<>" in command:
            return "550 no bounces here"
        if verb == "RCPT" and "<slow" in command:
            self.may_answer.wait(20)
        if verb == "RCPT" and re.search(r"<(no|postmaster@poor)", command):
            return "550 5.1.1 no such user"
        if verb == "RCPT" and re.search(r"<later|-testing@strict", command):
            return "450 later" if "<later" in command else "550 not that"
        return None

    def count(self, verb="RCPT"):
        return sum(command.startswith(verb) for command, _ in self.heard)


def try_recipient(suite, sender, *recipients):
    """The replies to RCPT."""
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        talk.say(f"MAIL FROM:<{sender}>")
        return [talk.say(f"RCPT TO:<{recipient}>") for recipient in recipients]


def senders(suite, host):
    to = "cached_sender@" + DOMAIN
    replies = try_recipient(suite, "good@one.example", to, "twice@" + DOMAIN)
    check([code for code, _ in replies] == [250, 250], "a sender whose host takes bounces is good", replies)
    check([command for command, _ in host.heard] == [f"EHLO helo-127.0.0.1-{host.heard[0][1][1]}", "MAIL FROM:<>",
                                                    "RCPT TO:<good@one.example>", "QUIT"],
          "the host was asked once, by a name made of the connection's address and port", host.heard)
    (code, text), = try_recipient(suite, "nobody@one.example", to)
    check(code == 550 and text.split("\n") == [
        "550-Verification failed for <nobody@one.example>\r", "550-Called:   127.0.0.1\r",
        "550-Sent:     RCPT TO:<nobody@one.example>\r", "550-Response: 550 5.1.1 no such user\r", "550 Sender verify failed"],
        "a client hears what was asked and answered", text)
    check(suite.wait_log(r"sender verify fail for <nobody@one.example>: 127\.0\.0\.1 \[127\.0\.0\.1\] : SMTP error from remote "
                         r"mail server after RCPT TO:<nobody@one.example>: 550 5.1.1 no such user"), "and so does the log")
    before = host.count()
    (code, text), = try_recipient(suite, "nobody@one.example", to)
    check(code == 550 and "Previous (cached) callout verification failure" in text and host.count() == before,
          "the next one is refused without a call", text)
    (code, text), = try_recipient(suite, "good@one.example", to)
    check(code == 250 and host.count() == before, "and a good one is taken without", text)
    (code, text), = try_recipient(suite, "later@one.example", to)
    check((code, text) == (451, "451 Could not complete sender verify callout"), "who cannot tell now is asked later", text)
    (code, text), = try_recipient(suite, "later@one.example", "lenient@" + DOMAIN)
    check(code == 250, "unless defer_ok says that it does not matter", text)
    (code, text), = try_recipient(suite, "nobody@one.example", "quiet@" + DOMAIN)
    check((code, text) == (550, "550 Sender verify failed"), "no_details keeps them from the client", text)


def domains(suite, host):
    (code, text), = try_recipient(suite, "good@poor.example", "postmaster_too@" + DOMAIN)
    check(code == 550 and "550-Postmaster verification failed while checking <good@poor.example>" in text,
          "a domain without a postmaster is refused", text)
    before = host.count()
    (code, text), = try_recipient(suite, "other@poor.example", "postmaster_too@" + DOMAIN)
    check(code == 550 and "(result of earlier verification reused)." in text and host.count() == before,
          "and that is remembered for the domain", text)
    for _ in range(2):
        (code, text), = try_recipient(suite, "noone@loose.example", "random_too@" + DOMAIN)
        check(code == 250, "a host that takes what cannot exist takes all", text)
    check(host.count() == before + 1, "and is asked once for its domain", host.heard[-4:])
    (code, text), = try_recipient(suite, "noone@strict.example", "random_too@" + DOMAIN)
    check(code == 550, "one that does not is asked about the address itself", text)
    host.refuses_bounces = True
    for words in ("550-Sent:     MAIL FROM:<>", "(result of an earlier callout reused)."):
        (code, text), = try_recipient(suite, "good@proud.example", "cached_sender@" + DOMAIN)
        check(code == 550 and "Callback setup failed while verifying <good@proud.example>" in text and words in text,
              "a host that refuses bounces fails all its senders: " + words, text)
    host.refuses_bounces = False


def groups(suite, host):
    for sender, comes_first in (("a@hasty.example", True), ("a@patient.example", False)):
        host.may_answer.clear()
        before = host.count()
        with Talk(suite.port) as talk:
            talk.say("EHLO client.example")
            talk.socket.sendall(f"MAIL FROM:<{sender}>\r\nRCPT TO:<slow@far.example>\r\n".encode())
            wait_for(lambda: host.count() > before)
            readable = select.select([talk.socket], [], [], 10 if comes_first else 0.2)[0]
            check(bool(readable) == comes_first, "what was said to a group of commands comes before a callout" if comes_first
                  else "and with control = no_callout_flush all of it comes together")
            host.may_answer.set()
            check([talk.reply()[0] for _ in range(2)] == [250, 250], "and the group is answered")


def recipients(suite, host):
    (code, text), = try_recipient(suite, "a@b.example", "someone@far.example")
    check(code == 250 and ("MAIL FROM:<a@b.example>" in [command for command, _ in host.heard]),
          "a recipient is asked about with the sender, where use_sender says so", text)
    check(suite.wait_log("taken: someone at far.example"), "and the host vouches for $local_part_data")
    (code, text), = try_recipient(suite, "a@b.example", "nobody@far.example")
    check((code, text) == (550, "550-Callout verification failed:\r\n550 550 5.1.1 no such user"), "a refusal is handed on", text)
    host.listener.shutdown(socket.SHUT_RDWR)
    host.listener.close()
    (code, text), = try_recipient(suite, "a@b.example", "someone@far.example")
    check((code, text) == (451, "451 Could not complete recipient verify callout"), "nobody there: later", text)
    check(suite.wait_log(r"Could not complete recipient verify callout: 127\.0\.0\.1 \[127\.0\.0\.1\] : Connection refused"),
          "and the log has the reason")


def whom_they_are_from(suite, host):
    for name, sender in (("as_nobody", ""), ("as_postmaster", "postmaster@" + DOMAIN), ("as_transport", "verp-a@far.example")):
        host.heard.clear()
        (code, text), = try_recipient(suite, "a@b.example", name + "@far.example")
        check(code == 250 and [command for command, _ in host.heard if command.startswith("MAIL")] == [f"MAIL FROM:<{sender}>"],
              f"{name}: a recipient is asked about as <{sender}>", (text, host.heard))
    host.heard.clear()
    (code, text), = try_recipient(suite, "good@poor.example", "full_too@" + DOMAIN)
    check(code == 250 and [command for command, _ in host.heard if command.startswith("RCPT")][-2:] ==
          ["RCPT TO:<postmaster@poor.example>", "RCPT TO:<postmaster>"], "fullpostmaster asks about the one without a domain next", (text, host.heard))
    host.heard.clear()
    (code, text), = try_recipient(suite, "good@one.example", "probing@" + DOMAIN)
    check(code == 250 and [command for command, _ in host.heard if command[:4] in ("MAIL", "RCPT")] ==
          ["MAIL FROM:<>", "RCPT TO:<good@one.example>", "MAIL FROM:<probe@gatepost.example>", "RCPT TO:<postmaster@one.example>"],
          "postmaster_mailfrom is who asks about the postmaster", (text, host.heard))


def held(suite, host):
    host.heard.clear()
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        check(talk.send("a@b.example", ["held@far.example"], b"Subject: held\r\n\r\nx\r\n")[0] == 250, "a message for a recipient with hold")
    check(wait_for(lambda: host.count("DATA") + host.count("BDAT") == 1), "is delivered", host.heard)
    check(len({port for command, port in host.heard}) == 1, "over the connection of the callout", host.heard)


def rehearsals(suite, build):
    other = Callee()
    words = f"EHLO x\r\nMAIL FROM:<nobody@one.example>\r\nRCPT TO:<cached_sender@{DOMAIN}>\r\nQUIT\r\n"
    for option, code in (("-bh", "250 Accepted"), ("-bhc", "550 Sender verify failed")):
        done = subprocess.run([f"{build}/bin/sendmail", "-C", suite.config, *["-D" + macro for macro in suite.macros], f"-DFAR={other.port}", option,
                               "192.0.2.1"], input=words.encode(), capture_output=True, timeout=60, check=False)
        check(code in done.stdout.decode(), f"{option}: {code}", done)
    check(other.count() == 1, "-bhc calls, -bh does not", other.heard)


def main():
    options = arguments("callouts").parse_args()
    host = Callee()

    def change(text):
        begin, routers = text.index("begin acl\n"), text.index("begin routers\n")
        text = text[:begin] + "begin acl\n" + ACL + "\n" + text[routers:]
        text = text.replace("begin routers\n", "begin routers\n\nfar:\n  driver = manualroute\n  domains = ! +local_domains\n"
                            "  route_list = * 127.0.0.1\n  self = send\n  transport = smtp\n", 1)
        return f"acl_smtp_mail = check_mail\n.ifndef FAR\nFAR = {host.port}\n.endif\n" + text.replace(
            "  driver = smtp\n", "  driver = smtp\n  return_path = ${if eq{$local_part}{as_transport}{verp-${local_part:$return_path}@$domain}fail}\n  port = FAR\n  helo_data = helo-$sending_ip_address-$sending_port\n", 1)
    with Suite(options.build, ("alice",), None, change=change, keep=options.keep) as suite:
        senders(suite, host)
        domains(suite, host)
        groups(suite, host)
        whom_they_are_from(suite, host)
        held(suite, host)
        recipients(suite, host)
        rehearsals(suite, options.build)
        check(wait_for(lambda: not suite.log("paniclog"), 1), "the panic log is empty", suite.log("paniclog"))
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
