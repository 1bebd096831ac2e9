#!/usr/bin/env python3
"""event_action with the real daemons: what is told of a message and of a connection, in which order, and what a refusal does.

events.py [--build DIR] [--keep]
"""
import os
import re
import ssl
import subprocess
import sys
import tempfile

from played import Host, Names
from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ACL = r"""
told:
  accept logwrite = told $acl_arg1 $event_name <$event_data> errno=$event_defer_errno host=$host:$host_address \
                    to=$local_part@$domain r=$router_name t=$transport_name about=$h_subject:
"""


class Taker(Host):
    """A mail server that takes, puts off or refuses a recipient by its name."""

    greeting = "220 far.example ready"
    extensions = "250-far.example\r\n250 HELP"

    def __init__(self):
        self.calls = 0
        self.names = [] # of EHLO
        super().__init__()

    def serve(self, client, greets=True):
        self.calls += 1
        super().serve(client, greets)

    def answer(self, command, client):
        if command.startswith("EHLO "):
            self.names.append(command[5:])
        if not command.upper().startswith("RCPT"):
            return None
        return "450 later" if "later" in command else "550 no" if "never" in command else "250 yes"


def changed(port, decides):
    def change(text):
        text = text.replace("begin acl\n", "event_action = ${acl{told}{main}}\nbegin acl\n" + ACL, 1)
        says = "${acl{told}{there}}" + decides
        return text.replace("smtp:\n  driver = smtp\n", f"smtp:\n  driver = smtp\n  port = {port}\n  hosts_try_chunking = :\n"
                            f"  event_action = {says}\n", 1).replace("maildir:\n  driver", "maildir:\n  event_action = ${acl{told}{here}}\n  driver", 1)
    return change


def events_of(suite, which):
    """Names and facts of the events of the message whose subject it is."""
    return re.findall(r"told (\w+) (\S+) <(.*?)> errno=(-?\d+) host=(\S*) to=(\S*) r=(\S*) t=(\S*) about=" + which + r"$",
                      suite.log(), re.M)


def names(suite, which):
    return [event[1] for event in events_of(suite, which)]


def send(suite, subject, recipient):
    suite.sendmail("-f", "alice@" + DOMAIN, recipient, data=f"Subject: {subject}\n\nhello\n".encode())


def is_complete(suite, count):
    return wait_for(lambda: suite.log().count("msg:complete") >= count)


def what_happens(build, keep):
    host = Taker()
    with Suite(build, smarthost_port=host.port, change=changed(host.port, ""), keep=keep) as suite:
        send(suite, "fine", "bob@far.example")
        check(is_complete(suite, 1), "a delivered message is complete", suite.log()[-3000:])
        check(names(suite, "fine") == ["tcp:connect", "smtp:connect", "smtp:ehlo", "tcp:close", "msg:delivery", "msg:complete"],
              "a delivery and its connection are told in order", names(suite, "fine"))
        told = {event[1]: event for event in events_of(suite, "fine")}
        check(told["smtp:connect"][2] == "220 far.example ready", "smtp:connect has the greeting", told)
        check(told["smtp:ehlo"][2] == r"250-far.example\n250 HELP", "smtp:ehlo has what the host can do", told)
        check(told["msg:delivery"][2] == "250 taken" and told["msg:delivery"][5] == "bob@far.example",
              "msg:delivery has the host's words and the address", told)
        check(told["msg:delivery"][6:] == ("smarthost", "smtp"), "and who sent it there", told)
        log = suite.log()
        check(log.index(" => bob@") < log.index("msg:delivery"), "behind the line of the delivery")

        send(suite, "refused", "never@far.example")
        check(is_complete(suite, 3), "a refused message is complete, and so is its report", suite.log()[-3000:])
        told = {event[1]: event for event in events_of(suite, "refused")}
        check("550 no" in told.get("msg:fail:delivery", ("",) * 3)[2], "msg:fail:delivery has the refusal", told)

        send(suite, "later", "later@far.example")
        check(wait_for(lambda: "msg:rcpt:defer" in names(suite, "later") and " == later@" in suite.log()), "a deferral is told", suite.log()[-2000:])
        told = {event[1]: event for event in events_of(suite, "later")}
        check(told["msg:rcpt:defer"][3] == str(50 << 8 | ord("A")), "with the reply's digits in $event_defer_errno", told)
        check("msg:rcpt:host:defer" in told and "msg:defer" not in told, "as the recipient's, and not the message's", told)

        send(suite, "here", "alice@" + DOMAIN)
        check(wait_for(lambda: names(suite, "here") == ["msg:delivery", "msg:complete"]), "a local delivery is told", suite.log()[-2000:])
        send(suite, "unknown", "nobody-at-all@" + DOMAIN)
        check(wait_for(lambda: "msg:complete" in names(suite, "unknown")), "what nobody takes is complete", suite.log()[-2000:])
        told = {event[1]: event for event in events_of(suite, "unknown")}
        check(told.get("msg:fail:internal", ("",) * 3)[0] == "main", "and fails with the main event", told)


def what_is_refused(build, keep):
    for event, connections in (("tcp:connect", 0), ("smtp:connect", 1)):
        host = Taker()
        decides = "${if eq{$event_name}{" + event + "}{not today}}"
        with Suite(build, smarthost_port=host.port, change=changed(host.port, decides), keep=keep) as suite:
            send(suite, "undesired", "bob@far.example")
            check(wait_for(lambda: " == bob@far.example" in suite.log()), f"a text for {event} puts the message off", suite.log()[-2000:])
            check("not today" in suite.log() and host.calls == connections, "and nothing is sent to the host", (host.calls, suite.log()[-2000:]))
            check("msg:host:defer" in names(suite, "undesired"), "and the host's deferral is told", names(suite, "undesired"))


def is_told(suite, event, data):
    """Was main's event_action told of it, once?"""
    return wait_for(lambda: re.findall(r"told main " + event + r" <(.*?)> ", suite.log()) == [data])


AUTHENTICATOR = """
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = no
  client_send = ^joe^wrong
"""


class Guard(Taker):
    """One that takes no login."""

    extensions = "250-far.example\r\n250 AUTH PLAIN"

    def answer(self, command, client):
        return "535 not you" if command.startswith("AUTH") else super().answer(command, client)


def certificate_in(directory):
    os.chmod(directory, 0o755)
    certificate, key = os.path.join(directory, "c.pem"), os.path.join(directory, "k.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                    "-out", certificate, "-days", "2", "-subj", "/CN=far.example"], check=True, capture_output=True)
    os.chmod(key, 0o644)
    return certificate, key


def what_goes_wrong(build, keep):
    with tempfile.TemporaryDirectory() as directory:
        go_wrong(build, keep, *certificate_in(directory))


def go_wrong(build, keep, certificate, key):
    host, names = Guard(), Names({("broken.example", "A"): (None, False)})

    def change(text):
        text = changed(host.port, "")(text).replace("begin acl\n", "begin acl\nlook_up:\n  accept set acl_c0 = "
                                                    "${lookup dnsdb{defer_never,a=broken.example}}\n", 1)
        text = text.replace("  hosts_try_chunking = :\n", "  hosts_try_chunking = :\n  hosts_try_auth = *\n", 1)
        text = text.replace("tls_advertise_hosts =\n", f"tls_advertise_hosts = *\ntls_certificate = {certificate}\ntls_privatekey = {key}\n", 1)
        return f"dns_servers = <, 127.0.0.1:{names.port}\nacl_smtp_helo = look_up\n" + text + AUTHENTICATOR

    with Suite(build, smarthost_port=host.port, change=change, keep=keep) as suite:
        with Talk(suite.port) as talk:
            talk.say("EHLO somebody.example")
            check(is_told(suite, "dns:fail", "AGAIN:broken.example:A"), "dns:fail has what was looked up", suite.log()[-2000:])
            talk.say("NONSENSE")
            check(is_told(suite, "smtp:fail:syntax", "unrecognized command"), "smtp:fail:syntax has what is wrong", suite.log()[-2000:])
            talk.say("RCPT TO:<alice@" + DOMAIN + ">")
            check(is_told(suite, "smtp:fail:protocol", "sender not yet given"), "smtp:fail:protocol is told", suite.log()[-2000:])
            talk.say("AUTH PLAIN AGpvZQB4")
            check(is_told(suite, "auth:fail", "535 Incorrect authentication data"), "auth:fail has our answer", suite.log()[-2000:])
            talk.say("STARTTLS")
            talk.socket.sendall(b"this is no TLS at all\r\n\r\n")
            check(suite.wait_log("TLS error on connection from"), "a failed handshake has its line", suite.log()[-2000:])
            log = suite.log()
            check(0 < log.find("told main tls:fail:connect") < log.find("TLS error on connection from"), "behind tls:fail:connect", log[-2000:])
        send(suite, "login", "bob@far.example")
        check(is_complete(suite, 1), "a message goes out without a login", suite.log()[-2000:])
        told = {event[1]: event for event in events_of(suite, "login")}
        check(told.get("auth:fail", ("",) * 4)[:3] == ("there", "auth:fail", "535 not you"), "the transport hears of ours that failed", told)


def what_is_known_of_tls(build, keep):
    """$tls_out_ variables in texts that are expanded when the connection stands, and where they are refused."""
    with tempfile.TemporaryDirectory() as directory:
        certificate, key = certificate_in(directory)
        host = Taker()
        host.extensions = "250-far.example\r\n250 STARTTLS"
        host.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        host.context.load_cert_chain(certificate, key)
        says = ("${acl{tls}{${certextract{subject}{$tls_out_peercert}}}}")

        def change(text):
            text = text.replace("begin acl\n", "begin acl\ntls:\n  accept logwrite = tls $event_name $tls_out_ver:$tls_out_bits:"
                                "$tls_out_cipher_std:$tls_out_dane:$tls_out_ocsp:$tls_out_tlsa_usage:$tls_out_sni <$acl_arg1>\n", 1)
            return text.replace("smtp:\n  driver = smtp\n", f"smtp:\n  driver = smtp\n  port = {host.port}\n  event_action = {says}\n"
                                "  tls_sni = asked.example\n  hosts_request_ocsp = :\n"
                                "  helo_data = ${if def:tls_out_ver {$tls_out_ver.example}{clear.example}}\n", 1)

        with Suite(build, smarthost_port=host.port, change=change, keep=keep) as suite:
            send(suite, "in TLS", "bob@far.example")
            told = r"tls msg:delivery TLS1\.3:256:TLS_AES_256_GCM_SHA384:no:0:0:asked\.example <CN=far\.example>"
            check(suite.wait_log(told), "msg:delivery knows all of the session", suite.log()[-2500:])
            check(host.names == ["clear.example", "TLS1.3.example"], "helo_data is expanded for each EHLO", host.names)
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("begin transports\nt:\n  driver = smtp\n  headers_add = X-Cipher: $tls_out_cipher\n")
            file.flush()
            run = subprocess.run([os.path.join(build, "bin/gatepost"), "check", file.name], capture_output=True, text=True, check=False)
            check(run.returncode != 0 and "$tls_out_cipher is known only when a connection stands" in run.stdout + run.stderr,
                  "a text that comes too early for them is refused", (run.returncode, run.stdout, run.stderr))


def what_is_not_raised(build):
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.write("event_action = ${if eq{$event_name}{tls:cert}{}{}}\n")
        file.flush()
        run = subprocess.run([os.path.join(build, "bin/gatepost"), "check", file.name], capture_output=True, text=True, check=False)
        check(run.returncode != 0 and "tls:cert" in run.stdout + run.stderr, "who waits for an event that is never raised is told so",
              (run.returncode, run.stdout, run.stderr))


def main():
    options = arguments(__doc__).parse_args()
    what_happens(options.build, options.keep)
    what_is_refused(options.build, options.keep)
    what_goes_wrong(options.build, options.keep)
    what_is_known_of_tls(options.build, options.keep)
    what_is_not_raised(options.build)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
