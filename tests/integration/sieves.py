#!/usr/bin/env python3
"""Users' Sieve scripts in deliveries, and what the log says of local deliveries that wait: as the real Exim does it.

sieves.py [--build DIR] [--keep]

A script with an error keeps the message, beside what it asked for before the error, and the log names the owner; a
file is shown by the path that the transport made of its name; -bf with -v or -d+filter tells what a script would do;
sieve_enotify_mailto_owner names the owner of notifications; locks and missing files have Exim's words and numbers.
"""
import fcntl
import os
import pwd
import re
import sys

from suite import DOMAIN, OWNER, Suite, Verdict, arguments

SCRIPTS = {
    "broken": 'require ["fileinto"];\nfileinto "abc";\nfoo;\n',
    "unknown": 'require ["nosuch"];\ndiscard;\n',
    "good": 'require "fileinto";\nfileinto "lists/x";\n',
    "told": 'require "enotify";\nnotify :message "new" "mailto:alice@gatepost.example";\nkeep;\n',
}
ROUTERS = """
script:
  driver = redirect
  local_parts = broken : unknown : good : told
  file = INSTANCE/scripts/$local_part_data
  allow_filter
  no_verify
  file_transport = completed
  reply_transport = answer
  sieve_enotify_mailto_owner = owner@gatepost.example
.ifdef OWNER
  user = OWNER
.else
  user = USER
.endif

started:
  driver = redirect
  local_parts = start
  data = "#Exim filter\\nnoerror deliver list@gatepost.example\\n"
  allow_filter
.ifdef OWNER
  user = OWNER
.else
  user = USER
.endif

listed:
  driver = redirect
  local_parts = list
  data = late@gatepost.example
  one_time

later:
  driver = redirect
  local_parts = late
  condition = ${if exists{INSTANCE/now}{no}{yes}}
  data = :defer: not yet
  allow_defer

trouble:
  driver = accept
  local_parts = held : dotted : missing : expanded
  transport = $local_part_data
"""
TRANSPORTS = """
completed:
  driver = appendfile
  file = INSTANCE/mail/boxes/${sg{$address_file}{/}{_}}
  OWNED

answer:
  driver = autoreply
  OWNED

held:
  driver = appendfile
  file = INSTANCE/mail/boxes/held
  lock_retries = 1
  OWNED

dotted:
  driver = appendfile
  file = INSTANCE/mail/boxes/dotted
  lock_retries = 1
  OWNED

missing:
  driver = autoreply
  to = $sender_address
  file = INSTANCE/nowhere
  OWNED

expanded:
  driver = autoreply
  to = $sender_address
  file = INSTANCE/nowhere
  file_expand
  OWNED
"""


def change(text):
    owned = TRANSPORTS.replace("  OWNED\n", ".ifdef OWNER\n  user = OWNER\n.endif\n")
    routers = ROUTERS.replace("= USER", "= " + pwd.getpwuid(os.getuid()).pw_name)
    text = text.replace("begin routers\n", "begin routers\n" + routers, 1)
    return text.replace("begin transports\n", "begin transports\n" + owned, 1)


def send(suite, name):
    data = f"From: joe@far.example\nTo: {name}@{DOMAIN}\nSubject: hello\n\ntext\n".encode()
    return suite.sendmail("-odi", "-f", f"alice@{DOMAIN}", f"{name}@{DOMAIN}", data=data)


def scripts(suite, check):
    boxes = suite.path("mail/boxes/")
    for name in SCRIPTS:
        send(suite, name)
    check(suite.wait_log(rf"=> {boxes}abc <broken@\S+> R=script T=completed") and suite.wait_log(rf"=> {boxes}inbox <broken@\S+> R=script T=completed"),
          "a script with an error: what stands before it is done, and the message is kept", suite.log()[-1500:])
    check(suite.wait_log(rf"=> {boxes}inbox <unknown@\S+> R=script T=completed"), "an extension that is not there: the message is kept")
    check(suite.wait_log(r"the Sieve filter of broken@\S+ has an error, and mail is kept in inbox: syntax error in line 4")
          and suite.wait_log(r"the Sieve filter of unknown@\S+ has an error, and mail is kept in inbox: unknown capability \"nosuch\" in line 2"),
          "and the log names its owner and the error")
    check(suite.wait_log(rf"=> {boxes}lists_x <good@\S+> R=script T=completed"), "a file is shown as its transport has completed it")
    letter = suite.wait_mail(b"Auto-Submitted: auto-notified; owner-email=\"owner@gatepost.example\"")
    check(letter and b"\nFrom: owner@gatepost.example\n" in letter, "sieve_enotify_mailto_owner names whom a notification is from", letter)


def trial(suite, check):
    path = suite.path("tried")
    with open(path, "w", encoding="ascii") as file:
        file.write("# Sieve filter\nrequire [\"fileinto\", \"copy\"];\nfileinto :copy \"lists/x\";\nredirect \"a@far.example\";\n")
    message = b"From: joe@far.example\nSubject: hello\n\ntext\n"
    plain, verbose, debugged = (suite.sendmail(*words, "-bf", path, data=message) for words in ((), ("-v",), ("-d-all+filter",)))
    check(plain.stdout.endswith(b"\nNo implicit keep\n") and b"lists/x" not in plain.stdout + plain.stderr, "-bf tells how a script ends", plain)
    check(verbose.stdout == plain.stdout and b" fileinto `lists/x'\n redirect `a@far.example'\n" in verbose.stderr, "with -v what it would do", verbose)
    check(b"fileinto `lists/x'" in debugged.stderr and b"redirect `a@far.example'" in debugged.stderr, "so with -d+filter", debugged)


def troubles(suite, check):
    owner = pwd.getpwnam(OWNER) if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    for name in ("held", "dotted", "dotted.lock"):
        path = suite.path("mail/boxes/" + name)
        with open(path, "w", encoding="ascii"):
            pass
        os.chmod(path, 0o600)
        os.chown(path, owner.pw_uid, owner.pw_gid)
    with open(suite.path("mail/boxes/held"), "r+", encoding="ascii") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        for name in ("held", "dotted", "missing", "expanded"):
            send(suite, name)
        check(suite.wait_log(r"== held@\S+ R=trouble T=held defer \(-9\): failed to lock mailbox \S+/held \(fcntl/flock\)$"), "a lock that somebody holds")
    check(suite.wait_log(r"== dotted@\S+ R=trouble T=dotted defer \(-9\): failed to lock mailbox \S+/dotted \(lock file\)$"), "a lock file")
    for name in ("missing", "expanded"):
        check(suite.wait_log(rf"== {name}@\S+ R=trouble T={name} defer \(2\): No such file or directory: Failed to open file \S+/nowhere when sending message "
                             rf"from {name} transport: No such file or directory$"), f"a reply's file that is not there ({name})", re.findall(rf"(?m)^.*{name}.*$", suite.log()))


def reports(suite, check):
    """noerror is of one attempt: a recipient that one_time made has its report, and the message is not stuck."""
    send(suite, "start")
    check(suite.wait_log(r"== late@\S+ <start@\S+> R=later defer"), "an address below noerror and one_time waits", suite.log()[-800:])
    with open(suite.path("now"), "w", encoding="ascii"):
        pass
    suite.sendmail("-qff")
    check(suite.wait_mail(b"Subject: Mail delivery failed: returning message to sender"), "its report goes to the sender", suite.log()[-800:])
    check("rozen" not in suite.log(), "and nothing is frozen")


def main():
    options = arguments("Sieve scripts, and the words for deliveries that wait").parse_args()
    verdict = Verdict()
    with Suite(options.build, ("alice", "boxes"), None, change, options.keep) as suite:
        os.makedirs(suite.path("scripts"))
        for name, text in SCRIPTS.items():
            with open(suite.path("scripts/" + name), "w", encoding="ascii") as file:
                file.write("# Sieve filter\n" + text)
            if os.getuid() == 0:
                os.chown(suite.path("scripts/" + name), pwd.getpwnam(OWNER).pw_uid, -1)
        scripts(suite, verdict.check)
        trial(suite, verdict.check)
        reports(suite, verdict.check)
        troubles(suite, verdict.check)
        if verdict.failed:
            suite.keep = True
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
