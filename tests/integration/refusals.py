#!/usr/bin/env python3
"""What refusals say, with the real daemons: verification of headers, of senders and of the client's name, AUTH, and what a
program that speaks SMTP to -bs is told by the exit status. The words are those of Exim 4.96.

refusals.py [--build DIR] [--keep]
"""
import base64
import sys

from suite import DOMAIN, Suite, Talk, Verdict, arguments

verdict = Verdict()
check = verdict.check

ACLS = """
check_rcpt:
  drop    local_parts = dropped
  deny    local_parts = other
          !verify = sender=$local_part@{domain}
  deny    local_parts = second
          !verify = sender=second@{domain}
  deny    local_parts = nameless
          !verify = reverse_host_lookup
  warn    hosts = 127.0.0.1
          logwrite = hd=<$host_data> csa=<$csa_status>
  accept  local_parts = authorized
          verify = csa
  warn    verify = csa
          logwrite = csa=<$csa_status>
  accept

check_data:
  deny    condition = ${{if eq{{$h_subject:}}{{author}}}}
          !verify = header_sender
  require condition = ${{if !eq{{$h_subject:}}{{syntax}}}}
  accept  condition = ${{if !eq{{$h_subject:}}{{verify}}}}
  require verify = header_syntax
          verify = header_names_ascii
          verify = header_sender
  accept

check_auth:
  deny    condition = ${{if eq{{$sender_helo_name}}{{nobody}}}}
  accept
"""
AUTHENTICATORS = """
begin authenticators
bare:
  driver = plaintext
  public_name = BARE
  server_condition = ${if eq{$auth1}{yes}}
  server_advertise_condition = true
"""


def change(text):
    begin, routers = text.index("begin acl\n"), text.index("begin routers\n")
    text = text[:begin] + "begin acl\n" + ACLS.format(domain=DOMAIN) + "\n" + text[routers:]
    text = text.replace("acl_smtp_rcpt", "#acl_smtp_rcpt").replace("acl_smtp_data", "#acl_smtp_data").replace("\nauth_advertise_hosts", "\n#auth_advertise_hosts")
    at = text.find("begin authenticators")
    text = text[:at] if at >= 0 else text
    return ("acl_smtp_rcpt = check_rcpt\nacl_smtp_data = check_data\nacl_smtp_auth = check_auth\nauth_advertise_hosts = *\n"
            "log_selector = +smtp_protocol_error +smtp_syntax_error\nsmtp_return_error_details = true\n" + text + AUTHENTICATORS)


def judged(suite, headers, subject=b"verify"):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        return talk.send(f"alice@{DOMAIN}", [f"alice@{DOMAIN}"], b"Subject: " + subject + b"\r\n" + headers + b"\r\n\r\nx\r\n")


def headers(suite):
    good = b"From: alice@" + DOMAIN.encode()
    code, text = judged(suite, good + b"\r\nTo: a@b.example c@d.example")
    check(code == 550 and "malformed address: c@d.example\\n may not follow a@b.example" in text.replace("\r\n550-", " "), "where a list goes on is shown to its end", text)
    code, text = judged(suite, good + b"\r\nResent-To: @x")
    check(code == 550 and 'failing address in "Resent-To:" header is: @x' in text.replace("\r\n550 ", " "), "fields of who sent it again are looked at", text)
    code, text = judged(suite, b"X-F\xe9: y\r\n" + good)
    check(code == 550 and text.startswith("550 Rejected after DATA: Invalid character in header"), "names of headers", text)
    code, text = judged(suite, b"Reply-To: x y z\r\n" + good)
    check(code == 550 and "header is" in text, "a list that does not parse", text)
    code, text = judged(suite, b"From: nobody-" + b"at-all@" + DOMAIN.encode())
    check(code == 550 and 'could not verify "From:" header address' in text, "an author who is not there", text)
    code, text = judged(suite, b"Resent-From: alice@" + DOMAIN.encode() + b"\r\nFrom: nobody-at-all@" + DOMAIN.encode())
    check(code == 250, "who sent it again will do", text)
    code, text = judged(suite, b"From: a@b.example <x\r\n 1aaaaa-000000-00 Completed\r\n\ty>", b"author")
    check(code == 550 and "when scanning for" in text, "an author in a list that does not parse", text)
    check(suite.wait_log(r'in "a@b\.example <x\\n 1aaaaa-000000-00 Completed\\n\\ty>"$'), "whose folds begin no line of the log", suite.log()[-600:])


def senders(suite):
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        talk.say(f"MAIL FROM:<alice@{DOMAIN}>")
        for name in ("other", "second"):
            code, text = talk.say(f"RCPT TO:<{name}@{DOMAIN}>")
            check(code == 550 and f"Verification failed for <{name}@{DOMAIN}>" in text, "each address that an ACL names is told", text)
        talk.say(f"RCPT TO:<nameless@{DOMAIN}>")
        check(talk.say(f"RCPT TO:<authorized@{DOMAIN}>") == (250, "250 Accepted"), "what a verification found is no answer to who is accepted")
        talk.say(f"RCPT TO:<alice@{DOMAIN}>")
    check(suite.wait_log(r"hd=<> csa=<>"), "only what was looked up is $host_data", suite.log()[-600:])
    check(suite.wait_log(r"csa=<(unknown|ok|defer)>"), "an authorization nobody speaks of is unknown", suite.log()[-600:])


def logins(suite):
    with Talk(suite.port) as talk:
        code, text = talk.say("EHLO nobody")
        check("AUTH BARE" in text, "the mechanism is offered", text)
        check(talk.say("AUTH BARE")[0] == 503, "an ACL's refusal of AUTH")
        talk.say("EHLO client.example")
        check(talk.say("AUTH B=RE") == (501, "501 invalid character in authentication mechanism name"), "no name")
        check(talk.say("AUTH NONE") == (504, "504 NONE authentication mechanism not supported"), "an unknown one")
        check(talk.say("AUTH BARE")[0] == 535, "without prompts nothing is asked")
    with Talk(suite.port) as talk:
        talk.say("EHLO client.example")
        for _ in range(6): # more than smtp_max_synprot_errors
            check(talk.say("AUTH BARE ====")[0] == 501, "what is no base64 is no error of syntax")
        check(talk.say("AUTH BARE " + base64.b64encode(b"yes").decode())[0] == 235, "and the session goes on")
    check(suite.wait_log(r'SMTP protocol error in "AUTH NONE" H=.* NONE authentication mechanism not supported'), "the log has the mechanism", suite.log()[-600:])
    check(suite.wait_log(r'SMTP syntax error in "AUTH B=RE" H=.* invalid character'), "and the name that is none", suite.log()[-600:])


def statuses(suite):
    def status(*lines):
        return suite.sendmail("-bs", data=("\r\n".join(lines) + "\r\n").encode()).returncode
    start = ("EHLO x", "MAIL FROM:<>")
    check(status(*start, f"RCPT TO:<dropped@{DOMAIN}>") == 0, "a session that an ACL has dropped")
    check(status(*start, *["FOO"] * 10) == 0, "one of unknown commands")
    check(status("EHLO x", *["MAIL FROM:<x"] * 10) == 1, "one of errors of syntax")
    check(status(*start) == 1, "one without QUIT")


def main():
    options = arguments("what refusals say").parse_args()
    with Suite(options.build, change=change, keep=options.keep) as suite:
        for step in (headers, senders, logins, statuses):
            step(suite)
        panic = suite.log("paniclog")
        check(not panic, "the panic log is empty", panic[-2000:])
    return verdict.end()


if __name__ == "__main__":
    sys.exit(main())
