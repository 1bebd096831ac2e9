"""Far ends that a test plays by script: whoever listens (Listening), mail servers (Host), name servers (Names)."""
import os
import socket
import struct
import threading


class Listening:
    """A server on a port of this machine, or at a path: serve() has each client on a thread of its own."""

    def __init__(self, path=None, host="127.0.0.1", port=0):
        if path:
            self.listener = socket.socket(socket.AF_UNIX)
            self.listener.bind(path)
            os.chmod(path, 0o666)
            self.listener.listen(20)
        else:
            self.listener = socket.create_server((host, port))
            self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.attend, args=(client,), daemon=True).start()

    def attend(self, client):
        try:
            with client:
                self.serve(client)
        except OSError:
            pass # the client went away

    def serve(self, client):
        raise NotImplementedError(self)


class Host(Listening):
    """A mail server: says greeting, extensions, and what answer() gives for a command, else 250. With a TLS context as
    `context` it knows STARTTLS."""

    greeting = "220 far.example"
    extensions = "250 far.example"

    def answer(self, command, client):
        """What to say to it; None: the usual."""

    def serve(self, client, greets=True):
        with client.makefile("rwb") as lines:
            def say(text):
                lines.write(text.encode() + b"\r\n")
                lines.flush()
            if greets:
                say(self.greeting)
            for line in lines:
                command = line.decode().strip()
                verb = command[:4].upper()
                said = self.answer(command, client)
                if said:
                    say(said)
                elif verb == "EHLO":
                    say(self.extensions)
                elif verb == "DATA":
                    say("354 go on")
                    while lines.readline().strip() != b".":
                        pass
                    say("250 taken")
                elif verb == "QUIT":
                    say("221 bye")
                    return
                elif verb == "STAR":
                    say("220 go on")
                    return self.serve(self.context.wrap_socket(client, server_side=True), False)
                else:
                    say("250 ok")


class Names:
    """A name server. Its zone: {(name, type): (records as octets, is signed)}; SERVFAIL where the records are None."""

    TYPES = {"A": 1, "MX": 15, "TXT": 16, "SRV": 33, "TLSA": 52}

    def __init__(self, zone, port=0):
        self.zone = zone
        self.asked = []
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            packet, client = self.socket.recvfrom(2000)
            labels, at = [], 12
            while packet[at]:
                labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace"))
                at += packet[at] + 1
            kind = struct.unpack("!H", packet[at + 1:at + 3])[0]
            question = packet[12:at + 5]
            name = ".".join(labels).lower()
            self.asked.append(name)
            word = next((word for word, number in self.TYPES.items() if number == kind), "")
            records, signed = self.zone.get((name, word), ([], True))
            known = any(owner == name or owner.endswith("." + name) for owner, _ in self.zone)
            flags = 0x8580 | (0x20 if signed else 0) | (2 if records is None else 0 if known else 3)
            answers = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60, len(data)) + data for data in records or [])
            self.socket.sendto(packet[:2] + struct.pack("!HHHHH", flags, 1, len(records or []), 0, 0) + question + answers, client)


def address(text):
    return socket.inet_aton(text)


def strings(*texts):
    return b"".join(bytes([len(one)]) + one.encode() for one in texts)


def mx(host, preference=1):
    return struct.pack("!H", preference) + strings(*host.split(".")) + b"\0"
