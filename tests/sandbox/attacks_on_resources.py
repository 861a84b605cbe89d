"""Programs that take all they can get: processes, memory, space, output, time."""

from app.sandbox.job import Status
from tests.sandbox.attack import QUICKLY, Attack

KILLED_FOR_TIME = frozenset({Status.TIME_LIMIT})
# Where no control group counts for all together, a limit of each process refuses the memory, and the program hears it.
NO_MEMORY = frozenset({Status.MEMORY_LIMIT, Status.RUNTIME_ERROR})
CPP_FORK_BOMB = """
#include <unistd.h>
int main() { for (;;) fork(); }
"""

RESOURCES = (
    Attack("fork bomb", "import os\nwhile True:\n try: os.fork()\n except OSError: pass", KILLED_FOR_TIME),
    Attack("fork bomb in C++", CPP_FORK_BOMB, KILLED_FOR_TIME, language="cpp"),
    Attack(
        "children that nobody buries",
        """
import os, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    try:
        if os.fork() == 0:
            for _ in range(100_000): pass
            os._exit(0)
    except OSError: pass
""",
        KILLED_FOR_TIME,
    ),
    Attack(
        "thread bomb",
        """
import threading, time
started = 0
try:
    while started < 1000:
        threading.Thread(target=time.sleep, args=[60], daemon=True).start()
        started += 1
except RuntimeError: pass
print("held" if 0 < started <= 16 else started, flush=True)
import os; os._exit(0)
""",
        says="held",
    ),
    Attack("memory bomb", "x = []\nwhile True: x.append(bytearray(1 << 20))", NO_MEMORY),
    Attack(
        "memory bomb of many processes",
        """
import os, time
for _ in range(8):
    if os.fork() == 0: break
x = bytearray(60 << 20)
time.sleep(2)
""",
        frozenset({Status.MEMORY_LIMIT}),
    ),
    Attack(
        "shared memory without a file",
        "import mmap\nx = mmap.mmap(-1, 1 << 30)\nfor i in range(0, 1 << 30, 4096): x[i] = 1",
        NO_MEMORY,
    ),
    Attack("memory as a file", "import os\nos.memfd_create('x')", frozenset({Status.RUNTIME_ERROR})),
    Attack(
        "filling what can be written",
        """
import os
block, sizes = bytes(1 << 20), {}
for folder in "/tmp", "/box", "/dev/shm":
    sizes[folder] = 0
    for number in range(40):
        try:
            with open(f"{folder}/{number}", "wb", buffering=0) as file:
                while True: sizes[folder] += file.write(block)
        except OSError as error: last = error.errno
print(sizes["/tmp"] + sizes["/box"] <= 8 << 20, sizes["/dev/shm"] <= 8 << 20, os.strerror(last))
""",
        says="True True No space left on device",
    ),
    Attack(
        "a big file",
        """
import os, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
try: os.truncate(os.open("/tmp/big", os.O_CREAT | os.O_RDWR), 1 << 40)
except OSError as error: print(error.strerror)
""",
        says="File too large",
    ),
    Attack(
        "a million folders",
        "import os\nfor n in range(1_000_000): os.mkdir(f'/tmp/{n}')",
        frozenset({Status.TIME_LIMIT, Status.MEMORY_LIMIT, Status.RUNTIME_ERROR}),
    ),
    Attack(
        "folders in folders",
        "import os\nwhile True:\n os.mkdir('d'); os.chdir('d')",
        frozenset({Status.TIME_LIMIT, Status.MEMORY_LIMIT, Status.RUNTIME_ERROR}),
    ),
    Attack("endless output", "while True: print('x' * 4096)", frozenset({Status.OUTPUT_LIMIT}), None),
    Attack(
        "endless complaints",
        "import sys\nwhile True: sys.stderr.write('x' * 4096)",
        frozenset({Status.OUTPUT_LIMIT}),
    ),
    Attack("endless loop", "while True: pass", KILLED_FOR_TIME),
    Attack(
        "endless loop that ignores what can be ignored",
        """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
while True: pass
""",
        KILLED_FOR_TIME,
    ),
    Attack("sleep", "import time\ntime.sleep(600)", KILLED_FOR_TIME, limits=QUICKLY),
    Attack(
        "sleep with everything closed",
        "import os, time\nos.closerange(0, 100)\ntime.sleep(600)",
        KILLED_FOR_TIME,
        limits=QUICKLY,
    ),
    Attack(
        "leaving a daemon behind",
        """
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.closerange(0, 100)
        time.sleep(600)
    os._exit(0)
print("gone")
""",
        says="gone",
    ),
    Attack(
        "leaving a daemon that holds the output",
        "import os, time\nif os.fork() == 0: time.sleep(600)\nprint('gone')",
        says="gone",
    ),
    Attack(
        "raising its own limits",
        """
import resource
for name in ("CPU", "FSIZE", "NOFILE", "STACK", "CORE", "MEMLOCK"):
    try: resource.setrlimit(getattr(resource, "RLIMIT_" + name), (1 << 40, 1 << 40)); print(name)
    except (OSError, ValueError): pass
import os
try: os.nice(-10); print("nice")
except OSError: pass
try: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)); print("real time")
except OSError: pass
""",
    ),
)
