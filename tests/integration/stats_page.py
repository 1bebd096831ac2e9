#!/usr/bin/env python3
"""gatepost stats --html in headless Chromium: the page is laid out, its tables say what the log says, its charts are
drawn with bars as long as their numbers, and nothing is asked of the network.

stats_page.py [--build DIR] [--keep]

Without the program chromium (Debian package chromium, scripts/packages test) the test is skipped, with status 77.
"""
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import zlib

from suite import DOMAIN, Suite, Talk, Verdict, arguments, free_port, wait_for

SKIPPED = 77  # as ctest's SKIP_RETURN_CODE has it
BAR = (0x44, 0x77, 0xaa)
WIDTH, HEIGHT = 1200, 2400

# Put behind a copy of the page: what a person would see of it, measured.
MEASURE = """
<script>
const box = e => { const b = e.getBoundingClientRect(); return [b.left, b.top, b.width, b.height]; };
const charts = [...document.querySelectorAll('svg')].map(svg => ({
  box: box(svg),
  bars: [...svg.querySelectorAll('rect')].map(box),
  names: [...svg.querySelectorAll('text')].map(t => [t.textContent, ...box(t)]),
}));
const tables = [...document.querySelectorAll('h2')].map(h => ({
  title: h.textContent,
  rows: h.nextElementSibling && h.nextElementSibling.tagName == 'TABLE'
      ? [...h.nextElementSibling.rows].map(r => [...r.cells].map(c => c.textContent)) : [],
}));
const seen = { title: document.title, charts, tables, wide: document.documentElement.scrollWidth,
  mode: document.compatMode, charset: document.characterSet,
  resources: performance.getEntriesByType('resource').map(r => r.name), scripts: document.scripts.length };
document.body.innerHTML = '';
document.body.appendChild(document.createElement('pre')).textContent = 'MEASURED' + JSON.stringify(seen) + 'DERUSAEM';
</script>
"""


class Browser:
    def __init__(self, program):
        self.program = program

    def run(self, profile, *words):
        # Its own sandbox needs privileges that a test may lack; the page is our own.
        command = [self.program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                   "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
                   f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}", *words]
        return subprocess.run(command, capture_output=True, timeout=120, env={**os.environ, "HOME": profile})

    def measure(self, page, profile):
        done = self.run(profile, "--dump-dom", "file://" + page)
        found = re.search(r"MEASURED(.*)DERUSAEM", done.stdout.decode("utf-8", "replace"), re.S)
        if not found:
            return None, done
        text = found[1].replace("&lt;", "<").replace("&gt;", ">").replace("&nbsp;", "\u00a0").replace("&amp;", "&")
        return json.loads(text), done

    def picture(self, page, profile, path):
        done = self.run(profile, f"--screenshot={path}", "file://" + page)
        return path if os.path.exists(path) else done


def pixels(path):
    """The rows of a PNG with eight bits a colour, as octets, and how many octets a pixel has."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
        elif kind == b"IDAT":
            packed += body
        at += 12 + length
    assert depth == 8 and colour in (2, 6), (depth, colour)
    step = 3 if colour == 2 else 4
    raw, rows, before = zlib.decompress(packed), [], bytearray(width * step)
    for y in range(height):
        start = y * (width * step + 1)
        rows.append(before := unfiltered(raw[start], bytearray(raw[start + 1:start + 1 + width * step]), before, step))
    return rows, step


def unfiltered(kind, row, before, step):
    for i in range(len(row)):
        left, up, corner = (row[i - step] if i >= step else 0), before[i], (before[i - step] if i >= step else 0)
        if kind == 4:
            guess = left + up - corner
            best = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]
        else:
            best = (0, left, up, (left + up) // 2)[kind]
        row[i] = (row[i] + best) & 255
    return row


def blue_pixels(path):
    rows, step = pixels(path)
    return sum(1 for row in rows for x in range(0, len(row), step) if tuple(row[x:x + 3]) == BAR)


def fill(suite):
    """Mail of several senders by SMTP and from programs; some waits, some is refused."""
    for number in range(3):
        suite.sendmail("-f", f"alice@{DOMAIN}", f"alice@{DOMAIN}", data=f"Subject: {number}\n\nx\n".encode())
    suite.sendmail("-f", f"alice@{DOMAIN}", "b@away.example", data=b"Subject: waits\n\nx\n")
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        for _ in range(4):
            talk.send("sender@far.example", [f"alice@{DOMAIN}"], b"Subject: by SMTP\r\n\r\n" + b"x" * 500 + b"\r\n")
        talk.say("MAIL FROM:<a@far.example>")
        talk.say(f"RCPT TO:<nobody@{DOMAIN}>")
        talk.say("QUIT")
    wait_for(lambda: suite.log().count(" Completed") >= 6, 20)
    wait_for(lambda: " == b@away.example" in suite.log(), 20)


def table(seen, title):
    return next((one["rows"] for one in seen["tables"] if one["title"].startswith(title)), [])


def check_numbers(verdict, seen, log):
    totals = {row[0]: row for row in table(seen, "Grand total summary")}
    received, delivered = log.count(" <= "), len(re.findall(r" => ", log))
    verdict.check(totals["Received"][2] == str(received) and totals["Delivered"][2] == str(delivered), "the totals are those of the log",
                  (totals, received, delivered))
    verdict.check(all(len(row) == len(totals["TOTAL"]) for row in totals.values()), "every row of them has every column", totals)
    hours = table(seen, "Messages received per hour")
    verdict.check(sum(int(row[1]) for row in hours[1:]) == received and len(hours) == 25, "so are the hours of the day", hours)
    refused = table(seen, "Top 50 rejected ips")
    verdict.check([row[1] for row in refused[1:]] == ["[127.0.0.1]"], "who was refused is named", refused)


def check_charts(verdict, seen):
    charts = seen["charts"]
    verdict.check(len(charts) >= 8 and all(chart["bars"] and len(chart["bars"]) == len(chart["names"]) for chart in charts),
                  "every table of numbers has a chart with a name for each bar", len(charts))
    outside = [(chart["box"], bar) for chart in charts for bar in chart["bars"]
               if bar[0] < chart["box"][0] or bar[0] + bar[2] > chart["box"][0] + chart["box"][2] + 0.5 or
               bar[1] < chart["box"][1] - 0.5 or bar[1] + bar[3] > chart["box"][1] + chart["box"][3] + 0.5]
    verdict.check(not outside, "the bars lie in their charts", outside[:3])
    over = [name for chart in charts for name, bar in zip(chart["names"], chart["bars"]) if name[1] + name[3] > bar[0] or name[1] < 0]
    verdict.check(not over, "the names stand beside the bars and are not cut off", over[:3])
    hours = [int(row[1]) for row in table(seen, "Messages received per hour")[1:]]
    bars = [bar[2] for bar in charts[0]["bars"]]
    longest = max(bars)
    verdict.check(longest > 300 and all(abs(bar / longest - hour / max(hours)) < 0.01 for bar, hour in zip(bars, hours)),
                  "bars are as long as their numbers", (hours, bars))


def check_page(verdict, seen, profile, browser, page, picture):
    verdict.check(seen["mode"] == "CSS1Compat" and seen["charset"] == "UTF-8" and seen["title"].startswith("Exim statistics from 20"),
                  "the page is a modern one with a title", (seen["mode"], seen["charset"], seen["title"]))
    verdict.check(seen["resources"] == [] and seen["scripts"] == 1, "it asks for nothing and runs nothing but the measure", seen["resources"])
    verdict.check(seen["wide"] <= WIDTH, "it is no wider than a screen", seen["wide"])
    drawn = browser.picture(page, profile, picture)
    verdict.check(drawn == picture and blue_pixels(picture) > 2000, "and the picture of it shows the bars", drawn)


def main():
    options = arguments(__doc__).parse_args()
    verdict = Verdict()
    program = shutil.which("chromium")
    if not program:
        print("skip  the program chromium is not here (scripts/packages test)", flush=True)
        sys.exit(SKIPPED)
    browser = Browser(program)
    with Suite(options.build, smarthost_port=free_port(), keep=options.keep) as suite, tempfile.TemporaryDirectory() as place:
        fill(suite)
        page, measured = os.path.join(place, "page.html"), os.path.join(place, "measured.html")
        with open(page, "wb") as file:
            file.write(suite.gatepost("stats", "--html").stdout)
        with open(page, encoding="utf-8") as source, open(measured, "w", encoding="utf-8") as copy:
            copy.write(source.read().replace("</body>", MEASURE + "</body>"))
        seen, done = browser.measure(measured, place)
        verdict.check(seen is not None, "Chromium opens the page", done)
        if seen:
            check_page(verdict, seen, place, browser, page, os.path.join(place, "page.png"))
            check_numbers(verdict, seen, suite.log())
            check_charts(verdict, seen)
    sys.exit(verdict.end())


if __name__ == "__main__":
    main()
