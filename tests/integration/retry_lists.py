#!/usr/bin/env python3
"""Retry rules whose patterns are look-ups and named lists: router, which has the files, tells qmgr which rule it is.

retry_lists.py [--build DIR] [--keep]

The host is away. A domain that the file has is given no time, so that its mail comes back at once; another one waits. While
the file cannot be read nothing is given up, and its mail waits too.
"""
import os
import re
import sys

from suite import DOMAIN, Suite, Verdict, arguments, free_port, wait_for

RULES = "*@lsearch;INSTANCE/impatient  *\n*@+quick  *\n"


def changed(text):
    text = re.sub(r"(?m)^begin acl", "domainlist quick = quick.example : *.quick.example\n\nbegin acl", text, count=1)
    return re.sub(r"(?m)^begin retry.*\n", lambda line: line[0] + RULES, text, count=1)


def send(suite, address):
    done = suite.sendmail("-f", f"alice@{DOMAIN}", address, data=f"From: alice@{DOMAIN}\nSubject: x\n\nx\n".encode())
    assert done.returncode == 0, done


def told(suite, what):
    return wait_for(lambda: re.search(what, suite.log()), 20)


def main():
    options = arguments("retry rules with look-ups").parse_args()
    verdict = Verdict()
    suite = Suite(options.build, ("alice",), free_port(), change=changed, keep=options.keep)
    path = os.path.join(suite.directory, "impatient")
    with open(path, "w", encoding="ascii") as file:
        file.write("now.example\n")
    with suite:
        for number, domain in enumerate(("now.example", "a.quick.example")):
            send(suite, f"u{number}@{domain}")
            verdict.check(told(suite, rf"\*\* u{number}@{domain}.*: retry timeout exceeded"), f"{domain} is given no time", suite.log())
        send(suite, "u@later.example")
        verdict.check(told(suite, r"== u@later.example .* defer"), "another one waits", suite.log())
        verdict.check("** u@later.example" not in suite.log(), "and is not given up")
        os.rename(path, path + ".away")
        os.mkdir(path)
        send(suite, "u2@now.example")
        verdict.check(told(suite, r"== u2@now.example .* defer"), "while the look-up cannot be made its mail waits", suite.log())
        verdict.check("** u2@now.example" not in suite.log(), "and is not given up either")
        suite.keep = suite.keep or verdict.failed
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
