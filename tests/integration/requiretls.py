#!/usr/bin/env python3
"""REQUIRETLS and "TLS-Required: No" (RFC 8689) with the real daemons: a client that asks for it, hosts that pass it on or
do not, signed and unsigned MX records, right and wrong certificates; reports, and the queue that is exported.

requiretls.py [--build DIR] [--keep]
"""
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile

from played import Listening, Names, address, mx
from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check
BODY = b"words that nobody else is to read"


class Far(Listening):
    """A mail server on one port of an address of its own. `clear`, `secure`: what it offers before and in TLS."""

    def __init__(self, at, port, context, clear="STARTTLS", secure=("REQUIRETLS",), starttls="220 go on"):
        self.context, self.clear, self.secure, self.starttls, self.messages, self.commands = context, clear, secure, starttls, [], []
        super().__init__(host=at, port=port)

    def serve(self, client):
        self.talk(client, True)

    def talk(self, client, greets):
        with client.makefile("rwb") as lines:
            def say(text):
                lines.write(text.encode() + b"\r\n")
                lines.flush()
            if greets:
                say("220 far.example")
            sender = ""
            for line in lines:
                self.commands.append(line)
                command = line.decode().strip()
                verb = command[:4].upper()
                if verb == "EHLO":
                    words = self.secure if isinstance(client, ssl.SSLSocket) else self.clear.split()
                    say("".join(f"250-{word}\r\n" for word in ("far.example", *words)) + "250 DSN")
                elif verb == "MAIL":
                    sender = command
                    say("250 ok")
                elif verb == "DATA":
                    say("354 go on")
                    text = b""
                    while not text.endswith(b"\r\n.\r\n"):
                        text += lines.readline()
                    self.messages.append((sender, isinstance(client, ssl.SSLSocket), text))
                    say("250 taken")
                elif verb == "STAR":
                    say(self.starttls)
                    if self.starttls.startswith("220"):
                        return self.talk(self.context.wrap_socket(client, server_side=True), False)
                elif verb == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 ok")

    def heard(self):
        return b"".join(self.commands)

    def find(self, what):
        return next((one for one in self.messages if what in one[2]), None)


class Certificates:
    """An authority, and one certificate of it for the names of all good hosts."""

    def __init__(self, directory, names):
        self.directory = directory
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                     "-days", "9", "-subj", "/CN=authority")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "host.key", "-out", "host.csr",
                     "-subj", "/CN=host")
        with open(self.path("names"), "w", encoding="ascii") as file:
            file.write("subjectAltName=" + ",".join("DNS:" + name for name in names))
        self.openssl("x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "9",
                     "-extfile", "names", "-out", "host.pem")
        os.chmod(directory, 0o755)
        os.chmod(self.path("host.key"), 0o644)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.path("host.pem"), self.path("host.key"))
        with open(self.path("host.pem"), encoding="ascii") as file:
            self.der = ssl.PEM_cert_to_DER_cert(file.read())

    def path(self, name):
        return os.path.join(self.directory, name)

    def openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.directory, check=True, capture_output=True)


# Domains, the addresses of their hosts by preference, whether their MX records are signed.
HOSTS = {"good": ["127.0.0.2"], "unsigned": ["127.0.0.2"], "dane": ["127.0.0.2"], "wrong": ["127.0.0.2"], "misnamed": ["127.0.0.2"],
         "without": ["127.0.0.3"], "clear": ["127.0.0.4"], "lying": ["127.0.0.5"], "later": ["127.0.0.6"], "broken": ["127.0.0.2"],
         "second": ["127.0.0.3", "127.0.0.2"], "naked": ["127.0.0.2"], "many": ["127.0.0.3"], "odd": ["127.0.0.2"], "gone": ["127.0.0.3", "127.0.0.7"], "strict": ["127.0.0.4"], "shaky": ["127.0.0.2"]}


def zone_of(port, der):
    zone = {}
    for name, hosts in HOSTS.items():
        domain, signed = name + ".example", name != "unsigned"
        zone[domain, "MX"] = ([mx(f"mx{number}.{domain}", number) for number in range(1, len(hosts) + 1)], signed)
        for number, host in enumerate(hosts, 1):
            zone[f"mx{number}.{domain}", "A"] = ([address(host)], signed)
    zone[f"_{port}._tcp.mx1.dane.example", "TLSA"] = ([b"\x03\x00\x00" + der], True)
    zone[f"_{port}._tcp.mx1.wrong.example", "TLSA"] = ([b"\x03\x00\x00" + der[:-1] + bytes([der[-1] ^ 1])], True)
    zone["mx1.naked.example", "A"] = ([address("127.0.0.2")], False) # its MX record is signed
    zone["mx1.many.example", "A"] = ([address(host) for host in ("127.0.0.3", "127.0.0.5", "127.0.0.2")], True)
    zone[f"_{port}._tcp.mx1.odd.example", "TLSA"] = ([b"\x01\x00\x00" + der], True) # a usage that SMTP has not
    zone[f"_{port}._tcp.mx1.broken.example", "TLSA"] = (None, True)
    zone[f"_{port}._tcp.mx1.shaky.example", "TLSA"] = (None, True)
    zone["mx.smart.example", "A"] = ([address("127.0.0.2")], False)
    return zone


# Callouts, and replies to messages.
RULES = ("check_recipient:\n\n  warn recipients = cut@good.example : cut@without.example\n       control = cutthrough_delivery\n\n"
         "  deny recipients = called@*.example\n       !verify = recipient/callout=5s,no_cache\n\n")
REPLY = ("begin routers\n\nanswered:\n  driver = accept\n  local_parts = robot\n  transport = answer\n\n")
ANSWER = ("begin transports\n\nanswer:\n  driver = autoreply\n  to = carol@good.example\n  from = robot@gatepost.example\n"
          "  subject = Answer to $h_subject:\n  text = thanks\n  return_message\n  user = nobody\n\n")


def changed(names, port, certificates, *lines):
    def change(text):
        text = "\n".join((f"dns_servers = <, 127.0.0.1:{names}", "log_selector = +tls_certificate_verified",
                          "requiretls_advertise_hosts = 127.0.0.1", "dsn_advertise_hosts = *", *lines)) + "\n" + text
        text = text.replace("  ignore_target_hosts = 0.0.0.0 : 127.0.0.0/8 : ::1\n", "  self = send\n", 1)
        text = text.replace("begin routers\n", "begin routers\n\nnamed:\n  driver = manualroute\n  domains = smart.example\n"
                            "  transport = smtp\n  route_list = * mx.smart.example\n  self = send\n\n", 1)
        text = text.replace("check_recipient:\n", RULES, 1)
        text = text.replace("begin routers\n", REPLY, 1).replace("begin transports\n", ANSWER, 1)
        return text.replace("smtp:\n  driver = smtp\n", f"smtp:\n  driver = smtp\n  port = {port}\n  allow_localhost\n"
                            f"  tls_verify_certificates = {certificates.path('ca.pem')}\n  tls_verify_hosts = :\n  tls_try_verify_hosts = *\n"
                            "  hosts_require_tls = *strict.example\n  hosts_max_try = 1\n  hosts_try_dane = *\n", 1)
    return change


def with_certificate(suite, certificates):
    suite.macros += ["CERTIFICATE=" + certificates.path("host.pem"), "KEY=" + certificates.path("host.key")]
    return suite


def secured(suite):
    talk = Talk(suite.port)
    talk.say("EHLO client.example")
    talk.say("STARTTLS")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    talk.socket = context.wrap_socket(talk.socket)
    talk.lines = talk.socket.makefile("rb")
    talk.extensions = talk.say("EHLO client.example")[1]
    return talk


def send(suite, recipient, parameters=" REQUIRETLS", sender="carol@good.example", headers=b"", subject=None):
    with secured(suite) as talk:
        subject = subject or recipient.split("@")[1]
        text = b"Subject: " + subject.encode() + b"\r\n" + headers + b"\r\n" + BODY + b"\r\n"
        return talk.send(sender, [recipient], text, parameters)


def offers(suite):
    with Talk(suite.port) as talk:
        check("REQUIRETLS" not in talk.say("EHLO client.example")[1], "in clear it is not offered")
        code, text = talk.say("MAIL FROM:<a@good.example> REQUIRETLS")
        check(code == 530, "and is refused: 530", text)
    with secured(suite) as talk:
        check("250-REQUIRETLS\r\n" in talk.extensions, "in TLS it is offered", talk.extensions)
        check(talk.say("MAIL FROM:<a@good.example> REQUIRETLS=yes")[0] == 501, "it has no value")
        check(talk.say("MAIL FROM:<a@good.example> REQUIRETLS")[0] == 250, "and is taken")
    with socket.create_connection(("127.0.0.1", suite.port), 30, ("127.0.0.9", 0)) as other:
        talk = Talk.__new__(Talk)
        talk.socket, talk.lines = other, other.makefile("rb")
        talk.reply()
        talk.say("EHLO client.example")
        check(talk.say("MAIL FROM:<a@good.example> REQUIRETLS")[0] == 501, "of other clients it is not understood")
        talk.lines.close()
    ran = suite.sendmail("-bh", "127.0.0.1", data=b"EHLO x.example\r\nMAIL FROM:<a@good.example> REQUIRETLS\r\nQUIT\r\n")
    check(b"530 Encryption needed: REQUIRETLS is for sessions in TLS" in ran.stdout, "-bh shows it", ran.stdout[-500:])


def delivered(suite, good):
    for domain, words in (("good", "CV=yes"), ("dane", "CV=dane"), ("second", "CV=yes"), ("naked", "CV=yes"), ("many", "CV=yes"), ("smart", "CV=yes")):
        code, text = send(suite, f"bob@{domain}.example")
        check(code == 250, f"{domain}.example: taken", text)
        line = suite.wait_log(rf"=> bob@{domain}\.example .*")
        check(line and words in line[0] and " REQUIRETLS" in line[0], f"{domain}.example: delivered with REQUIRETLS", suite.log()[-1500:])
        got = wait_for(lambda domain=domain: good.find(f"Subject: {domain}.example".encode()))
        check(got and got[1] and got[0].split()[2:].count("REQUIRETLS") == 1, f"{domain}.example: which the host heard", got)
    check(re.search(r"<= carol@good\.example .* REQUIRETLS S=", suite.log()), "the log has it where the message came, too", suite.log()[-800:])
    send(suite, "cut@good.example", "", subject="cut through")
    check(suite.wait_log(r">> cut@good\.example "), "another message is cut through", suite.log()[-800:])
    send(suite, "cut@good.example", subject="not cut through")
    check(suite.wait_log(r"=> cut@good\.example .* REQUIRETLS"), "with it one goes by the spool, over a connection of its own", suite.log()[-800:])
    send(suite, "bob@good.example", "", subject="usual")
    got = wait_for(lambda: good.find(b"Subject: usual"))
    check(got and "REQUIRETLS" not in got[0], "a message without it goes without", got)
    send(suite, "alice@" + DOMAIN, subject="to a mailbox")
    check(suite.wait_mail(b"to a mailbox"), "a mailbox here gets it")


def called(suite, good, hosts):
    before = [host.heard() for host in hosts]
    code, text = send(suite, "called@good.example", subject="called")
    check(code == 250, "a callout to a host that passes it on", text)
    with secured(suite) as talk:
        talk.say("MAIL FROM:<carol@good.example> REQUIRETLS")
        code, text = talk.say("RCPT TO:<called@without.example>")
        check(code == 550 and "REQUIRETLS support required" in text, "whom no host passes on is refused at once", text)
        code, text = talk.say("RCPT TO:<called@clear.example>")
        check(code == 550 and "5.7.10" in text and "did not offer TLS" in text, "and where there is no TLS", text)
    send(suite, "cut@without.example", subject="not cut")
    check(suite.wait_log(r"\*\* cut@without\.example .*REQUIRETLS support required"), "nor is it cut through", suite.log()[-800:])
    check(all(b"called@" not in heard and b"cut@" not in heard for heard in (host.heard() for host in hosts)),
          "and these hosts have heard of nobody", before)


def answered(suite, good):
    for subject, parameters, header in (("kept", " REQUIRETLS", b""), ("usual one", "", b""), ("open", "", b"TLS-Required: No\r\n")):
        send(suite, "robot@" + DOMAIN, parameters, subject=subject, headers=header)
        reply = wait_for(lambda subject=subject: good.find(b"Subject: Answer to " + subject.encode()))
        check(reply and ("REQUIRETLS" in reply[0]) == (parameters != ""), f"{subject}: the reply has the wish of the message", reply or suite.log()[-900:])
        check(reply and (BODY in reply[2]) == (parameters == ""), f"{subject}: of one with REQUIRETLS it returns the headers", reply)


REFUSED = (("misnamed", "5.7.10", "certificate verification failed"),
           ("unsigned", "5.7.10", "the MX record that names mx1.unsigned.example is not signed"),
           ("without", "5.7.30", "REQUIRETLS support required"),
           ("lying", "5.7.30", "REQUIRETLS support required"),
           ("clear", "5.7.10", "the server did not offer TLS support"),
           ("wrong", "5.7.10", "certificate verification failed"))


def refused(suite, good, hosts):
    send(suite, "bob@misnamed.example", "", subject="not so particular")
    check(suite.wait_log(r"=> bob@misnamed\.example .* CV=no "), "a message without REQUIRETLS is sent to a host that nobody knows")
    # Its connection is still open, and not for the next message.
    for domain, status, words in REFUSED:
        send(suite, f"bob@{domain}.example", " REQUIRETLS RET=FULL", subject=domain + " full")
        line = suite.wait_log(rf"\*\* bob@{domain}\.example .*")
        check(line and words in line[0], f"{domain}.example: returned at once", suite.log()[-1500:])
        report = wait_for(lambda domain=domain: good.find(f"Subject: {domain} full".encode()))
        check(report and f"Status: {status}".encode() in report[2], f"{domain}.example: with {status}", report)
        check(report and report[0].startswith("MAIL FROM:<> ") and "REQUIRETLS" in report[0] and BODY not in report[2],
              f"{domain}.example: the report has the headers only, and REQUIRETLS", report)
    check(all(not host.messages for host in hosts), "none of these hosts has got anything", [host.messages for host in hosts])
    send(suite, "bob@without.example", sender="carol@without.example", subject="unlucky")
    report = wait_for(lambda: next((one for host in hosts if (one := host.find(b"Subject: unlucky"))), None))
    check(report and report[1] and "REQUIRETLS" not in report[0] and report[0].startswith("MAIL FROM:<>"),
          "a report goes on without, to a host that does not have it", report)


def later(suite):
    for domain, why in (("gone", "a host that cannot be reached now may have it"), ("later", "STARTTLS that is refused for now"),
                        ("broken", "TLSA records that cannot be had now")):
        send(suite, f"bob@{domain}.example")
        line = suite.wait_log(rf"(==|\*\*) bob@{domain}\.example .*")
        check(line and line[1] == "==", f"{why}: the message waits", line and line[0])
    # No other message waits for it: it does not need TLS there.
    send(suite, "plain@later.example", "", subject="needs no TLS")
    check(suite.wait_log(r"=> plain@later\.example "), "and it alone", suite.log()[-800:])


def waived(suite, good, clear):
    header = b"TLS-Required: No\r\n"
    for domain, host, in_tls in (("wrong", good, True), ("misnamed", good, True), ("shaky", good, True), ("odd", good, True), ("strict", clear, False)):
        subject = f"waived {domain}"
        send(suite, f"ann@{domain}.example", "", headers=header, subject=subject)
        got = wait_for(lambda host=host, subject=subject: host.find(b"Subject: " + subject.encode()))
        check(got and got[1] == in_tls, f"TLS-Required: No reaches {domain}.example {'in TLS' if in_tls else 'in clear'}",
              got or suite.log()[-1500:])
    check(re.search(r"no TLSA record can be used: trying again without DANE to H=mx1\.odd\.example .*\(the message has TLS-Required: No\)", suite.log()),
          "records that nobody can use keep it from no TLS", suite.log()[-1500:])
    send(suite, "eve@strict.example", "", headers=b"TLS-Required: maybe\r\n")
    check(suite.wait_log(r"== eve@strict\.example "), "another value says nothing", suite.log()[-800:])
    send(suite, "bob@clear.example", headers=header, subject="both")
    check(suite.wait_log(r"\*\* bob@clear\.example .*\n(.*\n)*.*<= <> R="), "REQUIRETLS comes before the header")
    check(not clear.find(b"Subject: both"), "so that nothing goes in clear")


def exported(suite):
    for form in ("text", "exim"):
        with tempfile.TemporaryDirectory() as directory:
            done = suite.gatepost("queue", "export", directory, *(["--exim"] if form == "exim" else []))
            texts = [open(os.path.join(directory, name), "rb").read() for name in os.listdir(directory)]
            check(done.returncode == 0 and any(b"tls_wish" in text and b"required" in text for text in texts),
                  f"exported as {form} a message keeps it", done)
            with with_plain(suite) as other:
                done = other.gatepost("queue", "import", directory)
                check(done.returncode == 0 and b"imported" in done.stdout, f"imported from {form}", done)
                again = os.path.join(other.directory, "again")
                os.mkdir(again)
                other.gatepost("queue", "export", again)
                texts = [open(os.path.join(again, name), "rb").read() for name in os.listdir(again)]
                check(any(b"tls_wish" in text and b"required" in text for text in texts), "it is there still", texts)


def with_plain(suite):
    return Suite(suite.build, change=lambda text: "queue_only\n" + text)


def main():
    options = arguments("REQUIRETLS").parse_args()
    with tempfile.TemporaryDirectory() as directory:
        names = [f"mx{number}.{name}.example" for name, hosts in HOSTS.items() if name != "misnamed" for number in range(1, len(hosts) + 1)]
        certificates = Certificates(directory, [*names, "mx.smart.example"])
        good = Far("127.0.0.2", 0, certificates.context)
        port = good.port
        without = Far("127.0.0.3", port, certificates.context, secure=())
        clear = Far("127.0.0.4", port, certificates.context, clear="REQUIRETLS")
        lying = Far("127.0.0.5", port, certificates.context, clear="STARTTLS REQUIRETLS", secure=())
        Far("127.0.0.6", port, certificates.context, starttls="454 not now")
        zone = Names(zone_of(port, certificates.der))
        suite = Suite(options.build, change=changed(zone.port, port, certificates, "tls_required_header = true"), keep=options.keep)
        with with_certificate(suite, certificates):
            offers(suite)
            delivered(suite, good)
            refused(suite, good, (without, clear, lying))
            later(suite)
            called(suite, good, (without, clear))
            answered(suite, good)
            exported(suite)
            waived(suite, good, clear)
            panic = suite.log("paniclog")
            check(not panic, "the panic log is empty", panic[-2000:])
        suite = Suite(options.build, change=changed(zone.port, port, certificates), keep=options.keep)
        with with_certificate(suite, certificates):
            send(suite, "ann@wrong.example", "", headers=b"TLS-Required: No\r\n", subject="not counted")
            check(suite.wait_log(r"== ann@wrong\.example "), "without tls_required_header the header is one like others", suite.log()[-800:])
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
