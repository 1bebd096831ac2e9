#!/usr/bin/env python3
"""What goes out by SMTP through a transport_filter, and by which certificate a client that names a host is answered.

outgoing.py [--build DIR] [--keep]
"""
import os
import re
import socket
import ssl
import subprocess
import sys

from suite import DOMAIN, Sink, Suite, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check


def data_of(sink):
    return sink.received[-1][2].decode()


def with_filter(command, more=""):
    def change(text):
        return text.replace("smtp:\n  driver = smtp\n", f"smtp:\n  driver = smtp\n  transport_filter = {command}\n{more}", 1)
    return change


def filters(options, sink):
    body = b"Subject: filtered\n\nfirst line\n.a dot\n" + b"x" * 70 + b"\n"
    command = "/bin/sh -c 'echo X-Filter: \\$1 \\$2; sed s/first/second/; printf end' sh $host $pipe_addresses"
    with Suite(options.build, smarthost_port=sink.port, change=with_filter(command), keep=options.keep) as suite:
        suite.sendmail("-f", "alice@" + DOMAIN, "bob@far.example", data=body)
        check(wait_for(lambda: " => bob@far.example" in suite.log()), "a filtered message goes out", suite.log()[-2500:])
        got = data_of(sink)
        check(got.startswith("X-Filter: 127.0.0.1 bob@far.example\r\n") and "\r\nsecond line\r\n" in got and "\r\n.a dot\r\n" in got,
              "as the filter made it, which knows the host and the addresses", got)
        check(got.endswith("\r\nend\r\n"), "with a last line that is complete", got[-100:])
        large = b"Subject: large\n\n" + b"first " + b"y" * 60 + b"\n" * 1 + (b"z" * 75 + b"\n") * 12000
        suite.sendmail("-f", "alice@" + DOMAIN, "carol@far.example", data=large)
        check(wait_for(lambda: " => carol@far.example" in suite.log(), 20), "and a large one too", suite.log()[-2500:])
        got = data_of(sink)
        check("\r\nsecond yyyy" in got and got.count("z" * 75 + "\r\n") == 12000 and got.endswith("\r\nend\r\n"), "whole", got[:500])
    count = len(sink.received)
    with Suite(options.build, smarthost_port=sink.port, change=with_filter("/bin/sh -c 'cat; exit 99'"), keep=options.keep) as suite:
        suite.sendmail("-f", "alice@" + DOMAIN, "bob@far.example", data=body)
        check(wait_for(lambda: " == bob@far.example" in suite.log()), "a filter that fails puts the message off", suite.log()[-2500:])
        check("defer (-24) H=127.0.0.1 [127.0.0.1]: transport filter process failed (99)" in suite.log(), "and the log says why", suite.log()[-2500:])
        check(len(sink.received) == count, "and the server gets nothing")
    more = "  return_path_add\n  envelope_to_add\n"
    with Suite(options.build, smarthost_port=sink.port, change=with_filter("", more), keep=options.keep) as suite:
        suite.sendmail("-f", "alice@" + DOMAIN, "bob@far.example", data=body)
        check(wait_for(lambda: " => bob@far.example" in suite.log()), "an empty filter is none", suite.log()[-2500:])
        check(data_of(sink).startswith(f"Return-path: <alice@{DOMAIN}>\r\nEnvelope-to: bob@far.example\r\n"),
              "and the headers that local transports add can be added here", data_of(sink)[:300])


def make_certificate(folder, name, algorithm):
    subprocess.run(["openssl", "req", "-x509", "-newkey", *algorithm, "-nodes", "-days", "30", "-subj", f"/CN={name}",
                    "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt"], check=True, capture_output=True)


def subject_for(port, name):
    """The certificate that a client is shown which asks for `name`; None when the handshake fails."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", port), 20) as plain:
        for command in (b"", b"EHLO c.example\r\n", b"STARTTLS\r\n"):
            plain.sendall(command)
            plain.recv(4096) # each reply comes in one piece
        try:
            with context.wrap_socket(plain, server_hostname=name) as secure:
                der = secure.getpeercert(True)
        except (ssl.SSLError, OSError):
            return None
    out = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject"], input=der, capture_output=True, check=True)
    return out.stdout.decode().strip().split("=")[-1].strip()


def names(options, sink):
    folder = subprocess.run(["mktemp", "-d"], check=True, capture_output=True, text=True).stdout.strip()
    os.chmod(folder, 0o755)
    make_certificate(folder, "one.example", ["rsa:2048"])
    make_certificate(folder, "two.example", ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
    form = "${if exists{%s/$tls_in_sni.%s}{%s/$tls_in_sni.%s}{%s/one.example.%s}}"

    def change(text):
        lines = [f"tls_{option} = " + form % (folder, end, folder, end, folder, end) for option, end in
                 (("certificate", "crt"), ("privatekey", "key"))]
        text = re.sub(r"(?m)^tls_(advertise_hosts|certificate|privatekey) *=.*\n", "", text)
        return "\n".join(lines) + "\ntls_advertise_hosts = *\ncertificate_watch_interval = 2s\n" + text
    with Suite(options.build, smarthost_port=sink.port, change=change, keep=options.keep) as suite:
        port = suite.port
        check(subject_for(port, "two.example") == "two.example", "a client gets the certificate of the name that it asks for",
              suite.log()[-2000:])
        check(subject_for(port, "one.example") == "one.example", "and another one another")
        check(subject_for(port, "three.example") == "one.example", "and a name that nobody knows gets the usual one")
        check(subject_for(port, None) == "one.example", "as who names nobody")
        make_certificate(folder, "late.example", ["rsa:2048"])
        check(subject_for(port, "late.example") is None and
              wait_for(lambda: "was no certificate with its key when the configuration was loaded" in suite.log()),
              "one that came after the configuration was loaded is told as such", suite.log()[-2000:])
        check(wait_for(lambda: subject_for(port, "late.example") == "late.example"), "until the suite has found it by itself",
              suite.log()[-2000:])
    subprocess.run(["rm", "-rf", folder], check=False)


def main():
    options = arguments("outgoing").parse_args()
    sink = Sink()
    sink.start()
    filters(options, sink)
    names(options, sink)
    sink.stop()
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
