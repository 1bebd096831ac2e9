#!/usr/bin/env python3
"""Virus scanners with the real daemons: a program that av_scanner names, and daemons that are asked for a file or are
given the octets. What is found, what is clean, and what no scanner could say.

scanners.py [--build DIR] [--keep]
"""
import os
import socket
import struct
import sys
import threading

from suite import DOMAIN, Suite, Talk, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check
ACL = """begin acl
check_data:
  deny malware = *
       message = found $malware_name
  accept
"""
SWEEP = """#!/bin/sh
# Sees one directory, with one file in it; what it cannot read is no clean bill of health.
cd "$2" || exit 2
test "$1" = "-all" || exit 3
test "$(ls)" = "$(basename "$2").eml" || exit 4
grep -q broken ./*.eml && exit 5
if grep -q worm ./*.eml; then echo "Virus 'Worm.A' found in file $(ls)" >&2; fi
exit 0
"""


class Server:
    """Answers every connection by what it reads until `enough` says so."""

    def __init__(self, enough, answer):
        self.socket, self.heard = socket.create_server(("127.0.0.1", free_port())), []
        self.port = self.socket.getsockname()[1]
        self.enough, self.answer = enough, answer
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.socket.accept()
            with client:
                said = b""
                while not self.enough(said):
                    piece = client.recv(65536)
                    if not piece:
                        break
                    said += piece
                self.heard.append(said)
                client.sendall(self.answer(said))


def suite_with(scanner, options, more=""):
    def change(text):
        return f"acl_smtp_data = check_data\nav_scanner = {scanner}\n{more}" + text.replace("begin acl\n", ACL, 1)
    return Suite(options.build, change=change, keep=options.keep)


def send(suite, subject, body):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        return talk.send("a@b.example", [f"alice@{DOMAIN}"], f"Subject: {subject}\r\n\r\n{body}\r\n".encode())


def found_and_clean(suite, name):
    code, text = send(suite, "bad", "a worm")
    check((code, text) == (550, f"550 found {name}"), "a finding is refused by its name", text + suite.log("paniclog")[-500:])
    code, text = send(suite, "good", "hello")
    check(code == 250, "a clean message is taken", text + suite.log("paniclog")[-500:])
    left = wait_for(lambda: not os.listdir(suite.path("spool/scan")))
    check(left, "nothing is left in scan/", os.listdir(suite.path("spool/scan")))


def program(options):
    folder = f"/var/tmp/gatepost-sweep-{os.getpid()}"
    with open(folder, "w", encoding="utf-8") as file:
        file.write(SWEEP)
    os.chmod(folder, 0o755)
    try:
        with suite_with(f"cmdline:{folder} -all %s:found in file:'(.+)'", options) as suite:
            found_and_clean(suite, "Worm.A")
            code, text = send(suite, "trouble", "broken")
            check(code == 451, "a program that fails puts the message off", text)
            check(suite.wait_log("malware acl condition: cmdline  : scanner returned error code: 1280") or
                  "scanner returned error code: 1280" in suite.log("paniclog"), "and the log has its status", suite.log("paniclog"))
    finally:
        os.unlink(folder)
    with suite_with("cmdline:/nonexistent/scanner %s:found:(.+)", options) as suite:
        code, text = send(suite, "nobody", "hello")
        check(code == 451, "and so does one that is not there", text)


def numbers(*values):
    return struct.pack(f"!{len(values)}I", *values)


def daemons(options):
    def whole(said):
        return len(said) >= 16 and len(said) >= 16 + struct.unpack("!I", said[12:16])[0]

    def judged(said):
        name = b"infected with Worm.B\0"
        return numbers(0x20, 1, len(name)) + name if b"worm" in said else numbers(0x100000, 0)

    drweb = Server(whole, judged)
    with suite_with(f"drweb:127.0.0.1 {drweb.port}", options) as suite:
        found_and_clean(suite, "Worm.B")
        drweb.answer = lambda said: b""
        code, text = send(suite, "ugly", "hello")
        check(code == 451, "a scanner that hangs up puts the message off", text)
        wanted = [f'gatepost_scans_total{{scanner="drweb",outcome="{outcome}"}} 1\n' for outcome in ("found", "clean", "failed")]
        wanted += ['gatepost_scan_seconds_total{scanner="drweb"} ', "gatepost_smtp_sessions_total "]
        told = wait_for(lambda: all(line in suite.gatepost("metrics").stdout.decode() for line in wanted), 30)
        check(told, "gatepost metrics counts scans by scanner and outcome", suite.gatepost("metrics").stdout.decode())
        check(drweb.heard[0].startswith(numbers(1, 0x80001, 0)) and b"\nSubject: bad\n\na worm\n" in drweb.heard[0],
              "drweb is given the message", drweb.heard[0])

    def read_file(said):
        with open(said.split()[1].decode(), encoding="utf-8") as file:
            is_bad = "worm" in file.read()
        return (b'<detected type="virus">\r\n<name>Worm.C</name>\r\n</detected>\r\n<summary code="11">infected</summary>\r\n' if is_bad
                else b'<summary code="0">clean</summary>\r\n')

    fprotd = Server(lambda said: b"\r\n\r\n" in said, read_file)
    with suite_with(f"f-protd:127.0.0.1 {fprotd.port}", options) as suite:
        found_and_clean(suite, "Worm.C")
        fprotd.answer = lambda said: b"HTTP/1.0 503 busy\r\n\r\n"
        code, text = send(suite, "busy", "hello")
        check(code == 451, "an answer without a verdict puts the message off", text)


def left_alone(options):
    """A server that fails again and again is not asked by each message."""
    server = Server(lambda said: b"\r\n\r\n" in said, lambda said: b"HTTP/1.0 503 busy\r\n\r\n")
    with suite_with(f"f-protd:127.0.0.1 {server.port}", options, "scanner_failures_max = 2\nscanner_retry = 5s\n") as suite:
        codes = [send(suite, "busy", "hello")[0] for _ in range(2)]
        asked = len(server.heard)
        codes += [send(suite, "busy", "hello")[0] for _ in range(2)]
        check(codes == [451] * 4, "a scanner that fails puts messages off", codes)
        check(asked == 2 and len(server.heard) == 2, "and is left alone after the second", (asked, len(server.heard)))
        check(suite.wait_log(r"the scanner at \[127\.0\.0\.1\]:\d+ has failed too often and is left alone for 5s"), "the log says so", suite.log()[-600:])
        server.answer = lambda said: b'<summary code="0">clean</summary>\r\n'
        check(wait_for(lambda: send(suite, "again", "hello")[0] == 250, 30, 0.5), "and it is asked again", suite.log()[-600:])
        check(send(suite, "and again", "hello")[0] == 250, "as before")


def main():
    options = arguments(__doc__).parse_args()
    program(options)
    daemons(options)
    left_alone(options)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
