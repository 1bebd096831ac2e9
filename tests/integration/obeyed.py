#!/usr/bin/env python3
"""What is accepted is obeyed: flags of the command line and options of the configuration that say how, each seen
to make the difference that the manual promises; and what cannot be obeyed is refused by name.

obeyed.py [--build DIR] [--keep]
"""
import os
import re
import subprocess
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments, wait_for

verdict = Verdict()
check = verdict.check
ALICE = "alice@" + DOMAIN
NOBODY = "nosuchuser@" + DOMAIN
STRANGER = 54321  # a user without any rights

OPTIONS = """
acl_smtp_data = check_data
receive_timeout = 1s
commandline_checks_require_admin
ignore_fromline_hosts = 127.0.0.1
ignore_fromline_local
tls_eccurve = secp384r1
openssl_options = +no_tlsv1_3
unknown_login = stranger$caller_uid
unknown_username = Some Body
uucp_from_pattern = ^From\\s+(\\S+)!(\\S+)\\s
uucp_from_sender = $2@$1
log_selector = +address_rewrite +arguments
errors_copy = *@none.example x@none.example : alice@* carol@gatepost.example
.ifdef DETAILS
smtp_return_error_details
.endif
.ifdef WORDS
bounce_message_file = WORDS
.endif
.ifdef QUEUED
queue_only
queue_only_override = OVERRIDE
tls_verify_hosts = 127.0.0.1
.endif

begin acl

check_data:
  require verify = header_syntax
  accept

"""
REWRITING = r"""
begin rewrite
^<uucp!([a-z]+)>\$  $1@gatepost.example  S
"""


def letter(subject, recipient=ALICE, body=b"hello\n"):
    return b"Subject: %s\nTo: %s\n\n%s" % (subject.encode(), recipient.encode(), body)


def configured(text):
    return text.replace("\nbegin acl\n", OPTIONS, 1) + REWRITING


def pretended(suite):
    sent = suite.sendmail("-N", ALICE, data=letter("never there"))
    check(sent.returncode == 0, "-N takes a message", sent)
    check(suite.wait_log(r" Completed$") and re.search(r" \*> alice <alice@.* T=maildir", suite.log()),
          "and the log flags its delivery with *>", suite.log())
    check(b"*> alice" in sent.stderr, "which -N shows at once, as -v does", sent.stderr)
    check(suite.mailbox_names() == [] and suite.queue() == [], "nothing lies in the mailbox, nor in the queue")
    both = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<" + ALICE.encode() + b">\r\nDATA\r\nSubject: x\r\n\r\nx\r\n.\r\nQUIT\r\n"
    spoken = suite.sendmail("-bs", "-N", data=both)
    check(spoken.returncode == 0 and b"*> alice" in spoken.stderr and suite.mailbox_names() == [],
          "-bs -N likewise", spoken)
    suite.sendmail("-odq", ALICE, data=letter("waits, and is thrown away"))
    if os.getuid() == 0:
        denied = as_stranger(suite, "-N", "-q")
        check(denied.returncode == 1 and len(suite.queue()) == 1, "-N -q is for administrators", denied)
    run = suite.sendmail("-N", "-q")
    check(run.returncode == 0 and suite.queue() == [] and suite.mailbox_names() == [] and suite.log().count(" *> alice") == 3,
          "-N -q pretends for all that waits", suite.log()[-800:])
    refused = suite.sendmail("-N", "-bp")
    check(refused.returncode == 1 and b"-N is for messages" in refused.stderr, "-N -bp is refused", refused)


def notified(suite):
    # As mutt and others call it.
    suite.sendmail("-oem", "-oi", "-f", ALICE, "-N", "never", "--", NOBODY, data=letter("unloved"))
    check(suite.wait_log(r"\*\* " + NOBODY), "mail to nobody fails", suite.log())
    check(wait_for(lambda: suite.queue() == []) and suite.mailbox_names() == [], "-N never: and nobody is told")
    suite.sendmail("-oem", "-oi", "-f", ALICE, "-N", "success,failure,delay", "-R", "hdrs", "--", NOBODY,
                   data=letter("loved", body=b"a body of its own\n"))
    report = suite.wait_mail(b"Mail delivery failed")
    check(report and b"Subject: loved" in report and b"a body of its own" not in report,
          "-N failure -R hdrs: the report has the headers alone", report)
    check(suite.wait_log(r" cwd=/\S* \d+ args: \S+/sendmail .*-R hdrs -- " + NOBODY), "log_selector +arguments tells the command line",
          suite.log()[-1500:])
    copy = suite.wait_mail(b"Subject: loved", "carol")
    check(copy and b"\nTo: " + ALICE.encode() in copy and b"carol" not in copy.split(b"\n\n")[0].split(b"\nTo: ")[1],
          "errors_copy: another one gets the report, too, and is not named in it", copy or suite.log()[-1500:])
    suite.sendmail("-oi", "-f", ALICE, "-N", "success", "-R", "full", "-t", data=letter("arrived", body=b"all of it\n"))
    check(suite.wait_mail(b"Action: delivered"), "-t -N success: a report of success comes", suite.log()[-2000:])
    run = suite.sendmail("-R", "full")
    check(run.returncode == 0 and suite.wait_log(r"Start queue run: pid=\d+ -R full"), "-R full alone is a queue run", run)
    wrong = suite.sendmail("-Nnever,delay", ALICE, data=letter("x"))
    check(wrong.returncode == 1 and b"never, or some of" in wrong.stderr, "-N with a wrong list is refused", wrong)


def shown(suite):
    sent = suite.sendmail("-v", "-f", ALICE, ALICE, data=letter("seen"))
    lines = re.findall(rb"LOG: MAIN\n  (\S+)", sent.stderr)
    check(sent.returncode == 0 and lines == [b"<=", b"=>", b"Completed"], "-v shows what the log says", sent.stderr)
    check(suite.mailbox() and any(b"Subject: seen" in m for m in suite.mailbox()), "when it returns the mail is there")
    if os.getuid() == 0:
        own = as_stranger(suite, "-v", ALICE, data=letter("of nobody"))
        check(own.returncode == 0 and b"=> alice" in own.stderr, "to anybody who sends", own)
        check(re.search(rf"<= stranger{STRANGER}@\S+ U=stranger{STRANGER} ", suite.log()), "unknown_login names who has no name", suite.log()[-800:])
        told = suite.wait_mail(b"Subject: of nobody")
        check(told and f"From: Some Body <stranger{STRANGER}@".encode() in told, "unknown_username is the full name", told)
    noted = suite.sendmail("-z", "the disk was changed")
    check(noted.returncode == 0 and suite.wait_log(r"^\S+ \S+ the disk was changed$"), "-z writes to the log", noted)


def as_stranger(suite, *words, data=b""):
    command = [os.path.join(suite.build, "bin/sendmail"), "-C", suite.config, *["-D" + macro for macro in suite.macros]]
    return subprocess.run(command + list(words), input=data, capture_output=True, timeout=60, user=STRANGER, group=STRANGER,
                          extra_groups=[])


def command_line(suite):
    suite.sendmail(ALICE, data=b"From far.example!bob Fri Jan  5 12:55 GMT 1997\nSubject: by uucp\n\nx\n")
    check(suite.wait_log(r"<= bob@far.example ") and suite.wait_mail(b"Subject: by uucp"),
          "uucp_from_pattern and uucp_from_sender find the sender", suite.log()[-800:])
    suite.sendmail("-G", "-f", ALICE, ALICE, data=b"Subject: as it is\n\nx\n")
    plain = suite.wait_mail(b"as it is")
    check(plain and b"Message-Id:" not in plain and b"\nDate:" not in plain, "-G leaves headers as they are", plain)
    bare = suite.sendmail("-bnq", "-oep", "alice", data=b"Subject: bare\n\nx\n")
    check(bare.returncode == 1 and b'bad recipient address "alice": unqualified recipient address not allowed' in bare.stderr,
          "-bnq refuses an address without a domain", bare)
    suite.sendmail("-bnq", ALICE, data=b"From: joe\nTo: ann\nSubject: left bare\n\nx\n")
    kept = suite.wait_mail(b"left bare")
    check(kept and b"From: joe\n" in kept and b"To: ann\n" in kept, "and leaves those in headers", kept)
    spoken = suite.sendmail("-bnq", "-bs", data=f"EHLO x\r\nMAIL FROM:<joe>\r\nMAIL FROM:<{ALICE}>\r\nRCPT TO:<alice>\r\nQUIT\r\n".encode())
    check(b"501 <joe>: sender address must contain a domain" in spoken.stdout and
          b"501 <alice>: recipient address must contain a domain" in spoken.stdout, "so does -bs", spoken)
    late = subprocess.Popen([os.path.join(suite.build, "bin/sendmail"), "-C", suite.config,
                             *["-D" + macro for macro in suite.macros], ALICE], stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    late.stdin.write(b"Subject: too late\n")
    late.stdin.flush()
    late.wait(60)
    check(late.returncode == 1 and b"timed out while reading" in late.stderr.read(), "receive_timeout ends a slow message")
    late.stdin.close()
    check(suite.wait_log("timed out while reading local message"), "and is logged", suite.log()[-500:])
    check(suite.sendmail("-be", "x").stdout == b"x\n", "-be is for administrators")
    if os.getuid() == 0:
        denied = as_stranger(suite, "-be", "x")
        check(denied.returncode == 1 and b"permission denied" in denied.stderr, "and for nobody else", denied)


def spoken(suite):
    with Talk(suite.port) as talk:
        talk.say("EHLO x")
        talk.say("MAIL FROM:<a@b.example>")
        answer = talk.say("RCPT TO:<uucp!alice>")
        check(answer[0] == 250, "a rewriting rule with flag S comes before syntax", answer)
        talk.say("DATA")
        answer = talk.say("From a@b.example Mon Jan  1 00:00:00 2024\r\nSubject: from far\r\n\r\nx\r\n.")
        check(answer[0] == 250, "the message is taken", answer)
    far = suite.wait_mail(b"Subject: from far")
    check(far and b"\nFrom a@b" not in far and far.index(b"Subject: from far") < far.index(b"\n\n"),
          "ignore_fromline_hosts: its From line is gone, the headers are headers", far)
    check(suite.wait_log(r'"<uucp!alice>" from smtp rewritten as "alice@gatepost.example" by rule 1'), "and the log tells",
          suite.log()[-1000:])
    talk = (b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<" + ALICE.encode() + b">\r\nDATA\r\nFrom: a b c\r\n\r\nx\r\n.\r\nQUIT\r\n")
    bland = suite.sendmail("-bh", "127.0.0.1", data=talk).stdout
    check(b"550 Administrative prohibition" in bland, "a refusal says little", bland)
    full = suite.sendmail("-DDETAILS=1", "-bh", "127.0.0.1", data=talk).stdout
    check(b"550-Rejected after DATA: " in full and b"failing address in \"From:\" header" in full.replace(b"\r\n550 ", b" ").replace(b"\r\n550-", b" "), "with smtp_return_error_details it says all", full)


def handshake(suite, *words):
    done = subprocess.run(["openssl", "s_client", "-starttls", "smtp", "-connect", f"127.0.0.1:{suite.port}", *words],
                          input=b"QUIT\n", capture_output=True, timeout=60)
    return done.stdout.decode("utf-8", "replace")


def secured(suite):
    said = handshake(suite)
    check("Protocol  : TLSv1.2" in said or "New, TLSv1.2" in said, "openssl_options = +no_tlsv1_3 leaves TLS 1.2", said[-1500:])
    check(re.search(r"Server Temp Key: ECDH, (P-384|secp384r1)", said), "tls_eccurve chooses the curve", said[-1500:])
    check("Cipher is (NONE)" in handshake(suite, "-groups", "X25519"), "and no other one")
    check(re.search(r"Warning: tls_certificate \S+/cert.pem expires in \d days\n Suggested action: renew it", suite.log()),
          "a certificate that ends soon is warned of", suite.log()[:600])


def queued(suite):
    def again(override):
        suite.stop()
        suite.macros = [m for m in suite.macros if not m.startswith(("QUEUED", "OVERRIDE"))] + ["QUEUED=1", "OVERRIDE=" + override]
        suite.start()

    again("true")
    suite.sendmail(ALICE, data=letter("waits"))
    suite.sendmail("-odb", ALICE, data=letter("hurries"))
    check(suite.wait_mail(b"Subject: hurries"), "-odb overrides queue_only", suite.log()[-1000:])
    check(not any(b"Subject: waits" in m for m in suite.mailbox()), "what says nothing waits")
    said = handshake(suite)
    check(not re.search(r"(?m)^221", said) and suite.wait_log("The peer did not send any certificate"),
          "tls_verify_hosts: a listed client without a certificate is cut off", said[-800:])
    again("false")
    suite.sendmail("-odi", ALICE, data=letter("would hurry"))
    check(len(suite.queue()) == 2, "queue_only_override = false: no -od option counts", suite.queue())
    looked_at(suite)


def looked_at(suite):
    """Exim's words about a message that waits."""
    ids = suite.sendmail("-bpi").stdout.decode().split()
    seen = suite.sendmail("-Mset", ids[0], "-be", "$h_subject: $message_exim_id")
    check(seen.stdout.startswith(b"w") and ids[0].encode() in seen.stdout, "-Mset ID -be expands for it", seen)
    whole = suite.sendmail("-Mvc", ids[0]).stdout
    counted = suite.sendmail("-Mset", ids[0], "-be", "$message_linecount $body_linecount $max_received_linelength").stdout.split()
    longest = max(len(line) for line in whole.splitlines() if line.startswith((b"Subject:", b"To:")))
    check(counted == [str(whole.count(b"\n") - 1).encode(), b"1", str(longest).encode()],
          "its lines are counted, but for the empty one, and the longest is measured", (counted, whole))
    head = suite.sendmail("-Mvh", ids[0]).stdout.decode()
    check(head.startswith(ids[0] + "-H\n") and "\n1\n" + ALICE + "\n" in head, "-Mvh shows Exim's -H file", head)
    body = suite.sendmail("-Mvb", ids[0]).stdout.decode()
    check(body == ids[0] + "-D\nhello\n", "-Mvb shows Exim's -D file", body)
    numbers = suite.gatepost("metrics").stdout.decode()
    check('\ngatepost_queue_messages{state="waiting"} ' in numbers and numbers.endswith("# EOF\n"),
          "gatepost metrics counts the queue", numbers)
    before = suite.queue()
    none = suite.sendmail("-Rr", "^nobody")
    check(none.returncode == 0 and suite.wait_log(r"End queue run: pid=\d+ -Rr \^nobody") and suite.queue() == before,
          "-Rr takes an expression", none)
    for option in ("-Rr", "-Srff"):
        wrong = suite.sendmail(option, "(")
        check(wrong.returncode == 1 and wrong.stderr.endswith(
            b" regular expression error: missing closing parenthesis at offset 1 while compiling (\n"), f"{option} wants an expression", wrong)
    run = suite.sendmail("-Rr", "^al[i]ce")
    check(run.returncode == 0 and wait_for(lambda: suite.queue() == []), "and runs what it fits", suite.log()[-800:])


def worded(suite):
    suite.stop()
    template = suite.path("bounce.txt")
    with open(template, "w", encoding="utf-8") as file:
        file.write("Subject: No luck\n****\nDear $bounce_recipient, these failed:\n****\n****\n****\n****\nYours.\n")
    suite.macros = [m for m in suite.macros if not m.startswith(("QUEUED", "OVERRIDE"))] + ["WORDS=" + template]
    suite.start()
    suite.sendmail("-f", ALICE, NOBODY, data=letter("in vain"))
    report = suite.wait_mail(b"Subject: No luck")
    check(report and b"Dear " + ALICE.encode() + b", these failed:\n\n  " + NOBODY.encode() in report and b"Yours.\n" in report,
          "bounce_message_file has the words of reports", report or suite.log()[-800:])
    with open(template, "a", encoding="utf-8") as file:
        file.write("${if eq{$bounce_recipient}{$sender_address}{To ${uc:$local_part_data$sender_address_local_part} of ${primary_hostname}}}\n")
    suite.stop()
    suite.start()
    suite.sendmail("-f", ALICE, NOBODY, data=letter("in vain again"))
    report = suite.wait_mail(b"Yours.\nTo ALICE of ")
    check(report and b"Dear " + ALICE.encode() + b", these failed:" in report, "with expansions of all kinds", report or suite.log()[-800:])
    with open(template, "a", encoding="utf-8") as file:
        file.write("${nosuch:x}\n")
    found = suite.gatepost("check", suite.config)
    said = (found.stdout + found.stderr).decode()
    check(found.returncode != 0 and "nosuch" in said, "what a template cannot say is refused", said)
    suite.macros = [m for m in suite.macros if not m.startswith("WORDS")]


# A line, what of the configuration it takes the place of, and what is said of it.
REFUSED = (
    ("tls_early_banner_hosts = *", "", "tls_early_banner_hosts"),
    ("tls_certificate = /x/$tls_in_sni.pem", "tls_certificate = CERTIFICATE\ntls_privatekey = KEY\n",
     "no certificate with its private key"),
    ("smtp_receive_timeout = ${if def:sender_host_name{5m}{1m}}", "", "an expansion is not supported"),
    ("openssl_options = +no_tls_v1", "openssl_options = +no_tlsv1_3\n", "did you mean"),
    ("tls_eccurve = round", "tls_eccurve = secp384r1\n", "no curves"),
    ("tls_require_ciphers = NONESUCH", "", "names no cipher"),
)


def refused(suite):
    with open(suite.config, encoding="utf-8") as file:
        good = file.read()
    for line, instead_of, why in REFUSED:
        text = good.replace(instead_of, "") if instead_of else good
        suite.write_config(text.replace("\nacl_smtp_data", f"\n{line}\nacl_smtp_data", 1))
        found = suite.gatepost("check", suite.config)
        said = (found.stdout + found.stderr).decode()
        check(found.returncode != 0 and why in said and "gatepost.conf:" in said,
              f"{line} is refused by name, with its line", said)
    suite.write_config(good)


def certificate(suite):
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                           "-keyout", suite.path("key.pem"), "-out", suite.path("cert.pem")], capture_output=True)
    if made.returncode != 0:
        raise RuntimeError(made.stderr.decode())
    for name in ("key.pem", "cert.pem"):
        os.chmod(suite.path(name), 0o644)
    suite.macros += ["CERTIFICATE=" + suite.path("cert.pem"), "KEY=" + suite.path("key.pem")]


def self_signed(build):
    """Without a certificate the suite makes one for itself, and says so; with an empty tls_advertise_hosts it does not."""
    def offering(text):
        return text.replace("\ntls_advertise_hosts =\n", "\ntls_advertise_hosts = *\n", 1)

    with Suite(build, change=offering) as suite:
        said = handshake(suite)
        check(re.search(r"self.signed certificate", said) and "BEGIN CERTIFICATE" in said, "a certificate of its own making", said[-1500:])
        check("Warning: No server certificate defined; will use a selfsigned one.\n Suggested action: either install" in suite.log(),
              "and the log says so", suite.log())
    with Suite(build) as suite:
        check("BEGIN CERTIFICATE" not in handshake(suite) and "selfsigned" not in suite.log(), "an empty tls_advertise_hosts offers nothing")


def main():
    options = arguments(__doc__).parse_args()
    suite = Suite(options.build, ("alice", "carol"), change=configured, keep=options.keep)
    certificate(suite)
    with suite:
        for part in (pretended, notified, shown, command_line, spoken, secured, queued, worded, refused):
            part(suite)
    self_signed(options.build)
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
