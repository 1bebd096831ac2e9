#!/usr/bin/env python3
"""The command line where no suite runs: one-shot suites for submission, queue runs, -bs and the listing, and
the test modes that answer in the calling process."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

from suite import Verdict, arguments

CONFIGURATION = """
primary_hostname = front.example
spool_directory = {root}/spool
qualify_domain = local.example
acl_smtp_rcpt = check
domainlist ours = local.example
begin acl
check:
  accept local_parts = queued
         control = queue_only
  accept domains = +ours
  deny message = relay not permitted
begin routers
lists:
  driver = redirect
  data = ${{if eq{{$local_part}}{{both}}{{one, two}}}}
boxes:
  driver = accept
  domains = +ours
  local_parts = one : two : queued
  transport = file
begin transports
file:
  driver = appendfile
  file = {root}/mail/${{if eq{{$local_part}}{{one}}{{one}}{{two}}}}
  {user}
"""

verdict = Verdict()
check = verdict.check


class Instance:
    def __init__(self, build, root):
        self.program = build / "bin/sendmail"
        self.root = root
        self.root.mkdir(exist_ok=True)
        self.root.chmod(0o755)
        (root / "mail").mkdir(mode=0o777)
        (root / "mail").chmod(0o777)
        user = "user = games" if os.geteuid() == 0 else ""
        self.configuration = root / "gatepost.conf"
        self.configuration.write_text(CONFIGURATION.format(root=root, user=user))
        self.configuration.chmod(0o644)

    def run(self, *words, text=""):
        done = subprocess.run([self.program, "-C", self.configuration, *words], input=text, text=True,
                              capture_output=True, timeout=60)
        return done.returncode, done.stdout.replace("\r\n", "\n"), done.stderr

    def mailbox(self, name):
        path = self.root / "mail" / name
        return path.read_text() if path.exists() else ""

    def log(self):
        return (self.root / "spool/log/mainlog").read_text()


def submission(instance):
    status, out, error = instance.run("-odi", "one", text="Subject: at once\n\nbody\n")
    check(status == 0 and not out, f"-odi: {status} {out}{error}")
    check("Subject: at once" in instance.mailbox("one"), "-odi: delivered when the command is over")
    check("Completed" in instance.log(), "-odi: logged when the command is over")
    status, _, error = instance.run("two", text="Subject: behind\n\n")
    check(status == 0 and "Subject: behind" in instance.mailbox("two"), f"-odb: delivered too: {error}")


def queue(instance):
    status, _, error = instance.run("-odq", "one", text="Subject: later\n\n")
    check(status == 0 and "later" not in instance.mailbox("one"), f"-odq waits: {error}")
    _, listing, _ = instance.run("-bp")
    check("one@local.example" in listing, f"-bp shows it: {listing}")
    check(instance.run("-bpc")[1] == "1\n", "-bpc counts it")
    check(instance.run("-q")[0] == 0 and "Subject: later" in instance.mailbox("one"), "-q delivers it")
    check(instance.run("-bp")[1] == "", "-bp shows nothing when it is done")


def dialogue(instance):
    session = ("EHLO there\nMAIL FROM:<a@there.example>\nRCPT TO:<x@elsewhere.example>\n"
               "RCPT TO:<one@local.example>\nDATA\nSubject: {}\n\n..dots\n.\nQUIT\n")
    status, out, error = instance.run("-bs", "-odi", text=session.format("by bs"))
    check(status == 0 and "250 OK id=" in out, f"-bs: {status} {out}{error}")
    check("Subject: by bs" in instance.mailbox("one"), "-bs: delivered when the command is over")
    status, out, error = instance.run("-bh", "192.0.2.1", text=session.format("by bh"))
    check("**** SMTP testing session as if from host 192.0.2.1" in out, f"-bh says what it is: {out}")
    check("550 relay not permitted" in out and "250 OK id=" in out, f"-bh: ACLs decide: {out}{error}")
    check("by bh" not in instance.mailbox("one"), "-bh keeps nothing")
    check(error.count("rejected RCPT <x@elsewhere.example>") == 1, f"-bh shows a line for two logs once: {error}")


def in_step(instance):
    """-bs with -odi: a message has been tried before anything is made of what follows it; what policy queues stays so."""
    session = ["EHLO there"]
    for subject, recipient in (("first", "one"), ("second", "queued"), ("third", "two")):
        session += ["MAIL FROM:<a@there.example>", f"RCPT TO:<{recipient}@local.example>", "DATA", f"Subject: step {subject}", "", "x", "."]
    before = len(instance.log())
    status, out, error = instance.run("-bs", "-odi", text="\n".join(session) + "\nBDAT 1\nxQUIT\n")
    check(status == 0 and out.count("250 OK id=") == 3 and "\n221 " in out, f"-bs -odi: {status} {out}{error}")
    marks = re.findall(r"(<=|=>|Completed|no immediate delivery)", instance.log()[before:])
    want = ["<=", "=>", "Completed", "<=", "no immediate delivery", "<=", "=>", "Completed"]
    check(marks == want, f"-bs -odi: each message is tried before the next one comes: {marks}")
    check("step second" not in instance.mailbox("two"), "-bs -odi: what an ACL queues waits")
    check(instance.run("-q")[0] == 0 and "step second" in instance.mailbox("two"), "-bs -odi: for a queue run")


def batch(instance):
    """Batched SMTP: no replies, every message delivered, the first error ends it."""
    text = ("MAIL FROM:<a@there.example>\nRCPT TO:<one@local.example>\nDATA\nSubject: first of a batch\n\n..dots\n.\n"
            "HELO batch.example\nmail from:<a@there.example>\nrcpt to:two\ndata\nSubject: second of a batch\n\n.\n")
    status, out, error = instance.run("-bS", "-odi", text=text + "QUIT\n")
    check((status, out) == (0, ""), f"-bS says nothing: {status} {out}{error}")
    check("Subject: first of a batch" in instance.mailbox("one") and "\n.dots" in instance.mailbox("one"), "-bS: the first is delivered")
    check("Subject: second of a batch" in instance.mailbox("two") and "P=local-bsmtp" in instance.log(), "-bS: and the second")
    check("(helo=batch.example)" in instance.mailbox("two") and "(helo=batch.example)" not in instance.mailbox("one"), "-bS: HELO's name is known from there on")
    for line, reply in {"FOO": "500 Command unrecognized", "MAIL FROM:<a@b> SIZE=1": "501 malformed address: SIZE=1 may not follow <a@b> ",
                        "MAIL FROM:": "501 MAIL FROM must have an address operand", "RCPT TO:<a@b>": "503 No sender yet given",
                        "DATA": "503 MAIL FROM:<sender> command must precede DATA"}.items():
        status, out, _ = instance.run("-bS", text=line + "\n")
        check(status == 2 and out.startswith(reply + "\n"), f"-bS: {line}: {status} {out}")
    check(instance.run("-bS", text="MAIL FROM:<a@b>\n")[:2] == (0, ""), "-bS: a transaction without DATA is none")
    stranger = "a" * 65536 + "b.\n" + text.replace("first of", "smuggled into")
    before = instance.log().count("P=local-bsmtp")
    status, out, _ = instance.run("-bS", "-odi", text=text[:text.index("..dots")] + stranger)
    check(status == 0 and instance.log().count("P=local-bsmtp") == before + 2 and "a" * 65536 + "b.\n" in instance.mailbox("one"),
          f"-bS: the rest of a long line is no line of its own: {status} {out}")
    status, out, _ = instance.run("-bS", "-odi", text=text + "RCPT TO:<one\n")
    check((status, out) == (1, "503 No sender yet given\nTransaction started in line 14\nError detected in line 15\nRCPT TO:<one\n"),
          f"-bS: an error is told with its line: {status} {out}")
    status, out, _ = instance.run("-bS", text="MAIL FROM:<>\nRCPT TO:<one>\nDATA\nSubject: cut\n")
    check(status == 2 and out.startswith("421 Lost incoming connection\n"), f"-bS: a message without its end: {status} {out}")
    check("Subject: cut" not in instance.mailbox("one"), "-bS: is not taken")


def other_sendmails(instance):
    """What programs say that were written for sendmail or Postfix."""
    status, _, error = instance.run("-odi", "-N", "success", "-V", "QQ 314+1", "-L", "cron", "-o7", "-ox", "-or5m", "-f", "two@local.example",
                                    "one@local.example", text="Subject: noted\n\nx\n")
    check(status == 0 and instance.run("-q")[0] == 0, f"-V, -L, -o7, -ox and -or are taken: {error}")
    check("Original-Envelope-ID: QQ 314+1" in instance.mailbox("two"), f"-V: the report names the envelope: {instance.mailbox('two')[-1500:]}")
    for words in (("-I",), ("-bH",), ("-bC",)):
        status, _, error = instance.run(*words)
        check(status == 0, f"{words[0]} is understood: {error}")
    status, _, error = instance.run("-ba")
    check(status != 0 and "-bs reads SMTP" in error, f"-ba says what does it: {error}")


def with_message(instance):
    """-bem: as the message would be when it had been taken in, counted as it was handed in."""
    file = instance.root / "letter"
    text = "From a@far.example Mon Jan  1 00:00:00 2020\nSubject: x\nFrom: b@far.example\n\nBody1\nBody2\n"
    file.write_text(text)
    expression = "$sender_address <$return_path> $message_size $message_body_size $message_linecount $received_count $h_subject:"
    status, out, _ = instance.run("-bem", str(file), expression, "${if def:h_date:{y}{n}} ${if eq{$h_message-id:}{<E$message_exim_id@$primary_hostname>}{y}{n}}")
    want = f'Sender taken from "From " line\na@far.example <> {len(text)} 12 6 1 x\ny y\n'
    check((status, out) == (0, want), f"-bem: {status} {out}")
    file.write_text("Resent-From: joe\nResent-To: ann, carl@far.example\nBcc: hidden\nFrom: \"J\" <fred>\n\nx\n")
    status, out, error = instance.run("-t", "-bem", str(file), "$h_resent-from: | $h_resent-to: | $h_bcc: | $h_from: | $recipients",
                                      "${if def:h_resent-message-id:{y}{n}} ${if def:h_resent-date:{y}{n}} ${if def:h_message-id:{y}{n}}")
    want = ('joe@local.example | ann@local.example, carl@far.example | hidden@local.example | "J" <fred@local.example> | '
            "ann@local.example, carl@far.example\ny y n\n")
    check((status, out) == (0, want), f"-bem: addresses get a domain, Resent- headers are of their own, -t is obeyed: {status} {out} {error}")
    check(instance.run("-be", "$message_size <$return_path> $initial_cwd")[1] == f"0 <> {os.getcwd()}\n", "-be knows of no message, and where it was started")


def version(instance):
    """-bV reads ACLs too. What is wrong with texts that are expanded is told, and no matter for the exit status (manual 5.3)."""
    check(instance.run("-bV")[0] == 0, "-bV of a configuration that is in use")
    for wrong, where, wanted in (("begin acl\n  x:\n    nosuch\n", ":3", 1), ("log_selector = +nosuch\n", ":1", 1), ("acl_smtp_rcpt = ${if\n", ":1", 0)):
        file = instance.root / "wrong.conf"
        file.write_text(wrong)
        status, _, error = instance.run("-C", str(file), "-bV")
        check(status == wanted and f"wrong.conf{where}: " in error, f"-bV: {wrong!r}: {status} {error}")


def answers(instance):
    check(instance.run("-be", "${uc:$qualify_domain}")[1] == "LOCAL.EXAMPLE\n", "-be expands arguments")
    check(instance.run("-be", text="a\\\n  b\n")[1] == "> ab\n> \n", "-be reads lines that go on")
    with_message(instance)
    status, out, _ = instance.run("-bt", "both", "nobody@else.example")
    want = ("two@local.example\n    <-- both@local.example\n  router = boxes, transport = file\n"
            "one@local.example\n    <-- both@local.example\n  router = boxes, transport = file\n"
            "nobody@else.example is undeliverable: Unrouteable address\n")
    check((status, out) == (2, want), f"-bt: {status} {out}")
    check(instance.run("-bv", "one")[:2] == (0, "one@local.example verified\n"), "-bv")
    check(instance.run("-bv", "a@b@c")[0] == 2, "-bv of what is no address")


def main():
    build = pathlib.Path(arguments(__doc__).parse_args().build).resolve()
    with tempfile.TemporaryDirectory(prefix="gatepost-front-") as directory:
        instance = Instance(build, pathlib.Path(directory) / "i")
        os.chmod(directory, 0o755)
        for part in (submission, queue, dialogue, in_step, batch, other_sendmails, version, answers):
            part(instance)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
