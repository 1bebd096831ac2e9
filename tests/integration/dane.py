#!/usr/bin/env python3
"""DANE with the real daemons: a name server whose answers are signed (AD) or not, hosts with right and wrong TLSA records.

dane.py [--build DIR] [--keep]
"""
import os
import re
import ssl
import subprocess
import sys
import tempfile

from played import Host, Names, address, mx
from suite import DOMAIN, Suite, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check


class Secure(Host):
    """A mail server with STARTTLS and a certificate of its own making."""

    greeting = "220 here"

    def __init__(self, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate, key)
        self.names = []
        self.context.sni_callback = lambda connection, name, context: self.names.append(name)
        super().__init__()

    def answer(self, command, client):
        if not command.upper().startswith("EHLO"):
            return None
        return "250 here" if isinstance(client, ssl.SSLSocket) else "250-here\r\n250 STARTTLS"


def certificate_in(directory):
    certificate, key = os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
                    "-out", certificate, "-days", "2", "-subj", "/CN=mx.example"], check=True, capture_output=True)
    with open(certificate, encoding="ascii") as file:
        return certificate, key, ssl.PEM_cert_to_DER_cert(file.read())


def zone_of(port, der):
    zone = {}

    def add(domain, tlsa, tlsa_signed=True, signed=True):
        zone[domain, "MX"] = ([mx("mx." + domain)], signed)
        zone["mx." + domain, "A"] = ([address("127.0.0.1")], signed)
        if tlsa != []:
            zone[f"_{port}._tcp.mx.{domain}", "TLSA"] = (tlsa, tlsa_signed)
    right, wrong = b"\x03\x00\x00" + der, b"\x03\x00\x00" + der[:-1] + bytes([der[-1] ^ 1])
    add("right.example", [wrong, right])
    add("wrong.example", [wrong])
    add("none.example", [])
    add("broken.example", None)
    add("unsigned.example", [wrong], tlsa_signed=False)
    add("insecure.example", [right], signed=False)
    add("insecure-strict.example", [right], signed=False)
    add("none-strict.example", [])
    return zone


def changed(names, port, certificate):
    def change(text):
        text = f"dns_servers = <, 127.0.0.1:{names}\nlog_selector = +tls_certificate_verified\n" + text
        text = text.replace("  ignore_target_hosts = 0.0.0.0 : 127.0.0.0/8 : ::1\n", "  self = send\n", 1)
        return text.replace("smtp:\n  driver = smtp\n", f"smtp:\n  driver = smtp\n  port = {port}\n  allow_localhost\n"
                            f"  tls_verify_certificates = {certificate}\n  tls_verify_cert_hostnames = :\n"
                            "  hosts_try_dane = *\n  hosts_require_dane = *strict.example\n"
                            "  event_action = ${if eq{$event_name}{dane:fail}{${acl{told}}}}\n", 1
                            ).replace("begin acl\n", "begin acl\ntold:\n  accept logwrite = told $event_name <$event_data> $host\n", 1)
    return change


# Domain, what the log says of it, what it says of its TLS session.
CASES = [
    ("right.example", " => ", "CV=dane"),
    ("wrong.example", " == ", "told dane:fail <validation-failure> mx.wrong.example"),
    ("none.example", " => ", "CV=yes"),
    ("broken.example", " == ", "told dane:fail <dnssec-invalid> mx.broken.example"),
    ("unsigned.example", " => ", "DANE error: TLSA lookup for mx.unsigned.example not DNSSEC"),
    ("insecure.example", " => ", "CV=yes"),
    ("insecure-strict.example", r" \*\* ", "DANE error: mx.insecure-strict.example lookup not DNSSEC"),
    ("none-strict.example", r" \*\* ", "DANE error: tlsa lookup FAIL"),
]


def main():
    options = arguments("dane").parse_args()
    with tempfile.TemporaryDirectory() as directory:
        os.chmod(directory, 0o755) # the file is outside of the system's places: the wall of remote has a hole for it
        certificate, key, der = certificate_in(directory)
        host = Secure(certificate, key)
        names = Names(zone_of(host.port, der))
        with Suite(options.build, change=changed(names.port, host.port, certificate), keep=options.keep) as suite:
            for domain, fate, words in CASES:
                suite.sendmail("-f", "alice@" + DOMAIN, "bob@" + domain, data=b"Subject: dane\n\nhello\n")
                settled = wait_for(lambda: re.search(fate + "bob@" + domain, suite.log()))
                check(settled and words in suite.log(), f"{domain}: {words}", suite.log()[-2500:])
            line = re.search(r" => bob@right.example.*", suite.log())
            check(line and "CV=dane" in line[0], "who is verified by TLSA records is so in the log", line)
            line = re.search(r" => bob@none.example.*", suite.log())
            check(line and "CV=yes" in line[0], "who has no such records, by the transport's own certificates", line)
            check("mx.right.example" in host.names, "with DANE the name of the host is asked for", host.names)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
