#!/usr/bin/env python3
"""Nothing is accepted and then ignored: what a configuration, a command line or another process can say is read
by the code that is told.

    options       rows of conf/params that are called supported, and their members
    fields        members of messages and parameter blocks: what one side writes the other side reads
    command line  words of sendmail, the members of its Options, keys of services.conf
    rewriting     each flag, and each thing that rules can be asked for
    controls      each word behind control = in an ACL
    log words     each word of log_selector

It finds names that no code reads, by their text. It proves no more than that: what the code does is for other tests.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROOMS = ("cleanup", "common", "conf", "delivery", "master", "qmgr", "router", "smtpd", "utilities")

# Options that are obeyed without being named.
OTHERWISE = {
    "batch_id": "qmgr groups deliveries whose expanded options are equal",
    "daemon_smtp_port": "an old name of daemon_smtp_ports, which takes its value in conf/params/build_main.cpp",
    "fail_verify": "sets fail_verify_sender and fail_verify_recipient in conf/params/build_drivers.cpp",
    "keep_environment": "services start from an empty environment: there is nothing that could be kept",
    "verify": "sets verify_sender and verify_recipient in conf/params/build_drivers.cpp",
}
# Fields that are told for the reader of a trace, or for a test.
UNREAD_FIELDS = {
    ("common/filter/outcome.h", "is_vacation"): "vacation differs from mail in the defaults that it fills in",
    ("common/filter/rules.h", "sender_domain"): "a vacation's sender is left to the transport",
    ("common/filter/rules.h", "enotify_mailto_owner"): "a notification names its owner by the user's own address",
    ("router/tally/protocol.h", "is_over"): "router compares the rate with its own limit; tests of tally do not",
}
# Words of sendmail's command line that mean nothing to Exim either (manual 5.3).
WORDLESS = {"-Ac", "-Am", "-O", "-U", "-X", "-h", "-m", "-o7", "-o8", "-oB", "-om", "-oo", "-oY", "-x"}
# Controls that hold anyway.
HELD_CONTROLS = {
    "no_callout_flush": "replies that wait are not sent before a callout anyway",
}
# Words of log_selector that belong to what is refused by a name of its own, or never happens here.
NOTHING_TO_TELL = {"dmarc", "ident_timeout", "spf", "spf_verbose"}

ROW = re.compile(r'\{"([a-z0-9_]+)",(?:[^{}]|\{[^{}]*\})*?Standing::(\w+)')
READ = re.compile(r"(?:\.|->|::)(\w+)\b(?!\s*(?:=[^=]|\())")
FIELD = re.compile(r'\bfield\("(\w+)"')


def sources():
    """Without comments, and without the lines that list a struct's fields."""
    found = {}
    for room in ROOMS:
        for file in sorted((ROOT / room).rglob("*")):
            if file.suffix in (".cpp", ".h"):
                lines = (re.sub(r"//.*", "", line) for line in file.read_text().splitlines())
                found[file.relative_to(ROOT).as_posix()] = "\n".join(line for line in lines if not FIELD.search(line))
    return found


CODE = sources()


def code_of(*prefixes, but=()):
    return "\n".join(text for name, text in CODE.items() if name.startswith(prefixes) and not name.startswith(tuple(but)))


def raw(name):
    return (ROOT / name).read_text()


def fields():
    for name in CODE:
        for field in FIELD.findall(raw(name)):
            yield name, field


def options():
    text = code_of("", but=("conf/params/",))
    words = set(re.findall(r'"([a-z0-9_]+)"', text))
    read = set(READ.findall(text)) | {field for name, field in fields() if name.endswith("parameters.h")}
    for file in sorted((ROOT / "conf/params").glob("*.cpp")):
        for match in ROW.finditer(file.read_text()):
            name, standing = match.groups()
            member = re.search(r"&M::(\w+)", match.group(0))
            if standing != "supported" or name in words or name in read or name in OTHERWISE:
                continue
            if not member or member.group(1) not in read:
                yield f"{file.name}: option {name} is called supported, and no code names it"


def unread_fields():
    everywhere = set(READ.findall(code_of("")))
    for name, field in fields():
        if (name, field) in UNREAD_FIELDS:
            continue
        if not name.endswith("parameters.h"):
            if field not in everywhere:
                yield f"{name}: field {field} is written and never read"
            continue
        room = name.rsplit("/", 1)[0] + "/"
        if field not in set(READ.findall(code_of(room, but=(name,)))):
            yield f"{name}: parameter {field} is told to a service that never reads it"


def command_line():
    table = raw("master/sendmail/option_table.cpp")
    for word in re.findall(r'OptionRow\{"([^"]+)", Value::\w+, nothing,', table):
        if word not in WORDLESS:
            yield f"sendmail {word} is accepted and does nothing"
    rest = code_of("master/sendmail/", but=("master/sendmail/option_table.cpp", "master/sendmail/options.h"))
    body = raw("master/sendmail/options.h").split("struct Options {")[1].split("\n};")[0]
    for line in (re.sub(r"//.*|<.*>", "", line) for line in body.splitlines()):
        for member in re.findall(r"\b(\w+)(?: = [^,;]+)?(?=[,;])", line):
            if not re.search(rf"(?:\boptions_?|\bown|\bo_|\boptions\(\))(?:\.|->){member}\b(?!\s*=[^=])", rest):
                yield f"sendmail: Options::{member} is never read"
    for member in re.findall(r"Letter::(\w+)", table):
        if not re.search(rf"\.{member}\b", code_of("cleanup/submit/", "common/mail/", "smtpd/")):
            yield f"sendmail: Letter::{member} is never read"
    keys = raw("conf/service_table.cpp")
    for member in set(re.findall(r"\brow\.(\w+) =", keys)):
        if not re.search(rf"\b\w+(?:\.|->){member}\b", code_of("conf/", but=("conf/service_table.", "conf/params/"))):
            yield f"services.conf: {member} is set and never read"


def rewriting():
    letters = re.search(r'rewrite_letters = "(\w+)"', code_of("conf/params/", "common/")).group(1)
    rules = raw("common/rewrite/rules.cpp")
    for letter in letters:
        if f"'{letter}'" not in rules:
            yield f"rewriting flag {letter} is accepted and never looked at"
    public = raw("common/rewrite/rules.h").split("class Rules")[1].split("private:")[0]
    for method in set(re.findall(r"\b(\w+)\([^()]*\)\s*const", public)):
        if not re.search(rf"\.{method}\(", code_of("", but=("common/rewrite/",))):
            yield f"rewriting: nobody asks for Rules::{method}"


def controls():
    outside = code_of("", but=("common/acl/",))
    for name in CODE:
        if not name.startswith("common/acl/controls/"):
            continue
        text = raw(name)
        constants = dict(re.findall(r'(\w+)\[\] = "(\w+)"', text))
        for control, body in re.findall(r'RegisterControl \w+\{\{\.name = "(\w+)",(.*?)\}\};', text, re.S):
            switch = re.search(r"set_switch<(\w+)", body)
            if ".apply = nothing" in body:
                if control not in HELD_CONTROLS:
                    yield f"control = {control} is accepted and does nothing"
            elif switch and f'"{constants[switch.group(1)]}"' not in outside:
                yield f"control = {control}: nobody looks for {constants[switch.group(1)]}"
            elif ".apply" not in body and f'"{control}"' not in outside:
                yield f"control = {control}: nobody looks for it"


def log_words():
    table = raw("conf/log_selector.cpp")
    refused = set(re.findall(r'Mute\{"(\w+)"', table))
    lists = re.findall(r"(?:on|off)_by_default = \{(.*?)\};", table, re.S)
    text = code_of("", but=("conf/log_selector.cpp", "master/sendmail/coverage"))
    parameters = {field for name, field in fields() if name.endswith("parameters.h")}
    ours = set(re.findall(r"&LogSelector::(\w+)", raw("common/mainlog/log_selector.cpp"))) & set(
        re.findall(r"selector\.(\w+)\b(?!\s*=[^=])", text))
    for word in re.findall(r'"(\w+)"', " ".join(lists)):
        told = "log_" + word in parameters or word in ours or re.search(rf'(?:has|logs)\([^()]*"{word}"\)', text)
        if not told and word not in refused and word not in NOTHING_TO_TELL:
            yield f"log_selector: {word} is accepted and changes nothing"


def transport_options():
    nobody = re.findall(r'OptionRow\{"(\w+)",\s*ObeyedBy::nobody\}', raw("delivery/remote/options.h"))
    standing = dict(ROW.findall(raw("conf/params/smtp_options.cpp")))
    for name in nobody:
        if standing.get(name) == "supported":
            yield f"smtp: {name} is called supported, and nobody obeys it"


def main():
    checks = (options, unread_fields, command_line, rewriting, controls, log_words, transport_options)
    found = [line for check in checks for line in check()]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
