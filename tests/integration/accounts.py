#!/usr/bin/env python3
"""Who sends how much, with the real daemons: an account whose rate jumps is held, is still held after qmgr was killed, and
one command releases its mail or deletes it. With it the words of log_selector about connections and times on the queue,
disable_logging, and move_frozen_messages.

accounts.py [--build DIR] [--keep]
"""
import json
import os
import re
import signal
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

OPTIONS = """
account_rate_jump = 2
account_rate_floor = 5
log_selector = +smtp_connection +connection_id +queue_time +queue_time_overall +queue_time_exclusive +millisec +receive_time
move_frozen_messages
"""
ROUTERS = """
stuck:
  driver = redirect
  local_parts = stuck
  data = :defer: freeze me
  allow_defer

frozen:
  driver = redirect
  local_parts = cold
  allow_freeze
  allow_filter
  user = nobody
  data = #Exim filter\\nfreeze "too cold"

quiet:
  driver = accept
  local_parts = quiet
  disable_logging
  transport = nowhere
"""
TRANSPORTS = """
nowhere:
  driver = appendfile
  file = /dev/null
"""


def change(text):
    text = text.replace("\nbegin acl\n", OPTIONS + "\nbegin acl\n", 1)
    text = text.replace("begin routers\n", "begin routers\n" + ROUTERS, 1)
    return text.replace("begin transports\n", "begin transports\n" + TRANSPORTS, 1)


def accounts(suite):
    told = suite.gatepost("accounts", "--json")
    return {one["account"]: one for one in json.loads(told.stdout)} if told.returncode == 0 else {}


def lines_of_connections(suite):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        talk.send("a@far.example", [f"alice@{DOMAIN}"], b"Subject: counted\r\n\r\nx\r\n")
        talk.say("QUIT")
    suite.wait_log(r"Completed")
    log = suite.log()
    begun = re.findall(r"SMTP connection from \[127\.0\.0\.1\] Ci=(\S+) \(TCP/IP connection count", log)
    check(begun and re.search(r"SMTP connection from .* Ci=" + re.escape(begun[-1]) + r" closed by QUIT", log),
          "the beginning and the end of a connection have its identifier")
    check(begun and re.search(r"<= a@far\.example H=.* Ci=" + re.escape(begun[-1]) + r" P=esmtp .*RT=0\.\d\d\ds", log),
          "and so has the arrival of a message")
    check(re.search(r"=> alice .*QT=\d\.\d\d\ds", log) and re.search(r"Completed QT=\d\.\d\d\ds", log), "times on the queue")


def a_rate_that_jumps(suite):
    for number in range(30):
        suite.sendmail("-odb", f"alice@{DOMAIN}", data=f"Subject: mass {number}\n\nx\n".encode())
    mine = f"uid:{os.getuid()}"
    check(wait_for(lambda: accounts(suite).get(mine, {}).get("state") == "held"), "30 messages where 5 are allowed: held",
          str(accounts(suite)))
    check(f"directory:{os.getcwd()}" in accounts(suite), "the directory of the script is counted too")
    check(re.search(r"account \S+ held: \d+ messages in an hour", suite.log("paniclog")), "the panic log tells it")
    frozen = len(re.findall(r"Frozen: account .* is held", suite.log()))
    check(frozen > 0, "its mail is frozen")
    return mine


def held_through_a_kill(suite, mine):
    for pid, name in suite.services().items():
        if name == "qmgr":
            os.kill(pid, signal.SIGKILL)
    state = wait_for(lambda: accounts(suite).get(mine, {}).get("state"))
    check(state == "held", "held after qmgr was killed", str(state))
    before = len(suite.mailbox_names())
    suite.sendmail("-odb", f"alice@{DOMAIN}", data=b"Subject: one more\n\nx\n")
    wait_for(lambda: re.search(r"Frozen: account .* is held[^~]*\Z", suite.log()))
    check(len(suite.mailbox_names()) == before, "and what comes then is frozen")


def one_command(suite, mine):
    names = [name for name, one in accounts(suite).items() if one["state"] != "normal"]
    for name in names:
        done = suite.gatepost("accounts", "release", name)
        check(done.returncode == 0, f"released: {name}", done.stderr.decode())
    check(re.search(r"account uid:\d+ released by \S+", suite.log()), "the log says by whom")
    check(suite.wait_mail(b"Subject: one more") is not None, "and the mail goes out")
    suite.gatepost("accounts", "hold", mine)
    suite.sendmail("-odb", f"alice@{DOMAIN}", data=b"Subject: never seen\n\nx\n")
    check(wait_for(lambda: suite.gatepost("queue", "count").stdout.strip() not in (b"", b"0")), "held by hand")
    done = suite.gatepost("accounts", "delete", mine)
    check(done.returncode == 0 and b"has been removed" in done.stdout, "deleted by one command", done.stdout.decode() + done.stderr.decode())
    check(suite.wait_mail(b"never seen", seconds=0) is None and accounts(suite)[mine]["state"] == "normal", "and gone")


def quiet_and_frozen(suite):
    suite.sendmail("-odi", f"quiet@{DOMAIN}", data=b"Subject: q\n\nx\n")
    check(suite.wait_log(r"Completed QT=\S+\n\Z") is not None and "=> quiet" not in suite.log(), "disable_logging keeps a delivery out of the log")
    suite.sendmail("-odi", f"cold@{DOMAIN}", data=b"Subject: c\n\nx\n")
    check(suite.wait_log(r"moved from input, msglog to Finput, Fmsglog$") is not None, "a frozen message is moved")
    check(suite.queue() == [], "and not listed by mailq")
    listed = json.loads(suite.gatepost("queue", "list", "--json").stdout or "[]")
    check([one.get("queue") for one in listed] == ["F"], "but by gatepost queue list", str(listed))


def main():
    options = arguments(__doc__).parse_args()
    with Suite(options.build, change=change, keep=options.keep) as suite:
        lines_of_connections(suite)
        mine = a_rate_that_jumps(suite)
        held_through_a_kill(suite, mine)
        one_command(suite, mine)
        quiet_and_frozen(suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
