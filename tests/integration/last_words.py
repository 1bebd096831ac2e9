#!/usr/bin/env python3
"""What sessions hear at their end and in refusals, with the real daemons and the same in -bh: texts of the not-QUIT ACL,
refusals of one line, queue = NAME for a session; and -bh with counts (ratelimit, seen) and delays, which it does not wait for.

last_words.py [--build DIR] [--keep]
"""
import sys
import time

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check
ALICE = "alice@" + DOMAIN

ACLS = """
at_connect:
  accept queue = from_connect

at_helo:
  warn   condition = ${if eq{$sender_helo_name}{simple.example}}
         control = no_multiline_responses
  warn   condition = ${if eq{$sender_helo_name}{slow.example}}
         delay = 20s
  accept

at_mailauth:
  defer

at_rcpt:
  accept local_parts = fake
         control = fakereject/kept
  deny   local_parts = many
         message = first\\nsecond\\nthird
  deny   local_parts = often
         ratelimit = 2 / 1h / per_cmd / strict / often
         message = rate $sender_rate / $sender_rate_period
  deny   local_parts = again
         seen = 1h / key=again
         message = seen
  warn   logwrite = queue <$queue_name>
  accept

at_vrfy:
  deny   local_parts = coded
         message = 571 5.7.9 not here
  deny   log_reject_target =

at_end:
  accept message = good-bye, $smtp_notquit_reason
"""


def change(text):
    begin, routers = text.index("begin acl\n"), text.index("begin routers\n")
    text = text[:begin] + "begin acl\n" + ACLS + "\n" + text[routers:]
    text = text.replace("acl_smtp_rcpt", "#acl_smtp_rcpt").replace("acl_smtp_data", "#acl_smtp_data")
    return ("hints_flush = 1s\nacl_smtp_connect = at_connect\nacl_smtp_helo = at_helo\nacl_smtp_mailauth = at_mailauth\nacl_smtp_rcpt = at_rcpt\n"
            "acl_smtp_vrfy = at_vrfy\nacl_smtp_notquit = at_end\nacl_smtp_data = accept\n" + text)


def good_byes(suite):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        for _ in range(3):
            talk.say("WHAT")
        check(talk.say("WHAT")[1] == "500 good-bye, bad-commands", "who says nothing known hears the not-QUIT ACL's words")
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        for _ in range(10):
            talk.say("NOOP")
        check(talk.say("NOOP")[1] == "554 good-bye, bad-commands", "and who brings no mail")
    with Talk(suite.port) as talk:
        talk.socket.sendall(b"EHLO client.example\r\nDATA\r\nNOOP\r\nNOOP\r\n")
        heard = ""
        while heard[:3] != "554":
            heard = talk.reply()[1]
        check(heard == "554 good-bye, synchronization-error", "and who speaks too soon", heard)


def one_line(suite):
    for name, lines in (("client.example", 3), ("simple.example", 1)):
        with Talk(suite.port) as talk:
            greeting = talk.say("EHLO " + name)[1]
            check("250-PIPELINING" in greeting, f"{name} hears what is offered", greeting)
            talk.say("MAIL FROM:<a@b.example>")
            text = talk.say(f"RCPT TO:<many@{DOMAIN}>")[1]
            check(len(text.splitlines()) == lines and text.startswith("550-first" if lines > 1 else "550 first"), f"{name}: a refusal of {lines} lines", text)


def words_of_logs(suite):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        check(talk.say("VRFY " + ALICE)[0] == 252, "VRFY is refused")
        check(talk.say("VRFY coded@" + DOMAIN)[0] == 571, "and with a code of its own")
        check(talk.say("MAIL FROM:<a@b.example> AUTH=<x@y.example>")[0] == 451, "AUTH= is deferred")
    check(suite.wait_log(r"temporarily rejected MAILAUTH <a@b.example> AUTH=<x@y.example>"), "in the log with its own name", suite.log())
    check(suite.wait_log(r"rejected VRFY coded@\S+: 571 5\.7\.9 not here"), "which the log has", suite.log())
    check("rejected VRFY alice" not in suite.log() + suite.log("rejectlog"), "log_reject_target holds for VRFY", suite.log())


def named_queue(suite):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        for count in (1, 2):
            check(talk.send("a@b.example", [ALICE], b"Subject: queue\r\n\r\nx\r\n")[0] == 250, f"message {count} is taken")
    check(suite.log().count("queue <from_connect>") == 2, "queue = NAME of acl_smtp_connect holds for all messages of the session", suite.log())
    check(wait_for(lambda: suite.log().count("Q=from_connect") == 2), "and they are in it", suite.log())


def played(suite, lines, client="192.0.2.1"):
    result = suite.sendmail("-bh", client, data="\r\n".join([*lines, "QUIT", ""]).encode())
    return result.stdout.decode()


def rehearsed(suite):
    mail = ["EHLO client.example", "MAIL FROM:<a@b.example>"]
    often = [f"RCPT TO:<often@{DOMAIN}>"]
    for _ in range(2):  # what one counts the next does not see
        said = played(suite, [*mail, *often * 3])
        check(said.count("250 Accepted") == 2 and "550 rate 3.0 / 1h" in said, "-bh counts", said)
    again = [f"RCPT TO:<again@{DOMAIN}>"]
    for _ in range(2):
        said = played(suite, [*mail, *again * 2])
        check(said.count("250 Accepted") == 1 and "550 seen" in said, "-bh remembers what it has seen, and leaves nothing behind", said)
    with Talk(suite.port) as talk:
        for line in mail:
            talk.say(line)
        check([talk.say(often[0])[0] for _ in range(3)] == [250, 250, 550], "the suite counts for itself")
        check([talk.say(again[0])[0] for _ in range(2)] == [250, 550], "and remembers")
    check(wait_for(lambda: "550 rate" in played(suite, [*mail, *often]), 30, 0.5), "-bh begins with the suite's own counts")
    began = time.monotonic()
    result = suite.sendmail("-bh", "192.0.2.1", data=b"EHLO slow.example\r\nQUIT\r\n")
    check(b"250-PIPELINING" in result.stdout and b"delay: skipped in -bh checking mode" in result.stderr, "-bh says a delay", result.stderr)
    check(time.monotonic() - began < 15, "and does not wait for it")
    for name, reply in (("alice", "250 OK id="), ("fake", "550 kept")):
        said = played(suite, [*mail, f"RCPT TO:<{name}@{DOMAIN}>", "DATA", "Subject: x", "", "x", "."])
        check(reply in said and "\n**** SMTP testing: that is not a real message id!\n\n221 " in said.replace("\r\n", "\n"), f"-bh says behind {reply} that it keeps nothing", said)
    said = played(suite, ["EHLO client.example", "VRFY", "WHAT", "WHAT", "WHAT", "WHAT"])
    check("500 good-bye, bad-commands" in said, "-bh has the last words, too", said)


def main():
    options = arguments("last_words").parse_args()
    with Suite(options.build, change=change, keep=options.keep) as suite:
        good_byes(suite)
        one_line(suite)
        words_of_logs(suite)
        named_queue(suite)
        rehearsed(suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
