#!/usr/bin/env python3
"""ATRN (RFC 2645) with the real daemons: clients that turn their connection around and get the mail of their domains, in
clear and in TLS; clients that may not, that vanish in the middle of a message, that refuse; a remote agent that is killed.

atrn.py [--build DIR] [--keep]
"""
import base64
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check
BIG = b".dots\r\n..\r\n" + b"a line of a long message, so long that no buffer has all of it\r\n" * 20000

ACL = """begin acl

check_atrn:
  deny   message = not now
         condition = ${if eq{$authenticated_id}{banned}}
  accept atrn_domains = *
         condition = no
  accept condition = ${if eq{$authenticated_id}{half}}
         set acl_c_seen = yes
  accept atrn_domains = ${lookup{$authenticated_id}lsearch{INSTANCE/customers}}

"""
ROUTERS = """begin routers

fetched:
  driver = manualroute
  domains = +customers
  condition = ${if eq{$atrn_mode}{P}}
  route_data = <;$atrn_host
  self = send
  transport = smtp

waits:
  driver = redirect
  domains = one.example : two.example
  data = :defer: fetched by ATRN
  allow_defer

# Without any word of ATRN: a host that is not there.
away:
  driver = manualroute
  domains = three.example
  route_data = 127.0.0.1
  self = send
  transport = away

"""
TRANSPORTS = """begin transports

away:
  driver = smtp
  allow_localhost
  port = 1

"""
AUTHENTICATORS = """
begin authenticators

plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${if eq{$auth3}{secret}}
  server_set_id = $auth2
"""


def changed(*lines):
    def change(text):
        text = "\n".join(("domainlist customers = one.example : two.example", "acl_smtp_atrn = check_atrn",
                          "hosts_xclient = 127.0.0.1", "log_selector = +smtp_connection +queue_run", *lines)) + "\n" + text
        text = text.replace("begin acl\n", ACL, 1).replace("begin routers\n", ROUTERS, 1)
        text = text.replace("begin transports\n", TRANSPORTS, 1).replace("smtp:\n  driver = smtp\n", "smtp:\n  driver = smtp\n  allow_localhost\n", 1)
        return text + AUTHENTICATORS
    return change


def prepared(suite):
    with open(suite.path("customers"), "w", encoding="ascii") as file:
        file.write("joe: one.example : two.example : three.example\nann: two.example\nbanned: one.example\nnobody: nothing.example\n"
                   "many: +customers : *.example\n")
    return suite


class Customer(Talk):
    """A client that becomes a server. `words`: what it offers to EHLO then."""

    def __init__(self, suite, login="joe", tls=False):
        super().__init__(suite.port)
        self.extensions = self.say("EHLO customer.example")[1]
        if tls:
            self.say("STARTTLS")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            self.lines.close()
            self.socket = context.wrap_socket(self.socket)
            self.lines = self.socket.makefile("rb")
            self.extensions = self.say("EHLO customer.example")[1]
        if login:
            code, text = self.say("AUTH PLAIN " + base64.b64encode(f"\0{login}\0secret".encode()).decode())
            if code != 235:
                raise RuntimeError(text)

    def tell(self, text):
        self.socket.sendall(text.encode() + b"\r\n")

    def serve(self, words=("PIPELINING", "8BITMIME"), greeting="220 customer.example", rcpt=lambda address: "250 ok", taken=lambda data: "250 kept",
              stop_in_data=0):
        """Messages as (sender, recipients, data) until QUIT or the end. stop_in_data: vanishes behind so many octets of one."""
        got, sender, recipients = [], "", []
        self.tell(greeting)
        for line in self.lines:
            verb = line[:4].upper()
            if verb == b"EHLO":
                self.tell("".join(f"250-{word}\r\n" for word in ("customer.example", *words)) + "250 SIZE")
            elif verb == b"MAIL":
                sender, recipients = line.decode().split("<")[1].split(">")[0], []
                self.tell("250 ok")
            elif verb == b"RCPT":
                address = line.decode().split("<")[1].split(">")[0]
                answer = rcpt(address)
                if answer.startswith("2"):
                    recipients.append(address)
                self.tell(answer)
            elif verb == b"DATA" and not recipients:
                self.tell("503 nobody")
            elif verb in (b"DATA", b"BDAT"):
                data = self.body(line, stop_in_data)
                if data is None:
                    return got
                answer = taken(data)
                if answer.startswith("2"):
                    got.append((sender, recipients, data))
                self.tell(answer)
            elif verb == b"QUIT":
                self.tell("221 bye")
                self.end = self.lines.read()
                return got
            else:
                self.tell("250 ok")
        return got

    def body(self, line, stop_in_data):
        if stop_in_data:
            if line[:4].upper() == b"DATA":
                self.tell("354 go on")
            self.lines.read(stop_in_data)
            self.socket.close()
            return None
        if line[:4].upper() == b"BDAT":
            return self.lines.read(int(line.split()[1]))
        self.tell("354 go on")
        parts = []
        while True:
            line = self.lines.readline()
            if not line:
                return None
            if line == b".\r\n":
                return b"".join(parts)
            parts.append(line[1:] if line.startswith(b".") else line)


def send(suite, recipients, subject, body=b"text\r\n"):
    with Talk(suite.port) as talk:
        talk.say("EHLO sender.example")
        code, text = talk.send("alice@" + DOMAIN, recipients, b"Subject: " + subject.encode() + b"\r\n\r\n" + body)
    if not check(code == 250, f"{subject}: sent", text):
        return None
    return re.search(r"id=(\S+)", text)[1]


def waits(suite, count):
    return check(wait_for(lambda: len(suite.queue() or []) == count), f"{count} in the queue", suite.queue())


def settled(suite, identifiers):
    """Each has had its first attempt, and is at rest."""
    for one in identifiers:
        check(suite.wait_log(rf"{re.escape(one)} == "), f"{one} waits", suite.log()[-600:])


def fetch(suite, command, login="joe", tls=False, **how):
    """What came: (reply to the command, messages)."""
    def asked():
        customer = Customer(suite, login, tls)
        code, text = customer.say(command)
        if code in (451, 453): # the message, or the login, is still busy with what was before
            customer.close()
            return None
        return customer, code, text
    customer, code, text = wait_for(asked, 10) or (None, 453, "")
    if code != 250:
        if customer:
            customer.close()
        return (code, text), []
    got = customer.serve(**how)
    customer.close()
    return (code, text), got


def subjects(got):
    return sorted(re.search(rb"Subject: ([^\r\n]+)", data)[1].decode() for _, _, data in got)


def refused(suite):
    with Talk(suite.port) as talk:
        check("250-ATRN" in talk.say("EHLO customer.example")[1], "ATRN is offered")
        check(talk.say("ATRN one.example")[0] == 530, "who is not authenticated may not: 530")
    with Customer(suite) as joe:
        code, text = joe.say("ATRN one.example")
        check(code == 453, "no mail: 453", text)
        check(joe.say("ATRN")[0] == 453, "nor of any domain")
        check(joe.say("ATRN other.example")[0] == 450, "of domains that are not the client's: 450")
        check(joe.say("ATRN one.example,other.example")[0] == 450, "even if some are")
        check(joe.say("ATRN one.example,,two.example")[0] == 501, "what is no list of domains: 501")
        check(joe.say("ATRN <one.example>")[0] == 501, "nor this")
        joe.say("MAIL FROM:<a@one.example>")
        check(joe.say("ATRN one.example")[0] == 503, "not in a transaction: 503")
    with Customer(suite, "banned") as banned:
        code, text = banned.say("ATRN one.example")
        check(code == 450 and "not now" in text, "the ACL says no, in its words", text)
    with Customer(suite, "many") as many:
        check(many.say("ATRN")[0] == 450, "who names none and has none by name: 450")
    with Customer(suite, "half") as half:
        check(half.say("ATRN")[0] == 450, "domains of a statement that did not hold are nobody's: 450")
    with Customer(suite, "stranger") as stranger:
        check(stranger.say("ATRN one.example")[0] == 450, "who is no customer: 450")


def of_others(suite):
    """Logins that nobody has made here open nothing."""
    with Customer(suite, login="") as proxy:
        check(proxy.say("XCLIENT ADDR=192.0.2.8 LOGIN=joe")[0] == 220, "a proxy names a login")
        proxy.say("EHLO customer.example")
        code, text = proxy.say("ATRN one.example")
        check(code == 450 and "log in" in text, "which opens nobody's mail: 450", text)
        check(suite.wait_log(r"ATRN .*the login \"joe\" was not made here"), "and the log says why", suite.log()[-600:])
    with Customer(suite) as joe:
        check(joe.say("EHLO customer.example")[0] == 250 and joe.say("RSET")[0] == 250, "EHLO and RSET behind AUTH")
        check(joe.say("ATRN one.example")[0] == 453, "leave the login as it is")
    with Customer(suite, tls=True) as joe:
        check(joe.say("ATRN one.example")[0] == 453, "and so it is in TLS")


def old_login(suite):
    with Customer(suite) as joe:
        time.sleep(2)
        code, text = joe.say("ATRN one.example")
        check(code == 450, "a login older than atrn_login_lifetime opens nothing: 450", text)
    check(suite.wait_log(r"the login was too long ago \(atrn_login_lifetime\)"), "and the log says so", suite.log()[-600:])


def delivered(suite):
    ids = [send(suite, ["a@one.example"], "first"), send(suite, ["a@one.example", "b@one.example"], "second"), send(suite, ["c@two.example"], "third"),
           send(suite, ["a@one.example", "c@two.example", "alice@" + DOMAIN], "mixed"), send(suite, ["d@three.example"], "fourth")]
    check(suite.wait_mail(b"Subject: mixed"), "what is for a mailbox here goes there")
    settled(suite, ids)
    waits(suite, 5)
    reply, got = fetch(suite, "ATRN one.example")
    check(reply == (250, "250 OK now reversing the connection"), "the connection is turned around", reply)
    check(subjects(got) == ["first", "mixed", "second"], "the mail of that domain comes", subjects(got))
    check(all(address.endswith("@one.example") for _, recipients, _ in got for address in recipients), "and to its addresses alone", got)
    check(sorted(recipients for _, recipients, data in got if b"second" in data) == [["a@one.example", "b@one.example"]], "in one copy")
    waits(suite, 3)
    check(suite.wait_log(r"=> a@one\.example R=fetched T=smtp H=127\.0\.0\.1 \[127\.0\.0\.1\].* C=\"250 kept\""), "the log has the delivery",
          suite.log()[-1500:])
    check(suite.wait_log(r"ATRN one\.example of joe for H=\[127\.0\.0\.1\]: 4 delivered, 0 not$"), "and the run", suite.log()[-800:])
    check(suite.wait_log(r"Start queue run: pid=\d+ ATRN one\.example$"), "which is a queue run")
    with Customer(suite) as joe:
        check(joe.say("ATRN one.example")[0] == 453, "nothing is left for it")
    reply, got = fetch(suite, "atrn", words=("CHUNKING",))
    check(subjects(got) == ["fourth", "mixed", "third"], "without a domain all that are the client's; hosts of routers do not matter", (reply, subjects(got)))
    waits(suite, 0)
    check(len(re.findall("Completed", suite.log())) == 5, "each message is completed once")


def reloaded(suite):
    """While the client has not answered the end of a message yet."""
    settled(suite, [send(suite, ["a@one.example"], f"held {number}") for number in range(2)])

    def all_told(words):
        with open(suite.path("output"), encoding="utf-8", errors="replace") as file:
            return words in file.read() + suite.log()

    def taken(_):
        suite.process.send_signal(signal.SIGHUP)
        wait_for(lambda: all_told("reload complete"), 10)
        time.sleep(0.2) # and the services have heard of it
        return "250 kept"
    _, got = fetch(suite, "ATRN one.example", taken=taken)
    while len(got) < 2:
        more = fetch(suite, "ATRN one.example")[1]
        got += more
        if not more:
            break
    check(subjects(got) == ["held 0", "held 1"], "a reload in the middle doubles nothing", subjects(got))
    waits(suite, 0)
    check("may be delivered twice" not in suite.log(), "nor leaves it open", suite.log()[-1500:])


def at_the_end(suite):
    """atrn_time ends while the client thinks about the end of a message."""
    settled(suite, [send(suite, ["a@one.example"], f"slow {number}") for number in range(2)])

    def taken(_):
        time.sleep(3)
        return "250 kept"
    _, got = fetch(suite, "ATRN one.example", taken=taken)
    check(len(got) == 1, "the message that is on its way gets to its end, no other is begun", subjects(got))
    check(suite.wait_log(r"ATRN one\.example of joe for .*: 1 delivered, 0 not$"), "and is recorded", suite.log()[-900:])
    waits(suite, 1)
    got += fetch(suite, "ATRN one.example")[1]
    check(subjects(got) == ["slow 0", "slow 1"], "nothing comes twice", subjects(got))


def filtered(suite):
    with open(suite.path("filter"), "w", encoding="ascii") as file:
        file.write("# Exim filter\nif not first_delivery then unseen deliver archive@three.example endif\n")
    settled(suite, [send(suite, ["a@one.example"], "filtered")])
    _, got = fetch(suite, "ATRN one.example")
    check([recipients for _, recipients, _ in got] == [["a@one.example"]], "what the system filter sends elsewhere does not go to the client", got)
    check("archive@three.example" not in "".join(line for line in suite.log().splitlines() if " => " in line), "and is not told as delivered")
    waits(suite, 1)


def in_tls(suite):
    ids = [send(suite, ["a@one.example"], "big", BIG), send(suite, ["a@one.example"], "small")]
    settled(suite, ids)
    reply, got = fetch(suite, "ATRN one.example", tls=True)
    check(subjects(got) == ["big", "small"], "in TLS", (reply, subjects(got)))
    check(any(data.endswith(b"\r\n\r\n" + BIG) for _, _, data in got), "a long message comes as it was sent")
    check(suite.wait_log(r"=> a@one\.example .* X=TLS\S+ .*C=\"250 kept\""), "the log has the TLS session", suite.log()[-800:])
    waits(suite, 0)


def vanishing(suite, tls):
    name = "TLS" if tls else "clear"
    ids = [send(suite, ["a@one.example"], f"{name} {number}", BIG) for number in range(3)]
    settled(suite, ids)
    taken = []

    def one_only(data):
        taken.append(data)
        return "250 kept"
    customer = Customer(suite, tls=tls)
    check(customer.say("ATRN one.example")[0] == 250, f"{name}: a client")
    state = {"messages": 0}
    body = customer.body

    def vanish(line, _):
        state["messages"] += 1
        return body(line, 100000 if state["messages"] == 2 else 0)
    customer.body = vanish
    got = customer.serve(taken=one_only)
    customer.close()
    check(len(got) == 1 and state["messages"] == 2, f"{name}: takes one and vanishes in the next", (len(got), state))
    check(suite.wait_log(r"ATRN one\.example of joe for .*: 1 delivered, [12] not: "), f"{name}: that is told", suite.log()[-900:])
    check(wait_for(lambda: len(suite.queue() or []) == 2), f"{name}: two are still there", suite.queue())
    reply, rest = fetch(suite, "ATRN one.example", tls=tls)
    check(subjects(got + rest) == [f"{name} 0", f"{name} 1", f"{name} 2"], f"{name}: nothing is lost, nothing comes twice", (reply, subjects(got + rest)))
    waits(suite, 0)


def picky(suite):
    ids = [send(suite, ["a@one.example", "busy@one.example", "gone@one.example"], "picked")]
    settled(suite, ids)
    answers = {"busy@one.example": "450 later", "gone@one.example": "550 no such user"}
    reply, got = fetch(suite, "ATRN one.example", rcpt=lambda address: answers.get(address, "250 ok"))
    check(len(got) == 1 and got[0][1] == ["a@one.example"], "the client takes one of three", (reply, got))
    check(suite.wait_mail(b"no such user"), "the sender hears of the one that it refuses")
    check(suite.wait_log(r"== busy@one\.example .*450 later"), "the one that it defers waits", suite.log()[-900:])
    waits(suite, 1)
    reply, got = fetch(suite, "ATRN one.example", greeting="554 no service")
    check(got == [], "a client that does not want to", reply)
    check(suite.wait_log(r"ATRN one\.example of joe for .*: 0 delivered, 1 not: .*554 no service"), "loses nothing", suite.log()[-900:])
    reply, got = fetch(suite, "ATRN one.example")
    check([recipients for _, recipients, _ in got] == [["busy@one.example"]], "and gets it the next time", (reply, got))
    waits(suite, 0)


def one_at_a_time(suite, limit):
    ids = [send(suite, ["a@one.example"], "held"), send(suite, ["c@two.example"], "other")]
    settled(suite, ids)
    with Customer(suite) as joe:
        check(joe.say("ATRN one.example")[0] == 250, "a client that takes its time")
        with Customer(suite) as again:
            check(again.say("ATRN two.example")[0] == 451, "the same login has no other meanwhile: 451")
        with Customer(suite, "ann") as ann:
            code, text = ann.say("ATRN two.example")
            if limit:
                check(code == 451 and "atrn_max" in text, "nor has anybody, where the limit is reached", text)
            else:
                check(code == 250 and subjects(ann.serve()) == ["other"], "another one has", text)
        check(subjects(joe.serve()) == ["held"], "and gets its mail after all")
    if limit:
        check(subjects(fetch(suite, "ATRN two.example", "ann")[1]) == ["other"], "then it is the next one's turn")
    waits(suite, 0)


def killed(suite, service):
    """One of the services on the way ends in the middle of a message."""
    ids = [send(suite, ["a@one.example"], f"{service} {number}", BIG) for number in range(2)]
    settled(suite, ids)
    joe = Customer(suite)
    joe.say("ATRN one.example")

    body = joe.body

    def die(line, _):
        if service != "qmgr":
            joe.tell("354 go on")
            joe.lines.read(1000)
        for pid in [pid for pid, name in suite.services().items() if name == service]:
            os.kill(pid, signal.SIGKILL)
        if service == "qmgr": # what is under way gets through without it
            return body(line, 0)
        try:
            while joe.lines.read(100000):
                pass
        except ConnectionError:
            pass
        return None
    joe.body = die
    got = joe.serve()
    check(len(got) == (1 if service == "qmgr" else 0), f"{service} dies: the client sees the end", len(got))
    joe.close()

    def all_there():
        try:
            got.extend(fetch(suite, "ATRN one.example")[1])
        except (ConnectionError, OSError):
            pass # not there again yet
        return len(got) >= 2
    check(wait_for(all_there, 60) and subjects(got) == [f"{service} 0", f"{service} 1"], f"{service}: all comes the next time, once", subjects(got))
    waits(suite, 0)


def certificate(directory):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
                    "-days", "9", "-subj", "/CN=" + DOMAIN], cwd=directory, check=True, capture_output=True)
    os.chmod(directory, 0o755)
    os.chmod(os.path.join(directory, "key.pem"), 0o644)
    return [f"CERTIFICATE={directory}/cert.pem", f"KEY={directory}/key.pem"]


def main():
    options = arguments("ATRN").parse_args()
    with tempfile.TemporaryDirectory() as directory:
        suite = prepared(Suite(options.build, change=changed(), keep=options.keep))
        suite.macros += certificate(directory)
        with suite:
            refused(suite)
            of_others(suite)
            delivered(suite)
            in_tls(suite)
            vanishing(suite, False)
            vanishing(suite, True)
            picky(suite)
            one_at_a_time(suite, False)
            panic = suite.log("paniclog")
            check(not panic, "the panic log is empty", panic[-2000:])
            for service in ("remote", "smtpd", "qmgr", "qmgr"): # the second time it comes back later than its agent has ended
                killed(suite, service)
        with prepared(Suite(options.build, change=changed("atrn_max = 1"), keep=options.keep)) as suite:
            one_at_a_time(suite, True)
        with prepared(Suite(options.build, change=changed("atrn_time = 2s", "atrn_finish_time = 0s", "atrn_login_lifetime = 1s"), keep=options.keep)) as suite:
            old_login(suite)
            ids = [send(suite, ["a@one.example"], "late")]
            settled(suite, ids)
            with Customer(suite) as joe:
                check(joe.say("ATRN one.example")[0] == 250, "a client that says nothing more")
                check(joe.lines.read() == b"", "is left after atrn_time")
            check(subjects(fetch(suite, "ATRN one.example")[1]) == ["late"], "and its mail is there")
            waits(suite, 0)
        with prepared(Suite(options.build, change=changed("atrn_time = 2s"), keep=options.keep)) as suite:
            at_the_end(suite)
        with prepared(Suite(options.build, change=changed("system_filter = INSTANCE/filter"), keep=options.keep)) as suite:
            filtered(suite)
        with prepared(Suite(options.build, change=changed(), keep=options.keep)) as suite:
            reloaded(suite)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
