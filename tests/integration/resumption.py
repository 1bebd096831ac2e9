#!/usr/bin/env python3
"""TLS sessions that are resumed, with the real daemons: openssl s_client and Python come back to a server with their
tickets, and one Gatepost comes back to another. ALPN names, and what $tls_in_peercert and its relatives tell.

resumption.py [--build DIR] [--keep]
"""
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile

from suite import Suite, Verdict, arguments

verdict = Verdict()
check = verdict.check


def with_certificate(suite, directory):
    chain, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
    if not os.path.exists(chain):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "99",
                        "-subj", "/CN=localhost", "-keyout", key, "-out", chain], check=True, capture_output=True)
        os.chmod(directory, 0o755)
        os.chmod(key, 0o644)
    suite.macros += ["CERTIFICATE=" + chain, "KEY=" + key]
    return suite


def s_client(suite, *words, text=b"QUIT\r\n"):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{suite.port}", "-starttls", "smtp", *words],
                          input=text, capture_output=True, timeout=60, check=False)
    return (done.stdout + done.stderr).decode(errors="replace")


class Client:
    """Enough of SMTP for one message, with a TLS session that may be given."""

    def __init__(self, suite, version, session=None, context=None, alpn=None):
        self.context = context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE
        self.context.minimum_version = self.context.maximum_version = version
        if alpn:
            self.context.set_alpn_protocols(alpn)
        self.wire = socket.create_connection(("127.0.0.1", suite.port), timeout=30)
        self.file = self.wire.makefile("rb")
        self.reply()
        self.say("EHLO here.example")
        self.say("STARTTLS")
        self.wire = self.context.wrap_socket(self.wire, server_hostname="localhost", session=session)
        self.file = self.wire.makefile("rb")
        self.say("EHLO here.example")

    def reply(self):
        lines = []
        while True:
            line = self.file.readline().decode(errors="replace").rstrip()
            lines.append(line)
            if len(line) < 4 or line[3] != "-":
                return lines

    def say(self, line):
        self.wire.sendall(line.encode() + b"\r\n")
        return self.reply()

    def send(self, subject):
        said = [self.say(line)[0] for line in ("MAIL FROM:<a@one.example>", f"RCPT TO:<alice@gatepost.example>", "DATA")]
        said.append(self.say(f"Subject: {subject}\r\n\r\nbody\r\n.")[0])
        self.session = self.wire.session
        self.say("QUIT")
        self.wire.close()
        return said[-1].startswith("250"), said


def resumed_by_clients(suite, directory):
    for version, name in ((ssl.TLSVersion.TLSv1_2, "TLS1.2"), (ssl.TLSVersion.TLSv1_3, "TLS1.3")):
        first = Client(suite, version)
        good, said = first.send(f"first {name}")
        check(good, f"{name}: a client without a session is served", said)
        second = Client(suite, version, first.session, first.context)
        check(second.wire.session_reused, f"{name}: and comes back with its session")
        good, said = second.send(f"second {name}")
        check(good, f"{name}: which carries a message", said)
        check(suite.wait_log(rf"<= a@one\.example .* X={name}:\S+:256\* CV=no") or suite.wait_log(rf"<= a@one\.example .* X={name}:\S+\* "),
              f"{name}: and has its star in the log", suite.log())
        plain = [line for line in suite.log().splitlines() if f"X={name}" in line and "<=" in line]
        check(len(plain) == 2 and "* " not in plain[0].split("X=")[1].split("CV")[0], f"{name}: the first has none", plain)
        bits = re.findall(r"resumption (\d+)", suite.log())
        check(bits and int(bits[-1]) & 23 == 23 and int(bits[-2]) & 20 == 0, f"{name}: $tls_in_resumption tells the two apart", bits)
        check(suite.wait_log(r"own <CN=localhost> peer <>$"), f"{name}: $tls_in_ourcert is there, and no $tls_in_peercert", suite.log())
        kept = os.path.join(directory, name)
        option = "-tls1_2" if name == "TLS1.2" else "-tls1_3"
        s_client(suite, option, "-sess_out", kept, "-ign_eof")
        again = s_client(suite, option, "-sess_in", kept)
        check("Reused, TLS" in again, f"{name}: openssl s_client comes back with its session too", again[-1500:])


def refused_names(suite):
    check("ALPN protocol: smtp" in s_client(suite, "-alpn", "smtp"), "the name smtp is taken")
    for names in ("http/1.1", "smtp,h2"):
        said = s_client(suite, "-alpn", names)
        check("alert" in said and "250 " not in said.split("alert")[-1], f"the names {names} are declined", said[-800:])


def resumed_by_remote(options, directory):
    def server(text):
        return ("tls_resumption_hosts = 127.0.0.1\nlog_selector = +tls_resumption\n" + text).replace(
            "local_domains = DOMAIN", "local_domains = DOMAIN : far.example", 1)
    with with_certificate(Suite(options.build, ("alice",), None, change=server, keep=options.keep), directory) as there:
        def client(text):
            return "log_selector = +tls_resumption\n" + text.replace(
                "begin routers\n", "begin routers\n\nfar:\n  driver = manualroute\n  domains = far.example\n"
                "  route_list = * 127.0.0.1\n  self = send\n  transport = again\n", 1).replace(
                "begin transports\n", f"begin transports\n\nagain:\n  driver = smtp\n  port = {there.port}\n"
                "  hosts_require_tls = *\n  tls_resumption_hosts = *\n  tls_try_verify_hosts = :\n  connection_max_messages = 1\n", 1)
        with Suite(options.build, ("alice",), None, change=client, keep=options.keep) as here:
            for number in range(3):
                here.sendmail("-f", "a@one.example", "alice@far.example", data=f"Subject: {number}\n\n".encode())
                check(here.wait_log(rf"(?s)(=> alice@far\.example .*){{{number + 1}}}"), f"message {number} goes", here.log())
            lines = [line for line in here.log().splitlines() if "=> alice@far" in line]
            check(re.search(r"X=\S+:\d+ CV", lines[0]), "the first in a new session", lines)
            # As many processes send as there are processors, and each knows its own sessions: a later one is resumed.
            for number in range(3, 9):
                if any(re.search(r"X=\S+\* CV", line) for line in here.log().splitlines() if "=> alice@far" in line):
                    break
                here.sendmail("-f", "a@one.example", "alice@far.example", data=f"Subject: {number}\n\n".encode())
                here.wait_log(rf"(?s)(=> alice@far\.example .*){{{number + 1}}}")
            check(here.wait_log(r"=> alice@far\.example .* X=\S+\* CV"), "a later one goes on with it", here.log())
            check(there.wait_log(r"<= a@one\.example .* X=\S+\* CV"), "and the server says so too", there.log())


def main():
    options = arguments("resumption").parse_args()
    with tempfile.TemporaryDirectory(prefix="gatepost-resumption-") as directory:
        def change(text):
            return ("tls_resumption_hosts = *\nlog_selector = +tls_resumption\nacl_smtp_mail = seen\n" +
                    text.replace("begin acl\n", "begin acl\n\nseen:\n  accept logwrite = resumption $tls_in_resumption ocsp $tls_in_ocsp own <${certextract{subject}{$tls_in_ourcert}}> peer <${certextract{subject}{$tls_in_peercert}}>\n", 1))
        with with_certificate(Suite(options.build, ("alice",), None, change=change, keep=options.keep), directory) as suite:
            resumed_by_clients(suite, directory)
            refused_names(suite)
        resumed_by_remote(options, directory)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
