#!/usr/bin/env python3
"""The system filter on a running suite: what it delivers, removes, adds, fails, freezes and leaves alone.

system_filter.py [--build DIR] [--keep]

The filter's file is read for each attempt, so one instance serves every case.
"""
import os
import re
import sys

from suite import DOMAIN, Suite, Verdict, arguments, wait_for

OPTIONS = """
system_filter = INSTANCE/filter
system_filter_file_transport = to_file
system_filter_pipe_transport = to_pipe
"""
ROUTERS = """
scored:
  driver = accept
  domains = +local_domains
  local_parts = scored
  condition = ${if eq{$h_x-filter:}{seen}}
  transport = scored

slow:
  driver = redirect
  domains = +local_domains
  local_parts = slow
  data = ${if exists{INSTANCE/ready}{alice@$domain}{:defer: not yet}}
  allow_defer
"""
TRANSPORTS = """
to_file:
  driver = appendfile
  USER

to_pipe:
  driver = pipe
  USER

scored:
  driver = appendfile
  file = INSTANCE/mail/scored
  headers_remove = x-secret
  USER
"""
USER = "user = OWNER"


def with_filter(text):
    user = USER if os.getuid() == 0 else ""
    text = text.replace("begin acl\n", OPTIONS + "\nbegin acl\n", 1)
    text = text.replace("begin routers\n", "begin routers\n" + ROUTERS, 1)
    return text.replace("begin transports\n", "begin transports\n" + TRANSPORTS.replace("USER", user), 1)


class Filtered(Suite):
    def filter(self, text):
        with open(self.path("filter"), "w", encoding="utf-8") as file:
            file.write("# Exim filter\n" + text + "\n")

    def start(self):
        self.filter("")
        super().start()

    def send(self, *names, sender="alice", headers=""):
        """A message; its id and what a line of the log must have to be its last one."""
        before = len(re.findall(r" <= ", self.log()))
        sent = self.sendmail("-odi", "-f", f"{sender}@{DOMAIN}", *(f"{name}@{DOMAIN}" for name in names),
                             data=f"Subject: old\n{headers}\nbody\n".encode())
        if sent.returncode:
            raise RuntimeError(sent.stderr.decode())
        return wait_for(lambda: re.findall(r"(\S+) <= ", self.log())[before:])[0]

    def lines(self, key, pattern):
        """The lines about a message once one of them has the pattern."""
        found = wait_for(lambda: "\n".join(line for line in self.log().splitlines() if f" {key} " in line)
                         if re.search(rf"^.* {key} .*{pattern}", self.log(), re.M) else "", 20)
        return found or "NOT IN TIME: " + "\n".join(line for line in self.log().splitlines() if key in line).replace("=>", "= >")

    def text(self, name):
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except OSError:
            return ""


def deliveries(verdict, suite):
    suite.filter(f"unseen save {suite.path('mail/copy')}")
    said = suite.lines(suite.send("alice"), "Completed")
    verdict.check(f"=> {suite.path('mail/copy')} <system-filter> T=to_file" in said and "=> alice " in said, "a copy and the recipient", said)
    suite.filter(f"save {suite.path('mail/only')}")
    said = suite.lines(suite.send("alice", "nobody-here"), "Completed")
    verdict.check("original recipients ignored (system filter)" in said and "=> alice" not in said and "nobody-here" not in said,
                  "a significant delivery replaces the recipients", said)
    suite.filter(f"unseen deliver bob@{DOMAIN} errors_to alice@{DOMAIN}")
    said = suite.lines(suite.send("alice"), "Completed")
    verdict.check(re.search(r"=> bob <system-filter> R=mailbox T=maildir", said) or re.search(r"=> bob@\S+ <system-filter> R=mailbox", said), "an address is routed", said)
    suite.filter("unseen pipe \"/bin/sh -c 'cat > " + suite.path("mail/piped") + "'\"")
    said = suite.lines(suite.send("alice"), "Completed")
    verdict.check("<system-filter> T=to_pipe" in said and "Subject: old" in suite.text("mail/piped"), "a command gets it", said)
    suite.filter("unseen mail to alice text hello")
    said = suite.lines(suite.send("alice"), "system_filter_reply_transport is unset")
    verdict.check("== >alice" in said, "without a transport it waits", said)
    suite.filter("seen finish")
    said = suite.lines(suite.send("alice"), "Completed")
    verdict.check("=>" not in said and "Completed" in said, "seen finish throws it away", said)


def headers(verdict, suite):
    suite.filter('headers remove subject\nheaders add "X-Filter: seen\\nX-Secret: s"\nheaders add "Subject: new ($h_x-old:)"')
    said = suite.lines(suite.send("scored", headers="X-Old: o\n"), "Completed")
    text = suite.text("mail/scored")
    verdict.check("R=scored" in said, "routers see the headers that it adds", said)
    verdict.check("X-Filter: seen\n" in text and "Subject: new (o)\n" in text and "Subject: old" not in text, "and so does the copy", text)
    verdict.check("X-Secret" not in text, "what the transport removes is removed of them, too", text)
    suite.filter('if first_delivery then headers add "X-Once: mark4711" endif')
    key = suite.send("slow")
    suite.lines(key, "not yet")
    with open(suite.path("ready"), "w", encoding="utf-8"):
        pass
    suite.sendmail("-qff")
    suite.lines(key, "Completed")
    message = suite.wait_mail(b"mark4711")
    verdict.check(message and message.count(b"X-Once:") == 1, "a header of the first attempt is there at the second", message)


def ends(verdict, suite):
    suite.filter('if not error_message then fail "<<short>>a long text for the sender" endif')
    said = suite.lines(suite.send("bob"), "Completed")
    verdict.check("cancelled by system filter: short" in said and "Completed" in said, "fail cancels", said)
    verdict.check(suite.wait_mail(b"a long text for the sender"), "and the sender hears why")
    suite.filter('defer "later"')
    key = suite.send("bob")
    said = suite.lines(key, "deferred by system filter")
    verdict.check("=>" not in said and key in suite.queue(), "defer leaves it in the queue", said)
    suite.filter("")
    suite.sendmail("-qff")
    verdict.check("=> bob" in suite.lines(key, "Completed"), "until the filter lets it go")
    suite.filter('freeze "look at this"')
    key = suite.send("bob")
    said = suite.lines(key, "Frozen by the system filter: look at this")
    verdict.check("=>" not in said, "freeze freezes", said)
    suite.sendmail("-M", key)
    verdict.check("=> bob" in suite.lines(key, "Completed"), "and not again what was thawed by hand")
    verdict.check(key not in suite.queue(), "which is gone then", suite.log())
    suite.filter("no such command")
    key = suite.send("bob")
    said = suite.lines(key, "Error in system filter: ")
    verdict.check("=>" not in said and "rozen" not in said and b"frozen" not in suite.sendmail("-bp").stdout, "a filter with an error lets nothing out", said)
    suite.filter("")
    suite.sendmail("-qff")
    verdict.check("=> bob" in suite.lines(key, "Completed"), "and what waited for it goes out when it is mended, with no thaw")


def logs(verdict, suite):
    suite.filter("headers add \"X: y\"")
    verdict.check(suite.gatepost("check", suite.config).returncode == 0, "the check takes a filter that it can run")
    suite.filter("if first_delivery then\nlogfile /tmp/x endif")
    found = suite.gatepost("check", suite.config)
    said = (found.stdout + found.stderr).decode()
    verdict.check(found.returncode == 78 and re.search(r"filter: filtering command \"logfile\" is disabled: near line 3", said),
                  "and refuses one that writes a log, with its line", said)


def main():
    options = arguments("runs messages through a system filter").parse_args()
    verdict = Verdict()
    with Filtered(options.build, ("alice", "bob"), None, with_filter, options.keep) as suite:
        deliveries(verdict, suite)
        headers(verdict, suite)
        ends(verdict, suite)
        logs(verdict, suite)
        if verdict.failed:
            suite.keep = True
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
