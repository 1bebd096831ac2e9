#!/usr/bin/env python3
"""driver = cyrus_sasl with the real daemons and the real library: a sasldb that saslpasswd2 makes, and logins with PLAIN,
LOGIN, CRAM-MD5 and DIGEST-MD5, each judged by a process of its own.

sasl.py [--build DIR] [--keep]; skipped where saslpasswd2 is not installed.
"""
import base64
import hashlib
import hmac
import os
import pwd
import re
import shutil
import subprocess
import sys
import tempfile

from clients import Clients
from peers import fetch
from suite import OWNER, Suite, Talk, Verdict, arguments

verdict = Verdict()
check = verdict.check

REALM, USER, PASSWORD = "example.test", "joe", "Se cret:\\1"

AUTHENTICATORS = r"""
begin authenticators

plain:
  driver = cyrus_sasl
  public_name = PLAIN
  server_realm = example.test
  server_set_id = $auth1

login:
  driver = cyrus_sasl
  public_name = LOGIN
  server_set_id = $auth1

cram:
  driver = cyrus_sasl
  public_name = X-ANYTHING
  server_mech = CRAM-MD5
  server_realm = ${if eq{1}{1}{example.test}}
  server_set_id = $auth1

digest:
  driver = cyrus_sasl
  public_name = DIGEST-MD5
  server_realm = example.test
  server_hostname = mx.example.test
  server_set_id = $auth1,$1

picky:
  driver = cyrus_sasl
  public_name = X-PICKY
  server_mech = PLAIN
  server_realm = example.test
  server_condition = ${if eq{$auth1}{ann@example.test}}
  server_set_id = $auth1

missing:
  driver = cyrus_sasl
  public_name = SRP
"""


def b64(octets):
    return base64.b64encode(octets.encode() if isinstance(octets, str) else octets).decode()


def dialogue(suite, mechanism, *answers):
    """The last reply to AUTH; an answer may be made of the challenge."""
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        code, text = talk.say("AUTH " + mechanism)
        for answer in answers:
            if code != 334:
                break
            code, text = talk.say(answer(base64.b64decode(text.split()[-1] if text.strip() else "")) if callable(answer) else answer)
        return code, text


def plain(user, password, authorization=""):
    return b64(f"{authorization}\0{user}\0{password}")


def cram(user, password):
    return lambda challenge: b64(user.encode() + b" " + hmac.new(password.encode(), challenge, "md5").hexdigest().encode())


def digest(user, password):
    """RFC 2831 section 2.1.2."""
    def answer(challenge):
        nonce = re.search(rb'nonce="([^"]*)"', challenge).group(1).decode()
        uri, cnonce = "smtp/mx.example.test", "0a4f113b"
        md5 = lambda octets: hashlib.md5(octets)
        a1 = md5(f"{user}:{REALM}:{password}".encode()).digest() + f":{nonce}:{cnonce}".encode()
        a2 = f"AUTHENTICATE:{uri}".encode()
        proof = md5(f"{md5(a1).hexdigest()}:{nonce}:00000001:{cnonce}:auth:{md5(a2).hexdigest()}".encode()).hexdigest()
        return b64(f'charset=utf-8,username="{user}",realm="{REALM}",nonce="{nonce}",nc=00000001,cnonce="{cnonce}",'
                   f'digest-uri="{uri}",response={proof},qop=auth')
    return answer


def good_and_bad(suite):
    for mechanism, answers in (("PLAIN " + plain(USER, PASSWORD), ()), ("PLAIN", (plain(USER, PASSWORD),)),
                               ("PLAIN " + plain(USER + "@" + REALM, PASSWORD), ()),
                               ("LOGIN", (b64(USER + "@" + REALM), b64(PASSWORD))),
                               ("X-ANYTHING", (cram(USER, PASSWORD),)), ("DIGEST-MD5", (digest(USER, PASSWORD), ""))):
        code, text = dialogue(suite, mechanism, *answers)
        check(code == 235, f"{mechanism.split()[0]} with the password", (code, text, suite.log()[-600:]))
    for mechanism, answers in (("PLAIN " + plain(USER, "guess"), ()), ("PLAIN " + plain(USER, ""), ()), ("PLAIN " + plain("ann", PASSWORD), ()),
                               ("PLAIN " + plain(USER, PASSWORD, "root"), ()), ("LOGIN", (b64(USER), b64("guess"))),
                               ("X-ANYTHING", (cram(USER, "guess"),)), ("X-ANYTHING", (cram("ann", PASSWORD),)),
                               ("DIGEST-MD5", (digest(USER, "guess"), "")), ("X-PICKY " + plain(USER, PASSWORD), ())):
        code, text = dialogue(suite, mechanism, *answers)
        check(code in (535, 553), f"{mechanism.split()[0]} with another one, or for another user", (code, text, suite.log()[-600:]))
    check(suite.wait_log(r"plain authenticator failed .*535 .*\(set_id=joe@example.test\).*authentication failure"), "the log has who and why",
          suite.log()[-900:])
    check(PASSWORD not in suite.log(), "and no password")


def hostile(suite):
    long = "A" * 4000
    for mechanism, answers in (("PLAIN " + b64(b"\xff\xfe\x00\x00\x01"), ()), ("PLAIN " + b64("x"), ()), ("PLAIN", (b64(b"\0" * 900),)),
                               ("PLAIN", (long,)), ("PLAIN =", ()), ("X-ANYTHING " + b64("joe"), ()), ("X-ANYTHING", (b64(b"\xff\0\n joe"),)),
                               ("X-ANYTHING", ("",)), ("DIGEST-MD5", (b64("username=x"),)), ("DIGEST-MD5", (b64(b'",\0,realm="' * 50),)),
                               ("DIGEST-MD5", (long,)), ("LOGIN", (long, long)), ("PLAIN", ("*",)), ("LOGIN", ("a***",))):
        code, text = dialogue(suite, mechanism, *answers)
        check(500 <= code < 600, f"{mechanism[:20]} and {str(answers)[:40]}: refused", (code, text))
    code, text = dialogue(suite, "PLAIN", "A" * 100_000)
    check(code >= 500, "an answer that is no line any more", (code, text))
    code, text = dialogue(suite, "SRP", "")
    check(code in (435, 454), "a mechanism that is not installed is put off", (code, text))
    check(suite.wait_log("SRP"), "and the log names it", suite.log()[-500:])
    check(dialogue(suite, "PLAIN " + plain(USER, PASSWORD))[0] == 235, "and after all that the next one is let in")


def by_swaks(suite):
    """A client that nobody here wrote, with Perl's Authen::SASL."""
    root = fetch(suite.build, "client-digest", ("libauthen-sasl-perl", "libdigest-hmac-perl"))
    words, env = Clients(suite.build).words("swaks")
    env = {**env, "PERL5LIB": os.path.join(root, "usr/share/perl5") + ":" + env.get("PERL5LIB", "")}
    for password, good in ((PASSWORD, True), ("guess", False)):
        done = subprocess.run([*words, "--server", f"127.0.0.1:{suite.port}", "--from", "a@one.example", "--to", "postmaster@two.example", "--quit-after", "AUTH",
                               "--auth", "DIGEST-MD5", "--auth-user", USER, "--auth-password", password,
                               "--auth-extra", f"realm={REALM},dmd5-host=mx.example.test"], env=env, capture_output=True, timeout=60, check=False)
        check((b"<-  235 " in done.stdout) == good and (done.returncode == 0) == good, f"swaks by DIGEST-MD5, {'the' if good else 'another'} password",
              done.stdout[-900:])


def by_tools(suite):
    """-bh judges in a process of the caller's own."""
    said = subprocess.run([f"{suite.build}/bin/sendmail", "-C", suite.config, *["-D" + macro for macro in suite.macros], "-bh", "192.0.2.9"],
                          input=f"EHLO x\r\nAUTH PLAIN {plain(USER, 'guess')}\r\nAUTH PLAIN {plain(USER, PASSWORD)}\r\nQUIT\r\n".encode(),
                          capture_output=True, timeout=60, check=False).stdout.decode()
    check("535 " in said and "235 " in said, "-bh asks the library itself", said)


def many_at_once(suite):
    """Logins that nobody goes on with hold up the bounded number, and end by sasl_timeout."""
    talks = [Talk(suite.port) for _ in range(4)]
    try:
        for talk in talks:
            talk.say("EHLO client.example")
            talk.say("AUTH LOGIN")
        check(suite.wait_log("sasl_max_children|sasl_timeout"), "a bound is named in the log", suite.log()[-600:])
    finally:
        for talk in talks:
            talk.__exit__(None, None, None)
    check(dialogue(suite, "PLAIN " + plain(USER, PASSWORD))[0] == 235, "and the next one is let in")


def unknown_mechanism(suite, text):
    bad = suite.config + ".bad"
    with open(bad, "w", encoding="utf-8") as file:
        file.write(text.replace("public_name = SRP", "public_name = CRAM-MD55"))
    said = subprocess.run([f"{suite.build}/bin/sendmail", "-C", bad, *["-D" + macro for macro in suite.macros], "-bh", "192.0.2.9"], input=b"QUIT\r\n",
                          capture_output=True, timeout=60, check=False)
    words = (said.stdout + said.stderr).decode()
    check(said.returncode != 0 and "CRAM-MD55" in words and "did you mean CRAM-MD5" in words, "an unknown mechanism is refused at load", words)


def change(config):
    def changed(text):
        return text.replace("begin acl\n", f"auth_failure_delay = 0s\nsasl_user = {OWNER}\nsasl_config_directory = {config}\n"
                            "sasl_timeout = 5s\nsasl_max_children = 3\n\nbegin acl\n", 1) + AUTHENTICATORS
    return changed


def main():
    options = arguments("sasl").parse_args()
    if not shutil.which("saslpasswd2"):
        print("skipped: saslpasswd2 (sasl2-bin) is not installed")
        return 77
    directory = tempfile.mkdtemp(prefix="gatepost-sasl-", dir="/var/tmp")
    try:
        database = directory + "/sasldb2"
        subprocess.run(["saslpasswd2", "-p", "-c", "-f", database, "-u", REALM, USER], input=PASSWORD.encode(), check=True)
        with open(directory + "/exim.conf", "w", encoding="utf-8") as file:
            file.write(f"sasldb_path: {database}\nauxprop_plugin: sasldb\n")
        os.chmod(directory, 0o755)
        if os.getuid() == 0:  # nobody but sasl_user may read it
            os.chown(database, pwd.getpwnam(OWNER).pw_uid, 0)
        os.chmod(database, 0o600)
        with Suite(options.build, change=change(directory), keep=options.keep) as suite:
            good_and_bad(suite)
            hostile(suite)
            by_swaks(suite)
            many_at_once(suite)
            by_tools(suite)
            with open(suite.config, encoding="utf-8") as file:
                unknown_mechanism(suite, file.read())
    finally:
        shutil.rmtree(directory)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
