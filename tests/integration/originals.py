#!/usr/bin/env python3
"""The programs that others wrote for Exim's logs and queue read ours: Debian's eximstats, exigrep, exipick, exiqgrep and
exiqsumm, fail2ban's filters and logwatch's service, after a mixed run. What they count is what our counters count.

originals.py [--build DIR] [--keep] [--originals DIR]

DIR is where scripts/packages has unpacked them (build/originals); what is not there is skipped.
"""
import os
import re
import socket
import subprocess
import sys

from suite import DOMAIN, ROOT, Sink, Suite, Talk, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check

AUTHENTICATOR = """
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = no
  server_set_id = $auth2
"""
ROUTER = """
away:
  driver = manualroute
  domains = away.example
  route_list = * 127.0.0.1::AWAY
  self = send
  transport = remote

refusing:
  driver = manualroute
  domains = refusing.example
  route_list = * 127.0.0.1::REFUSING
  self = send
  transport = remote

"""
TRANSPORT = """
remote:
  driver = smtp
  allow_localhost

"""


class Refusing(Sink):
    """Refuses every recipient."""

    def session(self, client, lines):
        client.sendall(b"220 sink\r\n")
        for line in lines:
            word = line[:4].upper()
            client.sendall(b"550 nobody here\r\n" if word == b"RCPT" else b"503 no\r\n" if word == b"DATA" else b"250 ok\r\n")
            if word == b"QUIT":
                return


def change(away, refusing):
    def changed(text):
        text = text.replace("begin routers\n", "begin routers\n" + ROUTER.replace("AWAY", str(away)).replace("REFUSING", str(refusing)), 1)
        text = text.replace("begin transports\n", "begin transports\n" + TRANSPORT, 1)
        text = text.replace("local_interfaces = 127.0.0.1\n", "local_interfaces = 127.0.0.1\nlog_selector = +smtp_no_mail\n", 1)
        return text + AUTHENTICATOR
    return changed


class Stranger(Talk):
    """A client at an address that may not relay."""

    def __init__(self, port):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.2", 0))
        self.socket.connect(("127.0.0.1", port))
        self.lines = self.socket.makefile("rb")
        self.greeting = self.reply()


def mixed_run(suite):
    """Mail from programs and clients; delivered, put off, refused; wrong passwords and relaying."""
    for number in range(6):
        suite.sendmail("-odi", f"alice@{DOMAIN}", data=f"Subject: local {number}\n\nx\n".encode())
    for number in range(3):
        suite.sendmail("-odb", "-f", f"alice@{DOMAIN}", "bob@refusing.example", data=f"Subject: refused {number}\n\nx\n".encode())
        suite.sendmail("-odb", "-f", f"alice@{DOMAIN}", "carol@away.example", data=f"Subject: waits {number}\n\nx\n".encode())
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        for number in range(4):
            talk.send("sender@far.example", [f"alice@{DOMAIN}", f"postmaster@{DOMAIN}"], b"Subject: by SMTP\r\n\r\nx\r\n")
        talk.say("MAIL FROM:<a@far.example>")
        talk.say(f"RCPT TO:<nobody@{DOMAIN}>")
        talk.say("QUIT")
    for _ in range(2):
        with Stranger(suite.port) as talk:
            talk.say("EHLO stranger.example")
            talk.say("AUTH PLAIN AGpvZQB3cm9uZw==")
            talk.say("MAIL FROM:<x@far.example>")
            talk.say("RCPT TO:<y@elsewhere.example>")
            talk.say("QUIT")
    wait_for(lambda: len(re.findall(r" == carol@away\.example", suite.log())) >= 3 and
             len(re.findall(r" \*\* bob@refusing\.example", suite.log())) == 3)
    wait_for(lambda: suite.gatepost("queue", "count").stdout.strip() == b"3")


def counters(suite):
    numbers = suite.gatepost("metrics").stdout.decode()
    return {word: int(re.search(rf'addresses_total{{outcome="{word}"}} (\d+)', numbers)[1])
            for word in ("delivered", "deferred", "failed")}


class Originals:
    def __init__(self, directory, suite):
        self.directory = directory
        self.suite = suite
        self.logs = [os.path.join(suite.path("spool/log"), "mainlog")]

    def path(self, name):
        """Where it is, or None with a word about that."""
        path = os.path.join(self.directory, name)
        if os.path.exists(path):
            return path
        print(f"skip  {name} is not in {self.directory} (scripts/packages test)", flush=True)
        return None

    def run(self, *command, **more):
        return subprocess.run(command, capture_output=True, text=True, timeout=120, **more)

    def eximstats(self, wanted):
        path = self.path("usr/sbin/eximstats")
        if not path:
            return
        done = self.run("perl", path, "-bydomain", *self.logs)
        def total(word):
            found = re.search(rf"^\s*{word}\s+\S+\s+(\d+)", done.stdout, re.M)
            return int(found[1]) if found else None
        received = len(re.findall(r" <= ", self.suite.log()))
        # What was thrown away is delivered to eximstats too; here nothing was.
        check(total("Received") == received, "eximstats counts what was received", (total("Received"), received, done.stderr))
        addresses = re.search(r"^\s*Delivered\s+\S+\s+(\d+)\s+(\d+)?", done.stdout, re.M)
        delivered = int(addresses[2] or addresses[1]) if addresses else None
        check(delivered == wanted["delivered"], "eximstats counts what was delivered", (addresses and addresses[0], wanted))
        check(not done.stderr, "eximstats understands every line", done.stderr)
        self.same_statistics(path)

    def same_statistics(self, path):
        """Their eximstats and ours print the same lines for our log, and for each other's reports. Where the original's order is
        that of a hash, lines with equal numbers may stand in another one."""
        ours = os.path.join(self.suite.build, "bin/eximstats")
        differ = []
        def compare(words):
            theirs, mine = (self.run(*program, *words) for program in (("perl", path), (ours,)))
            if sorted(theirs.stdout.split("\n")) != sorted(mine.stdout.split("\n")) or theirs.returncode != mine.returncode:
                differ.append((words, theirs.stdout, mine.stdout, mine.stderr))
        for words in ([], ["-bydomain"], ["-byhost", "-bydomain", "-byemail", "-byedomain"], ["-tnl"], ["-t2"], ["-nvr"], ["-h2"], ["-q60,600"],
                      ["-t_remote_users"], ["-include_original_destination"], ["-nt/local/"], ["-nr/away/"], ["-show_dt"], ["-show_rt"],
                      ["-pattern", "refusals", "/rejected/"], ["-ne", "-nr", "-nt", "-h0", "-q0", "-t0"]):
            compare([*words, *self.logs])
        check(not differ, "our eximstats prints what theirs prints", differ[:2])
        differ.clear()
        reports = [self.suite.path(f"report.{number}") for number in range(3)]
        for report, program in zip(reports, (["perl", path], ["perl", path, "-html"], ["perl", path, "-bydomain"])):
            with open(report, "w", encoding="utf-8") as file:
                file.write(self.run(*program, *self.logs).stdout)
        compare(["-merge", reports[0], reports[1]])
        compare(["-merge", "-bydomain", *reports])
        check(not differ, "and adds up their reports as theirs does", differ[:2])

    def exigrep(self):
        path = self.path("usr/sbin/exigrep")
        if not path:
            return
        found = self.run("perl", path, "carol@away", *self.logs).stdout
        check(len(re.findall(r"<= ", found)) == 3 and len(re.findall(r"== carol@away", found)) >= 3 and "bob@" not in found,
              "exigrep finds three messages with all their lines", found)
        ours = os.path.join(self.suite.build, "bin/exigrep")
        differ = [words for words in (["carol@away"], ["-I", "ALICE"], ["-l", "[127.0.0.2]"], ["--no-pager", "-t", "0", "alice"], ["-M", "bob@refusing"])
                  if sorted(self.run("perl", path, *words, *self.logs).stdout.split("\n")) != sorted(self.run(ours, *words, *self.logs).stdout.split("\n"))]
        check(not differ, "our exigrep finds the same", differ)

    def queue_readers(self):
        path = self.path("usr/sbin/exipick")
        if not path:
            return
        spool = self.suite.path("exported")
        os.makedirs(os.path.join(spool, "input"))
        self.suite.gatepost("queue", "export", os.path.join(spool, "input"), "--exim")
        ids = sorted(self.suite.queue())
        found = self.run("perl", path, "--spool", spool, "-i").stdout.split()
        check(len(ids) == 3 and sorted(found) == ids, "exipick lists an exported queue", (found, ids))
        found = self.run("perl", path, "--spool", spool, "-i", "$message_size > 1", f"$sender_address eq alice@{DOMAIN}").stdout.split()
        check(sorted(found) == ids, "and selects by what the header files say", found)
        self.same_picks(path, spool)
        summer = self.path("usr/sbin/exiqsumm")
        listing = self.suite.sendmail("-bp").stdout.decode()
        found = self.run("perl", summer, input=listing).stdout if summer else ""
        check(not summer or re.search(r"^\s*3\s+\S+\s+\S+\s+\S+\s+away\.example", found, re.M), "exiqsumm reads our -bp", found)

    def same_picks(self, path, spool):
        """Their exipick and ours print the same for the same files."""
        ours = os.path.join(self.suite.build, "bin/exipick")
        differ = []
        for words in (["-b"], ["-bpc"], ["--size"], ["-c", "--size"], ["-zi"], ["-Ri", "--sort", "message_size"], ["-size", "-x"],
                      ["-i", "--show-vars", "sender_address,message_size,message_body_size,body_linecount,deliver_freeze,h_subject"],
                      ["--show-vars", "received_protocol,sender_host_address,originator_login,warning_count"],
                      ["-i", "--show-rules", "$message_size > 1K"], ["-i", "--show-tests", "!$sender_address = ALICE"],
                      ["-i", "--caseful", "$sender_address = ALICE"], ["--flatq"], ["-unsorted", "-c", "-f", "alice"]):
            theirs, mine = (self.run(*program, "--spool", spool, *words) for program in (("perl", path), (ours,)))
            if theirs.stdout != mine.stdout or theirs.returncode != mine.returncode:
                differ.append((words, theirs.stdout, mine.stdout, mine.stderr))
        check(not differ, "our exipick prints what theirs prints", differ)

    def fail2ban(self):
        path = self.path("usr/bin/fail2ban-regex")
        if not path:
            return
        library = os.path.join(self.directory, "usr/lib/python3/dist-packages")
        rules = os.path.join(self.directory, "etc/fail2ban/filter.d/exim.conf")
        done = self.run(sys.executable, path, "--config", os.path.join(self.directory, "etc/fail2ban"), self.logs[0], rules, env={**os.environ, "PYTHONPATH": library})
        found = re.search(r"Lines: (\d+) lines, \d+ ignored, (\d+) matched", done.stdout)
        log = self.suite.log()
        wanted = len(re.findall(r"535 Incorrect authentication data", log)) + len(re.findall(r"rejected RCPT \S+: relay not permitted", log))
        silent = log.count("no MAIL in SMTP connection from ")
        check(found and int(found[2]) == wanted + silent and wanted == 4 and silent >= 1, "fail2ban sees wrong passwords, relaying and silent clients", (found and found[0], wanted, done.stderr[-300:]))

    def logwatch(self):
        path = self.path("usr/share/logwatch/scripts/services/exim")
        if not path:
            return
        done = self.run("perl", "-I", os.path.join(self.directory, "usr/share/logwatch/lib"), path, input=self.suite.log(),
                        env={**os.environ, "LOGWATCH_DETAIL_LEVEL": "10", "LOGWATCH_DATE_RANGE": "all"})
        check("relay" in done.stdout.lower() and "elsewhere.example" in done.stdout, "logwatch reports relaying", done.stdout[:600] + done.stderr[:300])
        check("misformat" not in done.stdout.lower(), "and finds no line of the wrong form", done.stdout[:600])


def main():
    parser = arguments(__doc__)
    parser.add_argument("--originals", default=os.path.join(ROOT, "build/originals"))
    options = parser.parse_args()
    if not os.path.isdir(options.originals):
        print(f"skip  nothing is in {options.originals} (scripts/packages test)")
        return verdict.end()
    refusing = Refusing().start()
    away = free_port()
    with Suite(options.build, mailboxes=("alice",), change=change(away, refusing.port), keep=options.keep) as suite:
        mixed_run(suite)
        originals = Originals(options.originals, suite)
        originals.eximstats(counters(suite))
        originals.exigrep()
        originals.queue_readers()
        originals.fail2ban()
        originals.logwatch()
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
