#!/usr/bin/env python3
"""Two hosts whose users are both on vacation: a letter between them ends with one answer.

vacations.py [--build DIR] [--keep]

Two instances are each other's smarthost. ann lives on one, bob on the other. By the vacation command of Exim's filter,
by Sieve's vacation, by an autoreply transport with and without a memory: who writes is answered, the answer is
delivered, and nobody answers the answer, nor a list, nor what a program has sent.
"""
import os
import pwd
import sys

from suite import OWNER, Suite, Verdict, arguments, free_port, wait_for

HOSTS = {"ann": "north.example", "bob": "south.example"}

ROUTERS = """
answered:
  driver = accept
  domains = +local_domains
  local_parts = ann : bob
  condition = ${if exists{INSTANCE/answers}}
  condition = ${if !eq{$sender_address}{}}
  transport = answer
  unseen
  no_verify

filtered:
  driver = redirect
  domains = +local_domains
  local_parts = ann : bob
  file = ${lookup{$local_part_data.filter}dsearch,ret=full{INSTANCE}{$value}fail}
  allow_filter
  no_verify
  reply_transport = reply
  router_home_directory = INSTANCE/mail/home-$local_part_data
  file_transport = kept
  sieve_vacation_directory = INSTANCE/mail/sieve-$local_part_data
.ifdef OWNER
  user = OWNER
.endif
"""
TRANSPORTS = """
kept:
  driver = appendfile
  directory = ${lookup{$local_part}dsearch,ret=full,filter=subdir{INSTANCE/mail}}
  maildir_format
  return_path_add
.ifdef OWNER
  user = OWNER
.endif

reply:
  driver = autoreply
.ifdef OWNER
  user = OWNER
.endif

answer:
  driver = autoreply
  to = $sender_address
  from = $local_part@$domain
  subject = Re: $h_subject:
  text = I am away.
  once = ${if exists{INSTANCE/remembers}{INSTANCE/mail/once-$local_part_data}}
  never_mail = ^owner- : ^.*-request@
.ifdef OWNER
  user = OWNER
.endif
"""

VACATION = """# Exim filter
if personal then
  vacation
endif
"""
# Nobody asks whether the letter is personal: the sender of an answer is empty all the same.
CARELESS = """# Exim filter
if error_message then finish endif
mail to $sender_address text "I am away."
"""
SIEVE = """# Sieve filter
require ["vacation"];
vacation :days 1 :addresses ["ann@north.example", "bob@south.example"] "I am away.";
keep;
"""


def configuration(text):
    text = text.replace("begin routers\n", "begin routers\n" + ROUTERS, 1)
    return text.replace("begin transports\n", "begin transports\n" + TRANSPORTS, 1)


class Pair:
    """ann's host and bob's."""

    def __init__(self, build, keep):
        self.suites = {name: Suite(build, (name,), None, configuration, keep) for name in HOSTS}
        ports = {name: free_port() for name in HOSTS}
        for (name, suite), other in zip(self.suites.items(), reversed(ports)):
            suite.port = ports[name]
            suite.macros[1] = f"PORT={suite.port}"
            suite.macros += [f"DOMAIN={HOSTS[name]}", f"SMARTHOST=127.0.0.1::{ports[other]}"]

    def put(self, file, text):
        for suite in self.suites.values():
            with open(suite.path(file), "w", encoding="utf-8") as out:
                out.write(text)

    def put_filters(self, text):
        for name in HOSTS:
            self.put(f"{name}.filter", text)

    def send(self, sender, recipient, headers=""):
        """From one user to the other; True when both hosts have come to rest."""
        name = sender.split("@")[0]
        suite = self.suites[name if name in self.suites else "ann"]
        data = f"From: {sender}\nTo: {recipient}\n{headers}Subject: hello\n\nhello\n".encode()
        sent = suite.sendmail("-f", sender, "-oi", recipient, data=data)
        seen = []
        def rests():
            seen.append([(at.log().count(" <= "), at.log().count(" Completed")) for at in self.suites.values()])
            return len(seen) > 2 and seen[-1] == seen[-3] and all(begun == ended for begun, ended in seen[-1])
        return sent.returncode == 0 and bool(wait_for(rests, 20, 0.4))

    def counts(self):
        return {name: len(suite.mailbox(name)) for name, suite in self.suites.items()}

    def gained(self, before):
        return {name: count - before[name] for name, count in self.counts().items()}


def both_away(verdict, pair, what):
    before = pair.counts()
    rests = pair.send(f"ann@{HOSTS['ann']}", f"bob@{HOSTS['bob']}")
    verdict.check(rests and pair.gained(before) == {"ann": 1, "bob": 1}, f"{what}: the letter and one answer", pair.gained(before))
    answer = next((letter for letter in pair.suites["ann"].mailbox("ann") if b"I am away." in letter), b"")
    verdict.check(b"\nAuto-Submitted: auto-replied" in answer and b"Return-path: <>" in answer,
                  f"{what}: the answer says that it is one", answer.decode(errors="replace"))
    return before


def unanswered(verdict, pair, what, headers, sender=f"ann@{HOSTS['ann']}"):
    before = pair.counts()
    rests = pair.send(sender, f"bob@{HOSTS['bob']}", headers)
    verdict.check(rests and pair.gained(before) == {"ann": 0, "bob": 1}, what, pair.gained(before))


def main():
    options = arguments("both ends answer by themselves").parse_args()
    verdict = Verdict()
    pair = Pair(options.build, options.keep)
    with pair.suites["ann"], pair.suites["bob"]:
        for name, suite in pair.suites.items():
            home = suite.path(f"mail/home-{name}")
            os.makedirs(home)
            with open(os.path.join(home, ".vacation.msg"), "w", encoding="utf-8") as text:
                text.write("I am away.\n")
            if os.getuid() == 0:
                owner = pwd.getpwnam(OWNER)
                os.chown(suite.path("mail"), owner.pw_uid, owner.pw_gid)
                os.chown(home, owner.pw_uid, owner.pw_gid)
        pair.put_filters(VACATION)
        both_away(verdict, pair, "Exim's filter")
        unanswered(verdict, pair, "the same sender is answered once", "")
        unanswered(verdict, pair, "a list is not answered", "Precedence: bulk\n", f"news@{HOSTS['ann']}")
        unanswered(verdict, pair, "nor what a program has sent", "Auto-Submitted: auto-generated\n", f"cron@{HOSTS['ann']}")
        pair.put_filters(CARELESS)
        both_away(verdict, pair, "a careless filter")
        pair.put_filters(SIEVE)
        both_away(verdict, pair, "Sieve")
        unanswered(verdict, pair, "Sieve: the same sender is answered once", "")
        unanswered(verdict, pair, "Sieve: a list is not answered", "List-Id: <l.north.example>\n", f"news@{HOSTS['ann']}")
        pair.put_filters("# Exim filter\n")
        pair.put("answers", "")
        both_away(verdict, pair, "an autoreply transport")
        pair.put("remembers", "")
        both_away(verdict, pair, "one with a memory")
        unanswered(verdict, pair, "and it remembers", "")
        unanswered(verdict, pair, "never_mail is nobody's answer", "", f"owner-list@{HOSTS['ann']}")
        for suite in pair.suites.values():
            verdict.check(suite.queue() == [], "the queues are empty", suite.queue())
            suite.keep |= bool(verdict.failed)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
