#!/usr/bin/env python3
"""Proxies in front of clients: PROXY headers of both versions, good and bad, before clear text and before TLS; XCLIENT.

proxies.py [--build DIR] [--keep]
"""
import os
import re
import socket
import ssl
import struct
import subprocess
import sys
import time

from suite import DOMAIN, Suite, Talk, Verdict, arguments, free_port

verdict = Verdict()
check = verdict.check

PROXY, XCLIENT, BUSY = "127.0.0.2", "127.0.0.3", "127.0.0.4" # the addresses that are believed; few connections of the last
SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"
V4 = socket.inet_aton("192.0.2.7") + socket.inet_aton("198.51.100.9") + struct.pack("!HH", 4444, 25)
V6 = (socket.inet_pton(socket.AF_INET6, "2001:db8::7") + socket.inet_pton(socket.AF_INET6, "2001:db8::9") +
      struct.pack("!HH", 4444, 25))


def block(command, family, addresses, version=2):
    return SIGNATURE + bytes([version << 4 | command, family]) + struct.pack("!H", len(addresses)) + addresses


GOOD = {
    "a line for TCP4": (b"PROXY TCP4 192.0.2.7 198.51.100.9 4444 25\r\n", "192.0.2.7"),
    "a line for TCP6": (b"PROXY TCP6 2001:db8::7 2001:db8::9 4444 25\r\n", "2001:db8::7"),
    "a line for nobody known": (b"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", PROXY),
    "a block for TCP4": (block(1, 0x11, V4), "192.0.2.7"),
    "a block with additions": (block(1, 0x11, V4 + b"\x04\0\3abc"), "192.0.2.7"),
    "a block for TCP6": (block(1, 0x21, V6), "2001:db8::7"),
    "a block of the proxy itself": (block(0, 0, b""), PROXY),
}
BAD = {
    "no header": b"EHLO client.example\r\n",
    "a bad address": b"PROXY TCP4 192.0.2.777 198.51.100.9 4444 25\r\n",
    "a bad port": b"PROXY TCP4 192.0.2.7 198.51.100.9 444444 25\r\n",
    "another family than it says": b"PROXY TCP4 2001:db8::7 2001:db8::9 4444 25\r\n",
    "too few words": b"PROXY TCP4 192.0.2.7\r\n",
    "too many words": b"PROXY TCP4 192.0.2.7 198.51.100.9 4444 25 6\r\n",
    "a line without an end": b"PROXY TCP4 " + b"1" * 120,
    "a bare LF": b"PROXY TCP4 192.0.2.7 198.51.100.9 4444 25\n",
    "a block for UDP": block(1, 0x12, V4),
    "a block that is cut": block(1, 0x11, V4[:8]),
    "a block of another version": block(1, 0x11, V4, 3),
    "a block of another command": block(5, 0x11, V4),
    "a block that is too long": block(1, 0x11, V4 + b"x" * 5000),
}


def policy(text):
    """Who is believed, and an ACL that writes down what it sees."""
    seen = "s=$proxy_session e=$proxy_external_address:$proxy_external_port l=$proxy_local_address h=$sender_host_address:$sender_host_port n=$sender_host_name"
    text = text.replace("begin acl", f"""hosts_proxy = {PROXY} : {BUSY}
smtp_accept_max_per_host = ${{if eq{{$sender_host_address}}{{{BUSY}}}{{3}}{{0}}}}
hosts_xclient = {XCLIENT}
tls_verify_certificates = CERTIFICATE
tls_verify_hosts = {XCLIENT} : 192.0.2.8
proxy_protocol_timeout = 1s
log_selector = +proxy +smtp_protocol_error
host_lookup =
acl_smtp_connect = seen
begin acl
seen:
  deny condition = ${{if eq{{$sender_host_address}}{{192.0.2.66}}}}
       message = not you
  accept logwrite = SEEN {seen}
""", 1)
    return text


def certificate(suite):
    chain, key = suite.path("certificate.pem"), suite.path("key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "99",
                    "-subj", "/CN=localhost", "-keyout", key, "-out", chain], check=True, capture_output=True)
    for path in (chain, key):
        os.chmod(path, 0o644)
    suite.macros += ["CERTIFICATE=" + chain, "KEY=" + key]


class From(Talk):
    """A client that connects from an address, and says something before it listens."""

    def __init__(self, port, source, first=b"", pause=0.0):
        self.socket = socket.create_connection(("127.0.0.1", port), 30, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(first), 5 if pause else len(first) or 1):
            self.socket.sendall(first[at:at + 5] if pause else first)
            time.sleep(pause)
        self.lines = self.socket.makefile("rb")
        self.greeting = self.reply()


def headers(suite):
    for what, (header, address) in GOOD.items():
        with From(suite.port, PROXY, header) as client:
            code, text = client.say("EHLO client.example")
            check(code == 250 and f"[{address}]" in text, f"{what} is believed", text)
            client.say("QUIT")
    with From(suite.port, PROXY, GOOD["a block for TCP4"][0], 0.01) as client:
        check("[192.0.2.7]" in client.say("EHLO client.example")[1], "a header may come in pieces")
    seen = suite.log()
    check("SEEN s=yes e=198.51.100.9:25 l=127.0.0.2 h=192.0.2.7:4444" in seen, "the variables tell it", seen)
    check(re.search(r"SEEN s=yes e=:0 l= h=127\.0\.0\.2:", seen), "a proxy that asks for itself is told apart")
    for what, header in BAD.items():
        with From(suite.port, PROXY, header) as client:
            answers = [client.greeting[0]]
            try:
                answers += [client.say("MAIL FROM:<a@b.example>")[0], client.say("QUIT")[0]]
            except OSError:
                pass
            refused = answers[0] in (220, 554) and 250 not in answers and answers[1:2] in ([503], [])
            check(refused, f"{what}: nothing is served", answers)
    with From(suite.port, PROXY, BAD["a bad address"]) as client:
        code, text = client.say("EHLO client.example")
        check(text == "503 Command refused, required Proxy negotiation failed", "in Exim's words", text)
        check(client.say("QUIT")[0] == 221, "and QUIT ends it")


def a_message(suite):
    with From(suite.port, PROXY, GOOD["a line for TCP4"][0]) as client:
        client.say("EHLO client.example")
        code, text = client.send("a@b.example", [f"alice@{DOMAIN}"], b"Subject: by proxy\r\n\r\nx\r\n")
        check(code == 250, "a message comes through", text)
    check(suite.wait_log(r"<= a@b\.example H=\(client\.example\) \[192\.0\.2\.7\] P=esmtp PRX=127\.0\.0\.2 "), "PRX= names the proxy",
          suite.log())
    check("[192.0.2.7]" in (suite.wait_mail(b"by proxy") or b"").decode(), "Received: names the client")
    with From(suite.port, "127.0.0.9") as client: # is no proxy, and so its header is a command
        code, text = client.say(GOOD["a line for TCP4"][0][:-2])
        check(code == 500, "whoever is no proxy is not believed", text)
        check("[127.0.0.9]" in client.say("EHLO client.example")[1], "and stays who it is")


def in_front_of_tls(suite, port):
    raw = socket.create_connection(("127.0.0.1", port), 30, (PROXY, 0))
    raw.sendall(GOOD["a block for TCP6"][0])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(raw) as client:
        lines = client.makefile("rb")
        lines.readline()
        client.sendall(b"EHLO client.example\r\n")
        check(b"[2001:db8::7]" in lines.readline(), "TLS begins right behind the header")


def crowded(suite):
    """smtp_accept_max_per_host is about connections: a proxy's are its own, whoever its clients are."""
    clients = []
    for _ in range(40):
        clients.append(From(suite.port, BUSY, GOOD["a line for TCP4"][0]))
        if clients[-1].greeting[0] != 220:
            break
    check(clients[-1].greeting[0] == 421 and "Too many concurrent SMTP connections from this IP" in clients[-1].greeting[1],
          "a proxy has as many connections as its address may have", clients[-1].greeting)
    for client in clients:
        client.close()


def within_tls(suite, port):
    """tls_verify_hosts is about whoever is connected: a client that a proxy names has no certificate here."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.load_cert_chain(suite.path("certificate.pem"), suite.path("key.pem"))
    with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 30, (XCLIENT, 0))) as proxy:
        lines = proxy.makefile("rb")
        greeting = lines.readline()
        proxy.sendall(b"XCLIENT ADDR=192.0.2.8\r\n")
        answer = lines.readline()
        check(greeting.startswith(b"220") and answer.startswith(b"220"), "a client is named within TLS", (greeting, answer))


def by_command(suite):
    with From(suite.port, XCLIENT) as proxy:
        code, text = proxy.say("EHLO proxy.example")
        check("250-XCLIENT ADDR NAME PORT LOGIN DESTADDR DESTPORT" in text, "XCLIENT is offered to those who may", text)
        code, text = proxy.say("XCLIENT ADDR=192.0.2.8 PORT=99 NAME=a.client.example LOGIN=joe+40x DESTADDR=198.51.100.1 DESTPORT=587")
        check(code == 220, "the session begins anew", text)
        check(proxy.say("MAIL FROM:<a@b.example>")[0] == 503, "without an EHLO")
        code, text = proxy.say("EHLO client.example")
        check("Hello a.client.example [192.0.2.8]" in text, "with the client that was named", text)
        code, text = proxy.send("a@b.example", [f"alice@{DOMAIN}"], b"Subject: by command\r\n\r\nx\r\n")
        check(code == 250, "which sends", text)
        check(proxy.say("XCLIENT ADDR=127.0.0.1 LOGIN=admin")[0] == 503, "and says what it likes now: proxies hand it through")
        check("XCLIENT" not in proxy.say("EHLO client.example")[1], "so that it is not offered any more")
    with From(suite.port, XCLIENT) as proxy:
        check(proxy.say("XCLIENT ADDR=192.0.2.8")[0] == 220, "one client is named")
        check(proxy.say("XCLIENT ADDR=IPV6:2001:db8::8 NAME=[UNAVAILABLE] LOGIN=[UNAVAILABLE]")[0] == 220, "and another one")
        check("Hello client.example [2001:db8::8]" in proxy.say("EHLO client.example")[1], "which is told apart")
        proxy.say("MAIL FROM:<a@b.example>")
        check(proxy.say("XCLIENT ADDR=192.0.2.8")[0] == 503, "not within a transaction")
    with From(suite.port, XCLIENT) as proxy:
        check(proxy.say("XCLIENT ADDR=IPV6:::ffff:192.0.2.9")[0] == 220, "a mapped address is taken")
        check("[192.0.2.9]" in proxy.say("EHLO client.example")[1], "as what it stands for")
    for wrong in ("ADDR=192.0.2", "ADDR=2001:db8::8", "ADDR=[UNAVAILABLE]", "PORT=70000", "COLOUR=red", "NAME=a+0Ab", "LOGIN"):
        with From(suite.port, XCLIENT) as proxy:
            check(proxy.say(f"XCLIENT {wrong}")[0] == 501, f"{wrong} is refused")
            check("[127.0.0.3]" in proxy.say("EHLO x.example")[1], "and changes nothing")
    with From(suite.port, XCLIENT) as proxy:
        code, text = proxy.say("XCLIENT ADDR=192.0.2.66")
        check(code == 550 and "not you" in text, "the connect ACL judges who was named", text)
    check(suite.wait_log(r"<= a@b\.example H=a\.client\.example \(client\.example\) \[192\.0\.2\.8\] P=esmtpa A=xclient:joe@x PRX=127\.0\.0\.3 "),
          "the log names both", suite.log())
    check("e=198.51.100.1:587 l=127.0.0.3 h=192.0.2.8:99 n=a.client.example" in suite.log(), "and so do the variables", suite.log())
    with From(suite.port, "127.0.0.9") as stranger:
        check("XCLIENT" not in stranger.say("EHLO client.example")[1], "a stranger is not offered it")
        check(stranger.say("XCLIENT ADDR=192.0.2.8")[0] == 503, "and may not")


def main():
    options = arguments(__doc__.splitlines()[0]).parse_args()
    tls_port = free_port()
    ports = ("daemon_smtp_ports = PORT\n", f"daemon_smtp_ports = PORT : {tls_port}\ntls_on_connect_ports = {tls_port}\n")
    suite = Suite(options.build, change=lambda text: policy(text.replace(*ports)), keep=options.keep)
    certificate(suite)
    with suite:
        headers(suite)
        in_front_of_tls(suite, tls_port)
        within_tls(suite, tls_port)
        a_message(suite)
        crowded(suite)
        by_command(suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
