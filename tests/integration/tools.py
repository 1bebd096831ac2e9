#!/usr/bin/env python3
"""The tools under Exim's names, -Mvl, gatepost explain, stats and top, on a running suite; the record log and the
decision journal.

tools.py [--build DIR] [--keep]

Messages are delivered, refused and left waiting for a smarthost that is away; then each tool is asked about them, and
what the main log, the record log and the counters say is added up.
"""
import json
import mailbox
import os
import re
import shutil
import socket
import subprocess
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments, free_port, wait_for


def change(text):
    settings = """
decision_journal = all
message_records = true
"""
    at = text.index("begin acl")
    text = text[:at] + settings + "\n" + text[at:]
    # Loopback may relay: what is refused to it is refused by name.
    refusal = "  deny   local_parts = unwanted\n         message = unwanted here\n\n"
    at = text.index("  # To other domains, only for those")
    return text[:at] + refusal + text[at:]


def tool(suite, name, *words, data=""):
    return subprocess.run([os.path.join(suite.build, "bin", name), *words], input=data, text=True, capture_output=True, timeout=60)


def mail(subject):
    return f"From: ann@{DOMAIN}\nTo: x@far.example\nSubject: {subject}\n\nbody of {subject}\n".encode()


def fill(suite):
    """A delivered message, a frozen one that waits, and one that waits; their ids."""
    for name, words, subject in (("waiting", ["-f", f"sender@{DOMAIN}", "a@far.example"], "waiting"),
                                 ("frozen", ["-f", f"sender@{DOMAIN}", "b@other.example", "c@far.example"], "frozen")):
        assert suite.sendmail(*words, data=mail(subject)).returncode == 0
    assert suite.sendmail("-f", f"sender@{DOMAIN}", f"alice@{DOMAIN}", data=mail("delivered")).returncode == 0
    wait_for(lambda: suite.log().count(" == ") >= 3, 20)
    wait_for(lambda: " Completed" in suite.log(), 20)
    ids = {}
    for entry in json.loads(suite.gatepost("queue", "list", "--json").stdout):
        ids["frozen" if len(entry["recipients"]) == 2 else "waiting"] = entry["id"]
    assert suite.gatepost("queue", "hold", ids["frozen"]).returncode == 0
    ids["delivered"] = re.search(r" (\S+) => alice", suite.log())[1]
    return ids


def plain_configuration(suite):
    """The configuration with its macros in it: the tools have no -D."""
    with open(suite.config, encoding="utf-8") as file:
        text = file.read()
    path = suite.path("plain.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write("".join(f"{macro.replace('=', ' = ', 1)}\n" for macro in suite.macros) + text)
    return path


def queue_tools(verdict, suite, config, ids):
    def picked(*words):
        done = tool(suite, "exipick", "-C", config, "-i", *words)
        return done.stdout.split() if done.returncode == 0 else done

    verdict.check(picked() == sorted([ids["waiting"], ids["frozen"]]), "exipick lists the queue", picked())
    verdict.check(picked("-z") == [ids["frozen"]] and picked("!$deliver_freeze") == [ids["waiting"]], "by state", picked("-z"))
    verdict.check(picked("$recipients_count == 2") == [ids["frozen"]], "by number of recipients")
    verdict.check(picked("$each_recipients = far.example") == [ids["waiting"]], "by all its recipients")
    verdict.check(picked("$h_subject: =~ /^wait/") == [ids["waiting"]] or picked("$h_subject =~ /^wait/") == [ids["waiting"]],
                  "by a header", picked("$h_subject =~ /^wait/"))
    verdict.check(picked("--or", "$message_size > 100M", "$received_protocol eq local") == sorted([ids["waiting"], ids["frozen"]]),
                  "one of several", picked("--or", "$message_size > 100M", "$received_protocol eq local"))
    shown = tool(suite, "exipick", "-C", config, "-z", "--show-vars", "sender_address,^recipients_")
    verdict.check(f"\n             sender_address = 'sender@{DOMAIN}'\n" in shown.stdout and "recipients_undel_count = '2'\n" in shown.stdout,
                  "variables are shown", shown)
    own = tool(suite, "exipick", "-C", config, "--spool", suite.path("spool"), "-c")
    verdict.check(own.stdout == "2 matches out of 2 messages\n", "--spool with the suite's own folder means the suite", own)
    wrong = tool(suite, "exipick", "-C", config, "$sender_adress eq x")
    verdict.check(wrong.returncode == 1 and "unknown variable" in wrong.stderr, "an unknown variable is refused by name", wrong)
    what = tool(suite, "exiwhat", "-C", config)
    verdict.check(what.returncode == 0 and "daemon:" in what.stdout and "qmgr/" in what.stdout, "exiwhat tells the processes", what)


def hint_tools(verdict, suite, config, ids):
    spool = suite.path("spool")
    suite.stop()
    dumped = tool(suite, "exim_dumpdb", spool, "retry")
    verdict.check(dumped.returncode == 0 and "T:127.0.0.1" in dumped.stdout and "Connection refused" in dumped.stdout,
                  "exim_dumpdb shows why the smarthost waits", dumped)
    keys = tool(suite, "exim_dumpdb", "-k", spool, "retry")
    verdict.check("refused" not in keys.stdout and "T:127.0.0.1" in keys.stdout, "or its key alone", keys)
    if os.getuid() == 0:    # a service that was taken over does not lead root to what it may not read itself
        secret, planted = suite.path("secret"), os.path.join(spool, "tally", "callout")
        shutil.copyfile(os.path.join(spool, "db", "retry"), secret)
        os.chmod(secret, 0o600)
        os.symlink(secret, planted)
        led = tool(suite, "exim_dumpdb", spool, "callout")
        os.unlink(planted)
        verdict.check(led.returncode == 1 and "Permission denied" in led.stderr and not led.stdout, "exim_dumpdb reads as the folder's owner", led)
    following = tool(suite, "exinext", "-C", config, "a@far.example")
    verdict.check("first failed:" in following.stdout and "next try at:" in following.stdout, "exinext knows when it is tried again",
                  following)
    key = keys.stdout.split("\n")[0].strip()
    fixed = tool(suite, "exim_fixdb", spool, "retry", data=f"1 x\n{key}\n6 mended by hand\n4 270102030\n4 2701020304\n5 yes\nq\n")
    verdict.check("No previous record name is set" in fixed.stdout and "bad time value" in fixed.stdout and
                  re.search(r"0 error number: \S+ mended by hand\n1 extra data: .*\n2 first failed: .*\n3 last try: .*\n"
                            r"4 next try:     02-Jan-2027 03:04:00\n5 expired:      yes\n", fixed.stdout) and "mended by hand" in tool(suite, "exim_dumpdb", spool, "retry").stdout,
                  "exim_fixdb changes a record", fixed)
    kept = tool(suite, "exim_tidydb", "-f", spool, "retry")
    verdict.check("deleted" not in kept.stdout and "complete" in kept.stdout, "exim_tidydb leaves young records", kept)
    gone = tool(suite, "exim_tidydb", "-f", "-t", "0s", spool, "retry")
    verdict.check(gone.returncode == 0, "and obeys -t", gone)
    box = suite.path("box")
    with open(box, "w", encoding="ascii") as file:
        file.write("")
    locked = tool(suite, "exim_lock", "-q", box, f"test -e {box}.lock && echo held")
    verdict.check(locked.stdout == "held\n" and not os.path.exists(box + ".lock"), "exim_lock holds the lock while a command runs", locked)
    suite.start()


def daily_jobs(verdict, suite, config):
    """What cron calls while the suite runs: exim_tidydb for every file below db, and exicyclog."""
    spool = suite.path("spool")
    place = os.path.join(spool, "db")
    names = sorted(name for name in os.listdir(place) if os.path.isfile(os.path.join(place, name)))
    done = [tool(suite, "exim_tidydb", spool, name) for name in names]
    verdict.check("retry" in names and len(names) > 2 and all(one.returncode == 0 and not one.stderr for one in done),
                  "exim_tidydb of a running suite has nothing to do, and cron nothing to send", (names, done))
    aged = tool(suite, "exim_tidydb", "-t", "1d", spool, "retry")
    verdict.check(aged.returncode == 1 and "retry_data_expire" in aged.stderr, "an age of one's own it cannot obey, and says so", aged)
    suite.stop() # what was learnt is in the file then
    suite.start()
    wait_for(lambda: suite.gatepost("queue", "count").returncode == 0) # the queue manager owns its file again
    key = tool(suite, "exim_dumpdb", "-k", spool, "retry").stdout.split("\n")[0].strip()
    shown = tool(suite, "exim_fixdb", spool, "retry", data=f"{key}\n2 changed\nd\nq\n")
    verdict.check("last try" in shown.stdout and shown.stdout.count("stop it first") == 2, "exim_fixdb shows and changes nothing", (key, shown))
    cycled = tool(suite, "exicyclog", "-C", config)
    log = os.path.join(spool, "log", "mainlog")
    old, new = os.stat(log + ".01"), os.stat(log)
    verdict.check(cycled.returncode == 0 and new.st_size < old.st_size and (old.st_uid, old.st_gid, old.st_mode) == (new.st_uid, new.st_gid, new.st_mode),
                  "exicyclog leaves a new log with the old one's owner and mode", (cycled, old, new))
    assert suite.sendmail("-f", f"sender@{DOMAIN}", f"alice@{DOMAIN}", data=mail("after cycling")).returncode == 0
    verdict.check(wait_for(lambda: " Completed" in suite.log(), 20), "and the suite writes to it", suite.log())


def access(verdict, suite, config):
    good = tool(suite, "exim_checkaccess", "-C", config, "192.0.2.1", f"alice@{DOMAIN}")
    bad = tool(suite, "exim_checkaccess", "-C", config, "192.0.2.1", "x@far.example", "-f", f"me@{DOMAIN}")
    verdict.check(good.stdout == "Accepted\n", "exim_checkaccess: our own address is accepted", good)
    verdict.check(bad.stdout.startswith("Rejected:\n550"), "and a relay is not", bad)


def stories(verdict, suite, ids):
    told = suite.sendmail("-Mvl", ids["delivered"]).stdout.decode()
    verdict.check(re.search(rf"^\S+ \S+ Received from sender@{DOMAIN} ", told) and
                  re.search(rf"^\S+ \S+ alice@{DOMAIN}: \S+ transport succeeded$", told, re.M) and told.endswith("Completed\n"),
                  "-Mvl tells the story of a message, finished or not", told)
    missing = suite.sendmail("-Mvl", "1abcde-000000-00")
    verdict.check(missing.returncode != 0 and b"Failed to open msglog file" in missing.stdout, "and says when there is none", missing)
    why = suite.gatepost("explain", ids["delivered"]).stdout.decode()
    verdict.check(re.search(r"router \S+ at .*gatepost\.conf:\d+: ", why) and re.search(r"transport \S+ at .*gatepost\.conf:\d+", why),
                  "explain names router and transport with file and line", why)
    talk = Talk(suite.port)
    talk.say("EHLO probe.example")
    talk.say(f"MAIL FROM:<probe@{DOMAIN}>")
    refused = talk.say("RCPT TO:<unwanted@elsewhere.example>")
    talk.say("QUIT")
    talk.close()
    verdict.check(str(refused).find("550") >= 0, "the probe is refused", refused)
    line = wait_for(lambda: next((one for one in suite.log().split("\n") if "rejected RCPT <unwanted@elsewhere.example>" in one), None), 10)
    why = wait_for(lambda: suite.gatepost("explain", "unwanted@elsewhere.example").stdout.decode(), 10)
    verdict.check(re.search(r"acl_smtp_rcpt: deny\n    decided at \S+gatepost\.conf:\d+: ", why), "explain names the statement that refused", why)
    of_host = suite.gatepost("explain", "127.0.0.1").stdout.decode()
    verdict.check("unwanted@elsewhere.example" in of_host, "also of the host", of_host)
    of_line = suite.gatepost("explain", line or "?").stdout.decode()
    verdict.check("decided at" in of_line and "unwanted@elsewhere.example" in of_line, "and of the line of the log", of_line)
    before = len(suite.log().split("\n"))
    for asked in (line or "?", "127.0.0.1", "unwanted@elsewhere.example"):
        again = suite.gatepost("explain", "--session", asked)
        verdict.check(again.returncode == 0 and re.search(rb"acl_smtp_rcpt: deny\n    decided at \S+gatepost\.conf:\d+: .*processing \"\w+\" \(\S+:\d+\)\n"
                                                          rb".*unwanted in \"unwanted\"\? yes\n  check local_parts: yes\n.*acl_smtp_rcpt decided at \S+:\d+\n", again.stdout, re.S),
                      "explain --session shows each statement and condition with its value", again)
    verdict.check(len(suite.log().split("\n")) == before, "and leaves nothing in the log", suite.log()[-500:])
    none = suite.gatepost("explain", "--session", "192.0.2.77")
    verdict.check(none.returncode == 1 and b"no session in which it was refused" in none.stderr, "nor knows one that was not", none)
    unknown = suite.gatepost("explain", "1abcde-000000-00")
    verdict.check(unknown.returncode == 1 and b"nothing is known" in unknown.stderr, "what is not known is said so", unknown)


def reports(verdict, suite):
    page = suite.gatepost("stats", "--html").stdout.decode()
    verdict.check(page.startswith("<!DOCTYPE html>") and "<svg" in page and "http" not in page.split("<body>")[0],
                  "stats --html is one page with charts", page[:200])
    top = suite.gatepost("top").stdout.decode()
    verdict.check("queue 2: active" in top and "far.example" in top and "qmgr" in top, "top shows the queue and the services", top)


def mailboxes(verdict, suite):
    """What gatepost mailbox convert makes, another program reads."""
    place = os.path.join(suite.directory, "boxes")
    os.mkdir(place)
    texts = [f"Return-path: <ann@{DOMAIN}>\nFrom: ann@{DOMAIN}\nSubject: {n}\n\nline {n}\n>From a friend\n\nlast\n" for n in range(3)]
    source = mailbox.mbox(os.path.join(place, "box"))
    for text in texts:
        message = mailbox.mboxMessage(text)
        message.set_from(f"ann@{DOMAIN} Sat Nov 21 10:00:00 2026")
        source.add(message)
    source.flush()
    before = open(os.path.join(place, "box"), "rb").read()
    if os.geteuid() == 0: # root becomes who owns it
        for path in (place, os.path.join(place, "box")):
            os.chown(path, 65534, 65534)
    words = ["mailbox", "convert", os.path.join(place, "box"), os.path.join(place, "Maildir"), "--json"]
    first, again = (json.loads(suite.gatepost(*words).stdout) for _ in range(2))
    verdict.check(first == {"copied": 3, "there_already": 0} and again == {"copied": 0, "there_already": 3},
                  "an mbox becomes a Maildir, once", (first, again))
    made = sorted(m["subject"] for m in mailbox.Maildir(os.path.join(place, "Maildir"), create=False))
    verdict.check(made == ["0", "1", "2"], "which others read", made)
    verdict.check(open(os.path.join(place, "box"), "rb").read() == before and not os.path.exists(os.path.join(place, "box.lock")),
                  "the mbox is as it was, and no lock is left")
    owners = {os.stat(os.path.join(place, "Maildir", "new", name)).st_uid for name in os.listdir(os.path.join(place, "Maildir", "new"))}
    verdict.check(owners == {os.stat(os.path.join(place, "box")).st_uid}, "the files are the owner's", owners)
    back = suite.gatepost("mailbox", "convert", os.path.join(place, "Maildir"), os.path.join(place, "back"))
    bodies = sorted(m.get_payload() for m in mailbox.mbox(os.path.join(place, "back"), create=False))
    verdict.check(back.returncode == 0 and bodies == [f"line {n}\nFrom a friend\n\nlast\n".replace("\nFrom", "\n>From") for n in range(3)],
                  "and back", (back, bodies))
    os.symlink("box", os.path.join(place, "link"))
    refused = suite.gatepost("mailbox", "convert", os.path.join(place, "link"), os.path.join(place, "other"))
    verdict.check(refused.returncode == 66 and b"symbolic link" in refused.stderr, "a link is refused", refused)


def totals(verdict, suite):
    """Main log, record log and metrics agree."""
    lines, records, metrics = suite.totals()
    verdict.check(lines == records == metrics, "main log, records and metrics agree", (lines, records, metrics))
    place = suite.path("metrics")
    server = subprocess.Popen([os.path.join(suite.build, "bin/gatepost"), "metrics", "--listen", place, "-C", suite.config,
                               *(word for macro in suite.macros for word in ("-D", macro))], stderr=subprocess.DEVNULL)
    wait_for(lambda: os.path.exists(place))
    with socket.socket(socket.AF_UNIX) as agent:
        agent.connect(place)
        agent.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        said = b"".join(iter(lambda: agent.recv(65536), b""))
    server.terminate()
    server.wait()
    verdict.check(said.startswith(b"HTTP/1.1 200 ") and b"application/openmetrics-text" in said and said.endswith(b"# EOF\n"),
                  "metrics are there over HTTP, too", said[:300])
    for family in ("queue_age_messages", "spool_segments", "spool_barriers_total", "transport_delivered_total",
                   "delivery_seconds_bucket", "tls_messages_total"):
        verdict.check(f"gatepost_{family}".encode() in said, f"{family} is among them")
    buckets = [(float(bound), int(count)) for bound, count in
               re.findall(rb'gatepost_delivery_seconds_bucket\{le="([^"]+)"\} (\d+)', said)]
    verdict.check(len(buckets) > 2 and buckets == sorted(buckets) and [n for _, n in buckets] == sorted(n for _, n in buckets),
                  "buckets come in the order of their bounds", buckets)
    elsewhere = suite.gatepost("metrics", "--listen", "192.0.2.1:9419")
    verdict.check(elsewhere.returncode != 0 and b"only loopback" in elsewhere.stderr, "but not for the world", elsewhere)
    verdict.check(lines["delivered"] and lines["deferred"] and lines["completed"], "and there is something to agree on", lines)


def main():
    options = arguments(__doc__).parse_args()
    verdict = Verdict()
    with Suite(options.build, smarthost_port=free_port(), change=change, keep=options.keep) as suite:
        ids = fill(suite)
        totals(verdict, suite)
        config = plain_configuration(suite)
        queue_tools(verdict, suite, config, ids)
        access(verdict, suite, config)
        stories(verdict, suite, ids)
        reports(verdict, suite)
        mailboxes(verdict, suite)
        daily_jobs(verdict, suite, config)
        hint_tools(verdict, suite, config, ids)
    sys.exit(verdict.end())


if __name__ == "__main__":
    main()
