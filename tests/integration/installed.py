#!/usr/bin/env python3
"""The suite as the Debian package sets it up: its maintainer script, its configuration, a user for every service.

installed.py [--build DIR]

Only root can, and only where overlay file systems can be mounted: all of it happens in a mount and a network name space
of its own, on copies of /etc, /run and /var. Elsewhere it says so and passes.
"""
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys

from suite import Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
INSIDE = "GATEPOST_INSTALLED"
SPOOL, LOGS, CONFIG = "/var/spool/gatepost", "/var/log/gatepost", "/etc/gatepost/gatepost.conf"


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=60, **more)


def skip(why):
    print(f"skipped: {why}")
    sys.exit(0)


def mount(*words):
    said = run("mount", *words)
    if said.returncode:
        skip("this machine does not mount what is needed: " + said.stderr.strip())


def make_machine():
    """A machine of our own, on which nothing was installed before."""
    scratch = "/run/gatepost-test"
    mount("-t", "tmpfs", "tmpfs", "/run")
    for part in ("upper", "work"):
        os.makedirs(f"{scratch}/{part}")
    mount("-t", "overlay", "overlay", "-o", f"lowerdir=/etc,upperdir={scratch}/upper,workdir={scratch}/work", "/etc")
    for place in ("/var/spool", "/var/log", "/var/mail"):
        mount("-t", "tmpfs", "tmpfs", place)
    os.chown("/var/mail", 0, pwd.getpwnam("mail").pw_gid)
    os.chmod("/var/mail", 0o2775)
    run("ip", "link", "set", "lo", "up")
    for name in ("/etc/aliases", "/etc/mailname"):
        if os.path.exists(name):
            os.remove(name)
    shutil.rmtree("/etc/gatepost", ignore_errors=True)


def install():
    os.makedirs("/etc/gatepost")
    with open(f"{SOURCE}/debian/etc/gatepost.conf", encoding="utf-8") as file:
        text = file.read()
    counted = "  warn   ratelimit = 1000 / 1h / strict / $sender_host_address\n  warn   seen = -5m / key=$sender_host_address\n"
    here = "  accept domains     = +local_domains\n         local_parts = postmaster\n"
    # A scanner that is a program sees the message in scan/, whose group is router's, and nobody else's user runs it.
    with open("/etc/gatepost/sweep", "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\ngrep -q worm \"$1\"/*.eml && echo found Worm.A\ntest -r \"$1\"/*.eml && echo $(id -un) read it\n")
    os.chmod("/etc/gatepost/sweep", 0o755)
    scanned = "\ncheck_data:\n  deny malware = *\n       message = $malware_name\n  accept\n"
    text = "acl_smtp_data = check_data\nav_scanner = cmdline:/etc/gatepost/sweep %s:found:found (.+)\n" + text
    with open(CONFIG, "w", encoding="utf-8") as file:
        file.write(text.replace(here, counted + "\n" + here).replace("begin acl\n", "begin acl\n" + scanned, 1))
    shutil.copy(f"{SOURCE}/conf/default/services.conf", "/etc/gatepost")
    said = run("sh", f"{SOURCE}/debian/gatepost.postinst", "configure")
    check(said.returncode == 0, "the maintainer script sets the machine up", said.stderr)
    run("useradd", "--create-home", "--home-dir", "/run/alice", "alice")
    check(open("/etc/aliases", encoding="utf-8").read() == "postmaster: root\n", "aliases are made where there are none")


def expect(what, condition):
    check(wait_for(condition), what, main_log()[-3000:] + read("/run/output"))


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def main_log():
    return read(f"{LOGS}/mainlog") + read(f"{LOGS}/paniclog")


def is_listening():
    try:
        socket.create_connection(("127.0.0.1", 25), 5).close()
        return True
    except OSError:
        return False


def who_runs():
    """The services and their users: of this suite, which has a network of its own; other tests run others beside it."""
    users = set()
    ours = os.readlink("/proc/self/ns/net")
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            name = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
            if os.readlink(f"/proc/{pid}/ns/net") != ours:
                continue
            owner = pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name
        except (OSError, KeyError):
            continue
        if name in ("smtpd", "submit", "cleanup", "spoold", "qmgr", "router", "tally", "log", "remote", "launcher"):
            users.add((name, owner))
    return users


def mail(suite_bin):
    alice = pwd.getpwnam("alice")
    said = run(f"{suite_bin}/sendmail", "alice", input="Subject: to alice\n\nx\n", user=alice.pw_uid, group=alice.pw_gid)
    check(said.returncode == 0, "an ordinary user can submit", said.stderr)
    said = run(f"{suite_bin}/sendmail", "root", input="Subject: to root\n\nx\n", user=alice.pw_uid, group=alice.pw_gid)
    check(said.returncode == 0, "and to root", said.stderr)
    domain = read("/etc/mailname").strip()
    with Talk(25) as talk:
        talk.say("EHLO client.example")
        code, text = talk.send("a@b.example", [f"postmaster@{domain}"], b"Subject: to postmaster\r\n\r\nx\r\n")
        check(code == 250, "the postmaster gets mail", text)
        code, text = talk.send("a@b.example", [f"postmaster@{domain}"], b"Subject: worm\r\n\r\nworm\r\n")
        check((code, text) == (550, "550 Worm.A"), "but for what a scanner finds that is a program", text + main_log()[-1000:])
    expect("a mailbox is written", lambda: "to alice" in read("/var/mail/alice"))
    expect("root's mail waits in /var/mail/mail", lambda: "to root" in read("/var/mail/mail"))
    expect("and the postmaster's", lambda: "to postmaster" in read("/var/mail/mail"))
    status = os.stat("/var/mail/mail")
    check(pwd.getpwuid(status.st_uid).pw_name == "mail" and not status.st_mode & stat.S_IRWXO, "which others cannot read")
    check("**" not in main_log(), "nothing bounces", main_log())


def rotate(suite_bin):
    if not shutil.which("logrotate"):
        return
    said = run("logrotate", "-f", "--state", "/run/logrotate.state", f"{SOURCE}/debian/gatepost.logrotate")
    check(said.returncode == 0 and os.path.exists(f"{LOGS}/mainlog.1"), "logrotate turns the logs over", said.stderr)

    def has_new_log(): # a renamed file is noticed within a second
        run(f"{suite_bin}/sendmail", "root", input="Subject: later\n\nx\n")
        return "Completed" in read(f"{LOGS}/mainlog")
    expect("and what follows is in a new one", has_new_log)


def inside(build):
    make_machine()
    install()
    command = f"{build}/bin/gatepost"
    with open("/run/output", "wb") as output:
        suite = subprocess.Popen([command, "run"], stdout=output, stderr=output)
    try:
        expect("the suite starts", is_listening)
        # The port is there before the services are, and one that starts is still root.
        wait_for(lambda: '"ready":true' in run(command, "status", "--json").stdout)
        said = run(command, "status", "--json")
        check('"ready":true' in said.stdout and '"tally"' in said.stdout, "all services run, the counting one too", said.stdout + said.stderr)
        users = who_runs()
        check(len(users) >= 9 and all(owner.startswith("gp-") for _, owner in users), "each service has its user", users)
        expect("the log is written", lambda: "started" in main_log())
        check(pwd.getpwuid(os.stat(f"{LOGS}/mainlog").st_uid).pw_name == "gp-log", "by the log service")
        mail(f"{build}/bin")
        rotate(f"{build}/bin")
    finally:
        stopped = run(command, "stop")
        suite.wait(60)
    check(stopped.returncode == 0, "it stops", stopped.stderr + read("/run/output"))
    for name in ("ratelimit", "seen"):
        said = run(f"{build}/bin/exim_dumpdb", SPOOL, name)
        check(said.returncode == 0 and "127.0.0.1" in said.stdout, f"what was counted is kept: {name}", said.stdout + said.stderr)
    return verdict.end()


def main():
    build = os.path.abspath(arguments(__doc__.splitlines()[0]).parse_args().build)
    if os.environ.get(INSIDE):
        return inside(build)
    if os.geteuid() != 0:
        skip("only root can be a machine of its own")
    if not all(shutil.which(tool) for tool in ("unshare", "adduser", "useradd", "ip")):
        skip("unshare, adduser, useradd and ip are needed")
    return os.execvpe("unshare", ["unshare", "--mount", "--net", "--propagation", "private", sys.executable, *sys.argv],
               os.environ | {INSIDE: "1"})


if __name__ == "__main__":
    sys.exit(main())
