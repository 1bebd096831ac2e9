#!/usr/bin/env python3
"""The content of messages, with the real daemons: MIME parts, PRDR on both sides, DKIM signatures of others.

content.py [--build DIR] [--keep]
"""
import os
import re
import socket
import subprocess
import sys
import threading

from played import Names, strings
from policy import make_keys
from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check

ACLS = """
check_mime:
  deny  condition = ${if match{${lc:$mime_filename}}{\\N\\.(exe|scr)$\\N}}
        message = $mime_filename in part $mime_part_count is not wanted
  deny  mime_regex = decoded[ ]words : never
        message = found $regex_match_string in $mime_content_type
  deny  regex = \\N^raw.line (.*)$\\N
        message = raw $regex1
  warn  condition = ${if match{$mime_filename}{^keep}}
        decode = default
        add_header = X-Decoded: $mime_content_size ${readfile{$mime_decoded_filename}{|}} $mime_anomaly_level
  warn  condition = ${if eq{$mime_filename}{../../evil}}
        !decode = $mime_filename
        add_header = X-Evil: not decoded
  warn  condition = $mime_is_rfc822
        add_header = X-Attached-$mime_part_count: $mime_content_type
  accept

check_prdr:
  defer local_parts = later
  deny  local_parts = never
        message = not for $local_part
  accept

check_dkim:
  warn  condition = ${if eq{$dkim_algo}{rsa-sha1}}
        set dkim_verify_status = fail
        set dkim_verify_reason = hash too weak
  deny  sender_domains = strict.example
        dkim_status = none : fail : invalid
        message = $dkim_cur_signer: $dkim_verify_status $dkim_verify_reason
  accept logwrite = signer $dkim_cur_signer $dkim_verify_status bits=$dkim_key_length h=$dkim_headernames

check_data:
  deny  condition = ${if match{$recipients}{refuse-all}}
  deny  regex = forbidden.line
        message = $regex_match_string in part $mime_part_count
  accept logwrite = result ${authresults{mx.example}} status=$dkim_verify_status
         add_header = X-Parts: $mime_part_count

check_rcpt:
  warn  local_parts = unverified
        control = dkim_disable_verify
  accept
"""

OPTIONS = """acl_smtp_mime = check_mime
acl_not_smtp_mime = check_mime
acl_smtp_data_prdr = check_prdr
acl_smtp_dkim = check_dkim
acl_smtp_data = check_data
acl_smtp_rcpt = check_rcpt
prdr_enable = yes
dkim_verify_signers = ${if eq{$sender_address_domain}{strict.example}{strict.example:}}$dkim_signers
dkim_verify_hashes = sha256 : sha512 : sha1
log_selector = +dkim_verbose
mime_parts_max = 50
"""


def change(names_port):
    def with_content(text):
        begin, routers = text.index("begin acl\n"), text.index("begin routers\n")
        text = text[:begin] + "begin acl\n" + ACLS + "\n" + text[routers:]
        text = re.sub(r"^(acl_smtp_rcpt|acl_smtp_data|log_selector)\s*=.*(\\\n.*)*\n", "", text, flags=re.M)
        text = f"dns_servers = <, 127.0.0.1:{names_port}\n" + OPTIONS + text
        text = text.replace("  domains = +local_domains\n  local_parts = dsearch,filter=subdir;INSTANCE/mail\n",
                            "  domains = +local_domains\n  address_data = alice\n")
        return text.replace("directory = INSTANCE/mail/$local_part_data", "directory = INSTANCE/mail/alice")
    return with_content


def letter(subject, *parts):
    lines = [f"Subject: {subject}", "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="B"', ""]
    for headers, body in parts:
        lines += ["--B", *headers, "", body]
    return "\r\n".join([*lines, "--B--", ""]).encode()


def send(suite, message, sender="joe@far.example", to="alice"):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        return talk.send(sender, [f"{to}@{DOMAIN}"], message)


def mime(suite):
    code, text = send(suite, letter("bad name", (["Content-Type: text/plain"], "x"),
                                    (['Content-Disposition: attachment; filename="=?utf-8?Q?a=2EExe?="'], "MZ")))
    check((code, text) == (550, "550 a.Exe in part 2 is not wanted"), "a part is refused by its name", text)
    check(suite.wait_log(r"rejected during MIME ACL checks: a\.Exe in part 2 is not wanted"), "and the log says where", suite.log()[-800:])
    code, text = send(suite, letter("encoded", (["Content-Type: text/html", "Content-Transfer-Encoding: base64"], "ZGVjb2RlZCB3b3Jkcw==")))
    check((code, text) == (550, "550 found decoded[ ]words in text/html"), "mime_regex sees what is encoded", text)
    code, text = send(suite, letter("raw", (["Content-Type: text/plain"], "x\r\nraw line here")))
    check((code, text) == (550, "550 raw line here") or text.endswith("raw here"), "regex sees lines of the part", text)
    inner = "Subject: inner\r\nContent-Type: multipart/alternative; boundary=I\r\n\r\n--I\r\nContent-Type: text/plain\r\n\r\nx\r\n--I--"
    code, text = send(suite, letter("good", (["Content-Type: text/plain; name=keep.txt", "Content-Transfer-Encoding: quoted-printable"], "a=20b=\r\n c"),
                                    (["Content-Type: message/rfc822"], inner),
                                    (['Content-Type: text/plain; name="../../evil"'], "x")))
    check(code == 250, "a good message is taken", text)
    found = suite.wait_mail(b"Subject: good")
    check(found and b"X-Decoded: 1 a b c| 0" in found, "decode and readfile work behind the walls", found or suite.log()[-1500:])
    check(found and b"X-Evil: not decoded" in found, "a name that leads elsewhere is not decoded to", found)
    check(found and b"X-Attached-0: multipart/alternative" in found and b"X-Attached-1: text/plain" in found, "attached messages are looked into", found)
    check(found and b"X-Parts: 3" in found, "the count of parts is there at the end of data", found)
    check(wait_for(lambda: not os.listdir(suite.path("spool/scan"))), "nothing stays in scan/", os.listdir(suite.path("spool/scan")))
    large = letter("large", (["Content-Type: text/plain"], "0123456789 abcdef\r\n" * 40000), (["Content-Type: x/y; name=large.scr"], "x"))
    code, text = send(suite, large)
    check((code, text) == (550, "550 large.scr in part 2 is not wanted"), "large messages too", text)
    code, text = send(suite, letter("many", *[(["Content-Type: text/plain"], "x")] * 100))
    check(code == 550 and "mime_parts_max" in text, "too many parts are refused by the name of the limit", text)
    code, text = send(suite, b"Subject: no mime\r\n\r\nforbidden line\r\n")
    check((code, text) == (550, "550 forbidden.line in part -1"), "regex reads the whole message at the end of data", text)
    done = suite.sendmail("alice", data=letter("local", (["Content-Type: x/y; name=x.exe"], "x")).replace(b"\r\n", b"\n"))
    check(done.returncode != 0 or suite.wait_mail(b"x.exe in part 1 is not wanted", seconds=5), "acl_not_smtp_mime is obeyed", done)


def prdr(suite):
    with Talk(suite.port) as talk:
        code, text = talk.say("EHLO client.example")
        check("PRDR" in text, "PRDR is offered", text)

        def transaction(*to):
            talk.say("MAIL FROM:<joe@far.example> PRDR")
            for name in to:
                talk.say(f"RCPT TO:<{name}@{DOMAIN}>")
            talk.say("DATA")
            talk.socket.sendall(b"Subject: prdr to " + " ".join(to).encode() + b"\r\n\r\nx\r\n.\r\n")
            replies = [talk.reply()]
            if replies[0][0] == 353:
                replies += [talk.reply() for _ in range(len(to) + 1)]
            return [one[0] for one in replies], replies[-1][1]
        codes, text = transaction("alice", "later", "never")
        check(codes == [353, 250, 450, 550, 250] and text.endswith("message accepted for some recipients"), "each recipient has a reply", (codes, text))
        found = suite.wait_mail(b"prdr to alice later never")
        check(found, "who was accepted gets the message", suite.log()[-600:])
        check(suite.wait_log(r"PRDR R=<later@\S+> temporary refusal\n") and suite.wait_log(r"PRDR R=<never@\S+> refusal"), "the log says of each")
        check(suite.wait_log(r"P=esmtp PRDR S="), "and the arrival line of all")
        codes, text = transaction("never", "never")
        check(codes == [353, 550, 550, 550], "all refused is refused", (codes, text))
        codes, text = transaction("alice", "refuse-all")
        check(codes == [353, 250, 250, 550], "the ACL at the end of data has the last word", (codes, text))
        codes, text = transaction("alice")
        check(codes == [250], "one recipient is judged as always", (codes, text))


class PrdrServer:
    """Says what it is told for each recipient."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.mails = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            client, _ = self.socket.accept()
            lines, to = client.makefile("rb"), []
            client.sendall(b"220 prdr\r\n")
            for line in lines:
                verb = line[:4].upper()
                if verb == b"EHLO":
                    client.sendall(b"250-prdr\r\n250-PRDR\r\n250 HELP\r\n")
                elif verb == b"MAIL":
                    self.mails.append(line)
                    to = []
                    client.sendall(b"250 ok\r\n")
                elif verb == b"RCPT":
                    to.append(line)
                    client.sendall(b"250 ok\r\n")
                elif verb == b"DATA":
                    client.sendall(b"354 go\r\n")
                    while lines.readline() not in (b".\r\n", b""):
                        pass
                    each = b"".join(b"550 not this one\r\n" if b"<bad" in one else b"250 yes\r\n" for one in to)
                    client.sendall((b"353 each\r\n" + each if len(to) > 1 else b"") + b"250 whole\r\n")
                elif verb == b"QUIT":
                    client.sendall(b"221 bye\r\n")
                    break
                else:
                    client.sendall(b"250 ok\r\n")
            client.close()


def prdr_outwards(suite, server):
    suite.sendmail("-f", f"alice@{DOMAIN}", "good@out.example", "bad@out.example", data=b"Subject: out\n\nx\n")
    check(suite.wait_log(r'=> good@out\.example .* PRDR C="250 yes\\\\n250 whole"'), "one recipient is delivered by PRDR", suite.log()[-900:])
    check(suite.wait_log(r"\*\* bad@out\.example .*: PRDR error after DATA: 550 not this one"), "the other one is refused by it", suite.log()[-900:])
    check(server.mails[0].strip().endswith(b" PRDR"), "it was asked for", server.mails)
    suite.sendmail("-f", f"alice@{DOMAIN}", "good@out.example", data=b"Subject: alone\n\nx\n")
    check(wait_for(lambda: len(server.mails) > 1) and b"PRDR" not in server.mails[1], "not for a single recipient", server.mails)


SIGNER = """
import dkim, sys
domain, selector, key, canon, algorithm = sys.argv[1:6]
message = sys.stdin.buffer.read()
form = tuple(one.encode() for one in canon.split("/"))
sys.stdout.buffer.write(dkim.sign(message, selector.encode(), domain.encode(), open(key, "rb").read(), canonicalize=form,
                                  signature_algorithm=algorithm.encode(), length="l" in sys.argv[6:]) + message)
"""


def signed(keys, selector, canon, message, *words):
    algorithm = "rsa-sha256" if selector == "one" else "ed25519-sha256"
    key = f"{keys}/signed.example-{selector}.key"
    if selector == "two":  # dkimpy takes the 32 octets of the key in base64
        der = subprocess.run(["openssl", "pkey", "-in", key, "-outform", "DER"], check=True, capture_output=True).stdout
        key = f"{keys}/seed"
        with open(key, "wb") as file:
            file.write(__import__("base64").b64encode(der[-32:]))
    run = subprocess.run(["/usr/bin/python3", "-c", SIGNER, "signed.example", selector, key, canon, algorithm, *words], input=message, capture_output=True)
    check(run.returncode == 0, "dkimpy signs", run.stderr.decode())
    return run.stdout


def dkim(suite, keys):
    message = b"From: Joe <joe@signed.example>\r\nTo: a@b.example\r\nSubject:  folded\r\n\t and   spaced \r\n\r\none  two \r\n\r\n..dots\r\n\r\n\r\n"
    for selector in ("one", "two"):
        for canon in ("simple/simple", "relaxed/relaxed", "relaxed/simple", "simple/relaxed"):
            text = signed(keys, selector, canon, message)
            code, reply = send(suite, text)
            name = re.search(r"id=(\S+)", reply).group(1) if code == 250 else "none"
            check(suite.wait_log(rf"{name} DKIM: d=signed\.example s={selector} c={canon} a=\S+ b=\d+ .*\[verification succeeded\]"),
                  f"{selector} {canon} verifies", suite.log()[-900:])
            check(suite.wait_log(rf"{name} <= .* DKIM=signed\.example"), "and the arrival line says so", suite.log()[-400:])
    relaxed = signed(keys, "one", "relaxed/relaxed", message)
    send(suite, relaxed.replace(b"one  two", b"one three"))
    check(suite.wait_log(r"\[verification failed - body hash mismatch \(body probably modified in transit\)\]"), "a changed body does not verify")
    send(suite, relaxed.replace(b"Joe <", b"Jim <"))
    check(suite.wait_log(r"\[verification failed - signature did not verify \(headers probably modified in transit\)\]"), "nor a changed header")
    send(suite, relaxed.replace(b"s=one", b"s=none"))
    check(suite.wait_log(r"s=none .*\[invalid - public key record \(currently\?\) unavailable\]"), "nor one without a key")
    code, reply = send(suite, signed(keys, "one", "relaxed/relaxed", message, "l") + b"added\r\n")
    name = re.search(r"id=(\S+)", reply).group(1)
    check(suite.wait_log(rf"{name} DKIM: .* l=\d+ \[verification succeeded\]"), "l= covers the beginning only", suite.log()[-600:])
    large = b"From: joe@signed.example\r\nSubject: large\r\n\r\n" + b"0123456789 abcdef\r\n" * 40000
    code, reply = send(suite, signed(keys, "one", "relaxed/relaxed", large))
    name = re.search(r"id=(\S+)", reply).group(1) if code == 250 else "none"
    check(suite.wait_log(rf"{name} DKIM: .*\[verification succeeded\]"), "a large message verifies", suite.log()[-600:])
    code, reply = send(suite, message, "joe@strict.example")
    check((code, reply) == (550, "550 strict.example: none"), "the ACL is run for a signer who did not sign", reply)
    check(suite.wait_log(r"rejected DKIM : strict\.example: none"), "and the log says where", suite.log()[-500:])
    before = len(re.findall("DKIM:", suite.log()))
    code, reply = send(suite, relaxed, to="unverified")
    check(code == 250 and len(re.findall("DKIM:", suite.log())) == before, "control = dkim_disable_verify", suite.log()[-500:])
    code, reply = send(suite, b"DKIM-Signature: v=1; a=rsa-sha256\r\n" * 30 + message)
    check(code == 250 and suite.wait_log("DKIM: validation error: EXCESS_SIGS"), "too many signatures are not looked at", suite.log()[-500:])


def main():
    options = arguments("content").parse_args()
    zone = {}
    keys = f"/var/tmp/gatepost-content-{os.getpid()}"
    make_keys(keys, zone)
    names, server = Names({name: ([strings(*pieces)], False) for name, pieces in zone.items()}), PrdrServer()
    try:
        with Suite(options.build, ("alice",), server.port, change=change(names.port), keep=options.keep) as suite:
            for step in (mime, prdr, lambda s: prdr_outwards(s, server), lambda s: dkim(s, keys)):
                step(suite)
            check(not suite.log("paniclog"), "the panic log is empty", suite.log("paniclog")[-2000:])
    finally:
        subprocess.run(["rm", "-rf", keys], check=False)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
