#!/usr/bin/env python3
"""An outage of our own link: no host answers, and mail that is older than the retry rules allow is not returned for it
(link_outage_hosts), through a restart and a kill. The first answer ends the outage and has all mail tried at once; from then
on the rules count again. Without the watch the same mail is returned.

outage.py [--build DIR] [--keep]
"""
import os
import re
import signal
import socket
import sys
import threading
import time

from suite import DOMAIN, Sink, Suite, Verdict, arguments, free_port, wait_for

HOSTS = 4
CUTOFF = 8  # seconds


def config(port, *options):
    def change(text):
        text = re.sub(r"route_data = SMARTHOST", f"route_data = 127.0.${{extract{{1}}{{.}}{{$domain}}}}.1::{port}", text, count=1)
        text = re.sub(r"(?m)^begin retry.*", f"begin retry\n\n* * F,{CUTOFF}s,1s\n", text, count=1, flags=re.S)
        return "\n".join(options) + "\n" + text
    return change


class Far(Sink):
    """The host that comes back first."""

    def start(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.1.1", self.port))
        self.listener.listen(200)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()
        return self


def send_all(suite):
    for host in range(1, HOSTS + 1):
        sent = suite.sendmail("-f", f"alice@{DOMAIN}", f"u@{host}.far.example", data=b"Subject: %d\n\nx\n" % host)
        assert sent.returncode == 0, sent


def given_up(suite):
    return re.findall(r"\*\* (\S+)", suite.log())


def run_until(suite, condition, seconds):
    """Queue runs, one a second, until the condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        suite.sendmail("-q")
        time.sleep(1)
    return True


def kill_qmgr(suite):
    for pid, name in suite.services().items():
        if name == "qmgr":
            os.kill(pid, signal.SIGKILL)
            return
    raise RuntimeError("there is no qmgr")


def through_an_outage(options, verdict):
    far = Far()
    change = config(far.port, "link_outage_hosts = 3", "link_outage_after = 1s", "link_inner_networks = 192.0.2.0/24")
    with Suite(options.build, (), far.port, change=change, keep=options.keep) as suite:
        began = time.monotonic()
        send_all(suite)
        verdict.check(run_until(suite, lambda: "taken for an outage of our own link" in suite.log(), CUTOFF - 1), "the outage is told", suite.log())
        run_until(suite, lambda: time.monotonic() > began + CUTOFF + 3, 60)
        verdict.check(given_up(suite) == [], "mail that is older than the cutoff is not given up", suite.log())
        seconds = re.search(r"(?m)^gatepost_link_outage_seconds (\d+)$", suite.gatepost("metrics").stdout.decode())
        verdict.check(seconds and int(seconds[1]) >= CUTOFF, "and the metrics have its time", seconds)
        suite.stop()
        suite.start()
        run_until(suite, lambda: time.monotonic() > began + CUTOFF + 6, 60)
        kill_qmgr(suite)
        wait_for(lambda: "qmgr" in suite.services().values(), 20)
        run_until(suite, lambda: time.monotonic() > began + CUTOFF + 9, 60)
        verdict.check(given_up(suite) == [], "nor after a restart and a kill", suite.log())
        far.start()
        verdict.check(run_until(suite, lambda: far.received, 30), "the host that is back gets its mail", suite.log())
        verdict.check(wait_for(lambda: "the outage of our own link is over after" in suite.log(), 10), "and the outage is over", suite.log())
        verdict.check(run_until(suite, lambda: len(given_up(suite)) == HOSTS - 1, CUTOFF + 60),
                      "what is still not taken when the rules have counted their time is returned", suite.log())
        verdict.check("u@1.far.example" not in given_up(suite), "and only that")
        suite.keep = suite.keep or verdict.failed
    far.stop()


def without_the_watch(options, verdict):
    port = free_port()
    change = config(port, "link_outage_hosts = 0", "link_outage_after = 1s", "link_inner_networks = 192.0.2.0/24")
    with Suite(options.build, (), port, change=change, keep=options.keep) as suite:
        send_all(suite)
        verdict.check(run_until(suite, lambda: len(given_up(suite)) == HOSTS, CUTOFF + 60), "without the watch all is returned", suite.log())
        verdict.check("outage" not in suite.log(), "and no outage is spoken of", suite.log())


def hosts_near_by(options, verdict):
    port = free_port()
    with Suite(options.build, (), port, change=config(port, "link_outage_hosts = 3", "link_outage_after = 1s"), keep=options.keep) as suite:
        send_all(suite)
        verdict.check(run_until(suite, lambda: len(given_up(suite)) == HOSTS, CUTOFF + 60),
                      "hosts of link_inner_networks as they come say nothing about the link", suite.log())


def main():
    options = arguments("an outage of our own link").parse_args()
    verdict = Verdict()
    through_an_outage(options, verdict)
    without_the_watch(options, verdict)
    hosts_near_by(options, verdict)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
