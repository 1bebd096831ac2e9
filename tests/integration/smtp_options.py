#!/usr/bin/env python3
"""Main options of SMTP input with the real daemons: Client SMTP Authorization (dns_csa_search_limit, dns_csa_use_reverse,
verify = csa with a domain of its own), smtp_backlog_monitor, control = dscp, the spf lookup, bounce_sender_authentication, and the daemon of inetd (-bw), with TLS at once (-tls-on-connect).

smtp_options.py [--build DIR] [--keep]
"""
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys

from played import Names, address, strings
from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ACL = """begin acl
check_mail:
  warn   senders = by-name@*
         log_message = odd
  accept senders = by-name@*
         verify = csa
         message = $csa_status
  accept senders = by-address@*
         verify = csa/$sender_host_address
         logwrite = csa $csa_status
  deny   senders = silent@*
         verify = csa
  deny   message = csa $csa_status
"""


def srv(weight, port, target):
    return struct.pack("!HHH", 1, weight, port) + b"".join(bytes([len(one)]) + one.encode() for one in target.split(".")) + b"\0"


ZONE = {
    ("_client._smtp.good.example", "SRV"): ([srv(2, 0, "good.example")], False),
    ("good.example", "A"): ([address("127.0.0.1")], False),
    ("_client._smtp.strict.example", "SRV"): ([srv(1, 1, "strict.example")], False),
    ("_client._smtp.1.0.0.127.in-addr.arpa", "SRV"): ([srv(2, 0, "good.example")], False),
}


def answer(suite, helo, who):
    with Talk(suite.port) as talk:
        talk.say(f"EHLO {helo}")
        return talk.say(f"MAIL FROM:<{who}@a.example>")


def authorization(options):
    names = Names(ZONE)

    def with_options(more):
        return lambda text: (f"dns_servers = <, 127.0.0.1:{names.port}\nacl_smtp_mail = check_mail\nlog_selector = +incoming_port +incoming_interface\n{more}\n"
                             + text.replace("begin acl\n", ACL, 1))
    with Suite(options.build, change=with_options(""), keep=options.keep) as suite:
        check(answer(suite, "good.example", "by-name")[0] == 250, "a client that its domain authorizes passes", suite.log())
        check(suite.wait_log(rf"H=\(good\.example\) \[127\.0\.0\.1\]:\d+ I=\[127\.0\.0\.1\]:{suite.port} Warning: odd"),
              "an ACL's warning names port and interface where log_selector does", suite.log())
        check(answer(suite, "a.b.c.strict.example", "by-name") == (550, "550 csa fail"), "one that a parent does not know fails")
        check(answer(suite, "elsewhere.example", "by-address")[0] == 250 and suite.wait_log("csa ok"), "an address has a record in its reversed form", suite.log())
        check(answer(suite, "elsewhere.example", "silent") == (550, "550 client SMTP authorization unknown")
              and suite.wait_log("rejected MAIL <silent@a.example>: client SMTP authorization unknown"), "what was found out is the text where no other is given", suite.log())
    with Suite(options.build, change=with_options("dns_csa_search_limit = 2\ndns_csa_use_reverse = false"), keep=options.keep) as suite:
        check(answer(suite, "a.b.strict.example", "by-name") == (550, "550 csa fail"), "two parents are asked")
        check(answer(suite, "a.b.c.strict.example", "by-name")[0] == 250, "and no third one", suite.log())
        names.asked.clear()
        check(answer(suite, "elsewhere.example", "by-address")[0] == 250 and suite.wait_log("csa unknown"), "an address has no record", suite.log())
        check(not any(name.startswith("_client._smtp") for name in names.asked), "and none is asked for", names.asked)


def backlog(options):
    with Suite(options.build, change=lambda text: "smtp_backlog_monitor = 5\n" + text, keep=options.keep) as suite:
        with Talk(suite.port) as talk:
            check(talk.greeting[0] == 220 and "listen backlog" not in suite.log(), "one client is no backlog")
        servers = [pid for pid, name in suite.services().items() if name == "smtpd"]
        for pid in servers:
            os.kill(pid, signal.SIGSTOP)
        clients = [socket.create_connection(("127.0.0.1", suite.port), 30) for _ in range(12)]
        for pid in servers:
            os.kill(pid, signal.SIGCONT)
        check(suite.wait_log(rf"listen backlog \d+ I=\[127\.0\.0\.1\]:{suite.port}\n"), "twelve are, and the log says so", suite.log())
        for client in clients:
            client.close()


def traffic_class(port):
    """With which the server marks what it sends on its connection, as the kernel tells it (ss); None: it does not say."""
    said = subprocess.run(["ss", "--tcp", "--numeric", "--tos", "state", "established", "sport", "=", f":{port}"], capture_output=True, text=True, check=False)
    found = re.search(r"tos:(0x[0-9a-f]+)", said.stdout)
    return int(found[1], 16) if found else None


def marked(options):
    acl = ("begin acl\nmark:\n  accept control = dscp/ef\nremark:\n  accept senders = plain@*\n         control = dscp/${if eq{a}{a}{cs1}}\n"
           "  accept senders = wrong@*\n         control = dscp/nonsense\n  accept\n")
    with Suite(options.build, change=lambda text: "acl_smtp_connect = mark\nacl_smtp_mail = remark\n" + text.replace("begin acl\n", acl, 1),
               keep=options.keep) as suite, Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        can_tell = shutil.which("ss") and os.geteuid() == 0
        if can_tell:
            check(traffic_class(suite.port) == 46 << 2, "control = dscp marks what the client is sent", traffic_class(suite.port))
        talk.say("MAIL FROM:<plain@a.example>")
        if can_tell:
            check(traffic_class(suite.port) == 8 << 2, "a later one counts", traffic_class(suite.port))
        talk.say("RSET")
        check(talk.say("MAIL FROM:<wrong@a.example>")[0] == 451 and suite.wait_log("is no DSCP value"), "no value is an error that the log names", suite.log())


def policies(options):
    names = Names({("fail.example", "TXT"): ([strings("v=spf1 -all")], False), ("pass.example", "TXT"): ([strings("v=spf1 ip4:127.0.0.1 -all")], False)})
    acl = "begin acl\nasked:\n  deny message = ${lookup{$sender_address}spf{$sender_host_address}}\n"
    with Suite(options.build, change=lambda text: f"dns_servers = <, 127.0.0.1:{names.port}\nacl_smtp_mail = asked\n" + text.replace("begin acl\n", acl, 1),
               keep=options.keep) as suite:
        for domain, wanted in (("fail.example", "fail"), ("pass.example", "pass"), ("none.example", "none")):
            with Talk(suite.port) as talk:
                talk.say("EHLO client.example")
                check(talk.say(f"MAIL FROM:<a@{domain}>") == (550, f"550 {wanted}"), f"the spf lookup says {wanted}", suite.log())


class Knowing(Sink):
    """Offers AUTH, and keeps what MAIL said."""

    def __init__(self):
        super().__init__()
        self.mails = []

    def session(self, client, lines):
        sent, asked = client.sendall, lines.readline

        class Wire:
            @staticmethod
            def sendall(octets):
                sent(octets.replace(b"250-PIPELINING\r\n", b"250-AUTH PLAIN\r\n"))

        def readline(*most):
            line = asked(*most)
            if line.upper().startswith(b"MAIL"):
                self.mails.append(line.decode().strip())
            return line
        lines_of = type("Lines", (), {"readline": staticmethod(readline), "read": lines.read})
        super().session(Wire, lines_of)


def bounces(options):
    host = Knowing().start()
    with Suite(options.build, smarthost_port=host.port, keep=options.keep, change=lambda text: (
            f"bounce_sender_authentication = mailer-daemon@{DOMAIN}\n"
            + text.replace("  driver = smtp\n", "  driver = smtp\n  authenticated_sender_force\n", 1))) as suite:
        suite.sendmail("-f", "joe@far.example", f"nobody-at-all@{DOMAIN}", data=b"Subject: x\n\nx\n")
        check(wait_for(lambda: "MAIL FROM:<>" in "".join(host.mails)) and f"AUTH=mailer-daemon@{DOMAIN}" in "".join(host.mails),
              "a bounce says whom it is from to a host that knows us", (host.mails, suite.log()[-1500:]))
    host.stop()


def greeting_of(port, context):
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as client:
            wire = context.wrap_socket(client) if context else client
            return wire.recv(200)
    except OSError:
        return b""


def for_inetd(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for words, how in (([], None), (["-tls-on-connect"], context)):
        suite = Suite(options.build, change=lambda text: text.replace("tls_advertise_hosts =\n", ""), keep=options.keep)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            call = [os.path.join(options.build, "bin/sendmail"), "-C", suite.config, *(f"-D{macro}" for macro in suite.macros), "-bw", *words]
            suite.output = open(suite.path("output"), "ab")
            suite.process = subprocess.Popen(call, stdin=listener, stdout=listener, stderr=listener, start_new_session=True)
        greeted = wait_for(lambda: greeting_of(port, how).startswith(b"220 "))
        with open(suite.path("output"), encoding="utf-8", errors="replace") as file:
            check(greeted, f"-bw {' '.join(words)} serves the socket that it was given", file.read())
        check(suite.wait_log("daemon started: pid=.* launched with listening socket, with no wait timeout"), "and says so", suite.log())
        for name, pid in ((name, pid) for pid, name in suite.services().items() if name in ("router", "spoold")):
            check(all("socket" not in os.readlink(f"/proc/{pid}/fd/{fd}") for fd in (0, 1, 2)), f"{name} has nothing of the socket")
        check(not greeting_of(suite.port, None), "and no port of the configuration")
        check(suite.stop() is not None and suite.status == 0, "and ends when it is told to")
    said = subprocess.run([os.path.join(options.build, "bin/sendmail"), "-C", suite.config, *(f"-D{macro}" for macro in suite.macros), "-bw"],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    check(said.returncode == 1 and "no socket that listens" in said.stderr, "-bw without a socket says what it wants", said.stderr)


def main():
    options = arguments(__doc__).parse_args()
    authorization(options)
    backlog(options)
    marked(options)
    policies(options)
    bounces(options)
    for_inetd(options)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
