#!/usr/bin/env python3
"""A real Postfix and a real Exim hand their mail to the suite as a smarthost: with TLS, with a login, Exim by CHUNKING.
Without the login, or with another password, nothing is taken.

submitters.py [--build DIR] [--keep]
"""
import os
import re
import sys

from clients import certificate
from peers import Absent, Exim, Postfix, write
from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

AUTHENTICATORS = """
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = ${if def:tls_in_cipher}
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{joe}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2

cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_advertise_condition = ${if def:tls_in_cipher}
  server_secret = ${if eq{$auth1}{joe}{secret}fail}
  server_set_id = $auth1
"""


class SubmittingPostfix(Postfix):
    name = "postfix-sasl" # of what is unpacked for it
    packages = ("postfix", "libsasl2-modules")
    password = "secret"

    def configure(self):
        write(os.path.join(self.root, "etc/postfix/login"), f"[127.0.0.1]:{self.back_port} joe:{self.password}\n")
        self.MAIN = Postfix.MAIN + ("smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\nsmtp_sasl_auth_enable = yes\n"
                                    "smtp_sasl_password_maps = texthash:/etc/postfix/login\nsmtp_sasl_security_options = noanonymous\n"
                                    f"smtp_sasl_mechanism_filter = {self.mechanism}\n")
        super().configure()


class SubmittingExim(Exim):
    password = "secret"

    def configure(self):
        client = {"plain": f"  driver = plaintext\n  public_name = PLAIN\n  client_send = ^joe^{self.password}\n",
                  "cram-md5": f"  driver = cram_md5\n  public_name = CRAM-MD5\n  client_name = joe\n  client_secret = {self.password}\n"}[self.mechanism]
        self.CONFIG = Exim.CONFIG.replace("  hosts_avoid_tls = *\n", "  hosts_require_tls = *\n  hosts_require_auth = *\n") + \
            "begin authenticators\nout:\n" + client
        super().configure()


def hand_over(peer, mark):
    with Talk(peer.port) as talk:
        talk.say("EHLO test.example")
        return talk.send("sender@one.example", ["far@" + peer.domain], f"Subject: {mark}\r\n\r\nhello\r\n".encode())


def submits(suite, kind, mechanism):
    kind.mechanism = mechanism
    name = f"{kind.name} by {mechanism}"
    with kind(suite.build, suite.port) as peer:
        code, text = hand_over(peer, name)
        check(code == 250, f"{name}: takes a message", text)
        message = suite.wait_mail(f"Subject: {name}".encode())
        check(message and b"with esmtpsa" in message, f"{name}: it arrives by TLS and with a login", (message or b"").decode() + peer.log()[-900:])
        line = suite.wait_log(rf"<= sender@one\.example .* P=esmtpsa X=TLS\S+ .*A={mechanism.split('-')[0]}:joe" + (".* K " if kind is SubmittingExim else ""))
        check(line, f"{name}: the log says so", suite.log()[-900:])


def is_refused(suite, kind):
    kind.mechanism = "plain"
    kind.password = "guess"
    before = len(suite.mailbox())
    with kind(suite.build, suite.port) as peer:
        hand_over(peer, "guessed")
        check(suite.wait_log(r"plain authenticator failed .*\(set_id=joe\)"), f"{kind.name}: another password is refused", suite.log()[-600:])
        check(wait_for(lambda: re.search(r"535|authentication failed", peer.log(), re.I), 20), "and it hears why", peer.log()[-600:])
    kind.password = "secret"
    check(len(suite.mailbox()) == before, "and nothing arrives")


def change(text):
    text = text.replace("  accept hosts = +relay_from_hosts", "  accept authenticated = *\n         encrypted = *", 1)
    text = text.replace("check_recipient:\n", "check_recipient:\n  deny !authenticated = *\n", 1)
    return "auth_advertise_hosts = *\nauth_failure_delay = 0s\n" + text + AUTHENTICATORS


def main():
    options = arguments("smarthost of a Postfix and an Exim").parse_args()
    suite = Suite(options.build, ("alice",), change=change, keep=options.keep)
    certificate(suite)
    with suite:
        try:
            for kind in (SubmittingPostfix, SubmittingExim):
                for mechanism in ("plain", "cram-md5"):
                    submits(suite, kind, mechanism)
                is_refused(suite, kind)
        except Absent as why:
            print(f"SKIPPED: {why}")
        panic = suite.log("paniclog")
        check(not panic, "the panic log is empty", panic[-2000:])
        suite.keep = suite.keep or verdict.failed > 0
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
