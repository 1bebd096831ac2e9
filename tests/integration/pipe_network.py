#!/usr/bin/env python3
"""A command of a pipe transport reaches other hosts where pipe_allow_network says so, and no port of this one otherwise.

pipe_network.py [--build DIR] [--keep]
"""
import os
import socket
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments

ROUTER = """
piped:
  driver = accept
  domains = +local_domains
  local_parts = piped
  transport = piped

"""
TRANSPORT = """
piped:
  driver = pipe
  command = /bin/bash -c "cat >/dev/null; echo here >/dev/tcp/127.0.0.1/FAR"
  log_output
  return_fail_output
  USER

"""


def reached(options, verdict, is_allowed):
    """Whether the command of one message came to a port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as far:
        far.settimeout(2)

        def change(text):
            if is_allowed:
                text = text.replace("begin acl\n", "pipe_allow_network = true\n\nbegin acl\n", 1)
            text = text.replace("begin routers\n", "begin routers\n" + ROUTER, 1)
            transport = TRANSPORT.replace("FAR", str(far.getsockname()[1])).replace("USER", "user = OWNER" if os.getuid() == 0 else "")
            return text.replace("begin transports\n", "begin transports\n" + transport, 1)

        with Suite(options.build, change=change, keep=options.keep) as suite:
            with Talk(suite.port) as talk:
                talk.say("EHLO client.example")
                talk.say(f"MAIL FROM:<alice@{DOMAIN}>")
                verdict.check(talk.say(f"RCPT TO:<piped@{DOMAIN}>")[0] == 250, "the recipient is taken")
                talk.say("DATA")
                verdict.check(talk.say("Subject: x\r\n\r\nx\r\n.")[0] == 250, "the message is taken")
            verdict.check(suite.wait_log(r"(=>|\*\*) piped"), "the command has ended", suite.log()[-800:])
            try:
                far.accept()[0].close()
                return True
            except socket.timeout:
                return False


def main():
    options = arguments("pipe_network").parse_args()
    verdict = Verdict()
    verdict.check(not reached(options, verdict, False), "a command connects to nothing unless it is allowed")
    verdict.check(reached(options, verdict, True), "with pipe_allow_network it does")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
