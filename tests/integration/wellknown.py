#!/usr/bin/env python3
"""WELLKNOWN (Exim 4.98) with the real daemons: a file by its path, in xtext, for the clients of a list.

wellknown.py [--build DIR] [--keep]
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from suite import Suite, Talk, Verdict, arguments

verdict = Verdict()
check = verdict.check

CONTENT = b"-----BEGIN THING-----\n" + bytes(range(256)) * 8 + b"\n-----END THING-----\n"


def change(directory):
    def with_files(text):
        begin = text.index("begin acl\n")
        main = ("wellknown_advertise_hosts = 127.0.0.1\nwellknown_file_max = 4K\nacl_smtp_wellknown = tell\n")
        acl = ("begin acl\n\ntell:\n  deny condition = ${if match{$smtp_command_argument}{secret}}\n       message = not yours\n"
               "  accept condition = ${if eq{$smtp_command_argument}{raw}}\n         control = wellknown/" + directory + "/$smtp_command_argument\n"
               "  accept control = wellknown/${lookup{${xtextd:$smtp_command_argument}}dsearch,key=path,filter=file,ret=full{" + directory + "}}\n")
        return main + text[:begin] + acl + text[begin + len("begin acl\n"):]
    return with_files


def decoded(reply):
    lines = reply.splitlines()
    size = re.fullmatch(r"250-SIZE=(\d+)", lines[0])
    octets = b"".join(re.sub(rb"\+([0-9A-F]{2})", lambda hex: bytes([int(hex[1], 16)]), line[4:].encode()) for line in lines[1:])
    return int(size[1]) if size else -1, octets


def main():
    options = arguments("wellknown").parse_args()
    directory = tempfile.mkdtemp(prefix="gatepost-wellknown-", dir="/var/tmp")
    os.chmod(directory, 0o755)
    os.makedirs(directory + "/acme/deep")
    for name, content in (("acme/deep/a thing", CONTENT), ("big", b"x" * 4097), ("raw", b"raw")):
        with open(f"{directory}/{name}", "wb") as file:
            file.write(content)
    try:
        with Suite(options.build, change=change(directory), keep=options.keep) as suite:
            with Talk(suite.port) as talk:
                check("250-WELLKNOWN\r\n" in talk.say("EHLO client.example")[1], "WELLKNOWN is offered")
                code, text = talk.say("WELLKNOWN acme/deep/a+20thing")
                check(code == 250 and decoded(text) == (len(CONTENT), CONTENT), "a file arrives as it is", text[:300])
                check(max(map(len, text.splitlines())) <= 510, "in lines that a reply may have")
                for path, reply in (("nothing", "550 no such resource"), ("../../etc/passwd", "550 no such resource"), ("big", "550 no such resource"),
                                    ("secret", "550 not yours"), ("raw", "451 Temporary local problem - please try later")):
                    check(talk.say("WELLKNOWN " + path)[1] == reply, f"{path}: {reply}", suite.log()[-500:])
                check(talk.say("MAIL FROM:<a@b.example>")[0] == 250, "and mail goes on")
            check(suite.wait_log(r"rejected WELLKNOWN big: failed to open .*/big: .*wellknown_file_max is 4096"), "the log tells what was too large", suite.log()[-800:])
            check(suite.wait_log("Tainted name"), "and that a stranger's word names no file", suite.log()[-800:])
            command = [f"{options.build}/bin/sendmail", "-C", suite.config, *["-D" + macro for macro in suite.macros], "-bh"]
            words = b"EHLO x\r\nWELLKNOWN acme/deep/a+20thing\r\nQUIT\r\n"
            near, far = (subprocess.run([*command, client], input=words, capture_output=True, timeout=60, check=False).stdout.decode()
                         for client in ("127.0.0.1", "192.0.2.1"))
            check(f"250-SIZE={len(CONTENT)}\r\n" in near and "250-WELLKNOWN" in near, "-bh plays it", near[-300:])
            check("554 not permitted" in far and "250-WELLKNOWN" not in far, "and knows who may not", far[-300:])
    finally:
        shutil.rmtree(directory)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
