#!/usr/bin/env python3
"""What a listener asks of its clients, with the real daemons and clients of two addresses: our name in a session, places that
are kept, commands that bring no mail, names in HELO, addresses without a domain, ETRN, ratelimit, udpsend, the pace of smtp_ratelimit.

limits.py [--build DIR] [--keep]
"""
import os
import socket
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check
ALICE = "alice@" + DOMAIN
NEAR, FAR, OFTEN = "127.0.0.1", "127.0.0.2", "127.0.0.4"

OPTIONS = f"""
services_file = services.conf
smtp_active_hostname = ${{if eq{{$sender_host_address}}{{{FAR}}}{{far.name.example}}}}
smtp_accept_max = 4
smtp_accept_reserve = 2
smtp_reserve_hosts = {FAR}
smtp_accept_max_nonmail = 2
smtp_accept_max_nonmail_hosts = {NEAR}
helo_accept_junk_hosts = {FAR}
helo_allow_chars = _
hosts_require_helo = {NEAR}
sender_unqualified_hosts = {FAR}
recipient_unqualified_hosts = {FAR}
host_reject_connection = 127.0.0.3
smtp_ratelimit_hosts = 192.0.2.0/24
smtp_ratelimit_mail = 1,2s,2,5s
smtp_ratelimit_rcpt = 2,1s,1.5,4s
acl_smtp_connect = at_connect
acl_smtp_mail = at_mail
acl_smtp_vrfy = at_vrfy
acl_smtp_etrn = may_etrn
smtp_etrn_command = /bin/sh -c "echo $domain >>INSTANCE/etrn"
acl_smtp_rcpt = accept
acl_smtp_data = accept
"""
ACLS = f"""
at_connect:
  deny   hosts = {OFTEN}
         ratelimit = 2 / 1h / readonly
         message = rate $sender_rate, at most $sender_rate_limit
  accept

at_mail:
  warn   hosts = {OFTEN}
         ratelimit = 2 / 1h / strict
  accept

at_vrfy:
  accept udpsend = <; {NEAR} ; PORT_OF_UDP ; $sender_host_address: asks for $local_part

may_etrn:
  accept hosts = {FAR}
"""


class Client(Talk):
    def __init__(self, port, address=NEAR):
        self.socket = socket.create_connection((NEAR, port), 30, source_address=(address, 0))
        self.lines = self.socket.makefile("rb")
        self.greeting = self.reply()


UDP = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
UDP.bind((NEAR, 0))
UDP.settimeout(20)


def change(text):
    text = text.replace("acl_smtp_rcpt", "#acl_smtp_rcpt").replace("acl_smtp_data", "#acl_smtp_data")
    text = text.replace("begin acl\n", "begin acl\n" + ACLS.replace("PORT_OF_UDP", str(UDP.getsockname()[1])), 1)
    at = text.index("  driver = appendfile\n")
    return OPTIONS + text[:at] + "  headers_add = X-Active: $smtp_active_hostname\n" + text[at:]


def our_name(suite):
    with Client(suite.port, FAR) as far:
        check(far.greeting[1].startswith("220 far.name.example "), "smtp_active_hostname is in the greeting", far.greeting)
        check(far.say("EHLO x.example")[1].startswith("250-far.name.example Hello"), "in the answer to EHLO")
        far.send("a@b.example", [ALICE], b"Subject: far\r\n\r\nx\r\n")
        check(far.say("QUIT")[1] == "221 far.name.example closing connection", "and in the one to QUIT")
    check(b"X-Active: far.name.example" in (suite.wait_mail(b"Subject: far") or b""), "and goes with the message to its delivery")
    with Client(suite.port) as near:
        check("far.name.example" not in near.greeting[1] + near.say("EHLO x.example")[1], "what it makes of others is primary_hostname")
        near.send("a@b.example", [ALICE], b"Subject: near\r\n\r\nx\r\n")
    mail = suite.wait_mail(b"Subject: near") or b""
    check(b"X-Active: " in mail and b"X-Active: far" not in mail, "for their messages, too", mail)


def places(suite):
    taken = [Client(suite.port) for _ in range(2)]
    check([one.greeting[0] for one in taken] == [220, 220], "two of four places are for everybody", [one.greeting for one in taken])
    refused = Client(suite.port)
    check(refused.greeting[0] == 421, "the others are kept (smtp_accept_reserve)", refused.greeting)
    kept = Client(suite.port, FAR)
    check(kept.greeting[0] == 220, "for smtp_reserve_hosts", kept.greeting)
    for one in (*taken, refused, kept):
        one.close()
    def is_free():
        with Client(suite.port) as one:
            return one.greeting[0] == 220
    check(wait_for(is_free), "a place that was left is free")
    refused = Client(suite.port, "127.0.0.3")
    check(refused.greeting[0] == 554, "host_reject_connection", refused.greeting)
    refused.close()


def commands(suite):
    for address, last in ((NEAR, 554), (FAR, 250)):
        with Client(suite.port, address) as one:
            one.say("EHLO x.example")
            codes = [one.say("NOOP")[0] for _ in range(3)]
            check(codes[-1] == last, f"smtp_accept_max_nonmail_hosts: {address} hears {last}", codes)
        with Client(suite.port, address) as one:
            check([one.say("EHLO " + name)[0] for name in ("a_b.example", "a!b.example")] == [250, 501 if address == NEAR else 250],
                  f"helo_allow_chars, and helo_accept_junk_hosts for {FAR}: {address}")
        with Client(suite.port, address) as one:
            check(one.say("MAIL FROM:<a@b.example>")[0] == (503 if address == NEAR else 250), f"hosts_require_helo: {address}")
        with Client(suite.port, address) as one:
            one.say("EHLO x.example")
            codes = [one.say(line)[0] for line in ("MAIL FROM:<bob>", "RSET", "MAIL FROM:<a@b.example>", "RCPT TO:<alice>")]
            check(codes == ([501, 250, 250, 501] if address == NEAR else [250] * 4), f"addresses without a domain: {address}", codes)


def etrn(suite):
    with Client(suite.port) as near:
        near.say("EHLO x.example")
        check(near.say("ETRN some.example")[0] == 458, "ETRN is for whom its ACL has")
    with Client(suite.port, FAR) as far:
        far.say("EHLO x.example")
        check(far.say("ETRN some.example")[0] == 250, "who hears 250")
    path = suite.path("etrn")
    check(wait_for(lambda: open(path, encoding="ascii").read().strip() == "some.example"), "and smtp_etrn_command runs", suite.log()[-600:])


def rates(suite):
    """The example of the manual's chapter 44.41: a rate that MAIL counts is read when a client connects."""
    for _ in range(3):
        with Client(suite.port, OFTEN) as one:
            check(one.greeting[0] == 220, "a client within its rate", one.greeting)
            one.say("EHLO x.example")
            check(one.say("MAIL FROM:<a@b.example>")[0] == 250, "may send")
    for _ in range(2):
        with Client(suite.port, OFTEN) as one:
            check(one.greeting == (550, "550 rate 3.0, at most 2"), "and one above it is refused at once, which counts nothing", one.greeting)


def packets(suite):
    with Client(suite.port) as near:
        near.say("EHLO x.example")
        near.say("VRFY " + ALICE)
    check(UDP.recv(2000) == b"127.0.0.1: asks for alice", "udpsend tells who listens")


def pace(suite):
    mail = ["MAIL FROM:<a@b.example>", *[f"RCPT TO:<{name}@{DOMAIN}>" for name in "abcd"], "RSET"] * 3
    for client, waits in (("192.0.2.1", ["2.000s", "4.000s"]), ("198.51.100.1", [])):
        result = suite.sendmail("-bh", client, data="\r\n".join(["EHLO x.example", *mail, "QUIT", ""]).encode())
        said = [line.split()[3] for line in result.stderr.decode().splitlines() if "smtp_ratelimit requests" in line]
        of_mail = [time for time in said if time in ("2.000s", "4.000s")]
        of_rcpt = [time for time in said if time not in of_mail]
        check(of_mail == waits and of_rcpt == (["1.000s", "1.500s"] * 3 if waits else []), f"smtp_ratelimit_mail and smtp_ratelimit_rcpt: {client}", result.stderr)


def main():
    options = arguments("limits").parse_args()
    suite = Suite(options.build, change=change, keep=options.keep)
    with open(suite.path("services.conf"), "w", encoding="utf-8") as file:
        file.write("smtpd processes=1\n") # who counts places has all of them
    open(suite.path("etrn"), "w", encoding="ascii").close()
    os.chmod(suite.path("etrn"), 0o666)
    with suite:
        our_name(suite)
        places(suite)
        commands(suite)
        etrn(suite)
        rates(suite)
        packets(suite)
        pace(suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
