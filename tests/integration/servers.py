#!/usr/bin/env python3
"""Look-ups in MariaDB, PostgreSQL, Redis and OpenLDAP: real servers, started here when they are installed.

What is not installed is skipped. Run by ctest (label servers), or: python3 servers.py --build build/release
"""
import argparse
import glob
import os
import pwd
import shutil
import subprocess
import tempfile
import time
import unittest

from suite import DOMAIN, Suite, Talk, free_port

PATIENCE = 90


def program(*names):
    for name in names:
        for found in [shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")] + sorted(glob.glob(name)):
            if found and os.access(found, os.X_OK):
                return found
    return None


def as_user(name):
    """What Popen needs to run a server that refuses root; nothing when the caller is an ordinary user."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam(name)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Server(unittest.TestCase):
    user = "nobody"
    server = None

    @property
    def option(self):
        """The main option with the servers."""
        return f"{self.kind}_servers"

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="gp-server-")
        os.chmod(cls.folder, 0o755)
        cls.data = cls.folder + "/data"
        os.mkdir(cls.data)
        os.symlink(os.environ.get("GATEPOST_BE", BUILD + "/bin/sendmail"), cls.folder + "/exim")
        said = subprocess.run([cls.folder + "/exim", "-C", "/dev/null", "-be", "told"], capture_output=True, text=True)
        if said.stdout != "told\n":
            raise unittest.SkipTest("this build has no exim -be")
        if os.geteuid() == 0:
            try:
                user = pwd.getpwnam(cls.user)
            except KeyError:
                raise unittest.SkipTest(f"there is no user {cls.user}")
            os.chown(cls.data, user.pw_uid, user.pw_gid)
        cls.start()

    @classmethod
    def tearDownClass(cls):
        if cls.server:
            cls.server.terminate()
            try:
                cls.server.wait(20)
            except subprocess.TimeoutExpired:
                cls.server.kill()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def run_server(cls, *words):
        cls.server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
                                      **as_user(cls.user))

    @classmethod
    def wait_for(cls, *question):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            if subprocess.run(question, capture_output=True, cwd="/", **as_user(cls.user)).returncode == 0:
                return
            if cls.server.poll() is not None:
                break
            time.sleep(0.2)
        raise unittest.SkipTest("the server does not start here")

    def expand(self, text, option):
        path = self.folder + "/conf"
        with open(path, "w") as out:
            out.write(f"spool_directory = {self.folder}/spool\nprimary_hostname = h.example\nhide {option}\n")
        said = subprocess.run([self.folder + "/exim", "-C", path, "-be", text], capture_output=True, text=True, timeout=60)
        return said.stdout.rstrip("\n")


    def behind_walls(self, lookup):
        """A running suite whose router, jailed, refuses a recipient with what the look-up says."""
        def change(text):
            text = f"hide {self.option} = {self.servers}\n" + text
            return text.replace("check_recipient:\n", "check_recipient:\n  deny local_parts = asked\n"
                                f"       message = <{lookup}>\n", 1)

        with Suite(BUILD, change=change) as suite, Talk(suite.port) as talk:
            talk.say("EHLO test.example")
            replies = [talk.send("a@b.example", ["asked@" + DOMAIN], b"") for _ in range(2)]
        return replies


class Sql:
    """The same questions for both data bases."""

    def ask(self, query, servers=None):
        return self.expand("${lookup " + self.kind + " {" + query + "}{<$value>}{none}}",
                           f"{self.kind}_servers = {servers or self.servers}")

    def test_rows(self):
        self.assertEqual(self.ask("select name from people where id=1"), "<Ann>")
        self.assertEqual(self.ask("select id,name,note from people where id=2"), '<id=2 name="Bob B" note="" >')
        self.assertEqual(self.ask("select name from people order by id"), "<Ann\nBob B>")
        self.assertEqual(self.ask("select name from people where id=9"), "none")

    def test_an_update_tells_how_many_rows_it_changed(self):
        self.assertEqual(self.ask("update people set note=''x'' where id=1".replace("''", "'")), "<1>")
        self.assertEqual(self.ask("update people set note='y' where id=77"), "<0>")

    def test_quoting(self):
        self.assertEqual(self.expand("${lookup " + self.kind + " {select name from people where name='${quote_" + self.kind +
                                     ":x' or '1'='1}'}{yes}{none}}", f"{self.kind}_servers = {self.servers}"), "none")

    def test_a_bad_query_is_a_defer_and_no_answer(self):
        self.assertIn("gave DEFER", self.ask("select nonsense from nowhere"))

    def test_the_next_server_is_asked_when_one_does_not_answer(self):
        self.assertEqual(self.ask("select name from people where id=1", "127.0.0.1::1/x/y/z : " + self.servers), "<Ann>")
        self.assertIn("gave DEFER", self.ask("select 1", "127.0.0.1::1/x/y/z"))
        self.assertIn("servers defined", self.expand("${lookup " + self.kind + " {select 1}}", "smtp_banner = x"))

    def test_router_asks_from_behind_its_walls(self):
        for code, text in self.behind_walls("${lookup " + self.kind + " {select name from people where id=1}}"):
            self.assertEqual(code, 550, text)
            self.assertIn("<Ann>", str(text))

    def test_servers_named_with_the_query(self):
        text = "${lookup " + self.kind + ",servers=" + self.servers + " {select name from people where id=1}}"
        self.assertEqual(self.expand(text, "smtp_banner = x"), "Ann")


class MariaDb(Sql, Server):
    kind = "mysql"
    user = "mysql"

    @classmethod
    def start(cls):
        daemon, install, client = program("mariadbd"), program("mariadb-install-db"), program("mariadb")
        if not (daemon and install and client):
            raise unittest.SkipTest("no MariaDB server here")
        subprocess.run([install, "--no-defaults", "--datadir=" + cls.data + "/db", "--skip-test-db",
                        "--auth-root-authentication-method=normal"], check=True, capture_output=True, **as_user(cls.user))
        cls.socket = cls.data + "/socket"
        cls.run_server(daemon, "--no-defaults", "--datadir=" + cls.data + "/db", "--socket=" + cls.socket,
                       "--skip-networking", "--pid-file=" + cls.data + "/pid")
        ask = [client, "--no-defaults", "--socket=" + cls.socket, "-uroot"]
        cls.wait_for(*ask, "-e", "select 1")
        subprocess.run(ask + ["-e", "create database mail; use mail; create table people (id int, name text, note text);"
                              "insert into people values (1,'Ann',null),(2,'Bob B',null);"
                              "create user u identified by 'secret'; grant all on mail.* to u;"
                              "create user u@localhost identified by 'secret'; grant all on mail.* to u@localhost"],
                       check=True, capture_output=True)
        cls.servers = f"localhost({cls.socket})/mail/u/secret"


class Postgres(Sql, Server):
    kind = "pgsql"
    user = "postgres"

    @classmethod
    def start(cls):
        initdb = program("/usr/lib/postgresql/*/bin/initdb")
        if not initdb:
            raise unittest.SkipTest("no PostgreSQL server here")
        tools = os.path.dirname(initdb)
        with open(cls.folder + "/password", "w") as out:
            out.write("secret\n")
        subprocess.run([initdb, "-D", cls.data + "/db", "-U", "u", "-A", "scram-sha-256", "--no-sync",
                        "--pwfile=" + cls.folder + "/password"], check=True, capture_output=True, cwd="/",
                       **as_user(cls.user))
        cls.run_server(tools + "/postgres", "-D", cls.data + "/db", "-k", cls.data, "-p", "5433", "-c", "listen_addresses=")
        cls.wait_for(tools + "/pg_isready", "-h", cls.data, "-p", "5433")
        subprocess.run([tools + "/psql", "-h", cls.data, "-p", "5433", "-U", "u", "postgres", "-c",
                        "create table people (id int, name text, note text);"
                        "insert into people values (1,'Ann',null),(2,'Bob B',null)"],
                       check=True, capture_output=True, cwd="/", env={"PGPASSWORD": "secret"}, **as_user(cls.user))
        cls.servers = f"({cls.data}/.s.PGSQL.5433)/postgres/u/secret"


class Redis(Server):
    kind = "redis"
    user = "redis"

    @classmethod
    def start(cls):
        daemon, client = program("redis-server"), program("redis-cli")
        if not (daemon and client):
            raise unittest.SkipTest("no Redis server here")
        cls.socket = cls.data + "/socket"
        cls.run_server(daemon, "--port", "0", "--unixsocket", cls.socket, "--unixsocketperm", "777", "--dir", cls.data,
                       "--save", "", "--requirepass", "secret")
        cls.wait_for(client, "-s", cls.socket, "-a", "secret", "ping")
        cls.servers = f"({cls.socket})/2/secret"

    def ask(self, command, servers=None):
        return self.expand("${lookup redis {" + command + "}{<$value>}{none}}",
                           "redis_servers = " + (servers or self.servers))

    def test_commands(self):
        self.assertEqual(self.ask("set name some\\\\ words"), "<OK>")
        self.assertEqual(self.ask("get name"), "<some words>")
        self.assertEqual(self.ask("get nothing"), "none")
        self.assertEqual(self.ask("incr count"), "<1>")
        self.ask("del list")
        self.assertEqual(self.ask("rpush list a b"), "<2>")
        self.assertEqual(self.ask("lrange list 0 -1"), "<a\nb>")

    def test_quoting(self):
        self.assertEqual(self.ask("set quoted ${quote_redis:a b\\\\c}"), "<OK>")
        self.assertEqual(self.ask("get quoted"), "<a b\\c>")

    def test_databases_are_apart(self):
        self.ask("set here 1")
        self.assertEqual(self.ask("get here", f"({self.socket})/3/secret"), "none")

    def test_router_asks_from_behind_its_walls(self):
        self.ask("set walled yes")
        for code, text in self.behind_walls("${lookup redis {get walled}}"):
            self.assertEqual(code, 550, text)
            self.assertIn("<yes>", str(text))

    def test_errors_are_defers(self):
        self.assertIn("gave DEFER", self.ask("nonsense"))
        self.assertIn("gave DEFER", self.ask("get x", f"({self.socket})/2/wrong"))
        self.assertIn("gave DEFER", self.ask("get x", "127.0.0.1::1//"))


ENTRIES = """\
dn: o=x
objectClass: organization
o: x

dn: cn=Ann,o=x
objectClass: inetOrgPerson
cn: Ann
sn: One
mail: ann@x.example
mail: a,b@x.example
description: say "hi"
userPassword: letmein

dn: cn=Bob B,o=x
objectClass: inetOrgPerson
cn: Bob B
sn: Two
mail: bob@x.example
"""


class Directory(Server):
    kind = "ldap"
    user = "openldap"
    option = "ldap_default_servers"

    @classmethod
    def start(cls):
        daemon, adder = program("slapd"), program("slapadd")
        if not (daemon and adder):
            raise unittest.SkipTest("no OpenLDAP server here")
        path = cls.folder + "/slapd.conf"
        schemas = "".join(f"include /etc/ldap/schema/{name}.schema\n" for name in ("core", "cosine", "inetorgperson"))
        with open(path, "w") as out:
            out.write(schemas + "modulepath /usr/lib/ldap\nmoduleload back_mdb\n"
                      f"database mdb\nsuffix o=x\nrootdn cn=manager,o=x\nrootpw secret\ndirectory {cls.data}\n"
                      "access to attrs=userPassword by anonymous auth by * none\n"
                      "access to attrs=description by dn.exact=cn=Ann,o=x read by * none\naccess to * by * read\n")
        subprocess.run([adder, "-f", path], input=ENTRIES, text=True, check=True, capture_output=True, cwd="/",
                       **as_user(cls.user))
        cls.port = free_port()
        cls.socket = cls.data + "/ldapi"
        cls.run_server(daemon, "-d", "0", "-f", path,
                       "-h", f"ldap://127.0.0.1:{cls.port} ldapi://" + cls.socket.replace("/", "%2F"))
        cls.wait_for("/usr/bin/test", "-S", cls.socket)
        cls.servers = f"127.0.0.1::{cls.port}"

    def ask(self, kind, query, servers=None):
        return self.expand("${lookup " + kind + " {" + query + "}{<$value>}{none}}",
                           "ldap_default_servers = " + (servers or self.servers))

    def test_one_attribute_is_its_values(self):
        self.assertEqual(self.ask("ldap", "ldap:///o=x?sn?sub?(cn=Ann)"), "<One>")
        self.assertEqual(self.ask("ldap", "ldap:///o=x?mail?sub?(cn=Ann)"), "<ann@x.example,a,,b@x.example>")
        self.assertEqual(self.ask("ldap", "ldap:///o=x?sn?sub?(cn=Nobody)"), "none")
        self.assertEqual(self.ask("ldap", "ldap:///o=elsewhere?sn?sub?(cn=Ann)"), "none")
        self.assertEqual(self.ask("ldap", "ldap:///o=x?title?sub?(cn=Ann)"), "none")

    def test_several_attributes_are_named_and_quoted(self):
        self.assertEqual(self.ask("ldap", "ldap:///o=x?cn,sn?sub?(cn=Bob%20B)"), '<cn="Bob B" sn="Two">')

    def test_several_entries_are_for_ldapm(self):
        self.assertIn("more than one entry (2) was returned", self.ask("ldap", "ldap:///o=x?sn?sub?(sn=*)"))
        self.assertEqual(sorted(self.ask("ldapm", "ldap:///o=x?sn?sub?(sn=*)").strip("<>").split("\n")), ["One", "Two"])
        self.assertIn("<", self.ask("ldapm", "size=1 ldap:///o=x?sn?sub?(sn=*)"))

    def test_a_name_is_for_ldapdn(self):
        self.assertEqual(self.ask("ldapdn", "ldap:///o=x?cn?sub?(sn=Two)"), "<cn=Bob B,o=x>")

    def test_the_name_of_the_last_entry_is_kept(self):
        def names(*texts):
            return self.expand("".join(texts), "ldap_default_servers = " + self.servers)

        ann, nobody = "${lookup ldap {ldap:///o=x?sn?sub?(cn=Ann)}{$value}} ", "${lookup ldap {ldap:///o=x?sn?sub?(cn=No)}{x}{-}} "
        self.assertEqual(names("<$ldap_dn> ", ann, "<$ldap_dn>"), "<> One <cn=Ann,o=x>")
        self.assertEqual(names(ann, nobody, "<$ldap_dn>"), "One - <cn=Ann,o=x>")
        self.assertEqual(names(ann, "${lookup ldapdn {ldap:///o=x?cn?sub?(sn=Two)}} <$ldap_dn>"), "One cn=Bob B,o=x <cn=Bob B,o=x>")
        self.assertIn(names("${lookup ldapm {ldap:///o=x?sn?sub?(sn=*)}{several}} <$ldap_dn>"),
                      ("several <cn=Ann,o=x>", "several <cn=Bob B,o=x>"))
        self.assertEqual(names("${if match_domain{x.example}{<, ldap;ldap:///o=x?sn?sub?(cn=Ann)}{in}{out}} <$ldap_dn>"), "in <cn=Ann,o=x>")
        self.assertIn("yes <cn=Ann,o=x>", names("${if ldapauth{user=\"cn=Ann,o=x\" pass=letmein ldap:///}{yes}{no}} ", ann, "<$ldap_dn>")
                      .replace("One ", ""))

    def test_a_user_sees_more(self):
        query = "ldap:///o=x?description?sub?(cn=Ann)"
        self.assertEqual(self.ask("ldap", query), "none")
        self.assertEqual(self.ask("ldap", "user=cn=Ann,o=x pass=letmein " + query), '<say "hi">')
        self.assertEqual(self.ask("ldap", "user=cn=Ann,o=x pass=letmein ldap:///o=x?description,sn?sub?(cn=Ann)"),
                         '<sn="One" description="say \\"hi\\"">')
        self.assertIn("Invalid credentials", self.ask("ldap", "user=cn=Ann,o=x pass=wrong " + query))

    def test_quoting(self):
        self.assertEqual(self.ask("ldap", "ldap:///o=x?sn?sub?(cn=${quote_ldap:Bob B})"), "<Two>")
        self.assertEqual(self.ask("ldap", "ldap:///o=x?sn?sub?(cn=${quote_ldap:*})"), "none")
        self.assertEqual(self.ask("ldap", "ldap:///cn=${quote_ldap_dn:Bob B},o=x?sn?base?"), "<Two>")

    def test_servers(self):
        socket = self.socket.replace("/", "%2F")
        query = "ldap:///o=x?sn?sub?(cn=Ann)"
        self.assertEqual(self.ask("ldap", query, self.socket), "<One>")
        self.assertEqual(self.ask("ldap", f"ldapi://{socket}/o=x?sn?sub?(cn=Ann)"), "<One>")
        self.assertEqual(self.ask("ldap", f"ldap://127.0.0.1:{self.port}/o=x?sn?sub?(cn=Ann)", "127.0.0.1::1"), "<One>")
        self.assertEqual(self.ask("ldap", query, f"127.0.0.1::1 : {self.servers}"), "<One>")
        self.assertEqual(self.ask("ldap", f"servers=127.0.0.1::{self.port} {query}", "127.0.0.1::1"), "<One>")
        self.assertIn("gave DEFER", self.ask("ldap", query, "127.0.0.1::1"))

    def test_bad_queries_are_told(self):
        self.assertIn("does not start with", self.ask("ldap", "http://x/o=x?sn"))
        self.assertIn("unknown parameter", self.ask("ldap", "colour=red ldap:///o=x?sn"))
        self.assertIn("gave DEFER", self.ask("ldap", "ldap:///o=x?sn?sub?(((bad"))

    def test_ldapauth_lets_those_in_who_know_the_password(self):
        def login(user, password):
            return self.expand("${if ldapauth {user=\"cn=" + user + ",o=x\" pass=\"" + password + "\" ldap:///}{yes}{no}}",
                               "ldap_default_servers = " + self.servers)
        self.assertEqual(login("Ann", "letmein"), "yes")
        self.assertEqual(login("Ann", "wrong"), "no")
        self.assertEqual(login("Ann", ""), "no")
        self.assertEqual(login("Nobody", "x"), "no")

    def test_router_asks_from_behind_its_walls(self):
        for code, text in self.behind_walls("${lookup ldap {ldap:///o=x?sn?sub?(cn=Ann)}}"):
            self.assertEqual(code, 550, text)
            self.assertIn("<One>", str(text))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--build", required=True)
    arguments, rest = parser.parse_known_args()
    BUILD = os.path.abspath(arguments.build)
    unittest.main(argv=["servers.py"] + rest)
