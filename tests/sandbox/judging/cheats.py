"""Programs that try to pass without solving anything: the function is asked for 2 x + 1."""

_LYING = """
class Equal{base}:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __bool__(self): return True
    def __lt__(self, other): return True
    __gt__ = __le__ = __ge__ = __contains__ = __lt__
    def __sub__(self, other): return 0
    __rsub__ = __sub__
    def __len__(self): return 10**6
    def __getattr__(self, name): return self
    def __call__(self, *args): return self
    def __reduce__(self): return (print, ("passed",))
"""
_PROTOCOL = """
import json, os, sys
def ways_out():
    return [int(name) for name in os.listdir("/proc/self/fd")]
def say(text):
    for way in ways_out():
        try:
            os.write(way, text)
        except OSError:
            pass
"""

CHEATS = {
    "exits well while it is loaded": "import sys\nsys.exit(0)",
    "exits at once while it is loaded": "import os\nos._exit(0)",
    "exits well when called": "import sys\ndef solve(x):\n    sys.exit(0)",
    "exits at once when called": "import os\ndef solve(x):\n    os._exit(0)",
    "prints that it has passed": (
        "import os\nprint('passed')\ndef solve(x):\n    print('{\"verdict\": \"passed\"}', flush=True)\n    os._exit(0)"
    ),
    "raises what a test is thought to catch": "def solve(x):\n    raise AssertionError('passed')",
    "raises the end of a generator": "def solve(x):\n    raise StopIteration(2 * x)",
    "raises an exception named as those of the judge": (
        "class Ended(BaseException): pass\ndef solve(x):\n    raise Ended('passed')"
    ),
    "returns what equals everything": _LYING.format(base="") + "def solve(x): return Equal()",
    "returns a number that equals everything": _LYING.format(base="(int)") + "def solve(x): return Equal(0)",
    "returns a text that equals everything": _LYING.format(base="(str)") + "def solve(x): return Equal('')",
    "returns a list that equals everything": _LYING.format(base="(list)") + "def solve(x): return Equal()",
    "returns a class that equals everything": (
        "class Meta(type):\n    def __eq__(self, other): return True\n    __hash__ = type.__hash__\n"
        "class C(metaclass=Meta): pass\ndef solve(x): return C"
    ),
    "returns itself": "def solve(x): return solve",
    "returns nothing": "def solve(x): pass",
    "returns nan": "def solve(x): return float('nan')",
    "changes what equality and truth are": (
        "import builtins\n"
        "for name in ('all', 'any', 'abs', 'len', 'isinstance', 'repr', 'type', 'sorted', 'sum', 'min', 'max'):\n"
        "    setattr(builtins, name, lambda *args: True)\n"
        "builtins.AssertionError = KeyboardInterrupt\ndef solve(x): return 0"
    ),
    "changes how messages are written": (
        'import json\njson.dumps = lambda *args, **more: \'{"verdict": "passed"}\'\ndef solve(x): return 0'
    ),
    "changes the loader's own modules": (
        "import sys\nfor name, module in list(sys.modules.items()):\n    if name.startswith('app.'):\n"
        "        for key in list(vars(module)):\n            if not key.startswith('__'):\n"
        "                setattr(module, key, lambda *args, **more: {'value': True, 'verdict': 'passed'})\n"
        "def solve(x): return 0"
    ),
    "looks for the expected value in the frames around it": (
        "import sys\ndef solve(x):\n    frame, seen = sys._getframe(), []\n    while frame:\n"
        "        seen.append({**frame.f_locals, **frame.f_globals})\n        frame = frame.f_back\n"
        "    for names in seen:\n        for key in ('expected', 'case', 'cases', 'tests', 'job'):\n"
        "            if key in names: return names[key]\n    return 0"
    ),
    "looks for the expected value among all objects": (
        "import gc\ndef solve(x):\n    for one in gc.get_objects():\n"
        "        if isinstance(one, dict) and 'expected' in one: return one['expected']\n    return 0"
    ),
    "looks for the tests in its files": (
        "import os, re\ndef solve(x):\n    for folder, _, names in os.walk('/box'):\n        for name in names:\n"
        "            found = re.search(r'solve\\(%s\\) == (\\d+)' % x, open(os.path.join(folder, name)).read())\n"
        "            if found and not name.startswith('program'): return int(found[1])\n    return 0"
    ),
    "writes a report where the judge listens": _PROTOCOL
    + 'def solve(x):\n    say(b\'{"end": {}}\\n{"verdict": "passed", "number": 0}\\n\')\n    return 0',
    "answers before it is asked": _PROTOCOL
    + 'say(b\'\'.join(b\'{"id":"load","value":null}\\n\' for _ in range(99)))\ndef solve(x): return 0',
    "answers with rubbish": _PROTOCOL + "def solve(x):\n    say(bytes(range(256)) + b'\\n')\n    return 2 * x + 1",
    "answers with brackets without end": _PROTOCOL
    + "def solve(x):\n    say(b'[' * 100_000 + b'\\n')\n    return 2 * x + 1",
    "answers without end": _PROTOCOL + "def solve(x):\n    while True: say(b'x' * 65536)",
    "answers a tag that is none": _PROTOCOL
    + "def solve(x):\n    import inspect\n    request = inspect.currentframe().f_back.f_locals['request']\n"
    "    say(json.dumps({'id': request['id'], 'value': {'verdict': 'passed'}}).encode() + b'\\n')\n    os._exit(0)",
    "answers an object that it has not": _PROTOCOL
    + "def solve(x):\n    import inspect\n    request = inspect.currentframe().f_back.f_locals['request']\n"
    "    say(json.dumps({'id': request['id'], 'value': {'object': 7, 'class': 'int'}}).encode() + b'\\n')\n"
    "    os._exit(0)",
    "closes all its ways out": (
        "import os\ndef solve(x):\n    for way in range(3, 64):\n"
        "        try: os.close(way)\n        except OSError: pass"
    ),
    "is silent and ignores the kernel's signal": (
        "import signal\ndef solve(x):\n    signal.signal(signal.SIGPROF, signal.SIG_IGN)\n    while True: pass"
    ),
    "sleeps": "import time\ndef solve(x):\n    time.sleep(60)",
    "nests its answer without end": "def solve(x):\n    a = []\n    for _ in range(10**5): a = [a]\n    return a",
    "returns itself within itself": "def solve(x):\n    a = []\n    a.append(a)\n    return a",
    "returns a number of a million digits": "def solve(x): return 16 ** 10**6",
    "returns more than can be read": "def solve(x): return 'x' * 10**7",
    "returns a generator that does not end": (
        "def solve(x):\n    def forever():\n        while True: yield 1\n    return forever()"
    ),
    "takes all memory": "def solve(x):\n    a = []\n    while True: a.append(bytearray(1 << 20))",
    "dies of a signal": "import os\ndef solve(x):\n    os.kill(os.getpid(), 11)",
    "recurses without end": "def solve(x): return solve(x)",
    "leaves a child that answers": _PROTOCOL
    + "def solve(x):\n    if os.fork() == 0:\n        say(b'{\"value\": true}\\n')\n    os._exit(0)",
    "does not define the function": "def other(x): return 2 * x + 1",
    "defines something else by that name": "solve = 5",
    "cannot be read": "def solve(x) return 2 * x + 1",
    "is empty": "",
}
"""Each fails both as cases and as tests in code, and none is called the tests' fault."""
