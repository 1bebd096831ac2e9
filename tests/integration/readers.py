#!/usr/bin/env python3
"""What others make of local deliveries: Courier's and Dovecot's quota, mail readers, Dovecot's LMTP server, procmail, maildrop.

readers.py [--build DIR] [--keep]

Courier's deliverquota and Dovecot go on with the maildirsize that Gatepost has written, and Gatepost with theirs; mutt,
mailx, s-nail and doveadm find the messages of mboxes, MMDF files and Maildirs as they were sent; a real Dovecot takes
mail by LMTP and says what it cannot take; procmail and maildrop run as commands of a pipe, and their exit codes count.
Programs that are not installed are left out, and said so.
"""
import os
import pty
import re
import shutil
import subprocess
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for
from writers import DELIVER, DOVECOT, Box, Lmtp

DELIVERQUOTA = "/usr/sbin/deliverquota"
QUOTA, COUNT = 40_000, 9
FILES = ("mbox", "mmdf", "maildir")
ROUTERS = """
counted:
  driver = accept
  local_parts = counted
  transport = counted

read:
  driver = accept
  local_parts = mbox : mmdf : maildir
  transport = read_$local_part_data

lmtp:
  driver = accept
  local_parts = lmtp : full
  transport = lmtp

piped:
  driver = accept
  local_parts = procmail : maildrop
  local_part_suffix = +*
  local_part_suffix_optional
  transport = $local_part_data
"""
OWNED = """
.ifdef OWNER
  user = OWNER
.endif
"""
TRANSPORTS = """
counted:
  driver = appendfile
  directory = INSTANCE/mail/counted
  maildir_format
  maildir_tag = ,S=$message_size
  quota = QUOTA
  quota_filecount = COUNT
  quota_size_regex = ,S=(\\\\d+)
  maildir_use_size_file
""" + OWNED + """
read_mbox:
  driver = appendfile
  file = INSTANCE/mail/read/mbox
""" + OWNED + """
read_mmdf:
  driver = appendfile
  file = INSTANCE/mail/read/mmdf
  message_prefix = "\\1\\1\\1\\1\\n"
  message_suffix = "\\1\\1\\1\\1\\n"
  check_string = "\\1\\1\\1\\1\\n"
  escape_string = "\\1\\1\\1\\1 \\n"
""" + OWNED + """
read_maildir:
  driver = appendfile
  directory = INSTANCE/mail/read/maildir
  maildir_format
""" + OWNED + """
lmtp:
  driver = lmtp
  socket = INSTANCE/mail/dovecot/lmtp
  batch_max = 10
  return_path_add
""" + OWNED + """
procmail:
  driver = pipe
  command = /usr/bin/procmail -a ${if eq{$local_part_suffix}{}{none}{gone}} INSTANCE/mail/home/procmailrc
  message_prefix =
  message_suffix =
  home_directory = INSTANCE/mail/home
  current_directory = INSTANCE/mail/home
  return_fail_output
""" + OWNED + """
maildrop:
  driver = pipe
  command = /usr/bin/maildrop INSTANCE/mail/home/mailfilter ${if eq{$local_part_suffix}{}{none}{later}}
  message_prefix =
  message_suffix =
  home_directory = INSTANCE/mail/home
  current_directory = INSTANCE/mail/home
  temp_errors = 75
  return_fail_output
""" + OWNED
# What mail readers are tempted to take for something else.
ODD_LINES = ("From here on it is text", ">From there", "From a@b.example Mon Nov 23 00:02:08 2026", ".", "..two", "", "\1\1\1\1", "caf\u00e9", "end")


def change(text):
    text = text.replace("begin routers\n", "begin routers\n" + ROUTERS, 1)
    transports = TRANSPORTS.replace("= QUOTA", f"= {QUOTA}").replace("= COUNT", f"= {COUNT}")
    return text.replace("begin transports\n", "begin transports\n" + transports, 1)


class Trial:
    """The suite, its owner's files, and what all checks need."""

    def __init__(self, suite, verdict):
        self.suite = suite
        self.check = verdict.check
        self.box = Box(suite)

    def send(self, recipient, mark, lines):
        body = "".join(line + "\r\n" for line in lines)
        text = f"Subject: {mark}\r\nFrom: a@far.example\r\nTo: {recipient}@{DOMAIN}\r\n\r\n{body}".encode()
        with Talk(self.suite.port) as talk:
            talk.say("EHLO client.example")
            code, said = talk.send("a@far.example", [f"{recipient}@{DOMAIN}"], text)
        if code != 250:
            raise RuntimeError(said)

    def logged(self, pattern):
        return self.suite.wait_log(pattern)

    def folder(self, name):
        path = self.suite.path("mail/" + name)
        os.makedirs(path, exist_ok=True)
        self.box.give(path)
        return path

    def run(self, *command, text=b""):
        done = self.box.run(list(command), text)
        return done.returncode, done.stdout.decode("utf-8", "replace")


def size_file(path):
    """Its first line, and the sums of the others."""
    with open(os.path.join(path, "maildirsize"), encoding="ascii") as file:
        first, *lines = file.read().splitlines()
    pairs = [[int(word) for word in line.split()] for line in lines if line.strip()]
    return first, sum(octets for octets, _ in pairs), sum(count for _, count in pairs), len(pairs)


def really_there(path):
    """The same by looking."""
    files = [os.path.join(path, folder, name) for folder in ("new", "cur") if os.path.isdir(os.path.join(path, folder))
             for name in os.listdir(os.path.join(path, folder))]
    return sum(os.path.getsize(name) for name in files), len(files)


def by_quota(trial):
    path = trial.folder("counted")
    quota = f"{QUOTA}S,{COUNT}C"
    for number in range(3):
        trial.send("counted", f"counted {number}", ["x" * 70] * 10 * (number + 1))
    trial.check(wait_for(lambda: really_there(path)[1] == 3), "three messages are in the Maildir")
    first, octets, count, _ = size_file(path)
    trial.check(first == quota and (octets, count) == really_there(path), "maildirsize is as Maildir++ has it", (first, octets, count))
    sizes = [re.search(r",S=(\d+)$", name) for name in os.listdir(path + "/new")]
    trial.check(all(sizes) and sum(int(size[1]) for size in sizes) == octets, "the sizes in the names are those of the files")
    if not os.path.exists(DELIVERQUOTA):
        print("skipped: Courier's deliverquota is not installed")
    else:
        with open(path + "/maildirsize", encoding="ascii") as file:
            before = file.read()
        status, said = trial.run(DELIVERQUOTA, path, quota, text=b"Subject: by Courier\n\nx\n")
        with open(path + "/maildirsize", encoding="ascii") as file:
            after = file.read()
        trial.check(status == 0 and after.startswith(before) and after != before, "Courier goes on with Gatepost's maildirsize", (status, said, before, after))
        trial.check(size_file(path)[1:3] == really_there(path), "and counts as it does", (size_file(path), really_there(path)))
    if not shutil.which("doveadm"):
        print("skipped: Dovecot is not installed")
    else:
        by_doveadm_quota(trial, path)
    before = size_file(path)
    trial.send("counted", "counted again", ["x"])
    trial.check(trial.logged(r"=> counted .*\n(.*\n)*.*=> counted .*\n(.*\n)*.*=> counted .*\n(.*\n)*.*=> counted "), "a fourth message of ours")
    trial.check(size_file(path)[1:3] == really_there(path) and size_file(path)[3] == before[3] + 1, "Gatepost goes on with what the others wrote", size_file(path))
    if os.path.exists(DELIVERQUOTA):
        full_for_both(trial, path, quota)


def by_doveadm_quota(trial, path):
    config = trial.box.own_file("quota.conf", DOVECOT.format(
        run=trial.folder("dovecot"), user=trial.box.owner.pw_name, group="nogroup", home=trial.box.home, box=trial.box.file, domain=DOMAIN)
        .replace("mail_location = mbox:{home}/mail:INBOX={box}".format(home=trial.box.home, box=trial.box.file), f"mail_location = maildir:{path}")
        + f"mail_plugins = quota\nplugin {{\n  quota = maildir:User quota\n  quota_rule = *:bytes={QUOTA}:messages={COUNT}\n}}\n", 0o644)
    there = really_there(path)
    with open(path + "/maildirsize", encoding="ascii") as file:
        before = file.read()
    status, said = trial.run("doveadm", "-c", config, "-f", "tab", "quota", "get")
    rows = {row[1]: row[2:4] for row in (line.split("\t") for line in said.splitlines()) if len(row) > 3}
    used = rows.get("MESSAGE")
    trial.check(status == 0 and used == [str(there[1]), str(COUNT)], "Dovecot reads the count from maildirsize", (said, there))
    storage = rows.get("STORAGE", ["", ""])
    trial.check(storage[0] == str((there[0] + 1023) // 1024) or storage[0] == str(there[0] // 1024), "and the octets", (said, there))
    with open(path + "/maildirsize", encoding="ascii") as file:
        trial.check(file.read() == before, "without making it anew")


def full_for_both(trial, path, quota):
    """Up to the last message that the quota has room for: by turns, and neither goes beyond it."""
    while really_there(path)[1] < COUNT - 1:
        status, said = trial.run(DELIVERQUOTA, path, quota, text=b"Subject: filling\n\nx\n")
        if not trial.check(status == 0, "Courier fills it", (status, said)):
            return
    trial.send("counted", "the last", ["x"])
    trial.check(wait_for(lambda: really_there(path)[1] == COUNT), "the last message that has room")
    trial.send("counted", "one too many", ["x"])
    trial.check(trial.logged(r"== counted@\S+ R=counted T=counted defer \(-22\): mailbox is full"), "Gatepost has no room for another")
    status, said = trial.run(DELIVERQUOTA, path, quota, text=b"Subject: one too many\n\nx\n")
    trial.check(status == 77 and "quota" in said.lower(), "nor has Courier", (status, said))
    trial.check(size_file(path)[1:3] == really_there(path) and really_there(path)[1] == COUNT, "and maildirsize is right")
    os.unlink(os.path.join(path, "new", sorted(os.listdir(path + "/new"))[0])) # by a reader who tells nobody
    os.utime(path + "/maildirsize", (1, 1))
    trial.suite.sendmail("-qff")
    trial.check(wait_for(lambda: really_there(path)[1] == COUNT) and wait_for(lambda: size_file(path)[1:3] == really_there(path)),
                "what was removed is noticed, and it is counted anew", (size_file(path), really_there(path)))


def through_a_terminal(command, environment, box):
    """A program that wants a screen; its exit status."""
    pid, terminal = pty.fork()
    if pid == 0:
        if os.getuid() == 0:
            os.setgroups([])
            os.setgid(box.owner.pw_gid)
            os.setuid(box.owner.pw_uid)
        os.chdir("/")
        os.execvpe(command[0], command, environment)
    try:
        while os.read(terminal, 65536):
            pass
    except OSError: # its end
        pass
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def shows(trial, what, text, count, is_raw=True):
    """All messages and all lines of each, once."""
    subjects = re.findall(r"(?m)^Subject: (read \d+)\r?$", text)
    ends = len(re.findall(r"(?m)^end\r?$", text))
    trial.check(sorted(subjects) == [f"read {number}" for number in range(count)] and ends == count,
                f"{what} finds {count} messages, whole", text[-1500:])
    if is_raw:
        wanted = [line for line in ODD_LINES if line.startswith("From ")]
        trial.check(all(len(re.findall(rf"(?m)^>?{re.escape(line)}\r?$", text)) == count for line in wanted), f"{what} takes no text for a start", text[-1500:])


def by_mutt(trial, name, path, count):
    out = os.path.join(trial.box.home, "mutt-" + name)
    keys = f"<tag-pattern>~A<enter><tag-prefix><pipe-message>cat>{out}<enter><exit>"
    environment = {"PATH": "/usr/bin:/bin", "HOME": trial.box.home, "TERM": "vt100", "LC_ALL": "C.UTF-8"}
    settings = ["set pipe_decode=no", "set pipe_split=no", "set wait_key=no", "set folder=/", f"push '{keys}'"]
    command = ["mutt", "-n", "-F", "/dev/null", "-R"] + [word for one in settings for word in ("-e", one)] + ["-f", path]
    through_a_terminal(command, environment, trial.box)
    text = ""
    if os.path.exists(out):
        with open(out, encoding="utf-8", errors="replace") as file:
            text = file.read()
    shows(trial, f"mutt ({name})", text, count)


def by_snail(trial, name, path, count):
    status, said = trial.run("s-nail", "-:/", "-S", "v15-compat", "-S", "noheader", "-S", "pager=cat", "-N", "-R", "-f",
                             ("maildir://" if name == "maildir" else "") + path, text=b"Type *\nexit\n")
    trial.check(status == 0, f"s-nail reads the {name}", said[-500:])
    shows(trial, f"s-nail ({name})", said, count, False)


def by_doveadm(trial, name, path, count):
    home = trial.folder("dove-" + name)
    location = f"maildir:{path}:INDEX=MEMORY" if name == "maildir" else f"mbox:{home}:INBOX={path}:INDEX=MEMORY"
    config = trial.box.own_file(name + ".conf", DOVECOT.format(
        run=trial.folder("dovecot"), user=trial.box.owner.pw_name, group="nogroup", home=home, box=path, domain=DOMAIN)
        .replace(f"mail_location = mbox:{home}/mail:INBOX={path}", "mail_location = " + location), 0o644)
    status, said = trial.run("doveadm", "-c", config, "fetch", "text", "mailbox", "INBOX")
    trial.check(status == 0, f"doveadm reads the {name}", said[-500:])
    shows(trial, f"doveadm ({name})", said, count)


def by_readers(trial):
    count = 5
    trial.folder("read")
    for name in FILES:
        for number in range(count):
            trial.send(name, f"read {number}", ODD_LINES)
    trial.check(wait_for(lambda: len(re.findall(r" => (?:mbox|mmdf|maildir) ", trial.suite.log())) == count * len(FILES)), "all is delivered")
    for name in FILES:
        path = trial.suite.path("mail/read/" + name)
        if shutil.which("mutt"):
            by_mutt(trial, name, path, count)
        if shutil.which("s-nail") and name != "mmdf":
            by_snail(trial, name, path, count)
        if shutil.which("doveadm") and name != "mmdf":
            by_doveadm(trial, name, path, count)
    if shutil.which("bsd-mailx"):
        status, said = trial.run("bsd-mailx", "-n", "-N", "-f", trial.suite.path("mail/read/mbox"), text=b"set crt=0\nprint *\nexit\n")
        trial.check(status == 0, "mailx reads the mbox", said[-500:])
        shows(trial, "mailx (mbox)", said, count, False)
    for program in ("mutt", "s-nail", "doveadm", "bsd-mailx"):
        if not shutil.which(program):
            print(f"skipped: {program} is not installed")


def by_lmtp(trial):
    """Dovecot has room for little: who is told so hears of it, and who is not has the message."""
    run = trial.folder("dovecot")
    config = trial.box.own_file("lmtp.conf", DOVECOT.format(
        run=run, user=trial.box.owner.pw_name, group="nogroup", home=trial.suite.path("mail/%n"), box=trial.suite.path("mail/%n/inbox"), domain=DOMAIN)
        .replace("mail_location = mbox:" + trial.suite.path("mail/%n/mail:INBOX=") + trial.suite.path("mail/%n/inbox"), "mail_location = maildir:~/Maildir")
        .replace("args = uid=", "args = quota_rule=*:bytes=%{if;%n;eq;full;100;1000000} uid=")
        + "auth_username_format = %n\nlmtp_save_to_detail_mailbox = no\nprotocol lmtp {\n  mail_plugins = quota\n}\nplugin {\n  quota = maildir:User quota\n}\n", 0o644)
    for user in ("lmtp", "full"):
        trial.folder(user)
    server = Lmtp(trial.box, config, run)
    try:
        trial.send("lmtp", "by lmtp", ODD_LINES)
        trial.check(trial.logged(r"=> lmtp <lmtp@\S+> R=lmtp T=lmtp(?: .*)? C=\"250 2\.0\.0 <lmtp@\S+> \S+ Saved\""), "Dovecot takes it by LMTP and its words are in the log",
                    re.findall(r"(?m)^.*lmtp.*$", trial.suite.log())[-3:])
        found = trial.suite.mailbox("lmtp/Maildir")
        trial.check(found and found[0].replace(b"\r\n", b"\n").endswith("".join(line + "\n" for line in ODD_LINES).encode()), "octet for octet", found)
        trial.send("full", "too much", ["x" * 70] * 30)
        trial.check(trial.logged(r"\*\* full@\S+ R=lmtp T=lmtp: LMTP error after end of data: 552 5\.2\.2 <full"), "a full mailbox is told",
                    re.findall(r"(?m)^.*full.*$", trial.suite.log())[-3:])
        trial.check(not os.path.exists(trial.suite.path("mail/full/Maildir/new")) or not os.listdir(trial.suite.path("mail/full/Maildir/new")), "and gets nothing")
    finally:
        server.stop()
    trial.send("lmtp", "nobody listens", ["x"])
    trial.check(trial.logged(r"== lmtp@\S+ R=lmtp T=lmtp defer \(\d+\): Connection refused: Failed to connect to socket|== lmtp@\S+ R=lmtp T=lmtp defer \((?:2|-?\d+)\): .*[Ff]ailed to connect"),
                "without Dovecot it waits", re.findall(r"(?m)^.*== lmtp.*$", trial.suite.log())[-3:])


def by_filters(trial):
    """procmail and maildrop put into mailboxes of their own making, refuse, and ask to wait."""
    home = trial.box.home
    if shutil.which("procmail"):
        trial.box.own_file("procmailrc", f"MAILDIR={home}\nDEFAULT={home}/by-procmail/\nORGMAIL={home}/by-procmail/\n"
                           "SHELL=/bin/sh\nARG=$1\n:0\n* ARG ?? gone\n{\n  EXITCODE=67\n  :0\n  /dev/null\n}\n")
        trial.send("procmail", "to procmail", ODD_LINES)
        trial.check(trial.logged(r"=> procmail <procmail@\S+> R=piped T=procmail"), "procmail takes it", re.findall(r"(?m)^.*procmail.*$", trial.suite.log())[-3:])
        found = [os.path.join(home, "by-procmail/new", name) for name in os.listdir(home + "/by-procmail/new")] if os.path.isdir(home + "/by-procmail/new") else []
        text = open(found[0], "rb").read() if found else b""
        trial.check(text.endswith("".join(line + "\n" for line in ODD_LINES).encode()), "and has it whole", text)
        trial.send("procmail+gone", "to procmail", ["x"])
        trial.check(trial.logged(r"\*\* procmail\+gone@\S+ R=piped T=procmail: Child process of procmail transport returned 67 \(could mean user nonexistent\)"),
                    "its EX_NOUSER fails the address", re.findall(r"(?m)^.*gone.*$", trial.suite.log())[-3:])
    if shutil.which("maildrop"):
        trial.box.own_file("mailfilter", f"if ($1 eq \"later\")\n{{\n  EXITCODE=75\n  exit\n}}\nto \"{home}/by-maildrop\"\n")
        trial.send("maildrop", "to maildrop", ODD_LINES)
        trial.check(trial.logged(r"=> maildrop <maildrop@\S+> R=piped T=maildrop"), "maildrop takes it", re.findall(r"(?m)^.*maildrop.*$", trial.suite.log())[-3:])
        text = open(home + "/by-maildrop", "rb").read() if os.path.exists(home + "/by-maildrop") else b""
        trial.check(b"\nend\n" in text and b"\n>From here on" in text, "and has it whole", text)
        trial.send("maildrop+later", "to maildrop", ["x"])
        trial.check(trial.logged(r"== maildrop\+later@\S+ R=piped T=maildrop defer \(0\): Child process of maildrop transport returned 75"),
                    "its EX_TEMPFAIL defers the address", re.findall(r"(?m)^.*later.*$", trial.suite.log())[-3:])
    for program in ("procmail", "maildrop"):
        if not shutil.which(program):
            print(f"skipped: {program} is not installed")


def main():
    options = arguments("what others make of local deliveries").parse_args()
    verdict = Verdict()
    with Suite(options.build, ("alice",), None, change, options.keep) as suite:
        trial = Trial(suite, verdict)
        by_quota(trial)
        by_readers(trial)
        if os.path.exists(DELIVER) and os.path.exists("/usr/lib/dovecot/lmtp") and os.getuid() == 0:
            by_lmtp(trial)
        else:
            print("skipped: Dovecot's LMTP server is not installed, or this is not root")
        by_filters(trial)
        if verdict.failed:
            suite.keep = True
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
