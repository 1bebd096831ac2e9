#!/usr/bin/env python3
"""Logins that are bound to the TLS connection, with clients and a server that others wrote: gsasl's command line as a
client, its library as a server, and the suite with itself; through somebody in between who passes all on, too.

channel_binding.py [--build DIR] [--keep]
"""
import base64
import ctypes
import os
import re
import shutil
import select
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

from played import Host, Listening
from suite import Sink, Suite, Talk, Verdict, arguments, free_port

verdict = Verdict()
check = verdict.check

AUTHENTICATORS = """
begin authenticators

scram:
  driver = gsasl
  public_name = SCRAM-SHA-256
  server_channelbinding = true
  server_password = ${if eq{$auth1}{joe}{se:cret}fail}
  server_set_id = $auth1
  client_channelbinding = CLIENTBINDS
  client_username = joe
  client_password = se:cret
  client_set_id = $auth1/$auth2/${length_4:$auth4}

scram1:
  driver = gsasl
  public_name = SCRAM-SHA-1-PLUS
  server_channelbinding = true
  server_password = ${if eq{$auth1}{joe}{se:cret}fail}
  server_set_id = $auth1
"""


def changed(text, *lines):
    for line in ("CLIENTBINDS = true", *lines): # the last one stands first
        name = line.split(" = ")[0]
        text = f".ifndef {name}\n{line}\n.endif\n" + text if name.isupper() else line + "\n" + text
    text = text.replace("begin acl\n", "acl_smtp_auth = check_auth\nbegin acl\n\ncheck_auth:\n"
                        "  accept logwrite = login by ${extract{1}{ }{$smtp_command_argument}}\n\n", 1)
    text = text.replace("  accept hosts = +relay_from_hosts", "  accept authenticated = *", 1)
    text = text.replace("  driver = smtp\n", "  driver = smtp\n  hosts_require_auth = *\n  hosts_require_tls = *\n  tls_verify_hosts =\n", 1)
    return text + AUTHENTICATORS


def with_certificate(suite, directory):
    suite.macros += ["CERTIFICATE=" + os.path.join(directory, "cert.pem"), "KEY=" + os.path.join(directory, "key.pem")]
    return suite


def make_certificate(directory):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "99",
                    "-subj", "/CN=localhost", "-keyout", os.path.join(directory, "key.pem"),
                    "-out", os.path.join(directory, "cert.pem")], check=True, capture_output=True)
    os.chmod(directory, 0o755)
    os.chmod(os.path.join(directory, "key.pem"), 0o644)


def server_context(directory):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(directory, "cert.pem"), os.path.join(directory, "key.pem"))
    return context


def client_context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class InBetween(Listening):
    """Somebody with a certificate of his own between a client and a server, who passes on what they say; `hides`: words
    of the answer to EHLO that the client does not get to see."""

    def __init__(self, port, directory, hides=""):
        self.target, self.hides = port, hides
        self.context = server_context(directory)
        super().__init__()

    def serve(self, client):
        server = socket.create_connection(("127.0.0.1", self.target), 30)
        while True:
            self.pass_reply(server, client)
            line = self.line(client)
            server.sendall(line)
            if line.upper().startswith(b"STARTTLS"):
                client.sendall(self.line(server))
                client, server = self.context.wrap_socket(client, server_side=True), client_context().wrap_socket(server)
                break
            if not line:
                return
        try:
            self.pass_on(client, server)
        except OSError:
            pass
        for wire in (client, server):
            self.end(wire)
            wire.close()

    def pass_on(self, client, server):
        """In one thread: two must not use one TLS session at a time."""
        unfinished = b""
        while True:
            ready = [wire for wire in (client, server) if wire.pending()] or select.select([client, server], [], [], 60)[0]
            if not ready:
                return
            for wire in ready:
                octets = self.arrived(wire)
                if octets == b"":
                    return
                if wire is client:
                    server.sendall(octets or b"")
                    continue
                *lines, unfinished = (unfinished + (octets or b"")).split(b"\n")
                for line in lines:
                    if line.startswith(b"250-AUTH ") and self.hides:
                        line = re.sub(rb" \S*" + self.hides.encode() + rb"\b", b"", line)
                    client.sendall(line + b"\n")

    @staticmethod
    def arrived(wire):
        """What is there; None when that was nothing but TLS's own records."""
        wire.settimeout(0)
        try:
            return wire.recv(4096)
        except ssl.SSLWantReadError:
            return None
        finally:
            wire.settimeout(30)

    @staticmethod
    def end(wire):
        try:
            wire.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def pass_reply(self, server, client):
        while True:
            line = self.line(server)
            client.sendall(line)
            if line[3:4] != b"-":
                return

    @staticmethod
    def line(wire):
        text = b""
        while not text.endswith(b"\n"):
            octet = wire.recv(1)
            if not octet:
                return text
            text += octet
        return text


def gsasl(port, mechanism, *words, password="se:cret"):
    """The command line's client; whether the server took it, and all that was said."""
    ran = subprocess.run(["gsasl", "--smtp", f"--connect=127.0.0.1:{port}", "--mechanism", mechanism, "--authentication-id=joe",
                          "--authorization-id=", f"--password={password}", "--x509-ca-file=", *words],
                         input=b"", capture_output=True, timeout=60)
    said = (ran.stdout + ran.stderr).decode(errors="replace")
    return "235 " in said, said


def gs2_header(said):
    for word in re.findall(r"AUTH SCRAM\S+ (\S+)|^([A-Za-z0-9+/=]{16,})$", said, re.M):
        try:
            text = base64.b64decode("".join(word)).decode()
        except ValueError:
            continue
        if re.match(r"[pny]", text):
            return text.split(",")[0]
    return None


TLS12 = "--priority=NORMAL:-VERS-ALL:+VERS-TLS1.2"


def offers(suite):
    with Talk(suite.port) as talk:
        text = talk.say("EHLO client.example")[1]
        check("250-AUTH SCRAM-SHA-256\r\n" in text, "in clear the plain forms are offered alone", text)
        check(talk.say("AUTH SCRAM-SHA-256-PLUS " + base64.b64encode(b"p=tls-unique,,n=joe,r=x").decode())[0] == 504,
              "and no other is served")
        check(talk.say("AUTH SCRAM-SHA-1-PLUS")[0] == 504, "nor one whose only form is bound")
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = client_context()
        context.minimum_version = context.maximum_version = version
        with Talk(suite.port) as talk:
            talk.say("EHLO client.example")
            talk.say("STARTTLS")
            talk.socket = context.wrap_socket(talk.socket)
            talk.lines = talk.socket.makefile("rb")
            text = talk.say("EHLO client.example")[1]
            check("250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256 SCRAM-SHA-1-PLUS\r\n" in text, f"{version.name}: the bound forms are offered", text)


    context = client_context()
    with Talk(suite.port) as talk:
        talk.say("EHLO proxy.example")
        talk.say("STARTTLS")
        talk.socket = context.wrap_socket(talk.socket)
        talk.lines = talk.socket.makefile("rb")
        talk.say("EHLO proxy.example")
        check(talk.say("XCLIENT ADDR=192.0.2.1")[0] == 220, "a proxy names its client")
        text = talk.say("EHLO client.example")[1]
        check("250-AUTH SCRAM-SHA-256\r\n" in text, "whose own TLS is none that we know: nothing is bound to it", text)
    with socket.create_connection(("127.0.0.1", suite.tls_port), 30) as wire:
        talk = Talk.__new__(Talk)
        talk.socket = context.wrap_socket(wire)
        talk.lines = talk.socket.makefile("rb")
        talk.reply()
        text = talk.say("EHLO client.example")[1]
        check("250-AUTH SCRAM-SHA-256-PLUS " in text, "where TLS came first the bound forms are offered at once", text)
        talk.close()


def foreign_clients(suite):
    for mechanism in ("SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"):
        for words, name in (((), "TLS 1.3"), ((TLS12,), "TLS 1.2")):
            good, said = gsasl(suite.port, mechanism, *words)
            check(good and (gs2_header(said) or "p=tls-").startswith("p=tls-"), f"gsasl with {mechanism} and {name}: {gs2_header(said)}", said)
        good, said = gsasl(suite.port, mechanism, password="wrong")
        check(not good, f"gsasl with {mechanism} and a wrong password: refused", said)
    good, said = gsasl(suite.port, "SCRAM-SHA-256", "--no-cb")
    check(good, "gsasl without a binding logs in with the plain form", said)
    # Without an extended master secret two connections could have the same name.
    good, said = gsasl(suite.port, "SCRAM-SHA-256-PLUS", TLS12 + ":%NO_SESSION_HASH")
    check(not good, "TLS 1.2 without an extended master secret: the bound form is not served", said)
    good, said = gsasl(suite.port, "SCRAM-SHA-256", TLS12 + ":%NO_SESSION_HASH", "--no-cb")
    check(good, "and the plain one is", said)


def in_between(suite, directory):
    spy = InBetween(suite.port, directory)
    for words, name in (((), "TLS 1.3"), ((TLS12,), "TLS 1.2")):
        good, said = gsasl(spy.port, "SCRAM-SHA-256-PLUS", *words)
        check(not good and "535" in said, f"{name}: who passes on a bound login is not let in", said)
    check(suite.wait_log(r"scram authenticator failed .*535 Incorrect authentication data \(set_id=joe\): the client is bound to another "
                         r"TLS connection than this one"), "and the log says why", suite.log()[-800:])
    good, said = gsasl(spy.port, "SCRAM-SHA-256", "--no-cb")
    check(good, "a login that is not bound goes through: that is what it is about", said)
    with Talk(suite.port) as talk: # as a client speaks that could bind, and has not seen the bound form in the list
        talk.say("EHLO client.example")
        talk.say("STARTTLS")
        talk.socket = client_context().wrap_socket(talk.socket)
        talk.lines = talk.socket.makefile("rb")
        talk.say("EHLO client.example")
        code, text = talk.say("AUTH SCRAM-SHA-256 " + base64.b64encode(b"y,,n=joe,r=abc").decode())
        check(code == 535, "and who takes the bound form out of the list is found out", text)
        check(talk.say("AUTH SCRAM-SHA-256 " + base64.b64encode(b"p=tls-exporter,,n=joe,r=abc").decode())[0] == 501,
              "a binding where none was asked for is malformed")
        check(talk.say("AUTH SCRAM-SHA-256-PLUS " + base64.b64encode(b"n,,n=joe,r=abc").decode())[0] == 501,
              "and so is none where one was")
    check(suite.wait_log(r"scram authenticator failed .*: the client could have bound the login to the connection, and has not seen"),
          "which the log says too", suite.log()[-800:])


def with_itself(options, server, directory, name):
    """The suite as a client of itself, straight and through somebody in between."""
    def send(port, subject, *lines):
        client = Suite(options.build, (), port, change=lambda text: changed(text, *lines), keep=options.keep)
        with client:
            client.sendmail("far@remote.example", data=b"Subject: " + subject.encode() + b"\n\nx\n")
            client.wait_log(r"(=>|==) far@remote\.example")
            return client.log()
    before = len(re.findall("login by SCRAM-SHA-256-PLUS", server.log()))
    log = send(server.port, "bound")
    check(re.search(r"=> far@remote\.example .* A=scram:joe/4096/[0-9a-f]{4} ", log), f"{name}: our client logs in at our server", log[-800:])
    check(server.wait_log(r"login by SCRAM-SHA-256-PLUS") and len(re.findall("login by SCRAM-SHA-256-PLUS", server.log())) == before + 1,
          f"{name}: bound to the connection", server.log()[-800:])
    log = send(InBetween(server.port, directory).port, "spied")
    check("== far@remote.example" in log and "scram authenticator failed" in log, f"{name}: not through somebody in between", log[-800:])
    log = send(InBetween(server.port, directory, "-PLUS").port, "stripped")
    check("== far@remote.example" in log and "scram authenticator failed" in log, f"{name}: nor where he hides what is offered", log[-800:])
    log = send(InBetween(server.port, directory, "-PLUS").port, "careless", "CLIENTBINDS = false")
    check("=> far@remote.example" in log, f"{name}: a client that does not bind does not notice", log[-800:])


class Library:
    """The GNU SASL library as a server."""

    PASSWORD, ITERATIONS, UNIQUE = 3, 15, 18

    def __init__(self):
        self.lib = ctypes.CDLL("libgsasl.so.18")
        self.context = ctypes.c_void_p()
        assert self.lib.gsasl_init(ctypes.byref(self.context)) == 0
        self.lib.gsasl_property_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p]
        self.kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)
        self.callback = self.kind(self.tell)
        self.lib.gsasl_callback_set(self.context, self.callback)
        self.unique = b""

    def tell(self, _, session, what):
        value = {self.PASSWORD: b"se:cret", self.ITERATIONS: b"4096", self.UNIQUE: self.unique}.get(what)
        if not value:
            return 51 # GSASL_NO_CALLBACK
        self.lib.gsasl_property_set(session, what, value)
        return 0

    def begin(self, mechanism, unique):
        self.unique = base64.b64encode(unique)
        session = ctypes.c_void_p()
        assert self.lib.gsasl_server_start(self.context, mechanism.encode(), ctypes.byref(session)) == 0
        return session

    def step(self, session, text):
        out = ctypes.c_char_p()
        code = self.lib.gsasl_step64(session, text.encode(), ctypes.byref(out))
        return code, (out.value or b"").decode()


class Foreign(Host):
    """A mail server whose logins GNU SASL judges. `twists`: it has another idea of the connection than its client."""

    extensions = "250-far.example\r\n250 STARTTLS"

    def __init__(self, directory, twists=False):
        self.library, self.twists, self.logins = Library(), twists, []
        self.context = server_context(directory)
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2 # Python tells of no exporter
        super().__init__()

    def serve(self, client, greets=True):
        if isinstance(client, ssl.SSLSocket):
            self.extensions = "250-far.example\r\n250 AUTH SCRAM-SHA-1-PLUS SCRAM-SHA-256-PLUS SCRAM-SHA-256"
        super().serve(client, greets)

    def answer(self, command, client):
        words = command.split()
        if words and words[0] == "AUTH":
            unique = client.get_channel_binding("tls-unique")
            self.session = self.library.begin(words[1], unique[::-1] if self.twists else unique)
            return self.go_on(words[1], words[2])
        if getattr(self, "session", None):
            return self.go_on(None, command)
        return None

    def go_on(self, mechanism, text):
        if mechanism:
            self.logins.append([mechanism, base64.b64decode(text).decode().split(",")[0]])
        elif self.logins[-1][-1] == 0: # the client has seen our signature
            self.session = None
            return "235 welcome"
        code, out = self.library.step(self.session, text)
        self.logins[-1].append(code)
        if code in (0, 1):
            return "334 " + out
        self.session = None
        return "535 no"


def foreign_server(options, directory):
    for twists in (False, True):
        host = Foreign(directory, twists)
        with Suite(options.build, (), host.port, change=changed, keep=options.keep) as client:
            client.sendmail("far@remote.example", data=b"Subject: to the library\n\nx\n")
            client.wait_log(r"(=>|==) far@remote\.example")
            log = client.log()
            bound = host.logins and host.logins[0][:2] == ["SCRAM-SHA-256-PLUS", "p=tls-unique"]
            check(bound, "our client binds its login to GNU SASL's server", host.logins)
            if twists:
                check("== far@remote.example" in log, "which refuses it where the connection is another one", log[-800:])
            else:
                check("=> far@remote.example" in log, "which takes it", (host.logins, log[-800:]))


def main():
    options = arguments("logins bound to TLS").parse_args()
    sink = Sink().start()
    with tempfile.TemporaryDirectory() as directory:
        make_certificate(directory)
        tls_port = free_port()
        suite = Suite(options.build, ("alice",), sink.port, keep=options.keep, change=lambda text: changed(
            text.replace("daemon_smtp_ports = PORT", f"daemon_smtp_ports = PORT : {tls_port}\ntls_on_connect_ports = {tls_port}", 1),
            "hosts_xclient = 127.0.0.1"))
        suite.tls_port = tls_port
        with with_certificate(suite, directory):
            # What the server relays goes on without a login.
            offers(suite)
            if shutil.which("gsasl"):
                foreign_clients(suite)
                in_between(suite, directory)
                foreign_server(options, directory)
            else:
                print("gsasl is not installed: clients and servers of others are left out")
            with_itself(options, suite, directory, "TLS 1.3")
        old = Suite(options.build, ("alice",), sink.port, keep=options.keep,
                    change=lambda text: changed(text, "openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1_3"))
        with with_certificate(old, directory) as suite:
            with_itself(options, suite, directory, "TLS 1.2")
            panic = suite.log("paniclog")
            check(not panic, "the panic log is empty", panic[-2000:])
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
