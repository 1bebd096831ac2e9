#!/usr/bin/env python3
"""event_action with the real daemons: what is told of a message and of a connection, in which order, and what a refusal does.

events.py [--build DIR] [--keep]
"""
import os
import re
import subprocess
import sys
import tempfile

from played import Host
from suite import DOMAIN, Suite, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ACL = r"""
told:
  accept logwrite = told $acl_arg1 $event_name <$event_data> errno=$event_defer_errno host=$host:$host_address \
                    to=$local_part@$domain r=$router_name t=$transport_name about=$h_subject:
"""


class Taker(Host):
    """A mail server that takes, puts off or refuses a recipient by its name."""

    greeting = "220 far.example ready"
    extensions = "250-far.example\r\n250 HELP"

    def __init__(self):
        self.calls = 0
        super().__init__()

    def serve(self, client, greets=True):
        self.calls += 1
        super().serve(client, greets)

    def answer(self, command, client):
        if not command.upper().startswith("RCPT"):
            return None
        return "450 later" if "later" in command else "550 no" if "never" in command else "250 yes"


def changed(port, decides):
    def change(text):
        text = text.replace("begin acl\n", "event_action = ${acl{told}{main}}\nbegin acl\n" + ACL, 1)
        says = "${acl{told}{there}}" + decides
        return text.replace("smtp:\n  driver = smtp\n", f"smtp:\n  driver = smtp\n  port = {port}\n  hosts_try_chunking = :\n"
                            f"  event_action = {says}\n", 1).replace("maildir:\n  driver", "maildir:\n  event_action = ${acl{told}{here}}\n  driver", 1)
    return change


def events_of(suite, which):
    """Names and facts of the events of the message whose subject it is."""
    return re.findall(r"told (\w+) (\S+) <(.*?)> errno=(-?\d+) host=(\S*) to=(\S*) r=(\S*) t=(\S*) about=" + which + r"$",
                      suite.log(), re.M)


def names(suite, which):
    return [event[1] for event in events_of(suite, which)]


def send(suite, subject, recipient):
    suite.sendmail("-f", "alice@" + DOMAIN, recipient, data=f"Subject: {subject}\n\nhello\n".encode())


def is_complete(suite, count):
    return wait_for(lambda: suite.log().count("msg:complete") >= count)


def what_happens(build, keep):
    host = Taker()
    with Suite(build, smarthost_port=host.port, change=changed(host.port, ""), keep=keep) as suite:
        send(suite, "fine", "bob@far.example")
        check(is_complete(suite, 1), "a delivered message is complete", suite.log()[-3000:])
        check(names(suite, "fine") == ["tcp:connect", "smtp:connect", "smtp:ehlo", "tcp:close", "msg:delivery", "msg:complete"],
              "a delivery and its connection are told in order", names(suite, "fine"))
        told = {event[1]: event for event in events_of(suite, "fine")}
        check(told["smtp:connect"][2] == "220 far.example ready", "smtp:connect has the greeting", told)
        check(told["smtp:ehlo"][2] == r"250-far.example\n250 HELP", "smtp:ehlo has what the host can do", told)
        check(told["msg:delivery"][2] == "250 taken" and told["msg:delivery"][5] == "bob@far.example",
              "msg:delivery has the host's words and the address", told)
        check(told["msg:delivery"][6:] == ("smarthost", "smtp"), "and who sent it there", told)
        log = suite.log()
        check(log.index(" => bob@") < log.index("msg:delivery"), "behind the line of the delivery")

        send(suite, "refused", "never@far.example")
        check(is_complete(suite, 3), "a refused message is complete, and so is its report", suite.log()[-3000:])
        told = {event[1]: event for event in events_of(suite, "refused")}
        check("550 no" in told.get("msg:fail:delivery", ("",) * 3)[2], "msg:fail:delivery has the refusal", told)

        send(suite, "later", "later@far.example")
        check(wait_for(lambda: "msg:rcpt:defer" in names(suite, "later") and " == later@" in suite.log()), "a deferral is told", suite.log()[-2000:])
        told = {event[1]: event for event in events_of(suite, "later")}
        check(told["msg:rcpt:defer"][3] == str(50 << 8 | ord("A")), "with the reply's digits in $event_defer_errno", told)
        check("msg:rcpt:host:defer" in told and "msg:defer" not in told, "as the recipient's, and not the message's", told)

        send(suite, "here", "alice@" + DOMAIN)
        check(wait_for(lambda: names(suite, "here") == ["msg:delivery", "msg:complete"]), "a local delivery is told", suite.log()[-2000:])
        send(suite, "unknown", "nobody-at-all@" + DOMAIN)
        check(wait_for(lambda: "msg:complete" in names(suite, "unknown")), "what nobody takes is complete", suite.log()[-2000:])
        told = {event[1]: event for event in events_of(suite, "unknown")}
        check(told.get("msg:fail:internal", ("",) * 3)[0] == "main", "and fails with the main event", told)


def what_is_refused(build, keep):
    for event, connections in (("tcp:connect", 0), ("smtp:connect", 1)):
        host = Taker()
        decides = "${if eq{$event_name}{" + event + "}{not today}}"
        with Suite(build, smarthost_port=host.port, change=changed(host.port, decides), keep=keep) as suite:
            send(suite, "undesired", "bob@far.example")
            check(wait_for(lambda: " == bob@far.example" in suite.log()), f"a text for {event} puts the message off", suite.log()[-2000:])
            check("not today" in suite.log() and host.calls == connections, "and nothing is sent to the host", (host.calls, suite.log()[-2000:]))
            check("msg:host:defer" in names(suite, "undesired"), "and the host's deferral is told", names(suite, "undesired"))


def what_is_not_raised(build):
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write("event_action = ${if eq{$event_name}{dns:fail}{}{}}\n")
        file.flush()
        run = subprocess.run([os.path.join(build, "bin/gatepost"), "check", file.name], capture_output=True, text=True, check=False)
        check(run.returncode != 0 and "dns:fail" in run.stdout + run.stderr, "who waits for an event that is never raised is told so",
              (run.returncode, run.stdout, run.stderr))


def main():
    options = arguments(__doc__).parse_args()
    what_happens(options.build, options.keep)
    what_is_refused(options.build, options.keep)
    what_is_not_raised(options.build)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
