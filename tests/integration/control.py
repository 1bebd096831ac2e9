#!/usr/bin/env python3
"""What the operator's commands and systemd do to a real suite: gatepost run with a socket that was passed and a
notification socket, then status, reload, stop; and start in the background.

control.py [--build DIR] [--keep]
"""
import json
import os
import signal
import socket
import subprocess
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check


class Systemd:
    """What a service manager is to its service: one datagram socket, and a listening one that it made itself."""

    def __init__(self, suite):
        self.suite = suite
        self.said = b""
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(suite.path("notify"))
        os.chmod(suite.path("notify"), 0o777)
        self.notify.settimeout(0.1)
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", suite.port))
        self.listener.listen(100)

    def run(self):
        words = [os.path.join(self.suite.build, "bin/gatepost"), "run", "-C", self.suite.config]
        for macro in self.suite.macros:
            words += ["-D", macro]
        # The number of the process is known to the process alone: what systemd sets before it executes.
        script = 'exec 3<&"$1"; shift; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
        with open(self.suite.path("output"), "ab") as output:
            return subprocess.Popen(["sh", "-c", script, "sh", str(self.listener.fileno()), *words], stdout=output, stderr=output,
                                    pass_fds=[self.listener.fileno()], start_new_session=True,
                                    env=dict(os.environ, NOTIFY_SOCKET=self.suite.path("notify")))

    def hears(self, what, seconds=20):
        def heard():
            try:
                self.said += self.notify.recv(4096)
            except TimeoutError:
                pass
            return what in self.said
        return wait_for(heard, seconds, 0)


def under_systemd(suite):
    systemd = Systemd(suite)
    suite.process = systemd.run()
    suite.output = open(suite.path("output"), "ab")
    if not check(systemd.hears(b"READY=1"), "systemd is told when the suite is ready", suite.program_output()):
        return
    with Talk(suite.port) as talk:
        check(talk.greeting[0] == 220, "the socket that systemd passed is served at once", talk.greeting)
    systemd.listener.close()
    with Talk(suite.port) as talk:
        check(talk.greeting[0] == 220, "and belongs to the suite", talk.greeting)
        status = json.loads(suite.gatepost("status", "--json").stdout)
        check(status["pid"] == suite.process.pid, "gatepost status names the process that systemd started", status)
        systemd.said = b""
        before = set(suite.services())
        done = suite.gatepost("reload")
        check(done.returncode == 0, "gatepost reload", done.stderr)
        check(systemd.hears(b"RELOADING=1") and systemd.hears(b"READY=1"), "systemd is told of the reload and of its end", systemd.said)
        check(set(suite.services()) != before, "there are new processes")
        talk.say("EHLO test.example")
        code, text = talk.send("a@b.example", ["alice@" + DOMAIN], b"Subject: on the old one\r\n\r\nx\r\n")
        check(code == 250, "a session from before the reload goes on", text)
    check(suite.wait_mail(b"on the old one"), "and its message is delivered", suite.log()[-2000:])
    broken = suite.path("broken")
    os.rename(suite.config, broken)
    with open(broken, encoding="utf-8") as file:
        suite.write_config("no_such_option = 1\n" + file.read())
    done = suite.gatepost("reload")
    check(done.returncode != 0 and b"no_such_option" in done.stderr + suite.program_output().encode(),
          "a reload of a broken configuration is refused, and says why", done)
    with Talk(suite.port) as talk:
        check(talk.greeting[0] == 220, "and the suite serves on with the old one", talk.greeting)
    os.rename(broken, suite.config)
    suite.process.send_signal(signal.SIGTERM)
    check(systemd.hears(b"STOPPING=1"), "systemd is told when it stops", systemd.said)
    check(suite.process.wait(20) == 0, "SIGTERM ends it with status 0")
    suite.process = None


def in_the_background(suite):
    done = suite.gatepost("start")
    check(done.returncode == 0 and suite.answers(), "gatepost start returns when the suite serves", done.stderr)
    again = suite.gatepost("start")
    check(again.returncode != 0, "a second one is refused", again)
    status = suite.gatepost("status")
    check(status.returncode == 0 and b"smtpd" in status.stdout, "gatepost status lists the services", status)
    done = suite.gatepost("stop")
    check(done.returncode == 0 and not suite.answers(), "gatepost stop returns when it has ended", done.stderr)
    check(suite.gatepost("status").returncode != 0, "and status says that nothing runs")
    check(suite.gatepost("stop").returncode != 0, "there is nothing to stop then")


def main():
    options = arguments("what operators and systemd do").parse_args()
    suite = Suite(options.build, ("alice",), keep=options.keep)
    try:
        under_systemd(suite)
        in_the_background(suite)
    finally:
        suite.stop()
        suite.gatepost("stop")
    suite.__exit__(None if not verdict.failed else Exception, None, None)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
