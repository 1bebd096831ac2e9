#!/usr/bin/env python3
"""Logins: every mechanism with clients that others wrote, and the suite as a client of itself.

auth.py [--build DIR] [--keep]
"""
import base64
import hashlib
import hmac
import re
import shutil
import smtplib
import subprocess
import sys

from played import Host, Listening
from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

# The password of joe is "se:cret"; the server key and stored key are of the password "pencil" (RFC 5802's example).
AUTHENTICATORS = r"""
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if and{{eq{$auth2}{joe}}{eq{$auth3}{se:cret}}}}
  server_set_id = $auth2
  server_mail_auth_condition = ${if eq{$authenticated_id}{joe}}
  client_send = <; ^CLIENTUSER^CLIENTPASSWORD
  client_condition = ${if eq{CLIENTMECH}{plain}}

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${if and{{eq{$auth1}{joe}}{eq{$auth2}{se:cret}}}}
  server_set_id = $auth1
  client_send = <; ; CLIENTUSER ; CLIENTPASSWORD
  client_condition = ${if eq{CLIENTMECH}{login}}

cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = ${if eq{$auth1}{joe}{se:cret}fail}
  server_set_id = $auth1
  client_name = CLIENTUSER
  client_secret = CLIENTPASSWORD
  client_condition = ${if eq{CLIENTMECH}{cram}}
  client_set_id = CLIENTUSER

scram:
  driver = gsasl
  public_name = SCRAM-SHA-256
  server_password = ${if eq{$auth1}{joe}{se:cret}fail}
  server_set_id = $auth1
  client_username = CLIENTUSER
  client_password = CLIENTPASSWORD
  client_condition = ${if eq{CLIENTMECH}{scram}}

scram1:
  driver = gsasl
  public_name = SCRAM-SHA-1
  server_scram_salt = QSXCR+Q6sek8bf92
  server_skey = 6dlGYMOdZcOPutkcNY8U2g7vK9Y=
  server_key = D+CSWLOshSulAsxiupA+qs2/fTE=
  server_set_id = $auth1

spa:
  driver = spa
  public_name = NTLM
  server_password = ${if eq{$auth1}{joe}{se:cret}fail}
  server_set_id = $auth1
  client_username = CLIENTUSER
  client_password = CLIENTPASSWORD
  client_domain = ${if eq{CLIENTUSER}{joe}{office}}
  client_condition = ${if eq{CLIENTMECH}{spa}}

bearer:
  driver = gsasl
  public_name = OAUTHBEARER
  server_condition = ${if and{{eq{$auth1}{joe}}{eq{$auth3}{token.of.joe}}}}
  server_set_id = $auth1

xoauth2:
  driver = gsasl
  public_name = XOAUTH2
  server_condition = ${if and{{eq{$auth1}{joe}}{eq{$auth3}{token.of.joe}}}}
  server_set_id = $auth1

external:
  driver = external
  public_name = EXTERNAL
  server_param2 = ${if eq{$sender_host_address}{127.0.0.1}{here}{there}}
  server_condition = ${if and{{eq{$auth1}{machine}}{eq{$auth2}{here}}}}
  server_set_id = $auth1

dove:
  driver = dovecot
  public_name = X-DOVE
  server_socket = INSTANCE/dovecot
  server_set_id = $auth1

sasl:
  driver = plaintext
  public_name = X-SASL
  server_prompts = user : password
  server_condition = ${if saslauthd{{$auth1}{$auth2}{smtp}{realm}}}
  server_set_id = $auth1

hidden:
  driver = plaintext
  public_name = X-HIDDEN
  server_condition = yes
  server_advertise_condition = ${if def:tls_in_cipher}
"""


def with_authenticators(text):
    for name, value in (("CLIENTMECH", "none"), ("CLIENTUSER", "joe"), ("CLIENTPASSWORD", "se:cret")):
        text = f".ifndef {name}\n{name} = {value}\n.endif\n" + text
    text = text.replace("begin acl\n", "auth_failure_delay = 0s\nsaslauthd_socket = INSTANCE/saslauthd\nsender_logins = ${if eq{$sender_helo_name}{bound.example}{$local_part}{*}}\nauth_failures_max = 4\nacl_smtp_auth = check_auth\nacl_smtp_quit = at_quit\n\nbegin acl\n\n"
                        "at_quit:\n  accept logwrite = login=$sender_host_authenticated/$authenticated_id failed=$authentication_failed/$authenticated_fail_id\n\n"
                        "check_auth:\n  deny condition = ${if match{$smtp_command_argument}{^(?i)x-no}}\n"
                        "       message = not this one\n  accept\n", 1)
    text = text.replace("  accept hosts = +relay_from_hosts", "  accept authenticated = *", 1)
    text = text.replace("  driver = smtp\n", "  driver = smtp\n  hosts_try_auth = *\n", 1)
    return text + AUTHENTICATORS


NTLM_FIRST = "TlRMTVNTUAABAAAABoIIAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


class SaslAuthd(Listening):
    """The daemon of Cyrus SASL: counted words in, one out, and the end."""

    def __init__(self, path):
        self.questions = []
        super().__init__(path)

    def serve(self, client):
        lines = client.makefile("rb")
        words = [lines.read(int.from_bytes(lines.read(2), "big")) for _ in range(4)]
        self.questions.append(words)
        if words[0] == b"broken":
            return
        answer = b"OK" if words[:2] == [b"joe", b"se:cret"] else b"NO authentication failed"
        client.sendall(len(answer).to_bytes(2, "big") + answer)


class Dovecot(Listening):
    """The authentication service of a Dovecot, as far as its protocol 1.1 goes."""

    def __init__(self, path):
        self.questions = []
        super().__init__(path)

    def serve(self, client):
        client.sendall(b"VERSION\t1\t2\nSPID\t7\nCUID\t1\nCOOKIE\tff\nMECH\tPLAIN\tplaintext\nMECH\tX-DOVE\n")
        client.sendall(b"DONE\n")
        for line in client.makefile("rb"):
            words = line.rstrip(b"\n").split(b"\t")
            self.questions.append(words)
            if words[0] == b"AUTH":
                client.sendall(b"CONT\t1\t" + base64.b64encode(b"who?") + b"\n")
            elif words[0] == b"CONT":
                who = base64.b64decode(words[2])
                if who == b"joe":
                    client.sendall(b"OK\t1\tuser=joe@dove\n")
                elif who == b"later":
                    client.sendall(b"FAIL\t1\tuser=later\ttemp\n")
                else:
                    client.sendall(b"FAIL\t1\tuser=" + who + b"\n")


def b64(text):
    return base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def talk_to(suite):
    talk = Talk(suite.port)
    talk.say("EHLO client.example")
    return talk


def offers(suite):
    with Talk(suite.port) as talk:
        _, text = talk.say("EHLO client.example")
        line = next((line for line in text.splitlines() if "AUTH" in line), "")
        check(line == "250-AUTH PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-1 NTLM OAUTHBEARER XOAUTH2 EXTERNAL X-DOVE X-SASL",
              "EHLO offers the mechanisms in the order of the file, without the one whose condition fails", line)
        check(talk.say("AUTH X-HIDDEN")[0] == 504, "what is not offered is not to be had")
        check(talk.say("AUTH X-NO")[0] == 503, "acl_smtp_auth is asked")
        check(talk.say("AUTH PLAIN " + b64("\0joe\0wrong"))[0] == 535, "a wrong password is refused")
        check(talk.say("AUTH PLAIN !!!")[0] == 501, "what is not base64 is a syntax error")
        code, text = talk.say("RCPT TO:<a@b.example>")
        check(code == 503, "and nobody is logged in", text)
    check(suite.wait_log(r"plain authenticator failed for \(client\.example\) \[127\.0\.0\.1\]: 535 Incorrect authentication "
                         r"data \(set_id=joe\)"), "the log names who failed", suite.log()[-500:])


def failures(suite):
    """What later ACLs know of logins."""
    for steps, seen in (([], "login=/ failed=0/"), (["wrong"], "login=/ failed=1/joe"), (["wrong", "se:cret"], "login=plain/joe failed=0/")):
        with talk_to(suite) as talk:
            for password in steps:
                talk.say("AUTH PLAIN " + b64("\0joe\0" + password))
            talk.say("QUIT")
        check(suite.wait_log(re.escape(" " + seen) + "$"), f"at QUIT behind {steps or 'no login'}", suite.log()[-300:])


def dialogues(suite):
    for name, first, answers, good in (
            ("PLAIN at once", "AUTH PLAIN " + b64("\0joe\0se:cret"), [], True),
            ("PLAIN when asked", "AUTH PLAIN", [b64("\0joe\0se:cret")], True),
            ("LOGIN", "AUTH LOGIN", [b64("joe"), b64("se:cret")], True),
            ("LOGIN with the name at once", "AUTH LOGIN " + b64("joe"), [b64("se:cret")], True),
            ("LOGIN, all at once", "AUTH login " + b64("joe\0se:cret"), [], True),
            ("a cancelled LOGIN", "AUTH LOGIN", ["*"], False),
            ("EXTERNAL", "AUTH EXTERNAL " + b64("machine"), [], True),
            ("EXTERNAL of another", "AUTH EXTERNAL", [b64("other")], False),
            ("CRAM-MD5 with initial data", "AUTH CRAM-MD5 " + b64("x"), [], False),
            ("XOAUTH2", "AUTH XOAUTH2 " + b64("user=joe\1auth=Bearer token.of.joe\1\1"), [], True),
            ("a wrong token", "AUTH XOAUTH2 " + b64("user=joe\1auth=Bearer nonsense\1\1"), [""], False),
            ("OAUTHBEARER", "AUTH OAUTHBEARER", [b64("n,a=joe,\1host=x\1auth=Bearer token.of.joe\1\1")], True),
            ("NTLM that answers nothing", "AUTH NTLM", [NTLM_FIRST, b64("NTLMSSP\0")], False),
            ("NTLM with a name outside of the message", "AUTH NTLM " + NTLM_FIRST,
             [b64(b"NTLMSSP\0\3\0\0\0" + b"\xff\x00\xff\x00\xf0\xff\xff\xff" * 7)], False),
            ("saslauthd's", "AUTH X-SASL", [b64("joe"), b64("se:cret")], True),
            ("saslauthd's no", "AUTH X-SASL", [b64("joe"), b64("guess")], False),
            ("a name that saslauthd would not take", "AUTH X-SASL", [b64("j" * 1500), b64("x")], False),
            ("Dovecot's", "AUTH X-DOVE", [b64("joe")], True),
            ("Dovecot's no", "AUTH X-DOVE", [b64("jim")], False)):
        with talk_to(suite) as talk:
            code, text = talk.say(first)
            for answer in answers:
                if code != 334:
                    break
                code, text = talk.say(answer)
            check(code == 235 if good else code in (501, 535, 553), f"{name}: {'in' if good else 'out'}", text)
            if good:
                check(talk.say("AUTH PLAIN")[0] == 503, "and not twice")
    with talk_to(suite) as talk:
        talk.say("AUTH X-DOVE")
        check(talk.say(b64("later"))[0] == 435, "a temporary failure of Dovecot's is one of ours")
    with talk_to(suite) as talk:
        talk.say("AUTH X-SASL")
        talk.say(b64("broken"))
        check(talk.say(b64("x"))[0] == 435, "and so is a saslauthd that does not answer")


def scram(suite, digest, name, password):
    """A client by the letter of RFC 5802."""
    with talk_to(suite) as talk:
        first = f"n={name},r=abc"
        code, text = talk.say(f"AUTH SCRAM-{digest} " + b64("n,," + first))
        if code != 334:
            return code, text
        server = base64.b64decode(text[4:]).decode()
        fields = dict(part.split("=", 1) for part in server.split(","))
        kind = {"SHA-1": "sha1", "SHA-256": "sha256"}[digest]
        salted = hashlib.pbkdf2_hmac(kind, password.encode(), base64.b64decode(fields["s"]), int(fields["i"]))
        key = hmac.digest(salted, b"Client Key", kind)
        last = f"c=biws,r={fields['r']}"
        whole = ",".join((first, server, last)).encode()
        signature = hmac.digest(hashlib.new(kind, key).digest(), whole, kind)
        proof = bytes(a ^ b for a, b in zip(key, signature))
        code, text = talk.say(b64(f"{last},p={b64(proof)}"))
        if code != 334:
            return code, text
        verifier = hmac.digest(hmac.digest(salted, b"Server Key", kind), whole, kind)
        if base64.b64decode(text[4:]).decode() != "v=" + b64(verifier):
            return 0, "the server did not prove itself"
        return talk.say("")


def scrams(suite):
    for digest, name, password, code in (("SHA-256", "joe", "se:cret", 235), ("SHA-256", "joe", "wrong", 535),
                                         ("SHA-256", "jim", "se:cret", 535), ("SHA-1", "user", "pencil", 235),
                                         ("SHA-1", "user", "pencils", 535)):
        got = scram(suite, digest, name, password)
        check(got[0] == code, f"SCRAM-{digest} as {name} with {password}: {code}", got)


def limits(suite):
    with talk_to(suite) as talk:
        codes = [talk.say("AUTH PLAIN " + b64("\0joe\0wrong"))[0] for _ in range(4)]
        check(codes == [535, 535, 535, 421], "the fourth wrong password ends the session", codes)
    with talk_to(suite) as talk:
        talk.say("AUTH PLAIN " + b64("\0joe\0se:cret"))
        talk.say("MAIL FROM:<a@b.example> AUTH=other@b.example")
        check(talk.say("RCPT TO:<x@remote.example>")[0] == 250, "a client that is logged in may relay")


def senders(suite):
    """sender_logins: what a login may send as."""
    with open(suite.path("aliases"), "a", encoding="ascii") as file:
        file.write("sales: joe, alice\nboss: alice\nlater: :defer: not now\n")
    ours, letter = "@" + DOMAIN, b"From: %s\r\nSubject: bound\r\n\r\nx\r\n.\r\n"
    with Talk(suite.port) as talk:
        talk.say("EHLO bound.example")
        check(talk.say("MAIL FROM:<alice" + ours + ">")[0] == 250, "who has not logged in is nobody's business")
        talk.say("RSET")
        talk.say("AUTH PLAIN " + b64("\0joe\0se:cret"))
        code, text = talk.say("MAIL FROM:<alice" + ours + ">")
        check(code == 550 and "does not belong to the login joe" in text, "a login does not send as somebody else", text)
        check(talk.say("MAIL FROM:<boss" + ours + ">")[0] == 550, "nor by an alias of somebody else")
        check(talk.say("MAIL FROM:<later" + ours + ">")[0] == 451, "an alias that cannot be looked at now is nobody's yet")
        for sender, author, wanted in (("joe", "joe", 250), ("sales", "Joe <sales", 250), ("joe", "alice", 550), ("", "joe", 250),
                                       ("joe", "joe@x.example, alice", 550), ("joe", '"alice@a.example":;', 550)):
            name = sender + ours if sender else ""
            code, text = talk.say(f"MAIL FROM:<{name}>")
            check(code == 250, f"it may send as <{name}>", text)
            talk.say("RCPT TO:<alice" + ours + ">")
            talk.say("DATA")
            whole = author if author.endswith(";") else author + ours + (">" if "<" in author else "")
            talk.socket.sendall(letter % whole.encode())
            code, text = talk.reply()
            check(code == wanted, f"From: {whole} {'passes' if wanted == 250 else 'does not'}", text)


def foreign_clients(suite):
    message = b"Subject: by smtplib %s\r\n\r\nx\r\n"
    for mechanism in ("CRAM-MD5", "PLAIN", "LOGIN"):
        with smtplib.SMTP("127.0.0.1", suite.port) as client:
            client.ehlo()
            client.esmtp_features["auth"] = mechanism
            client.login("joe", "se:cret")
            client.sendmail("joe@b.example", ["alice@" + DOMAIN], message % mechanism.encode())
        check(suite.wait_mail(b"by smtplib " + mechanism.encode()), f"Python's smtplib with {mechanism}")
    for mechanism in ("PLAIN", "LOGIN", "CRAM-MD5"):
        if not shutil.which("swaks"):
            continue
        words = ["swaks", "--server", f"127.0.0.1:{suite.port}", "--to", "far@remote.example", "--from", "joe@b.example",
                 "--auth", mechanism, "--auth-user", "joe", "--auth-password", "se:cret", "--quit-after", "RCPT"]
        ran = subprocess.run(words, capture_output=True, timeout=60)
        if b"requires" in ran.stderr + ran.stdout:
            continue # a Perl module is missing
        check(ran.returncode == 0, f"swaks with {mechanism}", ran.stdout[-600:])
    if shutil.which("curl"):
        for words in (["--login-options", "AUTH=PLAIN", "-u", "joe:se:cret"],
                      ["--login-options", "AUTH=NTLM", "-u", "joe:se:cret"],
                      ["--oauth2-bearer", "token.of.joe", "-u", "joe", "--login-options", "AUTH=OAUTHBEARER"],
                      ["--oauth2-bearer", "token.of.joe", "-u", "joe", "--login-options", "AUTH=XOAUTH2"]):
            command = ["curl", "-sS", f"smtp://127.0.0.1:{suite.port}/client.example", "--mail-from", "joe@b.example",
                       "--mail-rcpt", "alice@" + DOMAIN, "-T", "-", *words]
            ran = subprocess.run(command, input=b"Subject: by curl\r\n\r\nx\r\n", capture_output=True, timeout=60)
            check(ran.returncode == 0, f"curl with {words[-1]}", ran.stderr)


def clients(options, server):
    """The suite as a client of itself: the first instance relays through the second."""
    for mechanism, user, shown in (("plain", "joe", "plain"), ("login", "joe", "login"), ("cram", "joe", "cram:joe"),
                                   ("scram", "joe", "scram"), ("spa", "joe", "spa")):
        def change(text, mechanism=mechanism, user=user):
            return f"CLIENTMECH = {mechanism}\nCLIENTUSER = {user}\n" + with_authenticators(text)
        with Suite(options.build, (), server.port, change=change, keep=options.keep) as client:
            subject = f"through {mechanism}".encode()
            client.sendmail("alice@" + DOMAIN + "x", data=b"Subject: " + subject + b"\n\nx\n")
            client.sendmail("far@remote.example", data=b"Subject: " + subject + b"\n\nx\n")
            check(client.wait_log(rf"=> far@remote\.example .* A={shown} "), f"the client's log shows {shown}", client.log()[-800:])
    check(server.wait_log(r"<= \S+ H=.* P=esmtpa A=cram:joe "), "and the server's who it was", server.log()[-800:])

    def wrong(text):
        text = "CLIENTMECH = plain\nCLIENTPASSWORD = wrong\n" + with_authenticators(text)
        return text.replace("hosts_try_auth = *", "hosts_require_auth = *")
    with Suite(options.build, (), server.port, change=wrong, keep=options.keep) as client:
        client.sendmail("far@remote.example", data=b"Subject: wrong\n\nx\n")
        check(client.wait_log(r"plain authenticator failed H=127\.0\.0\.1 \[127\.0\.0\.1\] 535 Incorrect authentication data"),
              "a refused login is logged", client.log()[-800:])
        check(client.wait_log(r"== far@remote\.example .*authentication required but authentication attempt\(s\) failed"),
              "and with hosts_require_auth nothing is sent", client.log()[-800:])


class Sorting(Host):
    """A host that takes any login, and refuses a recipient by its name."""

    extensions = "250-far.example\r\n250 AUTH PLAIN"

    def __init__(self):
        self.senders = []
        super().__init__()

    def answer(self, command, client):
        if command.startswith("MAIL"):
            self.senders.append(command)
        return "235 welcome" if command.startswith("AUTH") else "550 no" if "never" in command else None


def reports(options):
    """bounce_sender_authentication."""
    host = Sorting()

    def change(text):
        return f"CLIENTMECH = plain\nbounce_sender_authentication = mailer-daemon@{DOMAIN}\n" + with_authenticators(text)
    with Suite(options.build, (), host.port, change=change, keep=options.keep) as suite:
        suite.sendmail("-f", "carol@far.example", "never@far.example", data=b"Subject: x\n\nx\n")
        check(wait_for(lambda: f"MAIL FROM:<> AUTH=mailer-daemon@{DOMAIN}" in host.senders), "a bounce says who has sent it", host.senders)


def main():
    options = arguments("logins").parse_args()
    reports(options)
    sink = Sink().start()
    with Suite(options.build, ("alice", "joe"), sink.port, change=with_authenticators, keep=options.keep) as suite:
        Dovecot(suite.path("dovecot"))
        SaslAuthd(suite.path("saslauthd"))
        for step in (offers, failures, dialogues, scrams, limits, senders, foreign_clients, lambda s: clients(options, s)):
            step(suite)
        check(wait_for(lambda: sink.find(b"Subject: through scram")), "what was relayed arrives")
        panic = suite.log("paniclog")
        check(not panic, "the panic log is empty", panic[-2000:])
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
