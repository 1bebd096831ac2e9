"""A private instance of the suite for the integration tests, and the far ends they need.

Suite starts the programs of a build folder in a directory of its own with conf/default/gatepost.conf (or a
changed copy) and reads what they leave behind; Sink is an SMTP server that keeps every envelope and message
octet for octet; Talk is an SMTP client that says exactly what it is told; Verdict counts and prints.
"""
import argparse
import glob
import json
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DOMAIN = "gatepost.example"
OWNER = "nobody"


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", default=os.path.join(ROOT, "build/release"), help="the build folder")
    parser.add_argument("--keep", action="store_true", help="leave the instance's directory behind")
    return parser


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds=20, pause=0.05):
    """What the condition returns once it is true, or its last false value when the time is over."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(pause)


class Verdict:
    """Counts what passed and what failed; the last line and the exit status of a test program."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, good, what, detail=""):
        if good:
            self.passed += 1
            print(f"ok    {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {what}" + (f": {detail}" if detail else ""), flush=True)
        return bool(good)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed", flush=True)
        return 1 if self.failed else 0


class Suite:
    """One instance: its directory, its master, its mailboxes and logs."""

    def __init__(self, build, mailboxes=("alice",), smarthost_port=None, change=None, keep=False):
        self.build = os.path.abspath(build)
        self.keep = keep
        self.directory = tempfile.mkdtemp(prefix="gatepost-")
        self.port = free_port()
        self.process = None
        with open(os.path.join(ROOT, "conf/default/gatepost.conf"), encoding="utf-8") as file:
            text = file.read()
        self.config = os.path.join(self.directory, "gatepost.conf")
        self.write_config(change(text) if change else text)
        with open(os.path.join(self.directory, "aliases"), "w", encoding="utf-8") as file:
            file.write("postmaster: alice\n")
        for name in mailboxes:
            os.makedirs(os.path.join(self.directory, "mail", name))
        self.macros = [f"INSTANCE={self.directory}", f"PORT={self.port}"]
        if smarthost_port:
            self.macros.append(f"SMARTHOST=127.0.0.1::{smarthost_port}")
        if os.getuid() == 0:
            self.macros.append(f"OWNER={OWNER}")
            os.chmod(self.directory, 0o755)
            owner = pwd.getpwnam(OWNER)
            for path, folders, files in os.walk(os.path.join(self.directory, "mail")):
                os.chown(path, owner.pw_uid, owner.pw_gid)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, value, trace):
        self.stop()
        if self.keep or kind:
            print(f"the instance stays in {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)

    def write_config(self, text):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(text)

    def start(self):
        command = [os.path.join(self.build, "libexec/gatepost/master"), "--config", self.config, "--foreground"]
        for macro in self.macros:
            command += ["--define", macro]
        self.output = open(os.path.join(self.directory, "output"), "ab")
        until = time.monotonic() + 60
        while True:
            self.process = subprocess.Popen(command, stdout=self.output, stderr=self.output, start_new_session=True)
            if wait_for(lambda: self.answers() or self.process.poll() is not None, 30) and self.process.poll() is None:
                return
            # Services of a master that was killed may still be ending: the instance is theirs until then.
            if self.process.poll() in (None, os.EX_CONFIG) or time.monotonic() > until:
                break
            time.sleep(0.5)
        if not self.answers():
            self.stop()
            with open(os.path.join(self.directory, "output"), encoding="utf-8", errors="replace") as file:
                raise RuntimeError("the suite did not start: " + file.read()[-2000:])

    def answers(self):
        if not os.path.exists(self.path("spool/run/submit")):
            return False
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                return probe.recv(200).startswith(b"220")
        except OSError:
            return False

    def stop(self, seconds=20):
        """Ends the suite by SIGTERM; how long that took, or None when it had to be killed."""
        if not self.process:
            return 0.0
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(seconds)
            took = time.monotonic() - begin
        except subprocess.TimeoutExpired:
            services = self.services()
            self.process.kill()
            self.process.wait()
            for pid in services:
                try:
                    os.kill(pid, signal.SIGKILL)
                except OSError:
                    pass
            took = None
        self.output.close()
        self.status = self.process.returncode
        self.process = None
        return took

    def kill(self, all_of_them=False):
        """SIGKILL for master, or for it and all that it has started; nothing is waited for but its own end."""
        if all_of_them:
            for pid in [self.process.pid, *self.services()]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        else:
            self.process.kill()
        self.process.wait()
        self.output.close()

    def path(self, name):
        return os.path.join(self.directory, name)

    def services(self):
        """The children of master that have taken their names, as {pid: "smtpd"}."""
        found = {}
        try:
            with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children", encoding="ascii") as file:
                children = file.read().split()
        except OSError:
            return found
        for pid in children:
            try:
                with open(f"/proc/{pid}/cmdline", "rb") as file:
                    name = re.match(rb"gatepost: ([a-z]+)", file.read())
            except OSError:
                continue
            if name:
                found[int(pid)] = name[1].decode()
        return found

    def log(self, name="mainlog"):
        text = ""
        for path in sorted(glob.glob(self.path("spool/log/" + name + "*"))):
            with open(path, encoding="utf-8", errors="replace") as file:
                text += file.read()
        return text

    def totals(self):
        """What main log, record log (message_records) and metrics say of addresses and finished messages."""
        signs = {"=>": "delivered", "->": "delivered", "*>": "pretended", "==": "deferred", "**": "failed"}
        names = ("delivered", "discarded", "deferred", "failed", "pretended", "completed")
        lines, records, metrics = ({name: 0 for name in names} for _ in range(3))
        for line in self.log().split("\n"):
            event = re.match(r"[-0-9]{10} [:.0-9]+ (?:\S{6}-\S{6}-\S\S|\S{6}-\S{11}-\S{4}) (.*)", line)
            if event and (event[1] == "Completed" or event[1].startswith("Completed ")):
                lines["completed"] += 1
            elif event and event[1][:2] in signs and event[1][2:3] == " ":
                lines["discarded" if event[1].startswith("=> :blackhole:") else signs[event[1][:2]]] += 1
        for line in self.log("jsonlog").split("\n"):
            record = json.loads(line) if line else {}
            if record:
                records["completed" if record["kind"] == "finished" else record["outcome"]] += 1
        said = self.gatepost("metrics").stdout.decode()
        for name in names:
            key = "messages_completed_total" if name == "completed" else f'addresses_total{{outcome="{name}"}}'
            found = re.search(rf"^gatepost_{re.escape(key)} (\d+)$", said, re.M)
            metrics[name] = int(found[1]) if found else None
        return lines, records, metrics

    def wait_log(self, pattern, seconds=20):
        return wait_for(lambda: re.search(pattern, self.log(), re.M), seconds)

    def program_output(self):
        with open(self.path("output"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def sendmail(self, *words, data=b"", timeout=60, user=None):
        command = [os.path.join(self.build, "bin/sendmail"), "-C", self.config]
        command += ["-D" + macro for macro in self.macros]
        return subprocess.run(command + list(words), input=data, capture_output=True, timeout=timeout, user=user)

    def gatepost(self, *words, timeout=60):
        command = [os.path.join(self.build, "bin/gatepost"), *words, "-C", self.config]
        for macro in self.macros:
            command += ["-D", macro]
        return subprocess.run(command, capture_output=True, timeout=timeout)

    def queue(self):
        """The identifiers in the queue; None when it could not be asked."""
        listing = self.sendmail("-bp")
        if listing.returncode != 0:
            return None
        return re.findall(r"^\s*\S+\s+\S+\s+([0-9A-Za-z]{6}-[0-9A-Za-z]+-[0-9A-Za-z]+)\s", listing.stdout.decode("utf-8", "replace"),
                          re.M)

    def mailbox_names(self, name="alice"):
        return glob.glob(self.path(f"mail/{glob.escape(name)}/new/*"))

    def mailbox(self, name="alice"):
        """All messages of a Maildir, oldest first."""
        messages = []
        for path in sorted(self.mailbox_names(name), key=os.path.getmtime):
            with open(path, "rb") as file:
                messages.append(file.read())
        return messages

    def wait_mail(self, what, name="alice", seconds=20):
        """The first message that contains the octets, or None."""
        def find():
            return next((message for message in self.mailbox(name) if what in message), None)
        return wait_for(find, seconds)


class Talk:
    """An SMTP client of few words."""

    def __init__(self, port, timeout=30, host="127.0.0.1"):
        self.socket = socket.create_connection((host, port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.lines = self.socket.makefile("rb")
        self.greeting = self.reply()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def close(self):
        self.lines.close()
        self.socket.close()

    def reply(self):
        text = b""
        while True:
            line = self.lines.readline(4096)
            if not line:
                raise ConnectionError("the connection ended")
            text += line
            if line[3:4] != b"-":
                return int(line[:3]), text.decode("utf-8", "replace").rstrip()

    def say(self, line):
        self.socket.sendall((line.encode() if isinstance(line, str) else line) + b"\r\n")
        return self.reply()

    def send(self, sender, recipients, message, body=""):
        """One transaction; the message has CRLF. The code of the reply that decided, and its text."""
        code, text = self.say(f"MAIL FROM:<{sender}>{body}")
        if code != 250:
            return code, text
        taken = 0
        for recipient in recipients:
            code, text = self.say(f"RCPT TO:<{recipient}>")
            taken += code == 250
        if not taken:
            self.say("RSET")
            return code, text
        code, text = self.say("DATA")
        if code != 354:
            return code, text
        self.socket.sendall(stuff(message) + b".\r\n")
        return self.reply()


def stuff(message):
    """Dots doubled at line starts; a message that ends without CRLF gets one."""
    if message and not message.endswith(b"\r\n"):
        message += b"\r\n"
    if message.startswith(b"."):
        message = b"." + message
    return message.replace(b"\r\n.", b"\r\n..")


class Sink:
    """An SMTP server that takes everything: received is a list of (sender, recipients, data with CRLF)."""

    def __init__(self, port=None, chunking=False):
        self.received = []
        self.port = port or free_port()
        self.chunking = chunking
        self.lock = threading.Lock()
        self.listener = None

    def start(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(200)
        threading.Thread(target=self.accept, args=(self.listener,), daemon=True).start()
        return self

    def stop(self):
        if self.listener:
            self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None

    def accept(self, listener):
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        try:
            with client, client.makefile("rb") as lines:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                client.settimeout(120)
                self.session(client, lines)
        except (OSError, ValueError):
            pass

    def session(self, client, lines):
        sender, recipients, chunks = None, [], []
        client.sendall(b"220 sink ESMTP\r\n")
        while True:
            line = lines.readline(20000)
            if not line:
                return
            word = line[:4].upper()
            if word == b"EHLO":
                words = b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n"
                words += b"250-CHUNKING\r\n" if self.chunking else b""
                client.sendall(words + b"250 SIZE 100000000\r\n")
            elif word == b"MAIL":
                sender, recipients, chunks = line[line.index(b"<") + 1:line.index(b">")].decode(), [], []
                client.sendall(b"250 ok\r\n")
            elif word == b"RCPT":
                recipients.append(line[line.index(b"<") + 1:line.index(b">")].decode())
                client.sendall(b"250 ok\r\n")
            elif word == b"DATA":
                client.sendall(b"354 go on\r\n")
                data = self.data(lines)
                if data is None:
                    return
                self.keep(sender, recipients, data)
                client.sendall(b"250 kept\r\n")
            elif word == b"BDAT":
                size = int(line.split()[1])
                chunk = lines.read(size)
                if len(chunk) < size:
                    return
                chunks.append(chunk)
                if b"LAST" in line.upper():
                    self.keep(sender, recipients, b"".join(chunks))
                client.sendall(b"250 kept\r\n")
            elif word == b"QUIT":
                client.sendall(b"221 bye\r\n")
                return
            else:
                client.sendall(b"250 ok\r\n")

    @staticmethod
    def data(lines):
        parts = []
        while True:
            line = lines.readline()
            if not line.endswith(b"\n"):
                return None
            if line == b".\r\n":
                return b"".join(parts)
            parts.append(line[1:] if line.startswith(b".") else line)

    def keep(self, sender, recipients, data):
        with self.lock:
            self.received.append((sender, recipients, data))

    def find(self, what):
        with self.lock:
            return next((entry for entry in self.received if what in entry[2]), None)


def header_and_body(message):
    """Both parts of a message with LF or CRLF; the body without the blank line before it."""
    end = re.search(rb"\r?\n\r?\n|\A\r?\n", message)
    if not end:
        return message, b""
    return message[:end.start()], message[end.end():]
