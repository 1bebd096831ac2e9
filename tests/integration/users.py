#!/usr/bin/env python3
"""Local users whose homes are shut to everybody else: .forward files, filters, required files.

users.py [--build DIR] [--keep]

As root, with users of its own in a private /etc/passwd: the suite's services run as somebody else, homes have
mode 0700, and still each user's .forward is read, with that user's rights and no more. What users do to harm
(links to others' files, FIFOs, devices, wrong owners) defers or bounces their own mail and nobody else's.
Anybody but root: it says so and passes.
"""
import os
import re
import shutil
import smtplib
import subprocess
import sys

from suite import DOMAIN, Suite, Verdict, arguments, wait_for

FIRST = 52001
NAMES = ("ann", "bob", "cat", "dan", "eve", "fay", "gus", "hal", "ivy", "jon")

ROUTERS = """
ran:
  driver = redirect
  local_parts = ran
  allow_fail
  data = :fail: uid ${run{/usr/bin/id -u}{${sg{$value}{\\n}{}}}{none}}, code ${run{/bin/sh -c "exit 3"}{yes}{no}} $runrc, \\
         ${run,preexpand{/bin/sh -c 'echo \$A; echo b >&2'}{${sg{$value}{\\n}{/}}}} ${run{/nowhere/program}{yes}{$runrc}}

unnamed:
  driver = redirect
  local_parts = unnamed
  data = ${run{${lc:/BIN/DATE}}}

slow:
  driver = redirect
  local_parts = slow : endless
  data = ${if eq{$local_part}{slow}{${run{/bin/sleep 30}}}{${run{/bin/cat /dev/zero}}}}

userforward:
  driver = redirect
  check_local_user
  domains = +local_domains
  local_part_suffix = +*
  local_part_suffix_optional
  file = $home/.forward
  allow_filter
  no_verify
  check_ancestor
  file_transport = to_file
  pipe_transport = to_pipe
  reply_transport = to_reply

unnamed_file:
  driver = redirect
  check_local_user
  domains = +local_domains
  local_parts = ivy
  file = $home/../ivy/.odd

others:
  driver = redirect
  check_local_user
  domains = +local_domains
  local_parts = jon
  user = ann
  file = $home/.for-ann

required:
  driver = accept
  check_local_user
  domains = +local_domains
  require_files = $local_part_data:$home/.special
  transport = special

seen:
  driver = accept
  check_local_user
  domains = +local_domains
  condition = ${if exists{$home/.condition}}
  transport = special

copied:
  driver = accept
  check_local_user
  domains = +local_domains
  local_parts = gus
  unseen
  transport = special

not_set_up:
  driver = accept
  domains = +local_domains
  local_parts = broken
  transport = broken

shadowed:
  driver = accept
  check_local_user
  domains = +local_domains
  local_parts = hal : gus
  transport = shadowed

limited:
  driver = accept
  check_local_user
  domains = +local_domains
  local_parts = fay
  transport = limited

user:
  driver = accept
  check_local_user
  domains = +local_domains
  transport = home
"""
TRANSPORTS = """
home:
  driver = appendfile
  file = $home/inbox

special:
  driver = appendfile
  file = $home/special

shadowed:
  driver = appendfile
  file = $home/inbox
  shadow_transport = ones_copy
  shadow_condition = ${if eq{$h_x-plain:}{yes}{no}{yes}}

broken:
  driver = appendfile
  user = ann
  file = /nonexistent/x
  message_size_limit = ${if eq{a}{b}{1}{44litres}}

ones_copy:
  driver = appendfile
  user = ann
  home_directory = ${extract{5}{:}{${lookup{ann}lsearch{/etc/passwd}{$value}}}}
  file = ${if eq{$local_part}{hal}{$home/copies}{/nonexistent/copies}}

limited:
  driver = appendfile
  file = $home/inbox
  quota = 1K

to_file:
  driver = appendfile

to_pipe:
  driver = pipe
  timeout = 4s

to_reply:
  driver = autoreply
"""


ROOM = """
  deny local_parts = fay
       message = $acl_verify_message ($recipient_verify_failure)
       !verify = recipient/quota=cachepos=0s,cacheneg=1m
"""

FILTER = """# Exim filter
logfile $home/log
logwrite "$h_subject:"
if "${if exists{$home/.forward}{a}{b}}" is a and "${if exists{$home/none}{a}{b}}" is b
   and "${lookup{key}lsearch{$home/table}{$value}{none}}" is found
   and "${if match_domain{$domain}{+local_domains}{yes}{no}}" is yes
then
  save $home/kept
endif
"""


class Users(Suite):
    """The default configuration with real users."""

    def __init__(self, build, keep):
        super().__init__(build, ("alice",), None, self.with_users, keep)
        for number, name in enumerate(NAMES):
            os.makedirs(self.home(name))
            os.chmod(self.home(name), 0o700)
            os.chown(self.home(name), FIRST + number, FIRST + number)
        os.makedirs(self.home("twin"))
        os.chown(self.home("twin"), FIRST, FIRST)
        for file, line in (("passwd", "{0}:x:{1}:{1}::{2}:/bin/sh\n"), ("group", "{0}:x:{1}:\n")):
            shutil.copy("/etc/" + file, self.path(file))
            with open(self.path(file), "a", encoding="utf-8") as table:
                for number, name in enumerate(NAMES):
                    table.write(line.format(name, FIRST + number, self.home(name)))
                if file == "passwd": # the same uid as ann's, and a home with a slash at its end
                    table.write(line.format("twin", FIRST, self.home("twin") + "/"))
            subprocess.run(["mount", "--bind", self.path(file), "/etc/" + file], check=True)

    @staticmethod
    def with_users(text):
        text = text.replace("begin routers\n", "begin routers\n" + ROUTERS, 1)
        text = text.replace("begin transports\n", "begin transports\n" + TRANSPORTS, 1)
        text = text.replace("check_recipient:\n", "check_recipient:\n" + ROOM, 1)
        return text.replace("begin acl\n", "user_file_timeout = 5s\nrun_timeout = 2s\nrun_output_max = 64K\nadd_environment = A=added\n\nbegin acl\n", 1)

    def home(self, name, file=""):
        return os.path.join(self.directory, "home", name, file).rstrip("/")

    def put(self, name, file, text, mode=0o600):
        with open(self.home(name, file), "w", encoding="utf-8") as out:
            out.write(text)
        os.chmod(self.home(name, file), mode)
        owner = FIRST + (0 if name == "twin" else NAMES.index(name))
        os.chown(self.home(name, file), owner, owner)

    def read(self, name, file):
        try:
            with open(self.home(name, file), encoding="utf-8") as text:
                return text.read()
        except OSError:
            return ""

    def send(self, *names):
        """A message to these users; what the log says of it in the end."""
        mark = f"mark{os.urandom(4).hex()}"
        sent = self.sendmail("-odi", *(f"{name}@{DOMAIN}" for name in names), data=f"Subject: {mark}\n\n{mark}\n".encode())
        if sent.returncode:
            return mark, sent.stderr.decode()
        ids = wait_for(lambda: re.findall(r"(\S+) <= \S+ .* S=\d+", self.log()))
        key = ids[-1]
        def settled():
            lines = [line for line in self.log().splitlines() if key in line]
            done = sum(1 for line in lines if re.search(r" (=>|->|\*\*|==|=) | Completed", line))
            return "\n".join(lines) if done >= len(names) else None
        return mark, wait_for(settled, 30) or self.log()


def own_files(verdict, suite):
    suite.put("ann", ".forward", f"bob@{DOMAIN}\n")
    mark, said = suite.send("ann")
    verdict.check(wait_for(lambda: mark in suite.read("bob", "inbox")), "a .forward in a home of mode 0700 is followed", said)
    suite.put("ann", "table", "key: found\n")
    suite.put("ann", ".forward", FILTER)
    mark, said = suite.send("ann")
    verdict.check(wait_for(lambda: mark in suite.read("ann", "kept")), "a filter sees the user's files, and named lists", said)
    verdict.check(mark in suite.read("ann", "log"), "and writes the user's log")
    state = os.stat(suite.home("ann", "log"))
    verdict.check(state.st_uid == FIRST, "as the user", state)
    suite.put("ann", ".forward", f":include:{suite.home('ann', 'list')}\n")
    suite.put("ann", "list", f"cat@{DOMAIN}\n")
    mark, said = suite.send("ann")
    verdict.check(wait_for(lambda: mark in suite.read("cat", "inbox")), "so is a list that it includes", said)


def homes_of_others(verdict, suite):
    """Whose $home it is, the password file says by name: of two logins with one uid each has a home."""
    suite.put("twin", ".forward", f"bob@{DOMAIN}\n")
    mark, said = suite.send("twin")
    verdict.check(wait_for(lambda: mark in suite.read("bob", "inbox")), "each of two logins of one uid has a .forward", said)
    os.unlink(suite.home("twin", ".forward"))
    mark, said = suite.send("twin")
    verdict.check(wait_for(lambda: mark in suite.read("twin", "inbox")), "and a mailbox in a home", said)
    os.chmod(suite.home("jon"), 0o711)
    suite.put("jon", ".for-ann", f"bob@{DOMAIN}\n", 0o644)
    mark, said = suite.send("jon")
    verdict.check(wait_for(lambda: mark in suite.read("bob", "inbox")), "a router's user reads in the home of the address", said)
    os.unlink(suite.home("jon", ".for-ann"))
    os.chmod(suite.home("jon"), 0o700)


def unnamed_files(verdict, suite):
    suite.put("ivy", ".odd", f"bob@{DOMAIN}\n")
    _, said = suite.send("ivy")
    verdict.check(re.search(r"== ivy@.* the configuration does not name .*/\.\./ivy/\.odd", said), "a file that launcher refuses is not passed over", said)


def own_programs(verdict, suite):
    """Pipes and files of a user's own need the ticket that launcher gives for them, and have it."""
    suite.put("ann", ".forward", f"|/usr/bin/tee {suite.home('ann', 'piped')}, {suite.home('ann', 'filed')}\n")
    mark, said = suite.send("ann")
    verdict.check(wait_for(lambda: mark in suite.read("ann", "piped")), "a pipe of a .forward runs", said)
    verdict.check(os.path.exists(suite.home("ann", "piped")) and os.stat(suite.home("ann", "piped")).st_uid == FIRST, "as the user")
    verdict.check(wait_for(lambda: mark in suite.read("ann", "filed")), "a file of a .forward is written", said)
    suite.put("ann", ".forward", f"# Exim filter\npipe \"/usr/bin/tee {suite.home('ann', 'filtered')}\"\n")
    mark, said = suite.send("ann")
    verdict.check(wait_for(lambda: mark in suite.read("ann", "filtered")), "a filter's pipe runs", said)


def shadows(verdict, suite):
    """What is delivered goes to the shadow transport too, as its user, and the log tells how that ended."""
    os.remove(suite.home("hal", ".forward"))
    mark, said = suite.send("hal")
    verdict.check("T=shadowed ST=ones_copy\n" in said + "\n", "a shadow is named in the log", said)
    verdict.check(mark in suite.read("hal", "inbox") and mark in suite.read("ann", "copies"), "and has its copy")
    mark, said = suite.send("gus")
    wait_for(lambda: mark in suite.read("gus", "inbox"))
    verdict.check(mark in suite.read("gus", "inbox") and "T=shadowed ST=ones_copy (" in suite.log(),
                  "one that fails changes nothing but the log line", said)
    verdict.check(suite.read("gus", "special").count(f"Subject: {mark}") == 1, "what a router with `unseen` had is another delivery", said)


def room(verdict, suite):
    """verify = recipient/quota: a child with the user's rights looks whether the mailbox has room."""
    def ask(size=0):
        with smtplib.SMTP("127.0.0.1", suite.port, timeout=30) as client:
            client.ehlo()
            client.mail("a@b.example", [f"SIZE={size}"] if size else [])
            code, text = client.rcpt(f"fay@{DOMAIN}")
            return f"{code} {text.decode()}"
    verdict.check(ask(900).startswith("250"), "a mailbox that is still to be made has room", ask(900))
    suite.put("fay", "inbox", "x" * 500)
    verdict.check(ask(400).startswith("250"), "so has one that is half full, for what fits", ask(400))
    verdict.check(ask().startswith("250"), "and for what does not say how large it is", ask())
    verdict.check(ask(900) == "550 Over quota (quota)", "what does not fit is refused when it is announced", ask(900))
    suite.put("fay", "inbox", "")
    verdict.check(ask(10) == "550 Previous (cached) quota verification failure (quota)", "which is remembered as long as it is said", ask(10))


def set_up(verdict, suite):
    """A transport that cannot be set up keeps the message, whatever the retry rules say."""
    _, said = suite.send("broken")
    verdict.check('defer (-1): invalid message_size_limit in broken transport: invalid integer "44litres"' in said and "**" not in said,
                  "a transport that cannot be set up keeps its messages", said)


def others_files(verdict, suite):
    suite.put("bob", "secret", f"ann@{DOMAIN}\n")
    for text, words in ((f":include:{suite.home('bob', 'secret')}", r"failed to open included file .*/secret: Permission denied \(euid=52004 egid=52004\)"),
                        (":include:/etc/shadow", r"failed to open included file /etc/shadow: Permission denied")):
        suite.put("dan", ".forward", text + "\n")
        _, said = suite.send("dan")
        verdict.check(re.search("== dan@.*" + words, said), f"{text.split('/')[-1]} of others cannot be included", said)
    os.unlink(suite.home("dan", ".forward"))
    os.symlink("/etc/shadow", suite.home("dan", ".forward"))
    _, said = suite.send("dan")
    verdict.check(re.search(r"failed to open .*/dan/.forward: Permission denied \(euid=52004", said), "nor reached by a link", said)
    os.unlink(suite.home("dan", ".forward"))
    os.mkfifo(suite.home("dan", ".forward"))
    _, said = suite.send("dan")
    verdict.check("dan/.forward is not a regular file" in said, "a FIFO is not waited for", said)
    os.unlink(suite.home("dan", ".forward"))
    os.symlink("/dev/zero", suite.home("dan", ".forward"))
    _, said = suite.send("dan")
    verdict.check("dan/.forward is not a regular file" in said, "a device is not read", said)
    os.unlink(suite.home("dan", ".forward"))
    suite.put("dan", ".forward", "a@b.example\n", 0o662)
    _, said = suite.send("dan")
    verdict.check("bad mode (0100662) for" in said, "a file that others may write is refused", said)
    suite.put("dan", ".forward", "x" * (1024 * 1024 + 1))
    _, said = suite.send("dan")
    verdict.check("dan/.forward is too big" in said, "a huge one is not read", said)
    os.chown(suite.home("dan", ".forward"), FIRST, FIRST)
    suite.put("eve", ".forward", "", 0o600)
    os.chown(suite.home("eve", ".forward"), FIRST, FIRST)
    os.chmod(suite.home("eve", ".forward"), 0o644)
    _, said = suite.send("eve")
    verdict.check("bad owner for" in said, "one that somebody else owns is refused", said)


def harmful_filters(verdict, suite):
    """Filters that loop, grow, wait, or write where nothing is to be written: only their own user's mail has the trouble."""
    check = verdict.check
    def filtered(name, text, *others):
        suite.put(name, ".forward", "# Exim filter\n" + text)
        return suite.send(name, *others)
    suite.put("ann", ".forward", f"bob@{DOMAIN}\n")
    suite.put("bob", ".forward", f"# Exim filter\nunseen deliver ann@{DOMAIN}\ndeliver bob@{DOMAIN}\n")
    mark, said = suite.send("ann")
    copies = sum(suite.read(name, "inbox").count(f"Subject: {mark}") for name in ("ann", "bob"))
    check(copies == 1 and " Completed" in said, "two users who forward to each other have it once", said)
    os.unlink(suite.home("ann", ".forward"))
    os.unlink(suite.home("bob", ".forward"))

    mark, said = filtered("eve", "".join(f"unseen deliver u{number}@elsewhere.example\n" for number in range(600)), "bob")
    check("error in filter file: the filter sets up more than 500 deliveries" in said, "a filter that makes very many addresses is stopped", said)
    check(mark in suite.read("bob", "inbox"), "and others have their mail", said)
    _, said = filtered("eve", 'if "' + "a" * 60 + '!" matches "^(a+)+\\\\$" then finish endif\n')
    check("regular expression could not be matched: match limit exceeded" in said, "so is a regular expression without end", said)
    _, said = filtered("eve", "if $h_subject: is x then\n" * 60000)
    check("eve/.forward is too big" in said, "a filter of a megabyte is not read", said)
    mark, said = filtered("eve", 'pipe "/bin/sleep 600"\n', "bob")
    check(mark in suite.read("bob", "inbox"), "a program that does not end keeps nobody else waiting", said)
    check(wait_for(lambda: re.search(r"\*\* \|/bin/sleep 600 <eve@.*pipe delivery process timed out", suite.log())), "and is ended", suite.log())

    os.mkfifo(suite.home("eve", "fifo"))
    os.chown(suite.home("eve", "fifo"), FIRST + NAMES.index("eve"), -1)
    os.symlink("/dev/zero", suite.home("eve", "zero"))
    suite.put("bob", "target", "bob's\n")
    os.symlink(suite.home("bob", "target"), suite.home("eve", "link"))
    for command, words, what in (
            ("save $home/fifo", "fifo is not a regular file", "a FIFO is not written"),
            ("save $home/zero", "zero is not a regular file", "a link to a device is not followed"),
            ("save /dev/zero", "Permission denied", "a device is not written"),
            ("save $home/link", "link is not a regular file", "a link to another's file is not followed"),
            (f"save {suite.home('bob', 'target')}", r"Permission denied: .*euid=52005", "another's mailbox is not written"),
            (f"save {suite.home('bob', 'other')}", r"Permission denied: .*euid=52005", "nor made"),
            ("logfile $home/fifo\nlogwrite x", "failed to open filter log file .*fifo", "a FIFO is no log"),
            (f"logfile {suite.home('bob', 'target')}\nlogwrite x", "failed to open filter log file .*Permission denied", "another's file is no log")):
        _, said = filtered("eve", command + "\n")
        check(re.search("== .*" + words, said), what, said)
    check(suite.read("bob", "target") == "bob's\n" and not os.path.exists(suite.home("bob", "other")), "what is another's is as it was")

    for command, words, what in (
            ("vacation", r"== >root@.* T=to_reply defer \(2\): No such file or directory: Failed to open file .*\.vacation\.msg", "a reply whose text is missing waits"),
            (f"mail to ann@{DOMAIN} file {suite.home('bob', 'target')}", "== >ann@.* T=to_reply defer .*Permission denied", "one that quotes another's file, too"),
            (f"mail to ann@{DOMAIN} expand file {suite.home('bob', 'target')}", "== >ann@.* T=to_reply defer .*Permission denied", "expanded or not"),
            (f"mail to ann@{DOMAIN} expand file $home/fifo", "== >ann@.* T=to_reply defer ", "and a FIFO is not waited for")):
        mark, _ = filtered("eve", command + "\n")
        wait_for(lambda: re.search(words, suite.log()) and mark in suite.read("eve", "inbox"), 10)
        check(re.search(words, suite.log()), what, suite.log()[-800:])
        check(mark in suite.read("eve", "inbox"), "the message itself is in the mailbox", suite.log()[-800:])
    os.unlink(suite.home("eve", ".forward"))


def programs(verdict, suite):
    """What ${run starts, launcher starts as exim_user."""
    suite.send("ran")
    said = wait_for(lambda: "\n".join(line for line in suite.log().splitlines() if "R=ran" in line))
    check = verdict.check
    owner = next(os.stat(f"/proc/{pid}").st_uid for pid, name in suite.services().items() if name == "router")
    check(f": uid {owner}, code no 3, added/b/ 127" in said, "${run gives a program's output and code", said)
    _, said = suite.send("unnamed")
    check('no ${run of the configuration names the program "/bin/date"' in said, "no other program is started", said)
    _, said = suite.send("slow")
    check("command timed out" in said, "one that takes too long is ended", said)
    _, said = suite.send("endless")
    check("too much output from a command (run_output_max)" in said, "so is the output of one that has no end", said)
    suite.put("hal", ".forward", '# Exim filter\nif "${run{/usr/bin/id -u}}" is 0 then finish endif\n')
    _, said = suite.send("hal")
    check("running a command is not permitted" in said, "a user's filter runs nothing", said)


def required_files(verdict, suite):
    suite.put("fay", ".special", "")
    mark, said = suite.send("fay")
    verdict.check(wait_for(lambda: mark in suite.read("fay", "special")), "require_files looks as the user", said)
    mark, said = suite.send("gus")
    verdict.check(wait_for(lambda: mark in suite.read("gus", "inbox")), "and misses what is not there", said)
    suite.put("gus", ".condition", "")
    mark, said = suite.send("gus")
    verdict.check(wait_for(lambda: mark in suite.read("gus", "special")), "a condition on a user's files, too", said)


def privileges(verdict, suite):
    """Nobody but launcher may become another user."""
    holders = []
    for pid, name in suite.services().items():
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            if re.search(r"^CapEff:\s+0*[1-9a-f]", status.read(), re.M):
                holders.append(name)
    verdict.check(holders == ["launcher"], "router has no privilege", holders)


def main():
    options = arguments("delivers to users with homes of their own").parse_args()
    if os.getuid() != 0 or subprocess.run(["unshare", "-m", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        print("skipped: other users can only be made by root")
        return 0
    if "GATEPOST_MOUNTS" not in os.environ:
        os.environ["GATEPOST_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "-m", "--propagation", "private", sys.executable, *sys.argv])
    verdict = Verdict()
    with Users(options.build, options.keep) as suite:
        own_files(verdict, suite)
        own_programs(verdict, suite)
        homes_of_others(verdict, suite)
        harmful_filters(verdict, suite)
        others_files(verdict, suite)
        programs(verdict, suite)
        shadows(verdict, suite)
        set_up(verdict, suite)
        room(verdict, suite)
        required_files(verdict, suite)
        privileges(verdict, suite)
        unnamed_files(verdict, suite)
        if verdict.failed:
            suite.keep = True
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
