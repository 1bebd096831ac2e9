#!/usr/bin/env python3
"""swaks with the options that change what it says, and over what: protocols, LMTP too, a program and a socket instead of a
connection, pipelining, PRDR, AUTH, XCLIENT, PROXY, and sessions that end behind each command, politely or not.

DIGEST-MD5 is in sasl.py: it is Cyrus's alone (RFC 6331 has retired it).

swaks.py [--build DIR] [--keep]
"""
import os
import shlex
import socket
import sys
import threading

from peers import fetch
from clients import Clients, certificate, check, run, verdict
from suite import DOMAIN, Suite, Talk, arguments, free_port

ALICE = "alice@" + DOMAIN
AUTHENTICATORS = """
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{joe}}{eq{$auth3}{secret}}}}
  server_set_id = $auth2

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = Username:: : Password::
  server_condition = ${if and{{eq{$auth1}{joe}}{eq{$auth2}{secret}}}}
  server_set_id = $auth1

cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${if eq{$auth1}{joe}{secret}fail}
  server_set_id = $auth1

ntlm:
  driver = spa
  public_name = NTLM
  server_password = ${if eq{$auth1}{joe}{secret}fail}
  server_set_id = $auth1

spa:
  driver = spa
  public_name = SPA
  server_password = ${if eq{$auth1}{joe}{secret}fail}
  server_set_id = $auth1
"""
AUTH = ["--auth-user", "joe", "--auth-password", "secret"]
# What swaks is told, its status, and what Received: or the transcript says.
SENDS = (
    ("ESMTP", [], b"with esmtp"), ("SMTP", ["--protocol", "SMTP"], b"with smtp"), ("ESMTPA", ["--protocol", "ESMTPA", *AUTH], b"with esmtpa"),
    ("pipelining", ["--pipeline"], b"with esmtp"), ("PRDR", ["--prdr"], b"with esmtp"),
    ("PLAIN", ["--auth", "PLAIN", *AUTH], b"with esmtpa"), ("LOGIN", ["--auth", "LOGIN", *AUTH], b"with esmtpa"),
    ("CRAM-MD5", ["--auth", "CRAM-MD5", *AUTH], b"with esmtpa"), ("any", ["--auth", *AUTH], b"with esmtpa"),
    ("optional", ["--auth-optional", *AUTH], b"with esmtpa"),
    ("XCLIENT", ["--xclient", "ADDR=192.0.2.7 NAME=far.example"], b"192.0.2.7"),
    ("XCLIENT by its parts", ["--xclient-addr", "192.0.2.8", "--xclient-name", "far.example", "--xclient-port", "77"], b"192.0.2.8"),
)
# Where this machine's Perl has TLS. CHAIN, KEY: files.
TLS = (
    ("STARTTLS", ["-tls"], b"with esmtps"), ("TLS if it is there", ["--tls-optional"], b"with esmtps"),
    ("TLS if it is there, strictly", ["--tls-optional-strict"], b"with esmtps"),
    ("a verified server", ["-tls", "--tls-verify", "--tls-ca-path", "CHAIN", "--tls-sni", "localhost"], b"with esmtps"),
    ("TLS 1.2", ["-tls", "--tls-protocol", "tlsv1_2"], b"TLS1.2"), ("a cipher", ["-tls", "--tls-protocol", "tlsv1_2", "--tls-cipher", "ECDHE-RSA-AES256-GCM-SHA384"], b"AES_256_GCM"),
    ("a client's certificate", ["-tls", "--tls-cert", "CHAIN", "--tls-key", "KEY"], b"with esmtps"), ("AUTH in TLS", ["-tls", "--auth", "PLAIN", *AUTH], b"with esmtpsa"),
    ("ESMTPSA", ["--protocol", "ESMTPSA", *AUTH], b"with esmtpsa"), ("pipelining in TLS", ["-tls", "--pipeline"], b"with esmtps"),
    ("XCLIENT before TLS", ["-tls", "--xclient-before-starttls", "--xclient-addr", "192.0.2.11"], b"192.0.2.11"),
    ("XCLIENT in TLS", ["-tls", "--xclient-addr", "192.0.2.12"], b"192.0.2.12"),
)
LMTP = (
    ("LMTP", ["--protocol", "LMTP"], b"with lmtp"), ("LMTPA", ["--protocol", "LMTPA", *AUTH], b"with lmtpa"),
    ("LMTP, two recipients", ["--protocol", "LMTP", "--to", f"{ALICE},nobody-there@{DOMAIN}"], b"with lmtp"),
    ("LMTP, pipelined", ["--protocol", "LMTP", "--pipeline"], b"with lmtp"),
)
PROXIES = (("version 1", ["--proxy-version", "1"]), ("version 2", ["--proxy-version", "2"]))


def changed(proxied):
    def change(text):
        text = text.replace("daemon_smtp_ports = PORT\n", f"daemon_smtp_ports = PORT : {proxied}\n")
        more = ["hosts_xclient = 127.0.0.1", "prdr_enable", "auth_advertise_hosts = *",
                f"hosts_proxy = ${{if eq{{$received_port}}{{{proxied}}}{{127.0.0.1}}}}"]
        return "\n".join(more) + "\n" + text + AUTHENTICATORS
    return change


class Bridge:
    """A Unix socket whose first connection leads to a port."""

    def __init__(self, path, port):
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(1)
        self.port = port
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        client = self.listener.accept()[0]
        server = socket.create_connection(("127.0.0.1", self.port))
        def carry(source, sink):
            while octets := source.recv(65536):
                sink.sendall(octets)
            sink.shutdown(socket.SHUT_WR)
        threading.Thread(target=carry, args=(client, server), daemon=True).start()
        carry(server, client)


def with_ntlm(build, env):
    """The environment in which swaks has the module for NTLM."""
    root = fetch(build, "client-ntlm", ("libauthen-ntlm-perl", "libdigest-hmac-perl"))
    return {**env, "PERL5LIB": os.path.join(root, "usr/share/perl5") + ":" + env.get("PERL5LIB", "")}


def main():
    options = arguments("swaks over its options").parse_args()
    proxied, by_lmtp = free_port(), free_port()
    suite = Suite(options.build, ("alice",), change=changed(proxied), keep=options.keep)
    chain = certificate(suite)
    clients = Clients(options.build)
    with open(suite.path("services.conf"), "a", encoding="utf-8") as file:
        file.write(f"smtpd listen=127.0.0.1:{suite.port},127.0.0.1:{proxied},127.0.0.1:{by_lmtp}/lmtp\n")
    with suite:
        words, env = clients.words("swaks")
        common = [*words, "--helo", "client.example", "--from", "bob@elsewhere.example", "--to", ALICE]
        plain = ["--server", f"127.0.0.1:{suite.port}"]

        def sends(name, *more, says=b"", env=env):
            done = run([*common, *more, "--header", f"Subject: by {name}"], env=env)
            if check(done.returncode == 0, f"{name}: sent", done.stdout[-900:] + done.stderr[-300:]):
                message = suite.wait_mail(f"Subject: by {name}".encode())
                check(message and says in message, f"{name}: arrives so", message)
        for name, more, says in SENDS:
            sends(name, *plain, *more, says=says)
        if run(["perl", "-MNet::SSLeay", "-e", "1"], env=env).returncode == 0:
            for name, more, says in TLS:
                sends(name, *plain, *({"CHAIN": chain, "KEY": suite.path("key.pem")}.get(word, word) for word in more), says=says)
        ntlm = with_ntlm(options.build, env)
        for name in ("NTLM", "SPA"):
            sends(name, *plain, "--auth", name, *AUTH, says=b"with esmtpa", env=ntlm)
        for name, more, says in LMTP:
            sends(name, "--server", f"127.0.0.1:{by_lmtp}", *more, says=says)
        bridge = Bridge(suite.path("a.socket"), by_lmtp)
        sends("a socket", "--socket", bridge.listener.getsockname(), "--protocol", "LMTP", says=b"with lmtp")
        program = [os.path.join(os.path.abspath(options.build), "bin/sendmail"), "-C", suite.config, *("-D" + macro for macro in suite.macros), "-bs"]
        sends("a program", "--pipe", shlex.join(program), says=b"with local-esmtp")
        # A program on standard input and output in place of a port.
        sends("--pipe", "--pipe", " ".join([os.path.join(suite.build, "bin/sendmail"), "-C", suite.config, *("-D" + macro for macro in suite.macros), "-bs"]), says=b"with local-esmtp")
        for name, more in PROXIES:
            sends("PROXY " + name, "--server", f"127.0.0.1:{proxied}", *more, "--proxy-family", "TCP4" if "1" in name else "AF_INET",
                  "--proxy-source", "192.0.2.9", "--proxy-source-port", "1234", "--proxy-dest", "192.0.2.10", "--proxy-dest-port", "25", says=b"192.0.2.9")
        for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5", "NTLM"):
            done = run([*common, *plain, "--auth", mechanism, "--auth-user", "joe", "--auth-password", "wrong"], env=ntlm)
            check(done.returncode == 28 and b"535" in done.stdout, f"{mechanism}: a wrong password is refused", done.stdout[-600:])
        before = len(suite.mailbox())
        for how in ("--quit-after", "--drop-after", "--drop-after-send"):
            for where in ("CONNECT", "EHLO", "MAIL", "RCPT", "DATA") if how != "--quit-after" else ("CONNECT", "EHLO", "MAIL", "RCPT"):
                if how == "--drop-after-send" and where == "CONNECT":
                    continue
                done = run([*common, *plain, how, where], env=env)
                check(done.returncode == 0, f"{how} {where}", done.stdout[-600:])
        with Talk(suite.port) as talk:
            check(talk.say("EHLO after.example")[0] == 250, "and the service is as it was")
        check(len(suite.mailbox()) == before, "what was not finished is no message")
        panic = suite.log("paniclog")
        check(not panic, "the panic log is empty", panic[-2000:])
        suite.keep = suite.keep or verdict.failed > 0
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
