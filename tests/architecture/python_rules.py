"""Rules about Python sources that no linter knows, each a function from a parsed file to the faults in it."""

import ast
import re
from collections.abc import Iterator

LONGEST_FUNCTION_LINES = 40

IN_THE_SANDBOX = "app/sandbox/judging/inside/"
"""Files that are sent into the sandbox and run nowhere else: running what a person wrote is what they are for."""
COMMITTERS = frozenset({"app/web/deps.py", "app/core/db.py", "app/migrating.py"})
"""Where transactions end: a request's, that of a job or command (`Database.change`), and a migration's."""
CLOCK = "app/core/clock.py"
HTML_MAKERS = re.compile(r"app/text/|app/web/templating\.py")
"""Where text may be declared to be safe HTML."""
FORBIDDEN_MODULES = frozenset({"pickle", "marshal", "shelve", "dill", "cloudpickle"})
"""Reading with these runs whatever the writer wished."""
DEPOSIT_NAMES = frozenset({"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"})
"""Names that say nothing about what is inside, so everything ends up there."""


def long_functions(tree: ast.Module) -> Iterator[str]:
    """Find functions whose code, docstring not counted, is longer than fits in one look."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if ast.get_docstring(node) is not None:
                docstring = node.body[0]
                lines -= (docstring.end_lineno or docstring.lineno) - docstring.lineno + 1
            if lines > LONGEST_FUNCTION_LINES:
                yield f"line {node.lineno}: {node.name} has {lines} lines"


def forbidden_calls(tree: ast.Module, path: str) -> Iterator[str]:
    """Find calls that belong to one place only, or nowhere."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            last = name.rpartition(".")[2]
            if reason := _why_forbidden(node, name, last, path):
                yield f"line {node.lineno}: {name}() {reason}"


def _why_forbidden(call: ast.Call, name: str, last: str, path: str) -> str | None:
    checks = {
        "runs text as code": name in {"eval", "exec"} and not (name == "exec" and path.startswith(IN_THE_SANDBOX)),
        "can make any object; use safe_load": name in {"yaml.load", "yaml.unsafe_load"},
        "hands text to a shell": any(
            keyword.arg == "shell" and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
            for keyword in call.keywords
        )
        or name in {"os.system", "os.popen"},
        "ends a transaction; leave that to web/deps.py or `Database.change`": last == "commit"
        and path.startswith("app/")
        and path not in COMMITTERS,
        "reads the clock; take `now`, which comes from core/clock.py": path.startswith("app/")
        and path != CLOCK
        and name in {"datetime.now", "datetime.utcnow", "datetime.datetime.now", "datetime.today", "date.today"},
        "declares text to be safe HTML; render_markdown and the templating do": last == "Markup"
        and path.startswith("app/")
        and not HTML_MAKERS.match(path),
        "puts values into SQL; bind them": last == "text"
        and path.startswith("app/")
        and bool(call.args)
        and (isinstance(call.args[0], ast.JoinedStr | ast.BinOp) or _is_format(call.args[0])),
    }
    return next((reason for reason, broken in checks.items() if broken), None)


def _is_format(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"


def forbidden_imports(tree: ast.Module) -> Iterator[str]:
    """Find imports of modules that run what they read."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [node.module]
        for name in names:
            if name.partition(".")[0] in FORBIDDEN_MODULES:
                yield f"imports {name}"


def unexplained_flushes(source: str) -> Iterator[str]:
    """Find `session.flush()` without a comment beside or above that says why it cannot wait for the commit."""
    lines = source.splitlines()
    for number, line in enumerate(lines):
        above = lines[number - 1].strip() if number else ""
        if "session.flush(" in line and "#" not in line and not above.startswith("#"):
            yield f"line {number + 1}: session.flush() without a comment why"


def has_a_test(tree: ast.Module) -> bool:
    """Tell whether pytest finds a test in a module: a function, a method, or a state machine's TestCase."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            return True
        if isinstance(node, ast.Assign) and ast.unparse(node.value).endswith(".TestCase"):
            return True
    return False
