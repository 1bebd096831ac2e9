#!/usr/bin/env python3
"""-os and -oMm with the real daemons: how long SMTP input may be silent, and the message that another one has to do with.
The words are those of Exim 4.96.

told_times.py [--build DIR] [--keep]
"""
import os
import re
import signal
import subprocess
import sys
import time

from suite import DOMAIN, Suite, Talk, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check
REFERENCE = "1xV066-nXoq20-0c"
SMTP = "EHLO x\r\nMAIL FROM:<s@one.example>\r\nRCPT TO:<alice@%s>\r\nDATA\r\nA: b\r\n\r\nx\r\n.\r\nQUIT\r\n" % DOMAIN


def silent(suite, *words, said=b""):
    """The program's input says so much and stays open; exit status and standard output."""
    command = [os.path.join(suite.build, "bin/sendmail"), "-C", suite.config, *("-D" + macro for macro in suite.macros), *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as program:
        program.stdin.write(said)
        program.stdin.flush()
        try:
            program.wait(30)
        except subprocess.TimeoutExpired:
            program.kill()
        out = program.stdout.read().decode()
        return program.returncode, out.replace("\r", "")


def times(suite):
    status, out = silent(suite, "-os", "1s", "-bs")
    check(status == 1 and re.search(r"^421 \S+ SMTP command timeout - closing connection$", out, re.M), "-bs: a command that does not come", (status, out))
    status, out = silent(suite, "-os1s", "-bs", said=SMTP[:SMTP.index("\r\nx")].encode())
    check(status == 1 and re.search(r"^421 \S+ SMTP incoming data timeout - closing connection\.?$", out, re.M), "-bs: text that does not come", (status, out))
    status, out = silent(suite, "-os", "1s", "-bS")
    check((status, out) == (2, "421 SMTP command timeout\nTransaction started in line 0\nError detected in line 0\n"), "-bS: a command", (status, out))
    status, out = silent(suite, "-os", "1s", "-bS", said=b"MAIL FROM:<s@one.example>\r\nRCPT TO:<alice@%s>\r\nDATA\r\nA: b\r\n" % DOMAIN.encode())
    check((status, out) == (2, "421 SMTP incoming data timeout - message abandoned\nTransaction started in line 0\nError detected in line 4\n"),
          "-bS: text", (status, out))
    status, out = silent(suite, "-os", "1s", "-bh", "1.2.3.4")
    check("421 " in out and "timeout" in out, "-bh", (status, out))
    check(suite.mailbox() == [], "nothing came of them", suite.mailbox())


def daemon(suite):
    port = free_port()
    with open(suite.path("daemon.conf"), "w", encoding="utf-8") as file:
        file.write(f"primary_hostname = {DOMAIN}\nspool_directory = {suite.path('daemon')}\nacl_smtp_rcpt = accept\ntls_advertise_hosts =\n"
                   ".ifdef OWNER\nexim_user = OWNER\n.endif\n")
    command = [os.path.join(suite.build, "bin/sendmail"), "-C", suite.path("daemon.conf"), *("-D" + macro for macro in suite.macros[2:]),
               "-bdf", "-os", "1s", "-oX", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as program:
        def hear():
            try:
                with Talk(port) as talk:
                    return talk.reply()
            except OSError:
                return None
        heard = wait_for(hear, 40)
        check(heard and heard[0] == 421 and "SMTP command timeout" in heard[1], "-bd: every client's command", heard)
        program.send_signal(signal.SIGHUP)
        time.sleep(1)
        heard = wait_for(hear, 40)
        check(heard and heard[0] == 421, "a reload does not forget it", heard)
        program.send_signal(signal.SIGTERM)
        program.wait(30)


def references(suite):
    for mode, text in (("-bm", "A: b\n\nx\n"), ("-bs", SMTP), ("-bS", SMTP)):
        before = len(suite.log())
        words = ["-oMm", REFERENCE] + ([f"alice@{DOMAIN}"] if mode == "-bm" else [mode])
        done = suite.sendmail(*words, data=text.encode())
        check(done.returncode == 0 and wait_for(lambda: re.search(rf" <= \S+ R={REFERENCE} U=\S+ P=local", suite.log()[before:])),
              f"{mode}: the arrival line names the message", (done, suite.log()[before:]))
    wrong = suite.sendmail("-oMm", "foo", f"alice@{DOMAIN}", data=b"A: b\n\nx\n")
    check(wrong.returncode == 1 and b"-oMm must be a valid message ID" in wrong.stderr, "it is an id", wrong)
    if os.getuid() != 0:
        return
    for mode in ("-bm", "-bs"):
        before = len(suite.log())
        words = ["-oMm", REFERENCE] + ([f"alice@{DOMAIN}"] if mode == "-bm" else [mode])
        done = suite.sendmail(*words, data=(SMTP if mode == "-bs" else "A: b\n\nx\n").encode(), user="daemon")
        said = done.stdout + done.stderr
        check(done.returncode == 1 and b"-oMm must be called by a trusted user/config" in said, f"{mode}: and only a trusted caller's", done)
        check(" <= " not in suite.log()[before:], "nothing is taken from anybody else")


def main():
    options = arguments("-os and -oMm").parse_args()
    with Suite(options.build, keep=options.keep) as suite:
        times(suite)
        references(suite)
        daemon(suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
