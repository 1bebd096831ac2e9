#!/usr/bin/env python3
"""Passwords that a file keeps as crypt(3) writes them (bcrypt, yescrypt, SHA-512, SHA-256) or as digests, asked for by AUTH
through crypteq, with the real daemons in their jails.

crypts.py [--build DIR] [--keep]
"""
import base64
import ctypes
import ctypes.util
import hashlib
import sys

from suite import Suite, Talk, Verdict, arguments

verdict = Verdict()
check = verdict.check
SALTS = {"bcrypt": "$2b$05$abcdefghijklmnopqrstuu", "yescrypt": "$y$j9T$F5Jx5fExrKuPp53xLKQ..1$", "sha512": "$6$saltsalt$", "sha256": "$5$saltsalt$"}
AUTHENTICATORS = """
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = yes
  server_condition = ${if crypteq{$auth3}{${lookup{$auth2}lsearch{INSTANCE/crypted}{$value}fail}}}
  server_set_id = $auth2
"""


def crypted():
    crypt = ctypes.CDLL(ctypes.util.find_library("crypt")).crypt
    crypt.argtypes, crypt.restype = [ctypes.c_char_p, ctypes.c_char_p], ctypes.c_char_p
    found = {name: (crypt(b"secret " + name.encode(), salt.encode()) or b"*").decode() for name, salt in SALTS.items()}
    found = {name: word for name, word in found.items() if not word.startswith("*")} # what this C library knows
    found["md5"] = "{md5}" + hashlib.md5(b"secret md5").hexdigest()
    found["sha1"] = "{sha1}" + base64.b64encode(hashlib.sha1(b"secret sha1").digest()).decode()
    return found


def change(text):
    at = text.find("begin authenticators")
    text = (text[:at] if at >= 0 else text).replace("\nauth_advertise_hosts", "\n#auth_advertise_hosts")
    return "auth_advertise_hosts = *\nauth_failure_delay = 0s\nauth_failures_max = 0\n" + text + AUTHENTICATORS


def code_for(suite, name, password):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        return talk.say("AUTH PLAIN " + base64.b64encode(f"\0{name}\0{password}".encode()).decode())[0]


def main():
    options = arguments("crypts").parse_args()
    suite = Suite(options.build, change=change, keep=options.keep)
    words = crypted()
    check({"bcrypt", "yescrypt", "sha512", "sha256"} <= set(words), "the C library knows all four", sorted(words))
    with open(suite.path("crypted"), "w", encoding="ascii") as file:
        file.writelines(f"{name}: {word}\n" for name, word in words.items())
    with suite:
        for name in words:
            check(code_for(suite, name, "secret " + name) == 235, f"{name}: the right password", suite.log()[-400:])
            check(code_for(suite, name, "secret") == 535, f"{name}: a wrong one", suite.log()[-400:])
        check(code_for(suite, "nobody", "secret") == 535, "and nobody's")
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
