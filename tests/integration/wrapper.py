#!/usr/bin/env python3
"""mua_wrapper with the real daemons (manual chapter 52): a program's message goes to the smart host while it waits, to all
or to none, its exit status says how that ended, and nothing is ever in the queue. The words are Exim 4.96's.

wrapper.py [--build DIR] [--keep]
"""
import glob
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time

from played import Host
from suite import Suite, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

CONFIGURATION = """# Everything goes to one smart host.
primary_hostname = gatepost.example
spool_directory = INSTANCE/spool
mua_wrapper
queue_only
hold_domains = held.example
queue_domains = queued.example
tls_advertise_hosts =
acl_smtp_rcpt = accept
.ifdef OWNER
exim_user = OWNER
.endif

begin routers

aliases:
  driver = redirect
  domains = alias.example
  data = x1@far.example, x2@far.example, x1@far.example

fail:
  driver = redirect
  domains = fail.example
  allow_fail
  data = :fail: go away

defer:
  driver = redirect
  domains = defer.example
  allow_defer
  data = :defer: not yet

hole:
  driver = redirect
  domains = hole.example
  data = :blackhole:

local:
  driver = accept
  domains = local.example
  transport = file

elsewhere:
  driver = manualroute
  domains = other.example
  route_list = * 127.0.0.2
  self = send
  transport = smarthost

added:
  driver = manualroute
  domains = added.example
  headers_add = X-A: b
  route_list = * 127.0.0.1
  self = send
  transport = smarthost

nobody:
  driver = manualroute
  domains = down.example
  route_list = * 127.0.0.1
  self = send
  transport = closed

second:
  driver = manualroute
  domains = second.example
  route_list = * "127.0.0.1::@CLOSED@ : 127.0.0.3"
  self = send
  transport = smarthost

filtered:
  driver = manualroute
  domains = filtered.example
  route_list = * 127.0.0.1
  self = send
  transport = filter

smart:
  driver = manualroute
  domains = far.example
  route_list = * 127.0.0.1
  self = send
  transport = smarthost

begin transports

smarthost:
  driver = smtp
  port = @FAR@
  max_rcpt = 1

filter:
  driver = smtp
  port = @FAR@
  transport_filter = /usr/bin/tr a-z A-Z

closed:
  driver = smtp
  port = @CLOSED@

file:
  driver = appendfile
  file = INSTANCE/box
  user = nobody
"""


class SmartHost(Host):
    """Local parts say what becomes of a message; keeps what it took."""

    extensions = "250-far.example\r\n250-8BITMIME\r\n250 PIPELINING"

    def __init__(self):
        self.taken, self.commands, self.asked = [], [], threading.Event()
        super().__init__()
        self.second = socket.create_server(("127.0.0.3", self.port)) # the second host of a list
        threading.Thread(target=self.accept_second, daemon=True).start()

    def accept_second(self):
        while True:
            threading.Thread(target=self.attend, args=(self.second.accept()[0],), daemon=True).start()

    def serve(self, client, greets=True):
        recipients = []
        with client.makefile("rwb") as lines:
            def say(text):
                lines.write(text.encode() + b"\r\n")
                lines.flush()
            say(self.greeting)
            for line in lines:
                command = line.decode().strip()
                self.commands.append(command)
                verb, who = command[:4].upper(), command.partition("<")[2].partition("@")[0]
                if verb == "EHLO":
                    say(self.extensions)
                elif verb == "RCPT":
                    said = {"no": "550 no such user", "later": "450 later"}.get(who)
                    say(said or "250 ok")
                    recipients += [] if said else [who]
                elif verb == "DATA":
                    say("354 go on")
                    message = b"".join(iter(lines.readline, b".\r\n"))
                    if "silent" in recipients:
                        self.asked.set()
                        time.sleep(30)
                        return
                    said = "451 not now" if "full" in recipients else "250 took it"
                    if said.startswith("250"):
                        self.taken.append((sorted(recipients), message))
                    say(said)
                elif verb == "QUIT":
                    say("221 bye")
                    return
                else:
                    recipients = []
                    say("250 ok")


class Wrapped(Suite):
    def answers(self): # no port is listened on
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(self.path("spool/run/submit"))
                return True
        except OSError:
            return False


class Trial:
    """One message: exit status, words, and the log's lines about it."""

    def __init__(self, suite, *words, data=b"Subject: x\n\nbody\n"):
        before = len(suite.log())
        done = suite.sendmail("-f", "s@one.example", *words, data=data)
        self.status, self.said = done.returncode, done.stderr.decode().strip()
        wait_for(lambda: " Completed" in suite.log()[before:], 5)
        self.lines = [re.sub(r"^\S+ \S+ (\S{6}-\S+) ", "", line) for line in suite.log()[before:].split("\n") if line]

    def show(self):
        return f"{self.status} {self.said!r} {self.lines}"


HOST = "H=127.0.0.1 [127.0.0.1]"


def delivered(suite, host):
    trial = Trial(suite, "a@far.example", "c@far.example")
    check(trial.status == 0 and not trial.said, "two recipients: the program hears that all is well", trial.show())
    check(host.taken[-1:] == [(["a", "c"], host.taken[-1][1])] and b"body\r\n" in host.taken[-1][1], "in one transaction, in spite of max_rcpt", host.taken[-1:])
    check(trial.lines[1:] == [f'=> a@far.example R=smart T=smarthost {HOST} C="250 took it"',
                              f'-> c@far.example R=smart T=smarthost {HOST} C="250 took it"', "Completed"], "and the log has Exim's lines", trial.show())
    check(trial.lines[0].startswith("<= s@one.example U="), "with that of the arrival in front", trial.show())
    trial = Trial(suite, "z@alias.example")
    check(trial.status == 0 and host.taken[-1][0] == ["x1", "x2"], "addresses may be redirected", trial.show())
    trial = Trial(suite, "a@far.example", data=b"Subject: large\n\n" + b"0123456789abcdef\n" * 40000)
    check(trial.status == 0 and host.taken[-1][1].count(b"0123456789abcdef\r\n") == 40000, "a large message arrives whole", trial.show())
    trial = Trial(suite, "-odq", "a@far.example")
    check(trial.status == 0 and trial.lines[-1] == "Completed", "-odq is ignored, as queue_only is", trial.show())
    trial = Trial(suite, "a@hole.example", "a@far.example")
    check(trial.status == 0 and trial.lines[1] == "=> :blackhole: <a@hole.example> R=hole", "what is thrown away on purpose is no failure", trial.show())
    trial = Trial(suite, "a@filtered.example")
    check(trial.status == 0 and b"BODY\r\n" in host.taken[-1][1], "a transport_filter has its way", trial.show())
    trial = Trial(suite, "a@second.example")
    check(trial.status == 0 and trial.lines[1].startswith(f"{HOST}") and "Connection refused" in trial.lines[1] and "[127.0.0.3]" in trial.lines[2],
          "when a host cannot be reached the next one is tried", trial.show())


def refused(suite, host):
    before = len(host.taken)
    trial = Trial(suite, "a@far.example", "no@far.example")
    error = "SMTP error from remote mail server after RCPT TO:<no@far.example>: 550 no such user"
    check(trial.status == 1 and trial.said.endswith("550 no such user") and trial.said.startswith(f"Delivery failed: {HOST}: SMTP error"),
          "one recipient is refused: it failed, and the program hears why", trial.show())
    check([line for line in trial.lines if line.startswith("**")] ==
          [f"** a@far.example R=smart T=smarthost {HOST}: {error}".replace("after RCPT", "after pipelined RCPT"),
           f"** no@far.example R=smart T=smarthost {HOST}: {error}".replace("after RCPT", "after pipelined RCPT")] or
          [line for line in trial.lines if line.startswith("**")] ==
          [f"** a@far.example R=smart T=smarthost {HOST}: {error}", f"** no@far.example R=smart T=smarthost {HOST}: {error}"],
          "for all of them", trial.show())
    trial = Trial(suite, "later@far.example", "a@far.example")
    check(trial.status == 1 and trial.said.endswith("450 later"), "a refusal for now is one for good", trial.show())
    trial = Trial(suite, "full@far.example", "a@far.example")
    check(trial.status == 1 and trial.said.endswith("after end of data: 451 not now"), "so is one of the message", trial.show())
    check(len(host.taken) == before, "nobody has got any of it", host.taken[before:])
    trial = Trial(suite, "a@down.example")
    check(trial.status == 1 and trial.said == "Delivery failed: Connection refused", "a host that is down", trial.show())
    check("** a@down.example R=nobody T=closed: Connection refused" in trial.lines, "is in the log", trial.show())
    for words, said, line in (
            (["a@fail.example", "a@far.example"], "routing a@fail.example yielded a failed delivery: go away", "** a@fail.example R=fail: go away"),
            (["a@defer.example", "a@far.example"], "routing a@defer.example yielded a deferred delivery: not yet",
             "** a@defer.example routing yielded a deferred delivery"),
            (["a@held.example"], "routing a@held.example yielded a deferred delivery: domain is held", "== a@held.example defer (-23): domain is held"),
            (["a@queued.example"], "routing a@queued.example yielded a deferred delivery: domain is in queue_domains",
             "== a@queued.example routing defer (-56): domain is in queue_domains"),
            (["a@local.example"], "routing a@local.example yielded a local delivery", "** a@local.example routing yielded a local delivery"),
            (["a@nowhere.example"], "routing a@nowhere.example yielded a failed delivery: Unrouteable address", "** a@nowhere.example: Unrouteable address"),
            (["a@far.example", "a@other.example"], "delivery to smarthost failed (configuration problem)",
             "** mua_wrapper is set but recipients cannot all be delivered in one transaction"),
            (["a@far.example", "a@added.example"], "delivery to smarthost failed (configuration problem)",
             "** mua_wrapper is set but recipients cannot all be delivered in one transaction"),
            (["-oem", "a@fail.example"], "routing a@fail.example yielded a failed delivery: go away", "Completed"),
            (["-oee", "a@fail.example"], "routing a@fail.example yielded a failed delivery: go away", "Completed")):
        trial = Trial(suite, *words)
        check(trial.status == 1 and trial.said == said and line in trial.lines, " ".join(words), trial.show())
    check(len(host.taken) == before and not os.path.exists(suite.path("box")), "nobody has got any of that")


def dialogue(suite, host):
    before = len(host.taken)
    text = b"EHLO x\r\nMAIL FROM:<s@one.example>\r\nRCPT TO:<%s@far.example>\r\nDATA\r\nA: b\r\n\r\nx\r\n.\r\nQUIT\r\n"
    good = suite.sendmail("-bs", data=text % b"a").stdout.decode()
    check("250 OK id=" in good and len(host.taken) == before + 1, "-bs: it is delivered before it is answered", good)
    bad = suite.sendmail("-bs", data=text % b"no").stdout.decode()
    check("550 no such user" in bad and "OK id=" not in bad, "and what failed is refused", bad)


def from_inetd(suite):
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.create_connection(listening.getsockname()) as client:
        there = listening.accept()[0]
        with there:
            done = subprocess.run([os.path.join(suite.build, "bin/sendmail"), "-C", suite.config, *("-D" + macro for macro in suite.macros), "-bs"],
                                  stdin=there, stdout=there, stderr=subprocess.PIPE, timeout=30, check=False)
        check(done.returncode == 1 and done.stderr == b"Input from inetd is not supported when mua_wrapper is set\n", "a client of inetd's is not served", done)


class Other:
    """The same instance as somebody knows it who does not see that mua_wrapper is set."""

    def __init__(self, suite):
        self.suite, self.config = suite, suite.path("other.conf")
        with open(self.config, "w", encoding="utf-8") as file:
            file.write("primary_hostname = gatepost.example\nspool_directory = " + suite.path("spool") + "\n")

    def asked_by_cleanup(self, config):
        done = subprocess.run([os.path.join(self.suite.build, "bin/gatepost"), "privileges", "--json", "-C", config,
                               *(word for macro in self.suite.macros for word in ("-D", macro))], capture_output=True, timeout=60, check=False)
        return next(row["asks"] for row in json.loads(done.stdout)["services"] if row["service"] == "cleanup").split()

    def sendmail(self, *words):
        return subprocess.run([os.path.join(self.suite.build, "bin/sendmail"), "-C", self.config, *words], input=b"A: b\n\nx\n",
                              capture_output=True, timeout=30, user="daemon", check=False)


def privileges_of_cleanup(suite):
    other = Other(suite)
    check("remote" in other.asked_by_cleanup(suite.config), "cleanup has a channel to remote")
    check("remote" not in other.asked_by_cleanup(other.config), "and none without the option")


def left_behind(suite, host):
    """The suite is down. Nothing may be left for it, and what was left before mua_wrapper was set is carried or set aside."""
    other, drop = Other(suite), suite.path("spool/drop")
    refused_now = other.sendmail("a@far.example")
    check(refused_now.returncode == 1 and b"nothing may be left in" in refused_now.stderr, "the drop directory is closed to who does not know why", refused_now)
    os.chmod(drop, 0o3733) # as it was before
    for who in ("early@far.example", "no@far.example"):
        check(other.sendmail(who).returncode == 0, "a message is left before mua_wrapper is set: " + who)
    suite.start()
    check(wait_for(lambda: host.taken and host.taken[-1][0] == ["early"]), "it is carried when the suite starts", host.taken[-1:])
    check(wait_for(lambda: "cannot be delivered at once" in suite.log("paniclog")), "one that the host does not want is told of", suite.log("paniclog"))
    kept = wait_for(lambda: [name for name in glob.glob(drop + "/bad-*") if b"no@far.example" in open(name, "rb").read()])
    check(len(kept) == 1 and suite.queue() == [], "it is kept and not queued", kept)
    check(os.stat(drop).st_mode & 0o7777 == 0o700, "and the directory is closed again", oct(os.stat(drop).st_mode))
    suite.stop()


def lost(suite, host):
    answers = []
    caller = threading.Thread(target=lambda: answers.append(suite.sendmail("-f", "s@one.example", "silent@far.example", data=b"A: b\n\nx\n")))
    caller.start()
    check(host.asked.wait(20), "a host is silent at the end")
    for pid, name in suite.services().items():
        if name == "remote":
            os.kill(pid, signal.SIGKILL)
    caller.join(30)
    check(answers and answers[0].returncode == 1 and b"Delivery failed" in answers[0].stderr, "the delivery process dies: the program hears that it failed", answers)
    check(suite.wait_log(r"may be delivered twice: the delivery process was lost while finishing silent@far\.example"), "and the log that nobody knows", suite.log()[-500:])


def main():
    options = arguments("mua_wrapper").parse_args()
    host = SmartHost()
    with socket.socket() as closed: # bound and not listening: refused
        closed.bind(("127.0.0.1", 0))

        def change(_):
            return CONFIGURATION.replace("@FAR@", str(host.port)).replace("@CLOSED@", str(closed.getsockname()[1]))
        with Wrapped(options.build, (), None, change=change, keep=options.keep) as suite:
            wait_for(lambda: "daemon started" in suite.log())
            delivered(suite, host)
            refused(suite, host)
            dialogue(suite, host)
            from_inetd(suite)
            privileges_of_cleanup(suite)
            daemon = suite.sendmail("-bd")
            check(daemon.returncode == 1 and daemon.stderr == b"Daemon cannot be run when mua_wrapper is set\n", "-bd", daemon)
            check(not wait_for(lambda: suite.log("paniclog"), 1), "the panic log is empty", suite.log("paniclog"))
            lost(suite, host)
            check(suite.queue() == [], "nothing is in the queue", suite.queue())
            suite.stop()
            if os.getuid() == 0: # the instance's owner has a suite started for the one message
                dropped = os.listdir(suite.path("spool/drop"))
                down = suite.sendmail("a@far.example", data=b"A: b\n\nx\n", user="daemon")
                check(down.returncode == 1 and b"the suite that would deliver the message is down" in down.stderr, "without a suite it fails", down)
                check(os.listdir(suite.path("spool/drop")) == dropped, "and nothing is left for later", dropped)
                left_behind(suite, host)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
