#!/usr/bin/env python3
"""A command with a configuration of its own beside a running suite: a guest on its spool.

guests.py [--build DIR] [--keep]

The suite keeps mail in its queue. Commands with other macros deliver at once, and run the suite's queue, by their own
configuration; what they leave is the suite's, with its retry times; one that is killed takes nothing with it.
"""
import os
import re
import signal
import subprocess
import sys

from suite import DOMAIN, Sink, Suite, Verdict, arguments, free_port, wait_for

SPLIT = """
QUEUES = queue_only
FILE =
TAG = suite
.ifdef QUEUES
QUEUES
.endif
log_file_path = INSTANCE/spool/log/FILE%slog
"""


def configuration(text):
    text = text.replace("begin routers", """begin routers
tagged:
  driver = accept
  domains = tagged.example
  local_parts = a : b : c : d
  transport = tagged
far:
  driver = manualroute
  domains = far.example
  route_list = * 127.0.0.1
  self = send
  transport = far
""", 1).replace("begin transports", """begin transports
tagged:
  driver = appendfile
  file = INSTANCE/mail/alice/TAG-$local_part_data
  user = OWNER
far:
  driver = smtp
  port = AWAY
""", 1)
    return text.replace("begin acl", SPLIT + "\nbegin acl", 1)


def mail(number):
    return f"From: ann@{DOMAIN}\nSubject: guest {number}\n\nbody {number}\n".encode()


def guest(suite, macros, *words, data=b""):
    command = [os.path.join(suite.build, "bin/sendmail"), "-C", suite.config]
    command += ["-D" + macro for macro in suite.macros + macros]
    return subprocess.run(command + list(words), input=data, capture_output=True, timeout=60)


def tagged(suite, name):
    path = suite.path("mail/alice/" + name)
    return open(path, "rb").read() if os.path.exists(path) else b""


def no_guests(suite):
    return not [name for name in os.listdir(suite.path("spool/run")) if name.startswith("guest-")]


def delivers(verdict, suite):
    took = suite.sendmail("a@tagged.example", data=mail(1))
    wait_for(lambda: len(suite.queue() or []) == 1)
    verdict.check(took.returncode == 0 and len(suite.queue()) == 1, "the suite queues its own mail", took)
    took = guest(suite, ["QUEUES=", "TAG=guest", "FILE=guest-"], "-odi", "b@tagged.example", data=mail(2))
    verdict.check(took.returncode == 0 and b"guest 2" in tagged(suite, "guest-b"), "a command delivers by its own configuration", took)
    log = suite.log("guest-mainlog")
    verdict.check("=> b <b@tagged.example>" in log and " <= " in log and "b@tagged.example" not in suite.log(),
                  "and writes to its own log", log)
    verdict.check(no_guests(suite), "and leaves no sockets")
    verdict.check(len(suite.queue()) == 1 and suite.answers(), "the suite goes on")
    guest(suite, ["TAG=guest"], "c@tagged.example", data=mail(3))
    verdict.check(len(wait_for(lambda: len(suite.queue() or []) == 2 and suite.queue()) or []) == 2,
                  "what a command leaves is in the suite's queue")
    ran = guest(suite, ["QUEUES=", "TAG=run"], "-q")
    verdict.check(ran.returncode == 0 and suite.queue() == [] and b"guest 1" in tagged(suite, "run-a") and b"guest 3" in tagged(suite, "run-c"),
                  "a queue run delivers the suite's mail by the command's configuration", ran)


def learns(verdict, suite, far):
    guest(suite, ["QUEUES="], "-odi", "x@far.example", data=mail(4))
    verdict.check(re.search(r"== x@far.example .*Connection refused", suite.log()), "a guest defers", suite.log())
    ids = wait_for(suite.queue)
    guest(suite, ["QUEUES=", "TAG=again"], "-q")
    verdict.check("retry time not reached" in suite.log(), "another one knows the retry time", suite.log())
    suite.sendmail("-q")
    wait_for(lambda: suite.log().count("retry time not reached") >= 2)
    verdict.check(suite.log().count("retry time not reached") >= 2, "and the suite does", suite.log())
    sink = Sink(far).start()
    guest(suite, ["QUEUES=", "TAG=again"], "-M", ids[0])
    verdict.check(len(sink.received) == 1 and suite.queue() == [], "-M delivers one", suite.log())
    sink.stop()


def dies(verdict, suite):
    """A guest whose master is killed while a message is under way: the suite has it, and delivers it once."""
    took = subprocess.Popen([os.path.join(suite.build, "bin/sendmail"), "-C", suite.config]
                            + ["-D" + macro for macro in suite.macros] + ["-DQUEUES=queue_only", "-DTAG=dead", "-bs"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    took.stdin.write(f"HELO x\r\nMAIL FROM:<ann@{DOMAIN}>\r\nRCPT TO:<d@tagged.example>\r\nDATA\r\nSubject: guest 5\r\n\r\nx\r\n.\r\n".encode())
    took.stdin.flush()
    while b"OK id=" not in took.stdout.readline():
        pass
    names = [name for name in os.listdir(suite.path("spool/run")) if name.startswith("guest-")]
    second = subprocess.run([os.path.join(suite.build, "libexec/gatepost/master"), "--config", suite.config, "--foreground"]
                            + [word for macro in suite.macros for word in ("--define", macro)], capture_output=True, timeout=30)
    verdict.check(second.returncode != 0 and os.path.exists(suite.path(f"spool/run/{names[0]}")),
                  "a second start of the suite fails and leaves a guest its sockets", second)
    os.kill(int(names[0].split("-")[1]), signal.SIGKILL)
    took.stdin.close()
    took.wait(30)
    verdict.check(len(wait_for(suite.queue) or []) == 1, "mail of a guest that was killed is the suite's")
    guest(suite, ["QUEUES=", "TAG=heir"], "-qf")
    verdict.check(b"guest 5" in tagged(suite, "heir-d") and suite.queue() == [], "and is delivered once", suite.log()[-2000:])


def main():
    options = arguments(__doc__).parse_args()
    verdict = Verdict()
    far = free_port()
    suite = Suite(options.build, change=configuration, keep=options.keep)
    suite.macros.append(f"AWAY={far}")
    if os.getuid() != 0:
        suite.macros.append("OWNER=" + str(os.getuid()))
    with suite:
        delivers(verdict, suite)
        learns(verdict, suite, far)
        dies(verdict, suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
