#!/usr/bin/env python3
"""The condition pam with the real daemons and the real PAM: a password is asked for by a process of its own, as the user
and with the groups that the configuration has.

pam.py [--build DIR] [--keep]; only root can set a PAM service up, others skip it.
"""
import base64
import grp
import os
import pwd
import shutil
import subprocess
import sys
import tempfile

from suite import OWNER, Suite, Talk, Verdict, arguments

verdict = Verdict()
check = verdict.check

SERVICE = "/etc/pam.d/exim"
USER, PASSWORD = "gp-pam-test", "Se:cret: 1"
TOKEN = "x" * 3000

AUTHENTICATORS = r"""
begin authenticators

login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${if pam{$auth1:${listquote{:}{$auth2}}}}
  server_set_id = $auth1

nobody:
  driver = plaintext
  public_name = X-NOBODY
  server_prompts = <| Username:
  server_condition = ${if pam{$auth1}}
  server_set_id = $auth1
"""

# What pam_exec runs: it has the user's name in the environment, and the password with a NUL on standard input.
SCRIPT = r"""#!/bin/sh
password=$(tr -d '\0')
errors=$(readlink /proc/$$/fd/2)
{ echo "STDERR=$errors"; id; grep -E '^(NoNewPrivs|Seccomp|CapEff):' /proc/self/status; env; } > DIRECTORY/seen 2>&1
case "$PAM_USER/$password" in
    "joe/$(cat DIRECTORY/password)") exit 0 ;;
    token/xxxxxxxx*) [ ${#password} -ge 500 ] && exit 0 ;; # PAM hands 512 octets to pam_exec
    slow/*) sleep 60 ;;
esac
exit 1
"""


def b64(text):
    return base64.b64encode(text.encode()).decode()


def login(suite, user, password, mechanism="LOGIN"):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        code, text = talk.say("AUTH " + mechanism)
        for word in (user, password):
            if code == 334:
                code, text = talk.say(b64(word))
        return code, text


def service(*lines):
    with open(SERVICE, "w", encoding="utf-8") as file:
        file.write("".join(line + "\n" for line in lines))


def by_script(suite, directory):
    service(f"auth required pam_exec.so quiet expose_authtok {directory}/ask", "account required pam_permit.so")
    check(login(suite, "joe", PASSWORD)[0] == 235, "a good password, colons and all", suite.log()[-800:])
    with open(directory + "/seen", encoding="utf-8") as file:
        seen = file.read()
    owner, shadow = pwd.getpwnam(OWNER), grp.getgrnam("shadow").gr_gid
    check(f"uid={owner.pw_uid}({OWNER})" in seen and f"{shadow}(shadow)" in seen, "it is asked as pam_user with pam_groups", seen)
    check("NoNewPrivs:\t1" in seen and "Seccomp:\t2" in seen and "CapEff:\t0000000000000000" in seen, "behind walls", seen)
    check("STDERR=/dev/null" in seen, "its standard error is nobody's file", seen)
    check("PASSWORD" not in seen.upper().replace("PAM_", "") and PASSWORD not in seen, "and the password is in no environment", seen)
    for user, password in (("joe", "guess"), ("joe", ""), ("ann", PASSWORD), ("", PASSWORD)):
        # pam_exec calls every program that fails a system error, here as under Exim.
        check(login(suite, user, password)[0] == (435 if user and password else 535), f"{user or 'nobody'} with another password is not let in", suite.log()[-500:])
    check(login(suite, "token", TOKEN)[0] == 235, "PAM is asked about a long token, too", suite.log()[-500:])
    check(login(suite, "joe", "", "X-NOBODY")[0] == 535, "a prompt without any answer lets nobody in")
    check(login(suite, "slow", "x")[0] == 435, "one that takes too long is put off")
    check(suite.wait_log(r"pam_timeout"), "and the log names the bound", suite.log()[-500:])
    check(login(suite, "joe", PASSWORD)[0] == 235, "and the next one is let in")


def by_unix(suite):
    """pam_unix reads the passwords by itself, because pam_groups has shadow."""
    service("auth required pam_unix.so nodelay", "account required pam_unix.so")
    check(login(suite, USER, PASSWORD)[0] == 235, "an account of this machine", suite.log()[-800:])
    check(login(suite, USER, "guess")[0] == 535, "and its wrong password")
    subprocess.run(["chage", "-E", "1", USER], check=True)
    check(login(suite, USER, PASSWORD)[0] == 535, "an account that has expired is out")


def by_broken_module(suite):
    service("auth required pam_no_such_module.so", "account required pam_permit.so")
    code = login(suite, "joe", PASSWORD)[0]
    check(code in (435, 535), "a module that is not there lets nobody in", code)


def by_tools(suite):
    service("auth required pam_unix.so nodelay", "account required pam_permit.so")
    for password, answer in ((PASSWORD, "yes"), ("guess", "no")):
        words = "${if pam{" + USER + ":${listquote{:}{" + password + "}}}{yes}{no}}"
        said = subprocess.run([f"{suite.build}/bin/sendmail", "-C", suite.config, *["-D" + macro for macro in suite.macros], "-be", words],
                              capture_output=True, timeout=60, check=False).stdout.decode().strip()
        check(said == answer, f"-be asks PAM itself: {answer}", said)


def change(text):
    text = text.replace("begin acl\n", f"auth_failure_delay = 0s\npam_user = {OWNER}\npam_groups = shadow\npam_timeout = 3s\n\nbegin acl\n", 1)
    return text + AUTHENTICATORS


def refused(options):
    for line, words in (("pam_user = root", "pam_user is root"), ("pam_groups = root", "group of root")):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write(f"{line}\nspool_directory = /var/tmp/none\n{AUTHENTICATORS}")
            file.flush()
            said = subprocess.run([f"{options.build}/bin/gatepost", "check", file.name], capture_output=True, timeout=60, check=False)
            check(said.returncode != 0 and words in (said.stdout + said.stderr).decode(), f"{line} is refused", said)


def main():
    options = arguments("pam").parse_args()
    if os.getuid() != 0 or os.path.exists(SERVICE) or not os.path.isdir("/etc/pam.d"):
        print("skipped: only root can set up the PAM service exim, and none of its own may be there")
        return 77
    directory = tempfile.mkdtemp(prefix="gatepost-pam-", dir="/var/tmp")
    try:
        os.chmod(directory, 0o777)
        with open(directory + "/password", "w", encoding="utf-8") as file:
            file.write(PASSWORD)
        with open(directory + "/ask", "w", encoding="utf-8") as file:
            file.write(SCRIPT.replace("DIRECTORY", directory))
        os.chmod(directory + "/ask", 0o755)
        subprocess.run(["useradd", "-M", "-s", "/usr/sbin/nologin", USER], check=True)
        subprocess.run(["chpasswd"], input=f"{USER}:{PASSWORD}".encode(), check=True)
        with Suite(options.build, change=change, keep=options.keep) as suite:
            by_script(suite, directory)
            by_unix(suite)
            by_broken_module(suite)
            subprocess.run(["chage", "-E", "-1", USER], check=True)
            by_tools(suite)
        refused(options)
    finally:
        shutil.rmtree(directory)
        if os.path.exists(SERVICE):
            os.remove(SERVICE)
        subprocess.run(["userdel", USER], check=False)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
