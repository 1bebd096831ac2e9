#!/usr/bin/env python3
"""Deliveries through SOCKS5 proxies: one that is not there, one that refuses, one that wants a name and takes it.

socks5.py [--build DIR] [--keep]
"""
import socket
import struct
import sys
import threading

from played import Listening
from suite import DOMAIN, Sink, Suite, Verdict, arguments, free_port, wait_for

verdict = Verdict()
check = verdict.check


class Proxy(Listening):
    """RFC 1928 and 1929: connects where it is asked to, or refuses with a number."""

    def __init__(self, refuses=0, login=None):
        self.refuses = refuses
        self.login = login
        self.asked = []
        super().__init__()

    def serve(self, client):
        lines = client.makefile("rb", buffering=0)
        version, count = lines.read(2)
        methods = lines.read(count)
        wanted = 2 if self.login else 0
        client.sendall(bytes([5, wanted if wanted in methods else 255]))
        if version != 5 or wanted not in methods:
            return
        if self.login:
            words = [lines.read(1)]
            for _ in range(2):
                words.append(lines.read(lines.read(1)[0]).decode())
            client.sendall(bytes([1, 0 if tuple(words[1:]) == self.login else 1]))
            if tuple(words[1:]) != self.login:
                return
        head, address, port = lines.read(4), lines.read(4), struct.unpack("!H", lines.read(2))[0]
        self.asked.append((head, socket.inet_ntoa(address), port))
        client.sendall(bytes([5, self.refuses, 0, 1]) + socket.inet_aton("192.0.2.9") + struct.pack("!H", 4711))
        if self.refuses:
            return
        with socket.create_connection(("127.0.0.1", port)) as host:
            back = threading.Thread(target=self.pass_on, args=(host, client), daemon=True)
            back.start()
            self.pass_on(client, host)

    @staticmethod
    def pass_on(source, target):
        try:
            while octets := source.recv(65536):
                target.sendall(octets)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def changed(proxies):
    def change(text):
        text = "log_selector = +outgoing_port +proxy\n" + text
        return text.replace("smtp:\n  driver = smtp\n", f"smtp:\n  driver = smtp\n  hide socks_proxy = {proxies}\n"
                            "  event_action = ${if eq{$event_name}{smtp:connect}{${acl{told}}}}\n", 1
                            ).replace("begin acl\n", "begin acl\ntold:\n  accept logwrite = outer $proxy_external_address $proxy_external_port\n", 1)
    return change


def main():
    options = arguments("socks5").parse_args()
    sink = Sink()
    sink.start()
    refusing, good = Proxy(refuses=5), Proxy(login=("fred", "secret"))
    proxies = (f"127.0.0.1 port={free_port()} pri=9 : 127.0.0.1 pri=5 port={refusing.port} : "
               f"127.0.0.1 port={good.port} auth=name name=fred pass=secret tmo=10")
    with Suite(options.build, smarthost_port=sink.port, change=changed(proxies), keep=options.keep) as suite:
        suite.sendmail("-f", "alice@" + DOMAIN, "bob@far.example", data=b"Subject: by proxy\n\nhello\n")
        check(wait_for(lambda: " => bob@far.example" in suite.log()), "what the first proxies do not do the next one does", suite.log()[-2500:])
        check(len(refusing.asked) == 1 and good.asked == [(b"\x05\x01\x00\x01", "127.0.0.1", sink.port)],
              "by priority, and asked for the host", (refusing.asked, good.asked))
        check(f"H=127.0.0.1 [127.0.0.1]:{sink.port} PRX=[127.0.0.1]:{good.port} C=" in suite.log(), "the line names the proxy", suite.log()[-2500:])
        check("outer 192.0.2.9 4711" in suite.log(), "and an event sees its outer address", suite.log()[-2500:])
    with Suite(options.build, smarthost_port=sink.port, change=changed(f"127.0.0.1 port={refusing.port}"), keep=options.keep) as suite:
        suite.sendmail("-f", "alice@" + DOMAIN, "bob@far.example", data=b"Subject: refused\n\nhello\n")
        check(wait_for(lambda: " == bob@far.example" in suite.log()), "a proxy that refuses puts the message off", suite.log()[-2500:])
        check("proxy [127.0.0.1]: the proxy says: Connection refused" in suite.log(), "and the log has its reason", suite.log()[-2500:])
        check("secret" not in suite.log(), "and no password")
    sink.stop()
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
