"""A real Postfix and a real Exim for the integration tests, from Debian's packages.

fetch() downloads packages into the build folder, once, and unpacks them; Postfix and Exim run the programs
found there in a small root directory of their own, on a free loopback port. Both are made for root and say so
by Absent otherwise; nothing of the machine is changed. A package that cannot be had is an error, for a test that
skips itself where the network is away would never fail again.
"""
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time

from suite import DOMAIN, free_port, wait_for
import socket

PEER_USERS = {"root": 0, "mail": 8, "nobody": 65534, "postfix": 7101, "postdrop": 7102, "Debian-exim": 7103}


class Absent(Exception):
    """What of the kernel or of root's rights a peer lacks here."""


def call(*words, **options):
    return subprocess.run(words, capture_output=True, text=True, check=False, **options)


def dependencies(packages):
    """The packages that installing these would bring to this machine, themselves included."""
    told = call("apt-get", "-qq", "-s", "install", "--no-install-recommends", *packages).stdout
    return sorted(set(packages) | set(re.findall(r"^Inst (\S+)", told, re.M)))


def download(folder, packages):
    os.makedirs(folder, exist_ok=True)
    missing = [name for name in packages if not any(f.startswith(name + "_") for f in os.listdir(folder))]
    # apt-get writes as a user of its own where it may not write here, and says so; that is no error.
    if missing and call("apt-get", "-q", "download", *missing, cwd=folder).returncode != 0:
        call("apt-get", "update")
        done = call("apt-get", "-q", "download", *missing, cwd=folder)
        if done.returncode != 0:
            raise RuntimeError(f"{missing} cannot be downloaded: " + done.stderr.strip().splitlines()[-1])


def fetch(build, name, packages, wanted=None):
    """The directory with these packages unpacked: build/peers/NAME. With `wanted` also those of what they depend on
    and this machine lacks for which it says yes."""
    root = os.path.join(os.path.abspath(build), "peers", name)
    if os.path.exists(root + ".done"):
        return root
    debs = root + ".debs"
    download(debs, [package for package in dependencies(packages) if wanted(package)] if wanted else packages)
    shutil.rmtree(root, ignore_errors=True)
    os.makedirs(root)
    for deb in sorted(os.listdir(debs)):
        if deb.endswith(".deb"):
            subprocess.run(["dpkg", "-x", os.path.join(debs, deb), root], check=True)
    open(root + ".done", "w", encoding="ascii").close()
    return root


def library_path(root):
    return ":".join(root + part for part in ("/usr/lib/postfix", "/usr/lib/x86_64-linux-gnu", "/usr/lib", "/lib/x86_64-linux-gnu"))


def programs_in(root):
    for base, _, files in os.walk(root):
        for name in files:
            path = os.path.join(base, name)
            if os.path.islink(path) or not os.path.isfile(path):
                continue
            with open(path, "rb") as file:
                if file.read(4) == b"\x7fELF":
                    yield path


def complete_libraries(root):
    """Copies the shared libraries of this machine that the programs in the root need and the root has not."""
    environment = dict(os.environ, LD_LIBRARY_PATH=library_path(root))
    for program in list(programs_in(root)):
        for path in re.findall(r"^\s*(?:\S+ => )?(/\S+) \(0x", call("ldd", program, env=environment).stdout, re.M):
            into = root + path
            if not path.startswith(root + "/") and not os.path.exists(into):
                os.makedirs(os.path.dirname(into), exist_ok=True)
                shutil.copy2(os.path.realpath(path), into)
    call("ldconfig", "-r", root)


def merge_usr(root):
    """/bin, /sbin, /lib and /lib64 are links into /usr, as on Debian 12; Debian's own files lie in both."""
    for part in ("bin", "sbin", "lib", "lib64"):
        old, new = os.path.join(root, part), os.path.join(root, "usr", part)
        os.makedirs(new, exist_ok=True)
        if os.path.isdir(old) and not os.path.islink(old):
            shutil.copytree(old, new, symlinks=True, dirs_exist_ok=True)
            shutil.rmtree(old)
        if not os.path.lexists(old):
            os.symlink("usr/" + part, old)


def furnish(root):
    """What every program expects of a root directory."""
    if os.path.exists(root + "/etc/passwd"):
        return
    merge_usr(root)
    for part in ("dev", "etc", "tmp", "run", "var/log", "var/mail", "var/spool"):
        os.makedirs(os.path.join(root, part), exist_ok=True)
    for name, number in (("null", 3), ("zero", 5), ("random", 8), ("urandom", 9)):
        path = os.path.join(root, "dev", name)
        try:
            os.mknod(path, 0o20666, os.makedev(1, number))
            os.chmod(path, 0o666)
            open(path, "rb").close()
        except OSError as error:
            raise Absent(f"this machine lets nobody make or use {path}: {error.strerror}") from error
    for path in ("/etc/services", "/etc/protocols", "/bin/sh"):
        if os.path.exists(path) and not os.path.exists(root + path):
            shutil.copy2(os.path.realpath(path), root + path)
    complete_libraries(root)
    write(root + "/etc/group", "".join(f"{name}:x:{number}:\n" for name, number in PEER_USERS.items()))
    write(root + "/etc/hosts", "127.0.0.1 localhost peer.test\n")
    write(root + "/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\nservices: files\n")
    write(root + "/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    write(root + "/etc/passwd", "".join(f"{name}:x:{number}:{number}::/:/bin/sh\n" for name, number in PEER_USERS.items()))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


class Peer:
    """A mail server in a root of its own. It sends what comes for far@ its domain to alice at the suite, and
    any other local part to the same one at remote.example, through the suite too."""
    name = ""
    domain = ""
    packages = ()

    def __init__(self, build, back_port):
        if os.getuid() != 0:
            raise Absent("needs root")
        # A copy for each run: the unpacked one serves several programs at once.
        unpacked = fetch(build, self.name, self.packages, lambda package: True)
        self.directory = tempfile.mkdtemp(prefix=f"gatepost-{self.name}-")
        os.chmod(self.directory, 0o755)
        self.root = os.path.join(self.directory, "root")
        shutil.copytree(unpacked, self.root, symlinks=True)
        furnish(self.root)
        self.port = free_port()
        self.back_port = back_port
        self.process = None

    def __enter__(self):
        self.configure()
        self.output = open(os.path.join(self.directory, "output"), "ab")
        self.process = subprocess.Popen(["chroot", self.root, *self.command], stdin=subprocess.DEVNULL, stdout=self.output,
                                        stderr=self.output, start_new_session=True, cwd="/",
                                        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/", "LANG": "C"})
        if not wait_for(self.answers, 20):
            text = self.log()
            self.__exit__(None, None, None)
            raise RuntimeError(f"{self.name} did not start: {text}")
        return self

    def __exit__(self, kind, value, trace):
        # The session is ours alone: its leader is the peer's first process.
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in session_members(self.process.pid):
                try:
                    os.kill(pid, number)
                except OSError:
                    pass
            if wait_for(lambda: self.process.poll() is not None and not session_members(self.process.pid), 5):
                break
        self.output.close()
        if not kind:
            shutil.rmtree(self.directory, ignore_errors=True)

    def answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5) as probe:
                return probe.recv(200).startswith(b"220")
        except OSError:
            return False

    def make(self, path, owner="root", group="root", mode=0o755):
        path = os.path.join(self.root, path)
        os.makedirs(path, exist_ok=True)
        os.chown(path, PEER_USERS[owner], PEER_USERS[group])
        os.chmod(path, mode)

    def log(self):
        text = ""
        for path in (os.path.join(self.directory, "output"), *(os.path.join(self.root, part) for part in self.logs)):
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    text += file.read()
        return text


def session_members(leader):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry))
    return found


class Postfix(Peer):
    name = "postfix"
    domain = "postfix.example"
    packages = ("postfix",)
    command = ("/usr/lib/postfix/sbin/master", "-d")
    logs = ("var/log/mail.log",)

    # Nothing is rewritten, added to or cut: what Postfix would otherwise do to a header or a long line is
    # documented, and not what is looked at here.
    MAIN = """compatibility_level = 3.6
mail_owner = postfix
setgid_group = postdrop
queue_directory = /var/spool/postfix
data_directory = /var/lib/postfix
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
shlib_directory = /usr/lib/postfix
maillog_file = /var/log/mail.log
myhostname = postfix.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
smtp_host_lookup = native
relayhost = [127.0.0.1]:{back}
recipient_canonical_maps = regexp:/etc/postfix/back
local_header_rewrite_clients =
message_drop_headers =
smtp_line_length_limit = 0
header_size_limit = 1000000
message_size_limit = 100000000
smtpd_recipient_limit = 1000
alias_maps =
alias_database =
in_flow_delay = 0
"""
    SERVICES = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""
    BACK = f"""/^far@postfix\\.example$/ alice@{DOMAIN}
/^(.*)@postfix\\.example$/ $1@remote.example
"""

    def configure(self):
        for path, text in (("main.cf", self.MAIN.format(back=self.back_port)), ("master.cf", self.SERVICES.format(port=self.port)),
                           ("back", self.BACK)):
            path = os.path.join(self.root, "etc/postfix", path)
            write(path, text)
            os.utime(path, (time.time() - 3600,) * 2)   # Postfix waits until its configuration is some seconds old
        self.make("var/spool/postfix")
        self.make("var/lib/postfix", "postfix", "postfix")
        for name in ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace"):
            self.make("var/spool/postfix/" + name, "postfix", "root", 0o700)
        self.make("var/spool/postfix/pid")
        self.make("var/spool/postfix/maildrop", "postfix", "postdrop", 0o730)
        self.make("var/spool/postfix/public", "postfix", "postdrop", 0o710)


class Exim(Peer):
    name = "exim"
    domain = "exim.example"
    packages = ("exim4-daemon-light",)
    command = ("/usr/sbin/exim4", "-bdf", "-q10m")
    logs = ("var/log/exim4/mainlog", "var/log/exim4/paniclog")

    CONFIG = f"""primary_hostname = exim.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = @PORT@
acl_smtp_rcpt = check
acl_smtp_data = accept
host_lookup =
smtp_accept_queue_per_connection = 0
smtp_accept_max = 0
recipients_max = 1000
message_size_limit = 100M
log_file_path = /var/log/exim4/%slog
tls_advertise_hosts =
keep_environment =
remote_max_parallel = 1
begin acl
check:
  accept hosts = 127.0.0.1
begin routers
back:
  driver = redirect
  domains = exim.example
  data = ${{if eq{{$local_part}}{{far}}{{alice@{DOMAIN}}}{{$local_part@remote.example}}}}
suite:
  driver = manualroute
  route_list = * 127.0.0.1::@BACK@ byname
  self = send
  transport = smtp
begin transports
smtp:
  driver = smtp
  allow_localhost
  hosts_avoid_tls = *
  message_linelength_limit = 1000
begin retry
* * F,1h,1m
"""

    def configure(self):
        write(os.path.join(self.root, "etc/exim4/exim4.conf"),
              self.CONFIG.replace("@PORT@", str(self.port)).replace("@BACK@", str(self.back_port)))
        for path in ("var/spool/exim4", "var/log/exim4", "run/exim4"):
            self.make(path, "Debian-exim", "Debian-exim", 0o750)
