#!/usr/bin/env python3
"""gatepost queue: what is in the queue, orders on it, and its way into files and into another instance.

queue.py [--build DIR] [--keep]

Messages wait for a smarthost that is away. They are listed and counted with filters, held, released, moved,
edited, removed and bounced; exported in both forms, imported into a stopped and a running instance, and delivered by it when
the host is there: each exactly once, and the delivered recipient of one not again.
"""
import json
import os
import re
import signal
import sys

from suite import DOMAIN, Sink, Suite, Verdict, arguments, wait_for


def message(number, size=100):
    text = f"From: ann@{DOMAIN}\nTo: x@far.example\nSubject: queued {number}\nMessage-ID: <q{number}@test.example>\n\n"
    return (text + f"needle{number}\n" + "line of text\n" * (size // 13)).encode()


def fill(suite):
    """Six messages; their ids by number."""
    for number in range(6):
        sender = "<>" if number == 5 else f"s{number}@src.example"
        recipients = [f"r{number}@h{number % 2}.far.example"] + (["other@far.example"] if number == 0 else [])
        done = suite.sendmail("-f", sender, *recipients, data=message(number, 400_000 if number == 4 else 100))
        assert done.returncode == 0, done
    wait_for(lambda: len(tried(suite)) == 6, 20)
    ids = {}
    for entry in listing(suite):
        subject = re.search(rb"Subject: queued (\d)", suite.gatepost("queue", "cat", entry["id"]).stdout)
        ids[int(subject[1])] = entry["id"]
    return ids


def listing(suite, *words):
    shown = suite.gatepost("queue", "list", "--json", *words)
    assert shown.returncode == 0, shown
    return json.loads(shown.stdout)


def tried(suite):
    return [entry for entry in listing(suite, "--state", "deferred") if entry["next_try"]]


def count(suite, *words):
    return int(suite.gatepost("queue", "count", *words).stdout)


def looking(verdict, suite, ids):
    for words, wanted in ((["--sender", "<>"], 1), (["--sender", "SRC"], 5), (["--recipient", "r3@"], 1), (["--host", "h1.far.example"], 3),
                          (["--host", "far.example"], 6), (["--larger", "100K"], 1), (["--smaller", "100K"], 5),
                          (["--older", "1h"], 0), (["--younger", "1h"], 6), (["--frozen"], 0), (["--state", "deferred"], 6)):
        verdict.check(count(suite, *words) == wanted, f"count {' '.join(words)}", count(suite, *words))
    verdict.check(listing(suite)[0]["reason"], "the reason of the deferral is shown")
    verdict.check(count(suite, "--host", "127.0.0.1") >= 1, "and the host that it names can be asked for")
    sizes = dict(re.findall(r"^\S+ \S+ (\S+) <= .* S=(\d+)", suite.log(), re.M))
    verdict.check(all(entry["size"] == int(sizes[entry["id"]]) for entry in listing(suite)), "sizes are those of the log",
                  [(entry["size"], sizes[entry["id"]]) for entry in listing(suite)])
    found = suite.gatepost("queue", "grep", "NEEDLE3")
    verdict.check(found.stdout.decode() == f"{ids[3]}: needle3\n", "grep finds a line of a body", found)
    verdict.check(suite.gatepost("queue", "grep", "no such text").returncode == 1, "and says when there is none")
    shape = suite.gatepost("queue", "shape").stdout.decode().split("\n")
    verdict.check(shape[1].split()[:2] == ["TOTAL", "7"] and len(shape) == 6, "shape counts recipients", shape)
    wrong = suite.gatepost("queue", "list", "--state", "lost")
    verdict.check(wrong.returncode == 64 and b"not one of new" in wrong.stderr, "a wrong filter is refused by name", wrong)
    wrong = suite.gatepost("queue", "remove")
    verdict.check(wrong.returncode == 64 and count(suite) == 6, "remove alone removes nothing", wrong)


def orders(verdict, suite, ids):
    held = suite.gatepost("queue", "hold", "--host", "h1.far.example")
    verdict.check(held.returncode == 0 and count(suite, "--frozen") == 3, "hold by a filter", held)
    again = suite.gatepost("queue", "hold", ids[1])
    verdict.check(again.returncode == 1 and b"is already frozen" in again.stdout, "what is held is not held again", again)
    suite.gatepost("queue", "release", ids[1], ids[3])
    verdict.check(count(suite, "--frozen") == 1, "release by ids")
    suite.gatepost("queue", "move", "slow", ids[3])
    verdict.check(count(suite, "--queue", "slow") == 1, "move to a named queue")
    suite.gatepost("queue", "move", "-", "--queue", "slow")
    verdict.check(count(suite, "--queue", "slow") == 0, "and back")
    edited = suite.gatepost("queue", "edit", "--add-recipient", "late@far.example", "--done-recipient", "other@far.example",
                            "--set-sender", "new@src.example", ids[0])
    verdict.check(edited.returncode == 0, "edit", edited)
    entry = next(entry for entry in listing(suite) if entry["id"] == ids[0])
    state = {one["address"]: one["done"] for one in entry["recipients"]}
    verdict.check(entry["sender"] == "new@src.example" and state == {"r0@h0.far.example": False, "other@far.example": True,
                                                                     "late@far.example": False}, "shows what was edited", entry)
    removed = suite.gatepost("queue", "remove", "--json", ids[2])
    verdict.check(json.loads(removed.stdout)["failed"] == 0 and count(suite) == 5, "remove", removed)
    for line in (rf"{ids[1]} frozen by root", rf"{ids[1]} unfrozen by root", rf"{ids[2]} removed by root",
                 rf"{ids[0]} recipient <late@far.example> added by root"):
        verdict.check(suite.wait_log(line.replace("root", r"\S+"), 5), "the log says: " + line)


def over(verdict, options, sink, directory, ids, exim, running):
    with Suite(options.build, ("alice",), sink.port, keep=options.keep) as other:
        before = len(sink.received)
        if not running:
            other.stop()
        done = other.gatepost("queue", "import", directory)
        how = "running" if running else "stopped"
        verdict.check(done.returncode == 0 and done.stdout.count(b"imported") == 5, f"import into a {how} suite", done)
        if running:
            verdict.check(other.wait_log(rf"{ids[4]} imported by \S+", 5), "the log says who did it")
        twice = other.gatepost("queue", "import", directory)
        verdict.check(twice.returncode == 65 and twice.stderr.count(b"queue already") + twice.stderr.count(b"exists already") == 5,
                      "not twice", twice)
        if running:
            verdict.check(wait_for(lambda: count(other) == 1, 20) and count(other, "--frozen") == 1, "all but the frozen one leave at once")
        else:
            verdict.check(count(other) == 5 and count(other, "--frozen") == 1, "the stopped suite lists them")
            other.start()
        other.gatepost("queue", "release", ids[5])
        other.sendmail("-qff")
        wait_for(lambda: count(other) == 0, 20)
        arrived = sorted(recipient for _, recipients, _ in sink.received[before:] for recipient in recipients)
        wanted = sorted(["r0@h0.far.example", "late@far.example", "r1@h1.far.example", "r3@h1.far.example", "r4@h0.far.example",
                         "r5@h1.far.example"])
        verdict.check(arrived == wanted, "each recipient gets it once, the delivered one not again", arrived)
        large = next((data for _, recipients, data in sink.received[before:] if "r4@h0.far.example" in recipients), b"")
        verdict.check(large.replace(b"\r\n", b"\n").endswith(message(4, 400_000).split(b"\n\n", 1)[1]), "the large body is whole")
        if not exim:
            verdict.check(any(sender == "new@src.example" for sender, _, _ in sink.received[before:]), "with the edited sender")


def named_queue(verdict, suite, ids):
    """-bpc counts the queue that -bp lists."""
    suite.sendmail("-MG", "other", ids[1])
    counts = [suite.sendmail(*words).stdout.strip() for words in (["-bpc"], ["-qGother", "-bpc"], ["-qGnone", "-bpc"])]
    verdict.check(counts[1:] == [b"1", b"0"] and int(counts[0]) == len(suite.queue()), "-bpc counts the queue that is named", counts)
    verdict.check(re.search(rf"^\S+ \S+ {ids[1]} moved from input, msglog to \(other\) input, msglog by root", suite.log(), re.M),
                  "the log says who moved it")
    reason = next(entry["reason"] for entry in listing(suite) if entry["id"] == ids[1])
    verdict.check(reason, "its reason is still known")
    suite.sendmail("-MG", "", ids[1])


def by_the_clock(verdict, suite):
    """-q1s without -bd: a daemon that begins a run each time."""
    pid_file = suite.path("clock.pid")
    runs = r"Start queue run: pid=\d+ -qff"
    done = suite.sendmail("-qff1s", "-oP", pid_file)
    try:
        verdict.check(done.returncode == 0 and wait_for(lambda: len(re.findall(runs, suite.log())) >= 3, 20), "-q1s runs the queue each second", done)
    finally:
        with open(pid_file, encoding="ascii") as file:
            pid = int(file.read())
        os.kill(pid, signal.SIGTERM)
    verdict.check(f"queue daemon started: pid={pid}, -q1s, not listening for SMTP" in suite.log(), "and says so in the log")
    wrong = suite.sendmail("-q1x")
    verdict.check(wrong.returncode == 1 and b"exim: bad time value -q1x: abandoned" in wrong.stderr, "a time must be one", wrong)


def forgotten(verdict, suite):
    """What is remembered of a host goes by one command, of a running suite."""
    known = suite.sendmail("-bH").stdout + suite.gatepost("queue", "forget", "nobody.example").stdout
    verdict.check(b"no retry times of nobody.example" in known, "there is nothing to forget of some", known)
    done = suite.gatepost("queue", "forget", "127.0.0.1")
    verdict.check(done.returncode == 0 and re.search(rb"retry times of 127\.0\.0\.1 forgotten: [1-9]\d* records", done.stdout),
                  "and of others there is", done)
    verdict.check("retry times of 127.0.0.1 forgotten" in suite.log() and "records by root" in suite.log(), "the log says who wanted it")
    again = suite.gatepost("queue", "forget", "127.0.0.1")
    verdict.check(again.returncode != 0, "and then it is forgotten", again)


def main():
    options = arguments("the queue tools").parse_args()
    verdict = Verdict()
    sink = Sink()
    with Suite(options.build, ("alice",), sink.port, keep=options.keep) as suite:
        ids = fill(suite)
        verdict.check(len(ids) == 6, "six messages wait", ids)
        looking(verdict, suite, ids)
        named_queue(verdict, suite, ids)
        by_the_clock(verdict, suite)
        forgotten(verdict, suite)
        orders(verdict, suite, ids)
        suite.stop()
        verdict.check(count(suite) == 5 and suite.gatepost("queue", "hold", "--all").returncode != 0,
                      "a stopped suite is looked at, and obeys no orders")
        forms = []
        for form in ([], ["--exim"]):
            directory = suite.path("out" + "".join(form))
            os.mkdir(directory)
            done = suite.gatepost("queue", "export", directory, *form)
            verdict.check(done.returncode == 0 and len(os.listdir(directory)) == 10, "export " + " ".join(form), done)
            forms.append(directory)
        sink.start()
        for directory in forms:
            for running in (False, True):
                over(verdict, options, sink, directory, ids, directory.endswith("--exim"), running)
        suite.keep = suite.keep or verdict.failed
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
