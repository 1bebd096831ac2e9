#!/usr/bin/env python3
"""The commands that show, check and edit a configuration: gatepost conf, check, privileges, and exim -bP.

No suite is started. Run by ctest, or: python3 conf.py --build build/release
"""
import argparse
import json
import os
import shutil
import subprocess
import tempfile
import unittest

CONFIGURATION = """\
# top comment
primary_hostname = host.example
spool_directory = {folder}/spool
FOO = foo.example
qualify_domain = FOO

# about limits
message_size_limit = \\
  # inner
   10M
hide received_header_text = secret
acl_smtp_rcpt = rc
.include {folder}/more
domainlist loc = @ : b.example

begin acl
rc:
  accept   domains  =  +loc
begin routers
r1:
  driver = accept
  domains = +loc
  debug_print = "R:  x"
  transport = t1
  # last comment
begin transports
t1:
  driver = appendfile
  file = {folder}/box
begin retry
*   *   F,2h,15m
"""


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="gp-conf-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.file = self.folder + "/gatepost.conf"
        with open(self.file, "w") as out:
            out.write(CONFIGURATION.format(folder=self.folder))
        with open(self.folder + "/more", "w") as out:
            out.write("recipients_max = 7\n")
        os.symlink(BUILD + "/bin/sendmail", self.folder + "/exim")

    def run_it(self, *words):
        return subprocess.run(words, capture_output=True, text=True, timeout=60)

    def conf(self, *words):
        return self.run_it(BUILD + "/bin/gatepost", "conf", "-C", self.file, *words)

    def printed(self, *words):
        return self.run_it(self.folder + "/exim", "-C", self.file, *words)

    def text(self):
        with open(self.file) as file:
            return file.read()

    def test_shows_what_is_written_and_where(self):
        rows = json.loads(self.conf("-nj").stdout)
        by_name = {row["name"]: row for row in rows}
        self.assertEqual(by_name["qualify_domain"]["value"], "foo.example")
        self.assertEqual(by_name["message_size_limit"]["where"], self.file + ":8")
        self.assertEqual(by_name["recipients_max"]["where"], self.folder + "/more:1")
        self.assertNotIn("smtp_banner", by_name)
        self.assertEqual(self.conf("-h", "qualify_domain").stdout, "foo.example\n")
        self.assertEqual(self.conf("-d", "message_size_limit").stdout, "message_size_limit = 50M\n")
        self.assertEqual(self.conf("+loc", "routers/r1/transport").stdout,
                         "domainlist loc = @ : b.example\nrouters/r1/transport = t1\n")
        self.assertIn("routers/r1/domains = +loc\n", self.conf("-n", "routers/r1").stdout)
        wrong = self.conf("qualify_domian")
        self.assertNotEqual(wrong.returncode, 0)
        self.assertIn('did you mean "qualify_domain"?', wrong.stderr)

    def test_an_edit_keeps_everything_else(self):
        before = self.text()
        done = self.conf("-e", "message_size_limit=20M", "queue_only=true", "routers/r1/verify_only=true")
        self.assertEqual(done.returncode, 0, done.stderr)
        wanted = before.replace("message_size_limit = \\\n  # inner\n   10M\n", "  # inner\nmessage_size_limit = 20M\n")
        wanted = wanted.replace("domainlist loc = @ : b.example\n", "domainlist loc = @ : b.example\nqueue_only = true\n")
        wanted = wanted.replace("  transport = t1\n", "  transport = t1\n  verify_only = true\n")
        self.assertEqual(self.text(), wanted)
        self.assertEqual(self.conf("-X", "queue_only", "routers/r1/verify_only").returncode, 0)
        self.assertEqual(self.text(), before.replace("message_size_limit = \\\n  # inner\n   10M\n",
                                                     "  # inner\nmessage_size_limit = 20M\n"))

    def test_named_lists_are_edited_too(self):
        before = self.text()
        done = self.conf("-e", "+loc=@ : c.example : d.example", "hostlist relays=192.0.2.0/24", "+relays=192.0.2.0/25")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.text(), before.replace("domainlist loc = @ : b.example\n", "domainlist loc = @ : c.example : d.example\n"
                                                     "hostlist relays = 192.0.2.0/25\n"))
        self.assertEqual(self.conf("-X", "+relays").returncode, 0)
        self.assertNotIn("relays", self.text())
        self.assertIn("with its kind", self.conf("-e", "+nosuch=a").stderr)

    def test_an_edit_takes_no_other_line_in(self):
        before = self.text()
        for words in (["qualify_domain=a\\"], ["+loc=b\\"], ["qualify_domain=a \\ "], ["message_size_limit=1M\\"]):
            self.assertNotEqual(self.conf("-e", *words).returncode, 0, words)
            self.assertEqual(self.text(), before)
        for words, said in ((["recipient_max=5"], 'did you mean "recipients_max"?'), (["routers/r9/driver=accept"], "by hand")):
            self.assertIn(said, self.conf("-e", *words).stderr)
        quoted = self.conf("-e", 'smtp_banner="a \\\\\\\\"')
        self.assertEqual(quoted.returncode, 0, quoted.stderr)

    def test_a_new_setting_counts_whatever_a_condition_says(self):
        with open(self.file) as file:
            text = file.read()
        text = text.replace("begin acl\n", ".ifdef OTHER\nrecipients_max_reject\n.else\nno_recipients_max_reject\n.endif\n\nbegin acl\n", 1)
        text = text.replace("  # last comment\n", ".ifndef OTHER\n  no_more\n.endif\n  # last comment\n")
        text = text.replace("hide received_header_text", "hide\treceived_header_text")
        with open(self.file, "w") as out:
            out.write(text)
        done = self.conf("-e", "queue_only=true", "routers/r1/verify_only=true", "received_header_text=other")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(".endif\nqueue_only = true\n", self.text())
        self.assertIn("  no_more\n.endif\n  verify_only = true\n", self.text())
        self.assertIn("\nhide received_header_text = other\n", self.text())

    def test_a_file_with_other_line_ends_keeps_them(self):
        with open(self.file, newline="") as file:
            text = file.read().replace("\n", "\r\n")
        with open(self.file, "w", newline="") as out:
            out.write(text)
        self.assertEqual(self.conf("-e", "qualify_domain=x.example", "queue_only=true").returncode, 0)
        with open(self.file, newline="") as file:
            text = file.read()
        self.assertEqual(text.count("\n"), text.count("\r\n"))
        self.assertIn("queue_only = true\r\n", text)

    def test_of_edits_at_a_time_none_is_lost(self):
        options = ["recipients_max", "smtp_accept_max", "smtp_max_unknown_commands", "received_headers_max", "queue_run_max", "remote_max_parallel"]
        edits = [subprocess.Popen([BUILD + "/bin/gatepost", "conf", "-C", self.file, "-e", f"{option}={40 + number}"])
                 for number, option in enumerate(options)]
        self.assertEqual([edit.wait(60) for edit in edits], [0] * len(edits))
        shown = self.conf("-h", *options).stdout.split()
        self.assertEqual(shown, [str(40 + number) for number in range(len(options))])

    def test_an_edit_is_made_where_the_setting_stands(self):
        before = self.text()
        self.assertEqual(self.conf("-e", "recipients_max=9").returncode, 0)
        self.assertEqual(self.text(), before)
        with open(self.folder + "/more") as file:
            self.assertEqual(file.read(), "recipients_max = 9\n")
        both = self.conf("-e", "recipients_max=10", "qualify_domain=x.example")
        self.assertNotEqual(both.returncode, 0)
        self.assertEqual(self.text(), before)

    def test_strangers_do_not_see_what_is_hidden(self):
        if os.geteuid() != 0:
            self.skipTest("only root can be somebody else")
        for path in (self.folder, self.file, self.folder + "/more"):
            os.chmod(path, 0o755)

        def seen(*words):
            return subprocess.run([self.folder + "/exim", "-C", self.file, "-bP", *words], capture_output=True, text=True, timeout=60,
                                  user=65534, group=65534, extra_groups=[])

        try:
            seen("received_header_text")
        except PermissionError:
            self.skipTest("others cannot reach the programs where they were built")
        self.assertEqual(seen("received_header_text").stdout, "received_header_text = <value not displayable>\n")
        config = seen("config").stdout
        self.assertIn("hide received_header_text = <value not displayable>\n", config)
        self.assertIn("FOO = <value not displayable>\n", config)
        for words in (["macros"], ["macro_list"], ["macro", "FOO"]):
            said = seen(*words)
            self.assertEqual((said.returncode, said.stdout, said.stderr), (1, "", "exim: permission denied\n"))

    def test_a_bad_edit_changes_nothing(self):
        before = self.text()
        os.chmod(self.file, 0o640)
        for words in (["routers/r1/transport=nowhere"], ["accept_8bitmime=perhaps"], ["nosuch=1"],
                      ["qualify_domain=x.example", "routers/r1/transport=nowhere"],
                      ["smtp_banner=$nosuchvariable"]):
            self.assertNotEqual(self.conf("-e", *words).returncode, 0, words)
            self.assertEqual(self.text(), before)
        self.assertEqual(sorted(os.listdir(self.folder)), ["exim", "gatepost.conf", "more"])
        self.assertEqual(self.conf("-e", "qualify_domain=y.example").returncode, 0)
        self.assertEqual(os.stat(self.file).st_mode & 0o777, 0o640)

    def test_the_services(self):
        rows = json.loads(self.conf("-M", "-j").stdout)
        self.assertIn("smtpd", [row["service"] for row in rows])
        self.assertEqual([row["service"] for row in json.loads(self.conf("-Mj", "qmgr").stdout)], ["qmgr"])

    def test_check_tells_all_errors_for_programs_too(self):
        with open(self.file, "a") as out:
            out.write("begin rewrite\n")
        text = self.text().replace("qualify_domain =", "qualify_domian =").replace("transport = t1", "transport = t2")
        text = text.replace("accept   domains", "acept   domains")
        with open(self.file, "w") as out:
            out.write(text)
        said = self.run_it(BUILD + "/bin/gatepost", "check", self.file, "--json")
        self.assertEqual(said.returncode, 78)
        report = json.loads(said.stdout)
        self.assertFalse(report["good"])
        found = {problem["line"]: problem for problem in report["problems"]}
        self.assertIn('did you mean "qualify_domain"?', found[5]["hint"])
        self.assertTrue(any("t2" in problem["reason"] for problem in report["problems"]))
        self.assertTrue(any("acept" in problem["reason"] + problem.get("text", "") for problem in report["problems"]))

    def test_what_was_meant_is_told_in_acls_too(self):
        file = self.folder + "/typos"
        with open(file, "w") as out:
            out.write(f"spool_directory = {self.folder}/spool\nacl_smtp_rcpt = r\nbegin acl\nr:\n  deny condition = $sender_host_adress\n"
                      "  warn set acl_m_x = ${upc:x}\n  deny condition = ${if eqq{a}{b}}\n  deny condition = ${lookup{a}lserch{/x}}\n"
                      "  require verify = recpient\n  require verify = recipient/callot\n  deny message = ${if\n  accept\n")
        said = self.run_it(BUILD + "/bin/gatepost", "check", "-C", file).stderr
        for line, words in enumerate(("did you mean $sender_host_address?", "did you mean uc?", "did you mean eq?", "did you mean lsearch?",
                                      'did you mean "recipient"?', 'did you mean "callout"?'), 5):
            self.assertRegex(said, rf"typos:{line}: [^\n]*" + words.replace("?", r"\?").replace("$", r"\$"))
        self.assertNotIn("never reached", said)
        self.assertNotIn("mean <", said)
        lines = [int(line.split(":")[1]) for line in said.splitlines() if line.startswith(file)]
        self.assertEqual(lines, sorted(lines))

    def test_check_privileges(self):
        said = self.run_it(BUILD + "/bin/gatepost", "check", self.file, "--privileges")
        self.assertEqual(said.returncode, 0, said.stderr)
        self.assertIn("smtpd", said.stdout)
        self.assertIn("router reads what the configuration names:", said.stdout)

    def test_print_options(self):
        self.assertEqual(self.printed("-bP", "exim_version").stdout, "exim_version = 4.96\n")
        # Where nobody is named, those as whom services would run.
        for word in ("exim_user", "exim_group"):
            self.assertRegex(self.printed("-bP", word).stdout, f"^{word} = [A-Za-z]")
        # Numbers that somebody has are shown as names.
        with open(self.folder + "/numbers", "w") as out:
            out.write("never_users = 0 : 4000000000\n")
        said = self.run_it(self.folder + "/exim", "-C", self.folder + "/numbers", "-bP", "never_users")
        self.assertEqual(said.stdout, "never_users = root:4000000000\n")
        self.assertEqual(self.printed("-bP", "qualify_domain", "recipients_max").stdout,
                         "qualify_domain = foo.example\nrecipients_max = 7\n")
        self.assertEqual(self.printed("-n", "-bP", "qualify_domain").stdout, "foo.example\n")
        self.assertEqual(self.printed("-bP", "router_list").stdout, "r1\n")
        self.assertEqual(self.printed("-bP", "+loc").stdout, "domainlist loc = @ : b.example\n")
        self.assertEqual(self.printed("-bP", "macro", "FOO").stdout, "FOO=foo.example\n")
        self.assertEqual(self.printed("-bP", "no_queue_only").returncode, 1)
        router = self.printed("-bP", "router", "r1").stdout.splitlines()
        self.assertEqual(router[:3], ["address_data = ", "address_test", "cannot_route_message = "])
        self.assertIn("debug_print = R:  x", router)
        nope = self.printed("-bP", "router", "nope")
        self.assertEqual((nope.returncode, nope.stdout), (1, "router nope not found\n"))

    def test_print_the_whole_text(self):
        self.assertEqual(self.printed("-bP", "config").stdout, f"""\
# Exim Configuration (4.96)
# 1 "{self.file}"
primary_hostname = host.example
spool_directory = {self.folder}/spool
FOO = foo.example
qualify_domain = foo.example
message_size_limit = 10M
hide received_header_text = secret
acl_smtp_rcpt = rc
# 13 "{self.file}"
# 1 "{self.folder}/more"
recipients_max = 7
# 13 "{self.file}"
domainlist loc = @ : b.example

begin acl

  rc:
    accept domains = +loc

begin routers

  r1:
    driver = accept
    domains = +loc
    debug_print = "R: x"
    transport = t1

begin transports

  t1:
    driver = appendfile
    file = {self.folder}/box

begin retry
  * * F,2h,15m
""")


    def test_print_a_text_that_ends_in_another_file(self):
        main, other = self.folder + "/main", self.folder + "/other"
        with open(main, "w") as file:
            file.write(f"begin routers\n r1 :\n.include {other}\n")
        with open(other, "w") as file:
            file.write("driver = accept\nverify_only\n")
        self.assertEqual(self.run_it(self.folder + "/exim", "-C", main, "-bP", "config").stdout, f"""\
# Exim Configuration (4.96)
# 1 "{main}"

begin routers

  r1 :
# 3 "{main}"
# 1 "{other}"
    driver = accept
    verify_only
# 3 "{main}"
""")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    arguments, rest = parser.parse_known_args()
    BUILD = os.path.abspath(arguments.build)
    unittest.main(argv=["conf.py"] + rest)
