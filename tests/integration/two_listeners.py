#!/usr/bin/env python3
"""Two listeners of one instance, one in clear and one for submission: what the one offers and bears the other does not,
whatever happens at the same time; and a certificate for each kind of key (RSA and ECDSA), as the client can use it.

two_listeners.py [--build DIR] [--keep]
"""
import base64
import os
import ssl
import subprocess
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments, free_port

verdict = Verdict()
check = verdict.check
ALICE = "alice@" + DOMAIN
LOGIN = "AUTH PLAIN " + base64.b64encode(b"\0alice\0secret").decode()


def options(clear, directory):
    return f"""
tls_certificate = {directory}/ec.pem : {directory}/rsa.pem
tls_privatekey = {directory}/ec.key : {directory}/rsa.key
tls_advertise_hosts = ${{if eq{{$received_port}}{{{clear}}}{{}}{{*}}}}
auth_advertise_hosts = ${{if or{{ {{eq{{$received_port}}{{{clear}}}}} {{def:tls_in_cipher}} }}{{*}}{{}}}}
acl_smtp_rcpt = accept
acl_smtp_data = accept
"""


AUTHENTICATORS = """
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_condition = ${if and{ {eq{$auth2}{alice}} {eq{$auth3}{secret}} }}
  server_set_id = $auth2
"""


def certificates(directory):
    for name, kind in (("ec", ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]), ("rsa", ["-newkey", "rsa:2048"])):
        subprocess.run(["openssl", "req", "-x509", *kind, "-nodes", "-days", "30", "-subj", "/CN=localhost", "-keyout", f"{directory}/{name}.key",
                        "-out", f"{directory}/{name}.pem"], check=True, capture_output=True)
        for end in ("key", "pem"):
            os.chmod(f"{directory}/{name}.{end}", 0o644)


def offers(talk):
    text = talk.say("EHLO client.example")[1]
    return "STARTTLS" in text, "AUTH PLAIN" in text


def start_tls(talk, ciphers=None):
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    check(talk.say("STARTTLS")[0] == 220, "STARTTLS")
    talk.socket = context.wrap_socket(talk.socket)
    talk.lines = talk.socket.makefile("rb")


def side_by_side(clear, submission):
    with Talk(clear) as open_one, Talk(submission) as strict:
        check(offers(open_one) == (False, True), "the listener in clear has AUTH and no STARTTLS")
        check(offers(strict) == (True, False), "the one for submission has STARTTLS, and no AUTH before it")
        check(open_one.say("STARTTLS")[0] == 503, "what is not offered is refused")
        check(strict.say(LOGIN)[0] == 503, "on both")
        check(open_one.say(LOGIN)[0] == 235, "a login in clear where it is allowed")
        check(offers(strict) == (True, False) and strict.say(LOGIN)[0] == 503, "changes nothing at the other listener")
        check(strict.say(f"MAIL FROM:<{ALICE}>")[0] == 530, "which takes no mail without one")
        with Talk(clear) as stranger:
            stranger.say("EHLO client.example")
            check(stranger.send("a@b.example", [ALICE], b"Subject: clear\r\n\r\nx\r\n")[0] == 250, "the listener in clear does")
        start_tls(strict)
        check(offers(strict) == (False, True), "behind TLS there is AUTH")
        check(strict.say(LOGIN)[0] == 235 and strict.send(ALICE, [ALICE], b"Subject: tls\r\n\r\nx\r\n")[0] == 250, "and mail")
        with Talk(clear) as stranger:
            check(offers(stranger) == (False, True), "and the listener in clear offers what it did")


def keys(submission, directory):
    for name, ciphers in (("rsa", "ECDHE-RSA-AES256-GCM-SHA384"), ("ec", "ECDHE-ECDSA-AES256-GCM-SHA384"), ("ec", None)):
        with Talk(submission) as talk:
            talk.say("EHLO client.example")
            start_tls(talk, ciphers)
            with open(f"{directory}/{name}.pem", encoding="ascii") as file:
                wanted = ssl.PEM_cert_to_DER_cert(file.read())
            check(talk.socket.getpeercert(True) == wanted, f"a client of {ciphers or 'both kinds'} gets the {name} certificate")
            check(talk.say("NOOP")[0] == 250, "and is served")


def main():
    given = arguments("two_listeners").parse_args()
    port = free_port()
    suite = Suite(given.build, keep=given.keep)
    certificates(suite.directory)
    with open(suite.config, encoding="utf-8") as file:
        text = file.read()
    for word in ("acl_smtp_rcpt", "acl_smtp_data", "auth_advertise_hosts", "tls_advertise_hosts", "tls_certificate", "tls_privatekey"):
        text = text.replace("\n" + word, "\n#" + word)
    at = text.find("begin authenticators")
    suite.write_config(options(suite.port, suite.directory) + (text[:at] if at >= 0 else text) + AUTHENTICATORS)
    with open(suite.path("services.conf"), "w", encoding="utf-8") as file:
        file.write(f"smtpd listen=127.0.0.1:{suite.port},127.0.0.1:{port}/submission\n")
    with suite:
        side_by_side(suite.port, port)
        keys(port, suite.directory)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
