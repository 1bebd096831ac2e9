#!/usr/bin/env python3
"""The programs that people send mail with, each against a running suite: SMTP clients in clear, by STARTTLS and
by TLS on connect, and user agents, cron and web applications by sendmail.

clients.py [--build DIR] [--keep]

What is not installed is downloaded into the build folder (tests/integration/peers.py).
"""
import os
import re
import shutil
import smtplib
import ssl
import subprocess
import sys

from peers import fetch, library_path
from suite import DOMAIN, Suite, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check
ALICE = "alice@" + DOMAIN


class Clients:
    """Finds programs: on this machine, else in a package that is downloaded."""

    def __init__(self, build):
        self.build = build

    def words(self, program, package=None):
        """The words that start the program, and its environment; None when it cannot be had."""
        found = shutil.which(program)
        if found and package != "postfix":
            return [found], dict(os.environ)
        package = package or program
        # User agents depend on some mail server; theirs is ours.
        root = fetch(self.build, "client-" + package, (package,), lambda name: not name.startswith("exim4"))
        environment = dict(os.environ, LD_LIBRARY_PATH=library_path(root))
        environment["PERL5LIB"] = ":".join(os.path.join(root, part) for part in (
            "usr/share/perl5", "usr/lib/x86_64-linux-gnu/perl5/5.36", "usr/share/perl/5.36", "usr/lib/x86_64-linux-gnu/perl/5.36"))
        for part in ("usr/bin", "usr/sbin", "bin"):
            path = os.path.join(root, part, program)
            if os.path.exists(path):
                return [path], environment
        check(False, f"{program} is in the package {package}")
        return None


def run(words, data=b"", env=None):
    return subprocess.run(words, input=data, env=env, capture_output=True, timeout=120, check=False)


def certificate(suite):
    chain, key = suite.path("certificate.pem"), suite.path("key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", chain],
                   check=True, capture_output=True)
    os.chmod(chain, 0o644)
    os.chmod(key, 0o644)
    suite.macros += ["CERTIFICATE=" + chain, "KEY=" + key]
    return chain


class Trial:
    """One running suite and a way to look for what a client said it has sent."""

    def __init__(self, suite, chain, tls_port):
        self.suite = suite
        self.chain = chain
        self.tls_port = tls_port
        self.number = 0

    def mark(self):
        self.number += 1
        return f"trial-{self.number}-of-{os.getpid()}"

    def arrived(self, what, done, mark, body=b"", protocol=None):
        """The client succeeded and its message came, with this in it, by this protocol."""
        detail = getattr(done, "stderr", done) or getattr(done, "stdout", done)
        if not check(done is None or done.returncode == 0, what, detail):
            return None
        message = self.suite.wait_mail(mark.encode())
        good = message is not None and body in message
        if protocol and good:
            good = re.search(rb"\swith " + protocol.encode() + rb"\s", message) is not None
            detail = message
        check(good, f"{what}: its message arrives" + (f" by {protocol}" if protocol else ""), detail if not good else "")
        return message


LETTER = b"From: bob@elsewhere.example\r\nTo: alice@gatepost.example\r\nSubject: %s\r\n\r\n.dot first\r\nlast line\r\n"
BODY = b"\n\n.dot first\nlast line\n"


def letter(mark):
    return LETTER % mark.encode()


def by_curl(trial, clients):
    program = clients.words("curl")
    if not program:
        return
    words, env = program
    path = trial.suite.path("letter")
    for what, options, url, protocol in (
            ("curl in clear", [], f"smtp://127.0.0.1:{trial.suite.port}/client.example", "esmtp"),
            ("curl with STARTTLS", ["--ssl-reqd", "--cacert", trial.chain], f"smtp://localhost:{trial.suite.port}/client.example", "esmtps"),
            ("curl with TLS on connect", ["--cacert", trial.chain], f"smtps://localhost:{trial.tls_port}/client.example", "esmtps")):
        mark = trial.mark()
        with open(path, "wb") as file:
            file.write(letter(mark))
        done = run([*words, "-sS", "-4", *options, "--mail-from", "bob@elsewhere.example", "--mail-rcpt", ALICE, "--upload-file", path, url],
                   env=env)
        trial.arrived(what, done, mark, BODY, protocol)


def by_swaks(trial, clients):
    program = clients.words("swaks")
    if not program:
        return
    words, env = program
    common = [*words, "--helo", "client.example", "--from", "bob@elsewhere.example", "--to", ALICE, "--body", ".dot first\nlast line"]
    plain = ["--server", f"127.0.0.1:{trial.suite.port}"]
    cases = [("swaks in clear", plain, "esmtp"), ("swaks with pipelining", [*plain, "--pipeline"], "esmtp"),
             ("swaks by HELO", [*plain, "--protocol", "SMTP"], "smtp")]
    if run(["perl", "-MNet::SSLeay", "-e", "1"], env=env).returncode == 0:
        cases += [("swaks with STARTTLS", [*plain, "-tls"], "esmtps"),
                  ("swaks with TLS on connect", ["--server", f"127.0.0.1:{trial.tls_port}", "--tlsc"], "esmtps")]
    for what, options, protocol in cases:
        mark = trial.mark()
        trial.arrived(what, run([*common, *options, "--header", "Subject: " + mark], env=env), mark, BODY, protocol)
    refused = run([*words, "--helo", "client.example", "--from", "bob@elsewhere.example", "--to", "nobody@" + DOMAIN, *plain], env=env)
    check(refused.returncode == 24 and b"550" in refused.stdout, "swaks hears that a recipient does not exist", refused)


def by_smtplib(trial, _):
    context = ssl.create_default_context(cafile=trial.chain)
    for what, tls in (("smtplib in clear", None), ("smtplib with STARTTLS", "starttls"), ("smtplib with TLS on connect", "connect")):
        mark = trial.mark()
        kind = smtplib.SMTP_SSL if tls == "connect" else smtplib.SMTP
        extra = {"context": context} if tls == "connect" else {}
        with kind("localhost", trial.tls_port if tls == "connect" else trial.suite.port, "client.example", timeout=60, **extra) as smtp:
            if tls == "starttls":
                smtp.starttls(context=context)
            smtp.sendmail("bob@elsewhere.example", [ALICE], letter(mark), ["BODY=8BITMIME"])
        trial.arrived(what, None, mark, BODY, "esmtps" if tls else "esmtp")
    mark = trial.mark()
    with smtplib.SMTP("127.0.0.1", trial.suite.port, "client.example", timeout=60) as smtp:
        smtp.ehlo()
        smtp.mail("bob@elsewhere.example")
        smtp.rcpt(ALICE)
        message = letter(mark)
        for octets, last in ((message[:30], ""), (message[30:], ""), (b"", " LAST")):
            smtp.send(b"BDAT %d%s\r\n" % (len(octets), last.encode()) + octets)
            code, text = smtp.getreply()
            check(code == 250, f"a chunk of {len(octets)} octets by BDAT", text)
    trial.arrived("BDAT in three chunks", None, mark, BODY, "esmtp")


# Ten sessions at once, and three messages one behind the other in each.
AIOSMTPLIB = """
import asyncio, ssl, sys
import aiosmtplib
port, chain, form, mark = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=chain)

async def session(number):
    client = aiosmtplib.SMTP(hostname="localhost", port=port, use_tls=form == "connect", start_tls=form == "starttls",
                             tls_context=context if form != "clear" else None, local_hostname="client.example")
    async with client:
        for count in range(3):
            text = f"Subject: {mark}-{number}-{count}-\\r\\n\\r\\n.dot first\\r\\nlast line\\r\\n"
            await client.sendmail("bob@elsewhere.example", [sys.argv[5]], text)

async def all_of_them():
    await asyncio.gather(*(session(number) for number in range(10)))
asyncio.run(all_of_them())
"""


def by_aiosmtplib(trial, clients):
    root = fetch(clients.build, "client-aiosmtplib", ("python3-aiosmtplib",), lambda name: name == "python3-aiosmtplib")
    env = dict(os.environ, PYTHONPATH=os.path.join(root, "usr/lib/python3/dist-packages"))
    for form in ("clear", "starttls", "connect"):
        mark = trial.mark()
        port = trial.tls_port if form == "connect" else trial.suite.port
        done = run([sys.executable, "-c", AIOSMTPLIB, str(port), trial.chain, form, mark, ALICE], env=env)
        if check(done.returncode == 0, f"aiosmtplib, {form}: ten sessions at once", done.stderr[-900:]):
            wanted = sorted(f"{mark}-{number}-{count}-" for number in range(10) for count in range(3))

            def arrived():
                return sorted(word for word in re.findall(rf"Subject: ({mark}-\d+-\d+-)", b"".join(trial.suite.mailbox()).decode()))
            check(wait_for(lambda: len(arrived()) >= len(wanted)) and arrived() == wanted, f"aiosmtplib, {form}: each message arrives once", arrived())


def by_msmtp(trial, clients):
    program = clients.words("msmtp")
    if not program:
        return
    words, env = program
    common = [*words, "--host=localhost", "--from=bob@elsewhere.example", "--domain=client.example"]
    trust = "--tls-trust-file=" + trial.chain
    for what, options, protocol in (
            ("msmtp in clear", [f"--port={trial.suite.port}", "--tls=off"], "esmtp"),
            ("msmtp with STARTTLS", [f"--port={trial.suite.port}", "--tls=on", "--tls-starttls=on", trust], "esmtps"),
            ("msmtp with TLS on connect", [f"--port={trial.tls_port}", "--tls=on", "--tls-starttls=off", trust], "esmtps")):
        mark = trial.mark()
        done = run([*common, *options, ALICE], letter(mark).replace(b"\r\n", b"\n"), env)
        trial.arrived(what, done, mark, BODY, protocol)


def by_openssl(trial, _):
    mark = trial.mark()
    dialogue = b"MAIL FROM:<bob@elsewhere.example>\r\nRCPT TO:<%s>\r\nDATA\r\n" % ALICE.encode() + letter(mark).replace(b"\r\n.", b"\r\n..")
    done = run(["openssl", "s_client", "-quiet", "-starttls", "smtp", "-name", "client.example", "-CAfile", trial.chain, "-verify_return_error",
                "-connect", f"localhost:{trial.suite.port}"], b"EHLO client.example\r\n" + dialogue + b".\r\nQUIT\r\n")
    # It does not wait for replies; a server that insists on its turn says so and hangs up.
    if b"synchronization" in done.stdout:
        check(True, "a client that does not wait its turn behind STARTTLS is told so")
        return
    trial.arrived("openssl s_client with STARTTLS", done, mark, BODY, "esmtps")


def by_smtp_source(trial, clients):
    program = clients.words("smtp-source", "postfix")
    if not program:
        return
    words, env = program
    before = len(trial.suite.mailbox_names())
    for what, options, count in (("smtp-source, a connection each", [], 40), ("smtp-source, connections used again", ["-d"], 40)):
        done = run([*words, *options, "-s", "5", "-m", str(count), "-l", "4000", "-f", "bob@elsewhere.example", "-t", ALICE,
                    f"127.0.0.1:{trial.suite.port}"], env=env)
        before += count
        check(done.returncode == 0 and wait_for(lambda wanted=before: len(trial.suite.mailbox_names()) >= wanted), what, done.stderr)


def wrapper(suite):
    """A sendmail that programs can call by its path alone, as they call the system's."""
    path = suite.path("sendmail")
    macros = " ".join(f"'-D{macro}'" for macro in suite.macros)
    with open(path, "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\nexec {suite.build}/bin/sendmail -C {suite.config} {macros} \"$@\"\n")
    os.chmod(path, 0o755)
    return path


def by_user_agents(trial, clients):
    sendmail = wrapper(trial.suite)
    home = trial.suite.path("home")
    os.makedirs(home)
    with open(os.path.join(home, ".mailrc"), "w", encoding="ascii") as file:
        file.write(f"set sendmail={sendmail}\n")
    agents = (("bsd-mailx", "bsd-mailx", lambda mark: ["-s", mark, ALICE]),
              ("s-nail", "s-nail", lambda mark: ["-:/", "-S", "v15-compat", "-S", "mta=" + sendmail, "-s", mark, ALICE]),
              ("mutt", "mutt", lambda mark: ["-n", "-F", "/dev/null", "-e", f"set sendmail='{sendmail} -oem -oi'", "-e", "set copy=no",
                                             "-s", mark, ALICE]))
    for program, package, options in agents:
        found = clients.words(program, package)
        if not found:
            continue
        words, env = found
        mark = trial.mark()
        env = dict(env, HOME=home, MAILRC=os.path.join(home, ".mailrc"))
        message = trial.arrived(program, run([*words, *options(mark)], b"a line\n", env), mark, b"\n\na line\n", "local")
        check(message and re.search(rb"(?m)^Message-I[dD]: <", message), f"{program}: it has a Message-ID", message)


def by_sendmail(trial, _):
    """As cron, PHP, git and old scripts call it."""
    head = "From: root (Cron Daemon)\nTo: alice@gatepost.example\nSubject: %s\nMIME-Version: 1.0\n\n.\noutput\n"
    for what, words, protocol in (
            ("cron's call", ["-i", "-FCronDaemon", "-B8BITMIME", "-oem", "alice"], "local"),
            ("at's call", ["-i", "alice"], "local"), ("PHP's call", ["-t", "-i"], "local"),
            ("git's call", ["-i", ALICE], "local"), ("an old script's call", ["-oi", "-bm", "-odb", "-fbob@elsewhere.example", "-v", "alice"], "local"),
            ("a call that waits", ["-odi", "-oi", ALICE], "local"), ("a name and addresses in one word", ["-i", "-F", "A B", "alice, " + ALICE], "local"),
            ("a trusted call of a gateway", ["-i", "-oMr", "uucp", "-oMs", "far.example", "-f", "x@far.example", ALICE], "uucp")):
        mark = trial.mark()
        message = trial.arrived(what, trial.suite.sendmail(*words, data=(head % mark).encode()), mark, b"\n\n.\noutput\n", protocol)
        check(message and message.count(b"\nDate: ") == 1, f"{what}: it gets a date", message)
    mark = trial.mark()
    done = trial.suite.sendmail("-bs", "-odi", data=b"EHLO pine\nMAIL FROM:<bob@elsewhere.example>\nRCPT TO:<%s>\nDATA\n" % ALICE.encode()
                                + b"Subject: " + mark.encode() + b"\n\n..dot first\nlast line\n.\nQUIT\n")
    trial.arrived("SMTP on standard input", done, mark, BODY, "local-esmtp")
    done = trial.suite.sendmail("-bs", data=b"EHLO pine\r\nMAIL FROM:<a@b.example>\r\n")
    check(done.returncode == 1 and b"\n421 " in done.stdout, "a dialogue that ends without QUIT is no success", done)
    mark = trial.mark()
    done = trial.suite.sendmail("-bs", "-oMa", "192.0.2.9.4025", "-oMs", "gate.example", data=b"HELO gate.example\r\nMAIL FROM:<a@b.example>\r\n"
                                b"RCPT TO:<%s>\r\nDATA\r\nSubject: %s\r\n\r\nx\r\n.\r\nQUIT\r\n" % (ALICE.encode(), mark.encode()))
    trial.arrived("SMTP on behalf of a host", done, mark, b"from gate.example ([192.0.2.9]", "smtp")
    queued = trial.suite.sendmail("-odq", ALICE, data=b"Subject: later\n\nx\n")
    check(queued.returncode == 0 and len(trial.suite.queue()) == 1, "-odq leaves the message in the queue", trial.suite.queue())
    check(trial.suite.sendmail("-R", "alice").returncode == 0 and wait_for(lambda: trial.suite.queue() == []),
          "-R with a part of the address delivers it", trial.suite.queue())


def by_mistake(trial, _):
    """What is wrong with a message is told in a mail (-oem, the default), or printed (-oep)."""
    suite = trial.suite
    for what, words, data, said, status in (
            ("no recipients", ["-t"], "Subject: %s\n\nx\n", b"contained no recipient addresses", 1),
            ("a bad argument", ["a@@b"], "Subject: %s\n\nx\n", b"  a@@b  ", 1),
            ("a bad argument with -oee", ["-oee", "a@@b"], "Subject: %s\n\nx\n", b"a recipient address that was incorrectly", 0),
            ("a bad address among good ones", ["-t"], "Subject: %s\nTo: alice, c@@d\n\nx\n", b"  c@@d: domain missing or malformed\n\nThis address has been ignored. The other addresses in the message were", 0),
            ("a message that is too big", [ALICE], "Subject: %s\n\n" + "x" * 3_000_000, b"longer than the maximum size", 1)):
        mark = trial.mark()
        done = suite.sendmail("-f", ALICE, *words, data=(data % mark).encode())
        check(done.returncode == status and not done.stderr, f"{what}: status {status}, nothing printed", done)
        report = wait_for(lambda: next((m for m in suite.mailbox() if mark.encode() in m and b"Subject: Mail failure" in m), None))
        check(report and said in report, f"{what}: the sender gets a mail about it", report and report[:1500])
    check(len([m for m in suite.mailbox() if b"c@@d" in m]) == 2, "the good address gets the message")
    for words in (["-oep", "a@@b"], ["-oeq", "a@@b"]):
        done = suite.sendmail(*words, data=b"Subject: x\n\nx\n")
        check(done.returncode == 1 and b"a@@b" in done.stderr, f"{words[0]} prints it", done)


def main():
    options = arguments("the programs that people send mail with").parse_args()
    tls_port = free_port()
    change = (lambda text: text.replace("daemon_smtp_ports = PORT\n", f"daemon_smtp_ports = PORT : {tls_port}\ntls_on_connect_ports = {tls_port}\n"
                                        "untrusted_set_sender = *\nsmtp_accept_max = 0\nmessage_size_limit = 2M\n"))
    suite = Suite(options.build, ("alice",), change=change, keep=options.keep)
    chain = certificate(suite)
    clients = Clients(options.build)
    with suite:
        trial = Trial(suite, chain, tls_port)
        for step in (by_curl, by_swaks, by_smtplib, by_aiosmtplib, by_msmtp, by_openssl, by_smtp_source, by_user_agents, by_sendmail, by_mistake):
            step(trial, clients)
        panic = suite.log("paniclog")
        check(not panic, "the panic log is empty", panic[-2000:])
        suite.keep = suite.keep or verdict.failed > 0
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
