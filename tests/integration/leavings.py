#!/usr/bin/env python3
"""How a message has left, with the real daemons: options that every transport has are no matter to an SMTP one, the log names
what the host has heard, and reports of success come in Exim 4.96's form, before reports of what failed.

leavings.py [--build DIR] [--keep]
"""
import sys

from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ROUTERS = """begin routers
affixed:
  driver = accept
  domains = affixed.example
  local_part_suffix = -*
  transport = affixed
silent:
  driver = accept
  domains = silent.example
  transport = silent
gone:
  driver = redirect
  domains = gone.example
  data = :fail: gone
  allow_fail
"""
TRANSPORTS = """begin transports
affixed:
  driver = smtp
  hosts = 127.0.0.1
  port = SINKPORT
  allow_localhost
silent:
  driver = smtp
  hosts = 127.0.0.1
  port = SINKPORT
  allow_localhost
  disable_logging
  rcpt_include_affixes
"""


def main():
    options = arguments("how messages leave").parse_args()
    sink = Sink().start()

    def change(text):
        text = text.replace("begin routers\n", ROUTERS).replace("begin transports\n", TRANSPORTS.replace("SINKPORT", str(sink.port)))
        begin, routers = text.index("begin acl\n"), text.index("begin routers\n")
        text = text[:begin] + "begin acl\nall:\n  accept\n" + text[routers:]
        return "dsn_advertise_hosts = *\nacl_smtp_rcpt = all\n" + text.replace("acl_smtp_rcpt", "#acl_smtp_rcpt").replace("acl_smtp_data", "#acl_smtp_data")

    with Suite(options.build, change=change, keep=options.keep) as suite:
        with Talk(suite.port) as talk:
            talk.say("EHLO client.example")
            talk.say(f"MAIL FROM:<alice@{DOMAIN}> RET=HDRS")
            for name in ("joe-list@affixed.example", "far@silent.example", "never@gone.example"):
                check(talk.say(f"RCPT TO:<{name}> NOTIFY=SUCCESS,FAILURE")[0] == 250, name)
            talk.say("DATA")
            check(talk.say("Subject: leaves\r\n\r\nx\r\n.")[0] == 250, "a message for all of them")
        check(suite.wait_log(r"=> joe@affixed\.example <joe-list@affixed\.example> R=affixed"), "the log names what the host has heard", suite.log()[-800:])
        check(wait_for(lambda: sink.find(b"Subject: leaves")), "and has the message")
        good = suite.wait_mail(b"Action: delivered")
        text = good.decode().replace("\r", "") if good else ""
        check("\n ----- The following addresses had successful delivery notifications -----\n" in text, "the report of success", text)
        check("<joe-list@affixed.example> (relayed to non-DSN-aware mailer)\n" in text, "says how each has left", text)
        check("<far@silent.example> (relayed to non-DSN-aware mailer)\n" in text, "also where the log is silent", text)
        check("Diagnostic-Code: smtp; 250 Ok\n" in text, "and for programs", text)
        check(suite.wait_mail(b"Action: failed"), "the report of failure comes too")
        check("silent.example" not in suite.log().replace("far@silent.example>:", ""), "disable_logging", suite.log()[-800:])
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
