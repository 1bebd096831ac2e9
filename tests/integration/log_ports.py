#!/usr/bin/env python3
"""log_ports with the real daemons (Exim 4.99 and later): of the ports that log_selector has shown, our own ones and those of
the hosts that mail goes to are left out as the list says, and a client's own port never is. A reload changes it.

log_ports.py [--build DIR] [--keep]
"""
import re
import sys

from suite import DOMAIN, Sink, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check


def with_ports(text, ports):
    return f"log_selector = +incoming_port +incoming_interface +outgoing_port\nlog_ports = {ports}\n" + text


def lines_of(suite, host):
    """What the log says of a message that came by SMTP, of a recipient who was refused, and of a delivery to the host."""
    before = len(suite.log())
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        talk.send("a@b.example", [f"alice@{DOMAIN}"], b"Subject: x\r\n\r\nx\r\n")
        talk.say("MAIL FROM:<a@b.example>")
        talk.say(f"RCPT TO:<nosuchuser@{DOMAIN}>")
    suite.sendmail("-f", "a@b.example", "u@far.example", data=b"Subject: x\n\nx\n")
    wanted = {"came": r" <= a@b\.example H=.*", "refused": r" rejected RCPT .*", "left": r" => u@far\.example .*"}
    found = {}
    wait_for(lambda: all(re.search(pattern, suite.log()[before:]) for pattern in wanted.values()))
    for name, pattern in wanted.items():
        found[name] = next((line for line in suite.log()[before:].split("\n") if re.search(pattern, line)), "")
    return found


def main():
    options = arguments("log_ports").parse_args()
    host = Sink().start()
    with Suite(options.build, smarthost_port=host.port, change=lambda text: with_ports(text, f"!PORT : !{host.port}"),
               keep=options.keep) as suite:
        lines = lines_of(suite, host)
        client = r"\[127\.0\.0\.1\]:\d+ I=\[127\.0\.0\.1\] "
        check(re.search(client, lines["came"]), "our port is left out of the arrival line, and the client's is there", lines)
        check(re.search(client, lines["refused"]), "so it is in the line of a refusal", lines)
        check(re.search(r"H=127\.0\.0\.1 \[127\.0\.0\.1\]\*? I=\[127\.0\.0\.1\]:\d+ ", lines["left"]), "a host's port is left out of the line of a delivery", lines)
        with open(suite.config, encoding="utf-8") as file:
            text = file.read()
        suite.write_config(re.sub(r"^log_ports.*", f"log_ports = {host.port}", text, flags=re.M))
        reloaded = suite.gatepost("reload")
        check(reloaded.returncode == 0, "a reload", reloaded)
        lines = lines_of(suite, host)
        check(re.search(client, lines["came"]) and re.search(client, lines["refused"]), "what is not in the list is left out", lines)
        check(re.search(rf"H=127\.0\.0\.1 \[127\.0\.0\.1\]:{host.port}\*? I=\[127\.0\.0\.1\] ", lines["left"]), "what is in it is there", lines)
        suite.write_config(re.sub(r"^log_ports.*\n", "", text, flags=re.M))
        check(suite.gatepost("reload").returncode == 0, "another one")
        own = rf"\[127\.0\.0\.1\]:\d+ I=\[127\.0\.0\.1\]:{suite.port} "
        wait_for(lambda: re.search(own, lines_of(suite, host)["refused"])) # processes of before may still greet the next client
        lines = lines_of(suite, host)
        check(re.search(own, lines["came"]) and re.search(own, lines["refused"]), "without the option all are there", lines)
        check(re.search(rf"\[127\.0\.0\.1\]:{host.port}\*? I=\[127\.0\.0\.1\]:\d+ ", lines["left"]), "in lines of deliveries too", lines)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
