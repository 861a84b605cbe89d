"""Programs that look for a way out: files, other processes, the network, the kernel."""

from app.sandbox import job
from app.sandbox.job import Status
from tests.sandbox.attack import Attack

# Raw calls with harmless arguments: what counts is that none is carried out.
SYSTEM_CALLS = """
import ctypes, errno, os
libc = ctypes.CDLL(None, use_errno=True)
NUMBERS = {
    "ptrace": (101, 16, 1, 0, 0), "process_vm_readv": (310, 1, 0, 0, 0, 0, 0), "unshare": (272, 0x10000000),
    "unshare files": (272, 0x400), "mount": (165, b"none", b"/box", b"tmpfs", 0, 0), "umount2": (166, b"/box", 2),
    "pivot_root": (155, b"/box", b"/box"), "chroot": (161, b"/box"), "setns": (308, 0, 0),
    "clone": (56, 0x10000011, 0, 0, 0, 0), "clone3": (435, 0, 0), "bpf": (321, 0, 0, 0), "keyctl": (250, 0, 0),
    "add_key": (248, b"user", b"a", b"b", 1, 0), "perf_event_open": (298, 0, 0, 0, 0, 0), "userfaultfd": (323, 0),
    "io_uring_setup": (425, 1, 0), "init_module": (175, 0, 0, 0), "kexec_load": (246, 0, 0, 0, 0),
    "reboot": (169, 0, 0, 0, 0), "swapon": (167, 0, 0), "sethostname": (170, b"x", 1), "iopl": (172, 3),
    "settimeofday": (164, 0, 0), "open_by_handle_at": (304, 0, 0, 0), "name_to_handle_at": (303, 0, 0, 0, 0, 0),
    "personality": (135, 0x40000), "syslog": (103, 3, 0, 0), "mknod": (133, b"/box/n", 0o20666, 0x0101),
    "setuid": (105, 0), "setgroups": (116, 0, 0), "capset": (126, 0, 0), "chown": (92, b"/box", 0, 0),
    "shmget": (29, 0, 4096, 0o1600), "msgget": (68, 0, 0o1600), "semget": (64, 0, 1, 0o1600), "memfd_secret": (447, 0),
    "fanotify_init": (300, 0, 0), "pidfd_getfd": (438, 0, 0, 0), "fsopen": (430, b"tmpfs", 0), "move_mount": (429, 0),
    "open_tree": (428, -100, b"/", 1), "modify_ldt": (154, 0, 0, 0), "quotactl": (179, 0, 0, 0, 0), "acct": (163, 0),
    "landlock": (444, 0, 0, 1), "seccomp": (317, 2, 0, 0), "a call of tomorrow": (999,),
}
parent, refused = os.getpid(), set()
for name, (number, *arguments) in NUMBERS.items():
    answer = libc.syscall(number, *arguments)
    if os.getpid() != parent: os._exit(0)
    if answer == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENOSYS): refused.add(name)
print(sorted(NUMBERS.keys() - refused))
"""

NETWORK = """
import errno, socket
STREAM, DATAGRAM, RAW, VSOCK = socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, 40
for family, kind in [(socket.AF_INET, STREAM), (socket.AF_INET, DATAGRAM), (socket.AF_INET6, STREAM), (VSOCK, STREAM),
                     (socket.AF_UNIX, STREAM), (socket.AF_NETLINK, RAW), (socket.AF_PACKET, RAW)]:
    try: socket.socket(family, kind); print("opened", family)
    except OSError as error: assert error.errno == errno.EPERM, error
for family in (socket.AF_INET, 29):
    try: socket.socketpair(family, socket.SOCK_STREAM); print("paired", family)
    except OSError: pass
one, other = socket.socketpair()
one.send(b"to myself")
assert other.recv(100) == b"to myself"
for call in (lambda: socket.send_fds(one, [b"x"], [0]), lambda: one.bind(b"\\0name"), lambda: one.connect(b"\\0name")):
    try: call(); print("called")
    except OSError as error: assert error.errno == errno.EPERM, error
"""

READING = """
import os
found = []
roots = ["", "/proc/1/root", "/proc/self/root", "/box/../../..", "/proc/self/cwd/../..", "/proc/1/cwd",
         "/dev/fd/../../.."]
names = ["/etc/passwd", "/etc/shadow", "/root", "/home", "/work", "/var", "/run", "/sys", "/srv", "/mnt",
         "/usr/local", "/usr/share/doc", "/boot", "APPLICATION"]
for root in roots:
    found += [root + name for name in names if os.path.lexists(root + name)]
for number, name in enumerate(names):
    os.symlink(name, f"/box/link{number}")
    found += [name for _ in range(1) if os.path.exists(f"/box/link{number}")]
print(sorted({*os.listdir("/")} - {"opt"}), found)
""".replace("APPLICATION", job.__file__)

PROCESSES = """
import os, re
secrets, seen = [], set()
for entry in [name for name in os.listdir("/proc") if name.isdigit()]:
    seen.add(entry)
    for name in ("environ", "cmdline", "maps", "mountinfo", "cgroup", "stack", "auxv"):
        try: text = open(f"/proc/{entry}/{name}", errors="replace").read()
        except OSError: continue
        secrets += re.findall("CANARY|workings|WORKINGS", text)
if seen:
    for number in os.listdir("/proc/1/fd"):
        try: secrets.append(os.read(os.open(f"/proc/1/fd/{number}", os.O_RDONLY | os.O_NONBLOCK), 100))
        except OSError: pass
    # Bubblewrap itself is the first process; whoever takes it over must have gained nothing.
    status = dict(line.split(":\\t", 1) for line in open("/proc/1/status"))
    if (int(status["CapEff"], 16), int(status["NoNewPrivs"]), int(status["Seccomp"])) != (0, 1, 2): print(status)
print(len(seen) <= 2, {*secrets} <= {b"my own input"})
print(*sorted(os.environ.keys() - {"PYTHONPATH", "LD_LIBRARY_PATH"}))
"""

MACHINE = (
    Attack("system calls that lead out", SYSTEM_CALLS, says="[]"),
    Attack("the network, and sockets by name", NETWORK),
    Attack("files of the machine", READING, says="['bin', 'box', 'dev', 'lib', 'lib64', 'proc', 'tmp', 'usr'] []"),
    Attack(
        "environment and memory of other processes",
        PROCESSES,
        says="True True\nHOME LANG OPENBLAS_NUM_THREADS PATH PWD PYTHONHASHSEED PYTHONUTF8 TMPDIR",
        stdin=b"my own input",
    ),
    Attack(
        "descriptors of others",
        """
import fcntl
open_ = []
for number in range(4096):
    try: fcntl.fcntl(number, fcntl.F_GETFD); open_.append(number)
    except OSError: pass
print(open_)
""",
        says="[0, 1, 2]",
    ),
    Attack(
        "writing where it may not",
        """
import os
for path in ("/", "/usr", "/usr/bin", "/usr/lib", "/lib", "/bin", "/dev", "/proc", "/proc/sys", "/proc/sys/kernel"):
    try: open(path + "/x", "w"); print(path)
    except OSError: pass
for path in ("/box/main.py", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches",
             "/usr/bin/python3", "/proc/1/mem"):
    try: os.write(os.open(path, os.O_WRONLY), b"0"); print(path)
    except OSError: pass
for path in ("/proc/self/oom_score_adj", "/proc/1/oom_score_adj"):
    try: os.write(os.open(path, os.O_WRONLY), b"-1000"); print(path)
    except OSError: pass
for path in ("/dev/null", "/usr/bin/true"):
    for change in (os.chmod, os.truncate, os.chown, os.rename, os.link):
        arguments = {os.chmod: [0], os.truncate: [0], os.chown: [0, 0]}.get(change, ["/box/x"])
        try: change(path, *arguments); print(change, path)
        except OSError: pass
""",
    ),
    Attack(
        "devices",
        "import os\nprint(*sorted(os.listdir('/dev')), os.listdir('/dev/pts'))",
        says="core fd full null ptmx pts random shm stderr stdin stdout tty urandom zero []",
    ),
    Attack(
        "the input that others will read too",
        """
import os
for path in ("/proc/self/fd/0", "/dev/stdin"):
    try: os.write(os.open(path, os.O_RDWR), b"changed"); print("written")
    except OSError: pass
try: os.write(0, b"changed"); print("written")
except OSError: pass
print(os.pread(0, 100, 0).decode())
""",
        says="as it was",
        stdin=b"as it was",
    ),
    Attack(
        "killing whatever can be seen",
        """
import os, signal
for pid in (1, os.getppid(), -1):
    try: os.kill(pid, signal.SIGKILL)
    except OSError: pass
print("still here")
""",
        says="still here",
    ),
    Attack(
        "becoming somebody else",
        """
import ctypes, os, subprocess
print(os.getresuid(), os.getgroups() in ([], [65534]))
for command in (["su", "-c", "id"], ["sudo", "-n", "id"], ["mount"], ["unshare", "-r", "id"], ["newgrp"]):
    try: done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL)
    except OSError: continue
    if command != ["mount"] and done.returncode == 0: print(command)
for kind in range(5):
    if ctypes.CDLL(None).prctl(47, 2, kind, 0, 0) == 0: print("ambient", kind)
for capability in range(41):
    if ctypes.CDLL(None).prctl(23, capability, 0, 0, 0): print("bounding", capability)
print(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0), ctypes.CDLL(None).prctl(21, 0, 0, 0, 0))
""",
        says="(1000, 1000, 1000) True\n1 2",
    ),
    Attack(
        "typing into the terminal",
        """
import fcntl, os
try: terminal = os.open("/dev/tty", os.O_RDWR)
except OSError: terminal = 0
for request in (0x5412, 0x541C):
    for number in {0, 1, 2, terminal}:
        try: fcntl.ioctl(number, request, b"x"); print("typed")
        except OSError: pass
""",
    ),
    Attack(
        "a judge's descriptors, where there is no judge",
        "import os\nos.write(4, b'accepted')",
        frozenset({Status.RUNTIME_ERROR}),
    ),
)
