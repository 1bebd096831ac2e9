#!/usr/bin/env python3
"""Two deliveries of one address: what a router with `unseen` delivered does not stand for what the next one delivers.

copies.py [--build DIR] [--keep]
"""
import os
import sys

from suite import DOMAIN, Suite, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ROUTER = """
archive:
  driver = accept
  transport = archived
  unseen

"""
TRANSPORT = """
archived:
  driver = appendfile
  file = INSTANCE/mail/archive
  create_file = anywhere
  user = OWNER

"""


def change(text):
    text = text.replace("begin routers\n", "begin routers\n" + ROUTER, 1)
    return text.replace("begin transports\n", "begin transports\n" + TRANSPORT, 1)


def archived(suite):
    try:
        with open(os.path.join(suite.directory, "mail/archive"), encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


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
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
