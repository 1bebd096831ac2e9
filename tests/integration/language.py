#!/usr/bin/env python3
"""Commands and options of the language, in the calling process: -brw, -brt, -bi, ${run}, -d, and main options that
an expansion shows. What -brw and -brt print was recorded from Exim 4.96.

No suite is started. Run by ctest, or: python3 language.py --build build/release
"""
import argparse
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest

from played import Names, address, mx

CONFIGURATION = r"""
spool_directory = {folder}/spool
primary_hostname = mail.example.org
keep_environment =
add_environment = A=added
exim_version = 9.9
localhost_number = ${{if eq{{a}}{{a}}{{3}}{{4}}}}
bi_command = {folder}/rebuild
domainlist local = a.example : lsearch;{folder}/domains

begin rewrite
*@*.old.example  $1@new.example  Ffrsq
^a@b\.example  x@y.example  h

begin retry
*.slow.example  quota_5d  F,2d,15m; G,16h,1h,1.5
user@dom.example  timeout_connect_A  F,1h,10m
*  auth_failed senders=a@b:c@d F,1h,10m
remote.example * F,10m,2m; H,3h,10m,2
*@lsearch;{folder}/domains * F,1d,4m
*@+local * F,1d,5m
lsearch*@;{folder}/people timeout F,1d,6m
*@${{lookup{{b.example}}lsearch{{{folder}/domains}}{{$value.example}}}} * F,1d,7m
*@\N^\d\N * F,1d,8m
snd.example * senders=lsearch*@;{folder}/people F,1d,10m
*  rcpt_452
g.example * G,1h,1m,2; G,1d1h,90m,1.05; g,3w2d,1h30m5s,1.555;f,100s,1s;G,1h,1m,1.50
*  *  F,2h,15m; G,16h,1h,1.5; F,4d,6h
"""
USUAL = "Retry rule: *  *  F,2h,15m; G,16h,1h,1.5; F,4d,6h; \n"
RETRY = {
    "dom.slow.example": USUAL,
    "dom.slow.example quota_6d": "Retry rule: *.slow.example  quota_5d  F,2d,15m; G,16h,1h,1.5; \n",
    "user@dom.example timeout_connect_A": "Retry rule: user@dom.example  timeout_connect_A  F,1h,10m; \n",
    "user@dom.example timeout_connect_MX": USUAL,
    "x.example remote.example": "Retry rule: remote.example  *  F,10m,2m; H,3h,10m; \n",
    "a@x.example rcpt_452": "Retry rule: *  *  \n",
    "b.example": "Retry rule: *@lsearch;{folder}/domains  *  F,1d,4m; \n",
    "x@b.example": "Retry rule: *@lsearch;{folder}/domains  *  F,1d,4m; \n",
    "x@a.example": "Retry rule: *@+local  *  F,1d,5m; \n",
    "y.example b.example": "Retry rule: *@lsearch;{folder}/domains  *  F,1d,4m; \n",
    "joe@there.example timeout": "Retry rule: lsearch*@;{folder}/people  timeout  F,1d,6m; \n",
    "found.example": "Retry rule: *@${{lookup{{b.example}}lsearch{{{folder}/domains}}{{$value.example}}}}  *  F,1d,7m; \n",
    "9x.example": "Retry rule: *@\\N^\\d\\N  *  F,1d,8m; \n",
    "-f joe@there.example snd.example": "Retry rule: snd.example  *  F,1d,10m; \n",
    "-f jim@there.example snd.example": USUAL,
    "q.example auth_failed": USUAL,
    "-f a@b q.example auth_failed": "Retry rule: *  auth_failed  F,1h,10m; \n",
    "g.example": "Retry rule: g.example  *  G,1h,1m,2.0; G,1d1h,1h30m,1.05; G,3w2d,1h30m5s,1.555; F,1m40s,1s; "
                 "G,1h,1m,1.5; \n",
    "x": "Warning: \"x\" contains no '@' and no '.' characters. It is being \n"
         "treated as a one-component domain, not as a local part.\n\n" + USUAL,
}
PLACES = ("  sender", "    from", "      to", "      cc", "     bcc", "reply-to", "env-from", "  env-to")


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gp-language-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.file = self.folder + "/gatepost.conf"
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(CONFIGURATION.format(folder=self.folder))
        with open(self.folder + "/domains", "w", encoding="utf-8") as out:
            out.write("b.example: found\n")
        with open(self.folder + "/people", "w", encoding="utf-8") as out:
            out.write("joe@there.example\n")
        with open(self.folder + "/rebuild", "w", encoding="utf-8") as out:
            out.write('#!/bin/sh\necho "$# [$1] $A"\nexit 7\n')
        os.chmod(self.folder + "/rebuild", 0o755)
        os.symlink(BUILD + "/bin/sendmail", self.folder + "/exim")

    def exim(self, *words, text=None):
        return subprocess.run([self.folder + "/exim", "-C", self.file, *words], input=text, capture_output=True, text=True,
                              timeout=60, check=False)

    def test_retry_rules(self):
        for question, answer in RETRY.items():
            words = question.split()
            words.insert(2 if words[0] == "-f" else 0, "-brt")
            said = self.exim(*words)
            self.assertEqual((said.returncode, said.stdout), (0, answer.format(folder=self.folder)), question)
        for question, answer in (("a.b rcpt_5xx", 'unknown or malformed retry error "rcpt_5xx"\n'),
                                 ("a.b quota_x", "bad time value\n"), ("a.b -", 'unknown or malformed retry error "-"\n')):
            said = self.exim("-brt", *question.split())
            self.assertEqual((said.returncode, said.stdout + said.stderr), (1, answer), question)
        said = self.exim("-brt")
        self.assertEqual((said.returncode, said.stderr), (1, "-brt needs a domain or address argument\n"))

    def rewritten(self, address):
        said = self.exim("-brw", address)
        self.assertEqual(said.returncode, 0, said.stderr)
        return said.stdout

    def test_rewriting_rules(self):
        def lines(*made):
            return "".join(f"{place}: {address}\n" for place, address in zip(PLACES, made))
        self.assertEqual(self.rewritten("a@b.example"), lines(*["x@y.example"] * 6, "a@b.example", "a@b.example"))
        new, old = "x@new.example", "x@y.old.example"
        self.assertEqual(self.rewritten(old), lines(new, new, old, old, old, new, new, old))
        self.assertEqual(self.rewritten("local"), lines(*["local@mail.example.org"] * 8))
        new, old = "Joe <x@new.example>", "Joe <x@foo.old.example>"
        self.assertEqual(self.rewritten(old), lines(new, new, old, old, old, new, "x@new.example", "x@foo.old.example"))
        said = self.exim("-brw")
        self.assertEqual((said.returncode, said.stderr), (1, "-brw needs an address argument\n"))

    def test_the_command_for_aliases(self):
        said = self.exim("-bi")
        self.assertEqual((said.returncode, said.stdout), (7, "0 [] added\n"))
        said = self.exim("-oA", "/etc/fo o", "-bi")
        self.assertEqual((said.returncode, said.stdout), (7, "1 [/etc/fo o] added\n"))
        os.unlink(self.folder + "/rebuild")
        said = self.exim("-bi")
        self.assertEqual(said.returncode, 1)
        self.assertIn(f"exec '{self.folder}/rebuild' failed: No such file or directory", said.stderr)

    def test_what_expansions_show(self):
        said = self.exim("-be", "$exim_version $version_number $localhost_number ${run{/usr/bin/env}}")
        self.assertEqual(said.stdout, "9.9 9.9 3 A=added\n\n", said.stderr)

    def test_a_wrong_number_of_the_host(self):
        for value, words in (("17", "localhost_number is greater than the maximum allowed value (16)"),
                             ("x", "localhost_number value is not a number: x")):
            with open(self.file, "w", encoding="utf-8") as out:
                out.write(f"spool_directory = {self.folder}/spool\nlocalhost_number = {value}\n")
            said = self.exim("-be", "x")
            self.assertNotEqual(said.returncode, 0)
            self.assertIn(words, said.stderr)

    def test_options_that_change_an_answer(self):
        words = ("${rfc2047d:=?utf-8?Q?" + "a" * 80 + "?=}", "${escape:\xe4}")
        self.assertEqual(self.exim("-be", *words).stdout, "=?utf-8?Q?" + "a" * 80 + "?=\n\\303\\244\n")
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(f"spool_directory = {self.folder}/spool\nno_check_rfc2047_length\nprint_topbitchars\n"
                      ".ifdef SHORT\nmax_username_length = SHORT\n.endif\n.ifdef AGAIN\nfinduser_retries = 1\n.endif\n"
                      "begin routers\nr:\n  driver = accept\n  check_local_user\n  transport = t\n"
                      "begin transports\nt:\n  driver = appendfile\n  file = /dev/null\n")
        self.assertEqual(self.exim("-be", *words).stdout, "a" * 80 + "\n\xe4\n")
        self.assertIn("router = r, transport = t", self.exim("-bt", "nobody").stdout)
        self.assertIn("Unrouteable address", self.exim("-DSHORT=5", "-bt", "nobody").stdout)
        self.assertIn("router = r, transport = t", self.exim("-DSHORT=6", "-bt", "nobody").stdout)
        self.assertIn("Unrouteable address", self.exim("-DAGAIN", "-bt", "nosuchuser").stdout)

    def write(self, text):
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(f"spool_directory = {self.folder}/spool\nprimary_hostname = mail.example.org\n{text}")

    # Recorded from Exim 4.96.
    def test_addresses_to_test_are_rewritten(self):
        self.write("begin routers\nr:\n  driver = accept\n  domains = *.example\n  transport = t\n"
                   "begin transports\nt:\n  driver = appendfile\n  file = /dev/null\nbegin rewrite\n"
                   "*@old.example y@new.example\n*@t.example t@new.example T\n*@f.example f@new.example F\n*@bad.example <>\n")
        rewritten = "Address rewritten as: {0}@new.example\n{0}@new.example"
        routed = "\n  router = r, transport = t\n"
        for words, said in ((("-bt", "x@old.example"), rewritten.format("y") + routed),
                            (("-bt", "x@t.example"), rewritten.format("t") + routed),
                            (("-bt", "x@f.example"), "x@f.example" + routed),
                            (("-bt", "x@bad.example"), "x@bad.example" + routed),
                            (("-bv", "x@old.example"), rewritten.format("y") + " verified\n"),
                            (("-bvs", "x@t.example"), "x@t.example verified\n"),
                            (("-bvs", "x@f.example"), rewritten.format("f") + " verified\n"),
                            (("-bvs", "x@bad.example"), "Address rewritten as: \n")):
            done = self.exim(*words)
            self.assertEqual((done.returncode, done.stdout), (0, said), words)

    def test_explain_names_each_router_and_what_decided(self):
        self.write("begin routers\nfirst:\n  driver = accept\n  domains = other.example\n  transport = t\n"
                   "second:\n  driver = accept\n  senders = a@b.example\n  condition = ${if eq{$sender_host_address}{192.0.2.1}}\n  transport = t\n"
                   "third:\n  driver = redirect\n  data = ${if eq{$local_part}{ann}{joe@far.example}}\n"
                   "fourth:\n  driver = manualroute\n  domains = far.example\n  route_list = * 192.0.2.7::26\n  transport = s\n  no_more\n"
                   "begin transports\nt:\n  driver = appendfile\n  file = /dev/null\ns:\n  driver = smtp\n")
        gatepost = BUILD + "/bin/gatepost"

        def explain(*words):
            return subprocess.run([gatepost, "explain", "-C", self.file, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, text=True)
        told = explain("ann@here.example").stdout
        for line in ("ann@here.example\n  router first skipped: the domain does not match\n"
                     f"      decided by {self.file}:6: domains = other.example\n",
                     f"  router second skipped: the sender does not match\n      decided by {self.file}:10: senders = a@b.example\n",
                     f"  router third redirected\n      at {self.file}:13: third:\njoe@far.example\n",
                     "  router third declined\n", f"  router fourth accepted\n      at {self.file}:16: fourth:\n",
                     "joe@far.example\n  transport s, driver smtp\n", "    host 192.0.2.7 [192.0.2.7] port=26\n"):
            self.assertIn(line, told)
        told = explain("ann@here.example", "--from", "a@b.example", "--client", "192.0.2.1").stdout
        self.assertIn("router second accepted", told)
        told = explain("ann@here.example", "--from", "a@b.example").stdout
        self.assertIn("router second skipped: condition is false", told)
        told = explain("nobody@there.example").stdout
        self.assertIn("nobody@there.example is failed: Unrouteable address", told)
        self.assertEqual(explain("192.0.2.1", "--from", "a@b.example").returncode, 64)

    def test_explain_says_what_dns_says_of_the_hosts(self):
        names = Names({("far.example", "MX"): ([mx("b.far.example", 20), mx("a.far.example", 10)], True),
                       ("a.far.example", "A"): ([address("192.0.2.1")], True), ("b.far.example", "A"): ([address("192.0.2.22")], True)})
        self.write(f"dns_servers = <, 127.0.0.1:{names.port}\ndns_trust_aa = *\nbegin routers\nr:\n  driver = dnslookup\n  transport = s\n"
                   "begin transports\ns:\n  driver = smtp\n")
        told = subprocess.run([BUILD + "/bin/gatepost", "explain", "-C", self.file, "joe@far.example"], stdout=subprocess.PIPE, check=False, text=True).stdout
        for pattern in (r"    MX records of far\.example: TTL \d+, ",
                        r"    host a\.far\.example \[192\.0\.2\.1\] MX=10\n      addresses: TTL \d+, secured by DNSSEC\n"
                        r"    host b\.far\.example \[192\.0\.2\.22\] MX=20\n      addresses: TTL \d+, secured by DNSSEC\n"):
            self.assertRegex(told, pattern)

    def test_what_has_no_end(self):
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(f"spool_directory = {self.folder}/spool\nprimary_hostname = a.example\ndomainlist one = +two\n"
                      "domainlist two = +one\nbegin acl\na:\n  accept condition = ${acl{a}}\nb:\n  accept acl = b\n")
        said = self.exim("-be", text="${acl{a}}\n${if acl{{b}}{y}{n}}\n${if match_domain{x}{+one}{y}{n}}\n"
                         + "${lc:" * 20000 + "\n")
        lines = said.stdout.splitlines()
        self.assertEqual(lines[:2], ['> Failed: ERROR from acl "a"', '> Failed: ERROR from acl "b"'])
        self.assertIn('named list "+one" refers to itself', lines[2])
        self.assertTrue(lines[3].startswith("> Failed: ") and len(lines[3]) < 1000, lines[3][:1000])
        with open(self.file, "wb") as out:
            out.write(b".include " + self.file.encode() + b"\n\x00\xff\x01 = \x02\nA = A A\nA == A A\n")
        said = self.exim("-bV")
        self.assertEqual(said.returncode, 1)
        self.assertIn(":1: included files are nested deeper than 50", said.stderr)

    def test_version_lists_what_is_built_in(self):
        said = self.exim("-bV").stdout
        for line in ("Support for: .*OpenSSL.* SPF", "Lookups .built-in.: .*cdb .*lsearch .*wildlsearch", "Authenticators: cram_md5 .*plaintext",
                     "Routers: accept dnslookup .*redirect", "Transports: appendfile/maildir/mailstore/mbx .*smtp", "Malware: .*clamd .*sophie",
                     "Configuration file is " + self.file):
            self.assertRegex(said, "(?m)^" + line)

    def test_malware(self):
        """A scanner that is asked in a line, and opens the file itself."""
        letter = self.folder + "/letter"
        with socket.create_server(("127.0.0.1", 0)) as server:
            with open(self.file, encoding="utf-8") as before:
                text = before.read()
            with open(self.file, "w", encoding="utf-8") as out:
                out.write(f"av_scanner = sock:127.0.0.1 {server.getsockname()[1]}:SCAN %s:bad:bad (.*)\n" + text)

            def serve():
                for _ in range(2):
                    client, _peer = server.accept()
                    with client, client.makefile("r", encoding="utf-8") as lines:
                        with open(lines.readline().split()[1], encoding="utf-8") as file:
                            client.sendall(b"bad Worm.A" if "worm" in file.read() else b"good")
            threading.Thread(target=serve, daemon=True).start()
            for content, wanted in (("a worm", (1, "Malware found: Worm.A\n")), ("hello", (0, "No malware found.\n"))):
                with open(letter, "w", encoding="utf-8") as out:
                    out.write(content)
                said = self.exim("-bmalware", letter)
                self.assertEqual((said.returncode, said.stdout), wanted, said.stderr)
        said = self.exim("-bmalware", letter)
        self.assertEqual((said.returncode, said.stdout), (1, "Malware lookup returned non-okay/fail: 1\n"))
        self.assertIn("Connection refused", said.stderr)
        with open(self.file, "w", encoding="utf-8") as out:
            out.write("av_scanner = cmdline:/bin/grep -ro hello %s:hello:(hel)\n" + text)
        said = self.exim("-bmalware", letter)
        self.assertEqual((said.returncode, said.stdout), (1, "Malware found: hel\n"), said.stderr)

    def test_kept_environment(self):
        question = "[${env{GP_A}{$value}{-}}${env{GP_B}{$value}{-}}${env{HOME}{+}{-}}]"
        for kept, wanted in (("GP_A", "[a--]"), ("! GP_B", "[a-+]"), ("!GP_B : ^GP_", "[a--]"), ("*_B", "[-b-]"), ("", "[---]")):
            text = CONFIGURATION.format(folder=self.folder).replace("keep_environment =", "keep_environment = " + kept)
            with open(self.file, "w", encoding="utf-8") as out:
                out.write(text)
            said = subprocess.run([self.folder + "/exim", "-C", self.file, "-be", question], capture_output=True, text=True, timeout=60,
                                  check=False, env=os.environ | {"GP_A": "a", "GP_B": "b"})
            self.assertEqual(said.stdout.strip(), wanted, kept + said.stderr)
        with open(self.file, "w", encoding="utf-8") as out:
            out.write(CONFIGURATION.format(folder=self.folder).replace("keep_environment =", "keep_environment = lsearch;/etc/names"))
        said = subprocess.run([BUILD + "/bin/gatepost", "check", self.file], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("is a look-up or a named list", said.stdout + said.stderr)

    def test_debugging_output(self):
        question = "${if match_domain{b.example}{+local}{${uc:yes}}{no}}"
        quiet = self.exim("-be", question)
        said = self.exim("-d-all+expand+lists+lookup", "-be", question)
        self.assertEqual((said.stdout, quiet.stderr), ("YES\n", ""))
        for words in ("expanding: " + question, "   result: YES", 'b.example in "+local"? yes',
                      f'lsearch in {self.folder}/domains of "b.example": "found"'):
            self.assertIn(words, said.stderr)
        said = self.exim("-d-all+rewrite", "-brw", "x@y.old.example")
        self.assertIn("env-from: x@y.old.example becomes x@new.example by rule 1", said.stderr)
        said = self.exim("-d-all+load+uid+interface", "-be", "$load_average")
        self.assertRegex(said.stderr, r"system load average = " + said.stdout.strip())
        self.assertIn(f"uid={os.getuid()} gid={os.getgid()} ", said.stderr)
        self.assertIn("actual local interface address is 127.0.0.1", said.stderr)
        filter_file = self.folder + "/filter"
        with open(filter_file, "w") as out:
            out.write("# Exim filter\nif $h_subject: contains x then seen finish endif\n")
        told = subprocess.run([self.folder + "/exim", "-C", self.file, "-d-all+filter", "-bf", filter_file], input="Subject: axb\n\n.\n",
                              capture_output=True, text=True)
        self.assertIn(" is true: ", told.stderr)
        self.assertNotIn(" is true: ", told.stdout)
        self.assertIn("testing someone@b.example", self.exim("-d-all+verify", "-bt", "someone@b.example").stderr)
        session = self.folder + "/session.conf"
        with open(session, "w") as out:
            out.write(f"spool_directory = {self.folder}/spool\nprimary_hostname = h.example\ndns_timeout = 1s\nacl_smtp_rcpt = r\nbegin acl\nr:\n"
                      "  deny dnslists = black.example\n  require verify = sender\n  accept\nbegin routers\nfails:\n  driver = redirect\n  data = :fail: no\n  allow_fail\n")
        told = subprocess.run([self.folder + "/exim", "-C", session, "-d-all+dnsbl+verify+receive", "-bh", "1.2.3.4"],
                              input="HELO x\nMAIL FROM:<a@h.example>\nRCPT TO:<b@h.example>\nQUIT\n", capture_output=True, text=True,
                              env={**os.environ, "GATEPOST_DNS": "127.0.0.1:1"}).stderr
        for words in ("DNS list check: 4.3.2.1.black.example cannot be looked up: ", "verifying sender <a@h.example>: failed (route): no",
                      "SMTP<< RCPT TO:<b@h.example>"):
            self.assertIn(words, told)
        said = self.exim("-d-all+exec+pid+timestamp", "-be", "${run{/bin/echo hello}}")
        self.assertRegex(said.stderr, r"\d\d:\d\d:\d\d \d+ /bin/echo hello")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    options, rest = parser.parse_known_args()
    BUILD = os.path.abspath(options.build)
    unittest.main(argv=["language.py", *rest])
