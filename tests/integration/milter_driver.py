#!/usr/bin/python3
"""A milter made with libmilter (python3-milter) that does what messages ask for: milter_driver.py SOCKET RECORD

Local parts of addresses and lines "X-Do: WORD ..." of messages say what is wanted; each event is a line of RECORD.
"""
import sys

import Milter


class Driver(Milter.Base):
    """One of these for each connection."""

    record = None

    def __init__(self):
        self.wishes = []
        self.octets = 0

    def note(self, *words):
        Driver.record.write(" ".join(str(word) for word in words) + "\n")
        Driver.record.flush()

    def connect(self, name, family, address):
        self.note("connect", name, address[0], self.getsymval("j"), self.getsymval("{daemon_name}"), self.getsymval("{client_addr}"))
        return Milter.CONTINUE

    def hello(self, name):
        self.note("helo", name)
        if name == "early.example":
            return Milter.ACCEPT
        return Milter.REJECT if name == "bad.example" else Milter.CONTINUE

    def envfrom(self, sender, *words):
        self.note("mail", sender, *words, self.getsymval("{auth_authen}"), self.getsymval("{mail_addr}"))
        self.wishes, self.octets = [], 0
        if sender.startswith("<m-reject"):
            return Milter.REJECT
        if sender.startswith("<m-later"):
            self.setreply("450", "4.7.99", "come", "again")
            return Milter.TEMPFAIL
        if sender.startswith("<m-close"):
            self.setreply("421", "4.7.0", "enough")
            return Milter.TEMPFAIL
        return Milter.ACCEPT if sender.startswith("<m-accept") else Milter.CONTINUE

    def envrcpt(self, recipient, *words):
        self.note("rcpt", recipient, *words, self.getsymval("{rcpt_addr}"))
        if recipient.startswith("<r-reject"):
            self.setreply("553", "5.7.27", "no %% such")
            return Milter.REJECT
        return Milter.DISCARD if recipient.startswith("<r-discard") else Milter.CONTINUE

    def data(self):
        self.note("data")
        return Milter.CONTINUE

    def unknown(self, line):
        self.note("unknown", line)
        return Milter.CONTINUE

    def header(self, name, value):
        self.note("header", name, value.replace("\n", "/"))
        if name == "X-Do":
            self.wishes.append(value)
        return Milter.REJECT if value == "reject in header" else Milter.CONTINUE

    def eoh(self):
        self.note("eoh")
        return Milter.CONTINUE

    def body(self, piece):
        self.octets += len(piece)
        return Milter.CONTINUE

    def eom(self):
        self.note("eom", self.octets, self.getsymval("i"))
        for wish in self.wishes:
            answer = self.do(wish)
            if answer is not None:
                return answer
        return Milter.CONTINUE

    def do(self, wish):
        word, _, rest = wish.partition(" ")
        first, _, second = rest.partition(" ")
        if word == "add":
            self.addheader(first, second.replace("/", "\n "))
        elif word == "insert":
            name, _, value = second.partition(" ")
            self.addheader(name, value, int(first))
        elif word == "change":
            name, _, value = second.partition(" ")
            self.chgheader(name, int(first), value)
        elif word == "addrcpt":
            self.addrcpt(first)
        elif word == "delrcpt":
            self.delrcpt(first)
        elif word == "sender":
            self.chgfrom(first)
        elif word == "body":
            for _ in range(int(first)):
                self.replacebody((second + "\r\n").encode())
        elif word == "quarantine":
            self.quarantine(rest)
        elif word == "progress":
            self.progress()
        elif word == "reply":
            self.setreply(first, None, second)
            return Milter.REJECT if first.startswith("5") else Milter.TEMPFAIL
        elif word == "reject":
            return Milter.REJECT
        elif word == "discard":
            return Milter.DISCARD
        return None

    def abort(self):
        self.note("abort")
        return Milter.CONTINUE

    def close(self):
        self.note("close")
        return Milter.CONTINUE


def main():
    Driver.record = open(sys.argv[2], "a", encoding="utf-8")
    Milter.factory = Driver
    Milter.set_flags(Milter.CHGBODY + Milter.CHGHDRS + Milter.ADDHDRS + Milter.ADDRCPT + Milter.DELRCPT + Milter.CHGFROM + Milter.QUARANTINE)
    Milter.runmilter("driver", sys.argv[1], 60)


main()
