#!/usr/bin/env python3
"""Addresses that become others on the way, and messages that leave by the spool's own form.

detours.py [--build DIR] [--keep]

percent_hack_domains from RCPT to the mailbox, iplookup over UDP and TCP with the walls of router around it, and the
queuefile transport, whose pair of files another Exim-like program reads.
"""
import os
import re
import socket
import sys
import threading

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

OPTIONS = """
domainlist hacked = hack.example
percent_hack_domains = +hacked
"""
ROUTERS = """
asked_udp:
  driver = iplookup
  domains = udp.example
  hosts = 127.0.0.1
  port = UDPPORT

asked_tcp:
  driver = iplookup
  domains = tcp.example
  hosts = 127.0.0.1
  port = TCPPORT
  protocol = tcp
  query = where is $local_part
  response_pattern = ^at (\\\\S+)
  reroute = $1@$qualify_domain

handed_over:
  driver = accept
  domains = handed.example
  transport = handed
"""
TRANSPORTS = """
handed:
  driver = queuefile
  directory = INSTANCE/handed
  USER
"""


def names():
    """The two hosts that iplookup asks; the ports they listen on, and what they were asked."""
    heard = []
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    tcp = socket.create_server(("127.0.0.1", 0))

    def packets():
        while True:
            question, peer = udp.recvfrom(1000)
            heard.append(question)
            if not question.startswith(b"silent"):
                udp.sendto(b"alice@" + DOMAIN.encode() + b" " + question.split()[1], peer)

    def calls():
        while True:
            client, _ = tcp.accept()
            heard.append(client.recv(1000))
            client.sendall(b"at bob\n")
            client.close()

    for work in (packets, calls):
        threading.Thread(target=work, daemon=True).start()
    return udp.getsockname()[1], tcp.getsockname()[1], heard


class Detours(Suite):
    def start(self):
        os.makedirs(self.path("handed"), exist_ok=True)
        os.chmod(self.path("handed"), 0o777)
        super().start()

    def deliver(self, *recipients, sender=f"bob@{DOMAIN}", subject="detour"):
        before = len(re.findall(r" <= ", self.log()))
        sent = self.sendmail("-odi", "-f", sender, *recipients, data=f"Subject: {subject}\n\nbody\n.dot\n".encode())
        if sent.returncode:
            raise RuntimeError(sent.stderr.decode())
        return wait_for(lambda: re.findall(r"(\S+) <= ", self.log())[before:])[0]

    def lines(self, key, pattern):
        wait_for(lambda: re.search(rf"^.* {key} .*{pattern}", self.log(), re.M))
        return "\n".join(line for line in self.log().splitlines() if f" {key} " in line)


def percent(verdict, suite):
    key = suite.deliver(f"alice%{DOMAIN}@hack.example")
    said = suite.lines(key, "Completed")
    verdict.check(re.search(rf"=> alice <alice%{re.escape(DOMAIN)}@hack.example>", said), "the log shows what it was", said)
    with Talk(suite.port) as client:
        client.say("EHLO c.example")
        client.say(f"MAIL FROM:<bob@{DOMAIN}>")
        good = client.say(f"RCPT TO:<alice%{DOMAIN}@hack.example>")
        bad = client.say(f"RCPT TO:<nobody-here%{DOMAIN}@hack.example>")
    verdict.check(good[0] == 250, "the ACL is asked about the other address", good)
    verdict.check(bad[0] == 550, "and refuses it where that is refused", bad)


def asked(verdict, suite, heard, ports):
    said = suite.lines(suite.deliver("who@udp.example"), "Completed")
    verdict.check("=> alice <who@udp.example>" in said, "a packet's answer is the address", said)
    verdict.check(b"who@udp.example who@udp.example" in heard, "asked for twice", heard)
    said = suite.lines(suite.deliver("who@tcp.example"), "Completed")
    verdict.check("=> bob <who@tcp.example>" in said and b"where is who" in heard, "a connection's likewise", said)
    key = suite.deliver("silent@udp.example")
    other = suite.deliver("who@udp.example")
    suite.lines(other, "Completed")
    said = suite.lines(key, "failed to communicate with any host")
    verdict.check("asked_udp router: failed to communicate with any host: [127.0.0.1]:" in said and "=>" not in said,
                  "without an answer it waits", said)
    suite.sendmail("-Mrm", key)
    walls = suite.gatepost("privileges").stdout.decode()
    verdict.check(f"udp 127.0.0.1 port {ports[0]}, tcp 127.0.0.1 port {ports[1]}" in walls, "the walls name the hosts", walls)


def handed(verdict, suite):
    key = suite.deliver("Ann@handed.example", "joe@handed.example", "alice@" + DOMAIN, subject="handed over")
    said = suite.lines(key, "Completed")
    verdict.check(said.count("T=handed") == 2 and "=> alice" in said, "one delivery for both", said)
    files = sorted(os.listdir(suite.path("handed")))
    verdict.check(files == [key + "-D", key + "-H"], "a pair of files", files)
    with open(suite.path(f"handed/{key}-D"), encoding="utf-8") as file:
        data = file.read()
    with open(suite.path(f"handed/{key}-H"), encoding="utf-8") as file:
        head = file.read()
    verdict.check(data == f"{key}-D\nbody\n.dot\n", "the data", data)
    verdict.check(head.startswith(f"{key}-H\n") and f"\n<bob@{DOMAIN}>\n" in head, "the envelope", head)
    verdict.check("\nXX\n2\n" in head and "\nAnn@handed.example\n" in head and "\njoe@handed.example\n" in head and f"alice@{DOMAIN}\n" not in head,
                  "its own recipients and no others", head)
    verdict.check("-deliver_firsttime\n" in head and re.search(r"^\d\d\dP Received: ", head, re.M) and "\n021  Subject: handed over\n" in head,
                  "and the headers", head)
    other = key[:-1] + ("0" if key[-1] != "0" else "1") # ours is known still
    os.makedirs(suite.path("back"))
    for name, text in (("-D", data), ("-H", head)):
        os.unlink(suite.path(f"handed/{key}{name}"))
        with open(suite.path(f"back/{other}{name}"), "w", encoding="utf-8") as file:
            file.write(text.replace(key, other))
    back = suite.gatepost("queue", "import", suite.path("back"))
    verdict.check(back.returncode == 0, "such a pair can be taken in again", (back.stdout + back.stderr).decode())
    suite.sendmail("-qff")
    wait_for(lambda: os.path.exists(suite.path(f"handed/{other}-H")))
    verdict.check(sorted(os.listdir(suite.path("handed"))) == [other + "-D", other + "-H"], "and is handed over again",
                  suite.lines(other, "Completed"))


def main():
    options = arguments("sends messages by detours").parse_args()
    verdict = Verdict()
    udp_port, tcp_port, heard = names()

    def change(text):
        user = "user = OWNER" if os.getuid() == 0 else ""
        routers = ROUTERS.replace("UDPPORT", str(udp_port)).replace("TCPPORT", str(tcp_port)).replace("\\\\", "\\")
        text = text.replace("begin acl\n", OPTIONS + "\nbegin acl\n", 1)
        text = text.replace("begin routers\n", "begin routers\n" + routers, 1)
        return text.replace("begin transports\n", "begin transports\n" + TRANSPORTS.replace("USER", user), 1)

    with Detours(options.build, ("alice", "bob"), None, change, options.keep) as suite:
        percent(verdict, suite)
        asked(verdict, suite, heard, (udp_port, tcp_port))
        handed(verdict, suite)
        if verdict.failed:
            suite.keep = True
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
