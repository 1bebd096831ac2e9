#!/usr/bin/env python3
"""Two writers on one mbox: Gatepost beside procmail, maildrop, Dovecot's deliver and Dovecot's LMTP server.

writers.py [--build DIR] [--messages N] [--keep]

Each writer adds its messages to the same file while Gatepost adds its own, by the locks that both know. Afterwards the
file is read line by line: every message is there once, whole, and nothing lies between two of them. Programs that are
not installed are left out, and said so.
"""
import grp
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import threading

from suite import DOMAIN, OWNER, Suite, Talk, Verdict, arguments, wait_for

DELIVER = "/usr/lib/dovecot/dovecot-lda"
LINES = 120 # of a message: more than one write each

ROUTERS = """
shared_box:
  driver = accept
  local_parts = shared
  transport = shared_box
"""
TRANSPORTS = """
shared_box:
  driver = appendfile
  file = INSTANCE/mail/box/shared
  mode = 0600
  lock_interval = 1s
  lock_retries = 60
.ifdef OWNER
  user = OWNER
.endif
"""
DOVECOT = """
protocols = lmtp
base_dir = {run}
state_dir = {run}
log_path = {run}/log
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = mbox:{home}/mail:INBOX={box}
mail_uid = {user}
mail_gid = {group}
mail_home = {home}
first_valid_uid = 1
mbox_write_locks = dotlock fcntl
mbox_dirty_syncs = no
lda_mailbox_autocreate = yes
postmaster_address = postmaster@{domain}
ssl = no
passdb {{
  driver = static
  args = nopassword=y
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}
}}
service lmtp {{
  chroot =
  user = {user}
  unix_listener lmtp {{
    mode = 0666
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
"""


def with_shared_box(text):
    text = text.replace("begin routers\n", "begin routers\n" + ROUTERS, 1)
    return text.replace("begin transports\n", "begin transports\n" + TRANSPORTS, 1)


def letter(key):
    lines = "".join(f"{key} line {number} {'x' * 60}\r\n" for number in range(LINES))
    return f"Subject: {key}\r\nFrom: a@far.example\r\nX-Key: {key}\r\n\r\n{lines}{key} end\r\n".encode()


class Box:
    """The mailbox, and who owns it."""

    def __init__(self, suite):
        self.folder = suite.path("mail/box")
        self.file = os.path.join(self.folder, "shared")
        self.home = suite.path("mail/home")
        self.owner = pwd.getpwnam(OWNER) if os.getuid() == 0 else pwd.getpwuid(os.getuid())
        for path in (self.folder, self.home):
            os.makedirs(path, exist_ok=True)
            self.give(path)

    def give(self, path):
        if os.getuid() == 0:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def as_owner(self):
        if os.getuid() != 0:
            return {}
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def run(self, command, text):
        environment = {"PATH": "/usr/bin:/bin", "HOME": self.home, "USER": self.owner.pw_name, "LOGNAME": self.owner.pw_name}
        return subprocess.run(command, input=text.replace(b"\r\n", b"\n"), env=environment, cwd=self.home, timeout=60,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **self.as_owner())

    def own_file(self, name, text, mode=0o600):
        path = os.path.join(self.home, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)
        self.give(path)
        return path

    def faults(self, keys):
        """What is wrong with the file, of which each of these messages must be a part once."""
        with open(self.file, "rb") as file:
            text = file.read()
        found = {}
        for part in re.split(rb"(?:\A|(?<=\n\n))(?=From \S+ +\w{3} \w{3} )", text):
            if not part:
                continue
            key = re.search(rb"^X-Key: (\S+)$", part, re.M)
            if not key:
                return f"a part without a message: {part[:200]!r}"
            key = key.group(1).decode()
            body = part.split(b"\n\n", 1)[1].rstrip(b"\n") + b"\n"
            if body != letter(key).replace(b"\r\n", b"\n").split(b"\n\n", 1)[1]:
                return f"{key} is not whole: {body[:300]!r}"
            found[key] = found.get(key, 0) + 1
        doubled = [key for key, count in found.items() if count > 1]
        missing = [key for key in keys if key not in found]
        return f"missing {missing}, doubled {doubled}" if missing or doubled else ""


def beside(verdict, suite, box, name, write, messages):
    """`write` delivers one message in the other writer's way; Gatepost delivers as many at the same time."""
    mine = [f"{name}-gatepost-{number}" for number in range(messages)]
    others = [f"{name}-other-{number}" for number in range(messages)]
    problems = []

    def other():
        for key in others:
            if problem := write(letter(key)):
                problems.append(problem)
                return

    thread = threading.Thread(target=other)
    thread.start()
    for key in mine:
        with Talk(suite.port) as talk: # of many in one connection the later ones would wait for a queue run
            talk.say("EHLO client.example")
            code, text = talk.send("a@far.example", [f"shared@{DOMAIN}"], letter(key))
            if code != 250:
                problems.append(text)
    thread.join()
    if not verdict.check(not problems, f"{name} delivers beside Gatepost", problems[:1]):
        return
    wait_for(lambda: suite.queue() == [] or None, 60)
    faults = box.faults(mine + others)
    verdict.check(not faults, f"{2 * messages} messages by Gatepost and {name} are in the mbox, whole and once", faults)


def result_of(done):
    return "" if done.returncode == 0 else f"exit {done.returncode}: {done.stdout[-500:]!r}"


def by_procmail(box):
    return lambda text: result_of(box.run(["procmail", "-f", "a@far.example", f"DEFAULT={box.file}", f"ORGMAIL={box.file}", "/dev/null"], text))


def by_maildrop(box):
    rules = box.own_file("rules", f'to "{box.file}"\n')
    return lambda text: result_of(box.run(["maildrop", "-f", "a@far.example", rules], text))


def by_deliver(box, config):
    return lambda text: result_of(box.run([DELIVER, "-c", config, "-f", "a@far.example"], text))


class Lmtp:
    """Dovecot with nothing but its LMTP server, as the mailbox's owner."""

    def __init__(self, box, config, run):
        self.socket = os.path.join(run, "lmtp")
        self.box = box
        self.process = subprocess.Popen(["dovecot", "-F", "-c", config], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(self.socket) or self.process.poll() is not None, 20)

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def write(self, text):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(60)
            link.connect(self.socket)
            lines = link.makefile("rb")
            user = self.box.owner.pw_name
            for command, code in ((None, b"220"), ("LHLO here", b"250"), ("MAIL FROM:<a@far.example>", b"250"),
                                  (f"RCPT TO:<{user}>", b"250"), ("DATA", b"354"), (text.decode() + ".", b"250")):
                if command:
                    link.sendall(command.encode() + b"\r\n")
                reply = lines.readline()
                while reply[3:4] == b"-":
                    reply = lines.readline()
                if not reply.startswith(code):
                    return f"{str(command)[:20]}: {reply!r}"
        return ""


def main():
    parser = arguments("two writers on one mbox never spoil it")
    parser.add_argument("--messages", type=int, default=25, help="of each writer")
    options = parser.parse_args()
    verdict = Verdict()
    with Suite(options.build, ("alice",), None, with_shared_box, options.keep) as suite:
        box = Box(suite)
        for program, writer in (("procmail", by_procmail), ("maildrop", by_maildrop)):
            if shutil.which(program):
                beside(verdict, suite, box, program, writer(box), options.messages)
            else:
                print(f"skipped: {program} is not installed")
        if os.path.exists(DELIVER):
            run = suite.path("mail/dovecot")
            os.makedirs(run, exist_ok=True)
            box.give(run)
            config = box.own_file("dovecot.conf", DOVECOT.format(
                run=run, user=box.owner.pw_name, group=grp.getgrgid(box.owner.pw_gid).gr_name, home=box.home,
                box=box.file, domain=DOMAIN), 0o644)
            beside(verdict, suite, box, "dovecot-deliver", by_deliver(box, config), options.messages)
            if os.path.exists("/usr/lib/dovecot/lmtp") and os.getuid() == 0:
                server = Lmtp(box, config, run)
                try:
                    beside(verdict, suite, box, "dovecot-lmtp", server.write, options.messages)
                finally:
                    server.stop()
        else:
            print("skipped: Dovecot is not installed")
        if verdict.failed:
            suite.keep = True
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
