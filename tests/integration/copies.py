#!/usr/bin/env python3
"""Two deliveries of one address: what a router with `unseen` delivered does not stand for what the next one delivers, nor
the first command of an alias for the second; a delivery whose process was killed may have been one, and one that waited
for its turn was none.

copies.py [--build DIR] [--keep]
"""
import os
import signal
import sys
import time

from suite import DOMAIN, Suite, Verdict, arguments, wait_for

MANY = 12
verdict = Verdict()
check = verdict.check

ROUTER = """
archive:
  driver = accept
  transport = archived
  unseen

commands:
  driver = redirect
  local_parts = commands
  data = |/bin/sh INSTANCE/one.sh, |/bin/sh INSTANCE/two.sh
  pipe_transport = batched
  user = OWNER

shell:
  driver = accept
  local_parts = shell
  transport = shell

lost:
  driver = accept
  local_parts = lost
  transport = lost

boxed:
  driver = accept
  local_parts = boxed
  transport = boxed

"""
TRANSPORT = """
archived:
  driver = appendfile
  file = INSTANCE/mail/archive
  create_file = anywhere
  user = OWNER

batched:
  driver = pipe
  batch_max = 10

shell:
  driver = pipe
  use_shell
  command = echo "a  b" '${uc:c  d}' > INSTANCE/mail/shell
  user = OWNER

lost:
  driver = pipe
  command = /bin/sh INSTANCE/lost.sh
  user = OWNER

boxed:
  driver = appendfile
  file = INSTANCE/mail/boxed
  create_file = anywhere
  lock_interval = 1s
  lock_retries = 600
  user = OWNER

"""
SCRIPTS = {"one": "cat > DIR/mail/one", "two": "cat > DIR/mail/two", "lost": "cat > DIR/mail/lost; kill -KILL $PPID; sleep 60"}


def change(text):
    text = text.replace("begin routers\n", "begin routers\n" + ROUTER, 1)
    return text.replace("begin transports\n", "begin transports\n" + TRANSPORT, 1)


def content(suite, name):
    try:
        with open(os.path.join(suite.directory, "mail", name), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def archived(suite):
    return content(suite, "archive")


def check_commands(suite):
    for name, script in SCRIPTS.items():
        with open(os.path.join(suite.directory, name + ".sh"), "w", encoding="utf-8") as file:
            file.write(script.replace("DIR", suite.directory) + "\n")
    suite.sendmail(f"commands@{DOMAIN}", data=b"Subject: to both\n\nx\n")
    check(wait_for(lambda: "to both" in content(suite, "one") and "to both" in content(suite, "two")),
          "two commands of an alias both get the message, though the transport delivers in batches", suite.log())
    suite.sendmail(f"shell@{DOMAIN}", data=b"Subject: shell\n\nx\n")
    check(wait_for(lambda: content(suite, "shell") == "a  b C  D\n"), "a shell gets the line with its quotes",
          content(suite, "shell") + suite.log())
    suite.sendmail(f"lost@{DOMAIN}", data=b"Subject: lost\n\nx\n")
    check(wait_for(lambda: "may be delivered twice: the delivery process was lost while finishing" in suite.log()),
          "a delivery process that was killed is named", suite.log())
    check("Subject: lost" in content(suite, "lost"), "for it had delivered")


# The mailbox is locked by somebody else: one delivery tries to lock it, the others wait behind that one.
def check_waiting(suite):
    lock = os.path.join(suite.directory, "mail", "boxed.lock")
    with open(lock, "w", encoding="utf-8"):
        pass
    before = suite.log().count("may be delivered twice")
    for number in range(MANY):
        suite.sendmail(f"boxed@{DOMAIN}", data=f"Subject: boxed {number}\n\nx\n".encode())
    launcher = next(pid for pid, name in suite.services().items() if name == "launcher")
    time.sleep(1)
    os.kill(launcher, signal.SIGKILL)
    check(wait_for(lambda: suite.log().count("may be delivered twice") > before), "a delivery that launcher's death has ended is named", suite.log())
    os.unlink(lock)
    check(wait_for(lambda: all(f"Subject: boxed {number}\n" in content(suite, "boxed") for number in range(MANY)), 90), "all are delivered", suite.log()[-2000:])
    check(content(suite, "boxed").count("Subject: boxed") == MANY, "and once each", content(suite, "boxed"))
    named = suite.log().count("may be delivered twice") - before
    check(named == 1, "those that waited for the mailbox are not named", f"{named} named; " + suite.log()[-3000:])


def main():
    options = arguments(__doc__).parse_args()
    with Suite(options.build, change=change, keep=options.keep) as suite:
        suite.sendmail(f"alice@{DOMAIN}", data=b"Subject: both\n\nx\n")
        check(suite.wait_mail(b"Subject: both"), "the mailbox has the message that was archived")
        check(wait_for(lambda: "Subject: both" in archived(suite)), "the archive has it too")
        check(wait_for(lambda: "Completed" in suite.log()), "and the message is done")
        check(suite.log().count("=> alice") + suite.log().count("=> " + f"alice@{DOMAIN}") >= 1 and
              suite.log().count(" R=archive T=archived") == 1, "each delivery has its line", suite.log())
        # The second delivery that cannot be made is told of: the first one does not stand for it.
        suite.sendmail(f"nobody-here@{DOMAIN}", "-f", f"alice@{DOMAIN}", data=b"Subject: lost\n\nx\n")
        check(wait_for(lambda: "Subject: lost" in archived(suite)), "a message for nobody is archived")
        check(wait_for(lambda: "** nobody-here@" in suite.log()), "and fails in spite of that", suite.log())
        check_commands(suite)
        check_waiting(suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
