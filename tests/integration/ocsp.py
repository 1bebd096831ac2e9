#!/usr/bin/env python3
"""OCSP stapling with the real daemons: openssl s_client looks at what a server shows, and one Gatepost demands it of
another.

ocsp.py [--build DIR] [--keep]
"""
import os
import subprocess
import sys
import tempfile

from suite import Suite, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check


class Authority:
    """An authority with one certificate, and what its responder says of that."""

    def __init__(self, directory):
        self.directory = directory
        curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        self.openssl("req", "-x509", *curve, "-keyout", "ca.key", "-out", "ca.pem", "-days", "9", "-subj", "/CN=Authority")
        self.openssl("req", *curve, "-keyout", "key.pem", "-out", "request.pem", "-subj", "/CN=localhost")
        self.openssl("x509", "-req", "-in", "request.pem", "-CA", "ca.pem", "-CAkey", "ca.key", "-set_serial", "4097", "-days", "5",
                     "-out", "cert.pem")
        os.chmod(self.path("key.pem"), 0o644)
        self.say("V\t491231235959Z\t\t1001\tunknown\t/CN=localhost")

    def path(self, name):
        return os.path.join(self.directory, name)

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.directory, check=True, capture_output=True)

    def say(self, line):
        with open(self.path("index"), "w", encoding="ascii") as file:
            file.write(line + "\n")
        self.openssl("ocsp", "-index", "index", "-rsigner", "ca.pem", "-rkey", "ca.key", "-CA", "ca.pem", "-issuer", "ca.pem",
                     "-cert", "cert.pem", "-ndays", "2", "-respout", "new.der")
        os.rename(self.path("new.der"), self.path("answer.der"))


def shown(suite):
    """What openssl s_client says of the answer."""
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{suite.port}", "-starttls", "smtp", "-status"],
                          input=b"QUIT\r\n", capture_output=True, timeout=60, check=False)
    return done.stdout.decode(errors="replace")


def main():
    options = arguments("ocsp").parse_args()
    with tempfile.TemporaryDirectory(prefix="gatepost-ocsp-") as directory:
        os.chmod(directory, 0o755)
        authority = Authority(directory)

        def server(text):
            return f"tls_ocsp_file = {directory}/answer.der\ncertificate_watch_interval = 1s\n" + text.replace(
                "local_domains = DOMAIN", "local_domains = DOMAIN : far.example", 1)
        there = Suite(options.build, ("alice",), None, change=server, keep=options.keep)
        there.macros += [f"CERTIFICATE={directory}/cert.pem", f"KEY={directory}/key.pem"]
        with there:
            check("OCSP Response Status: successful" in shown(there) and "Cert Status: good" in shown(there),
                  "a client that asks is shown the answer", shown(there)[:2000])

            def client(text):
                return text.replace("begin routers\n", "begin routers\n\nfar:\n  driver = manualroute\n  domains = far.example\n"
                                    "  route_list = * 127.0.0.1\n  self = send\n  transport = demanding\n", 1).replace(
                    "begin transports\n", "begin transports\n\ndemanding:\n  driver = smtp\n"
                    f"  port = {there.port}\n  connection_max_messages = 1\n  hosts_require_tls = *\n  hosts_require_ocsp = *\n  tls_verify_cert_hostnames = :\n"
                    f"  tls_verify_certificates = {directory}/ca.pem\n", 1)
            with Suite(options.build, ("alice",), None, change=client, keep=options.keep) as here:
                here.sendmail("-f", "a@one.example", "alice@far.example", data=b"Subject: one\n\n")
                check(here.wait_log(r"=> alice@far\.example .* X=TLS"), "a good answer opens the way", here.log())
                authority.say("R\t491231235959Z\t250101000000Z\t1001\tunknown\t/CN=localhost")
                check(wait_for(lambda: "Cert Status: revoked" in shown(there)), "an answer that is laid there later is shown without a reload")
                here.sendmail("-f", "a@one.example", "alice@far.example", data=b"Subject: two\n\n")
                check(here.wait_log(r"== alice@far\.example .*TLS session: \(certificate status check failed\)"),
                      "one that says revoked keeps the message from going", here.log())
                os.remove(authority.path("answer.der"))
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
