"""Published problems go the whole way over HTTP: imported, solved, reviewed, frozen, exported, loaded, compared.

`python -m benchmarks.real_input --gsm8k FILE [--humaneval FILE] [--records 1000] [--database sqlite|postgresql|both]`.
FILE is the JSON Lines file of GSM8K or HumanEval. The worked solutions of the data are handed in as steps by eight
annotators at once and approved by three reviewers at once, as soon as a machine has found them right. Every text in
every export must be the one in the file; every gold and every reference must be rewarded as its target does it.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

import httpx2

from app.accounts import queries as people
from app.accounts.service import create_token, create_user
from app.core import clock
from app.core.db import open_database
from app.reviews.states import UNDO_SECONDS
from app.tables import load_tables
from benchmarks.real_exports import ANSWERS, EVERY, PROGRAMS, Problem, Source, compare
from tests.postgres import running_postgres
from tests.served import serving

ANNOTATORS, REVIEWERS = 8, 3
JOB_SECONDS = 600
Json = Any


@dataclass(frozen=True)
class Installation:
    """A served installation: its address, and the tokens of its people."""

    base: str
    manager: str
    annotators: list[str]
    reviewers: list[str]


@dataclass
class Stopwatch:
    """How long each stage took, in seconds."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def taking(self, stage: str) -> Iterator[None]:
        """Time a stage."""
        begun = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - begun


class Person:
    """Somebody with a token, on one connection."""

    def __init__(self, base: str, token: str) -> None:
        self._http = httpx2.Client(base_url=f"{base}/api/v1", timeout=120)
        self._http.headers["authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, *, ok: int = 200, **options: Json) -> Json:
        """Send one request and return its JSON; anything but the expected status stops the measurement."""
        answer = self.ask(method, path, **options)
        assert answer.status_code == ok, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json()

    def ask(self, method: str, path: str, **options: Json) -> httpx2.Response:
        """Send one request."""
        return self._http.request(method, path, **options)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()


def read_gsm8k(path: Path, records: int) -> Source:
    """Read word problems; each line of the worked solution is a step, the number after #### the answer."""
    lines = _lines(path, records)
    problems = {}
    for row in map(json.loads, lines):
        worked, _, answer = row["answer"].partition("\n#### ")
        problems[row["question"]] = _problem(row["question"], worked.split("\n"), answer)
    return _source("gsm8k", "mathematics", lines, problems, ANSWERS)


def read_humaneval(path: Path, records: int) -> Source:
    """Read functions to write; the body in the data is the one step, prompt and body together the program."""
    lines = _lines(path, records)
    problems = {}
    for row in map(json.loads, lines):
        source = row["prompt"] + row["canonical_solution"]
        statement = (
            f"Complete the function `{row['entry_point']}`.\n\n```python\n{row['prompt'].rstrip(chr(10))}\n```\n"
        )
        problem = _problem(statement, [f"The body:\n\n```python\n{row['canonical_solution']}```"], "")
        problem.content["program"] = {"language": "python", "source": source}
        end = "" if source.endswith("\n") else "\n"
        problems[statement] = Problem(statement, problem.steps, problem.content, f"```python\n{source}{end}```")
    return _source("humaneval", "programming", lines, problems, PROGRAMS)


def _lines(path: Path, records: int) -> list[str]:
    return [line for line in path.read_text(encoding="utf-8").split("\n") if line.strip()][:records]


def _source(
    name: str, template: str, lines: list[str], problems: dict[str, Problem], rewarded: tuple[str, ...]
) -> Source:
    assert len(problems) == len(lines), "Two records ask the same question; they could not be told apart."
    return Source(name, template, lines, problems, (*EVERY, *rewarded))


def _problem(statement: str, worked: list[str], answer: str) -> Problem:
    bodies = [line for line in worked if line.strip()]
    steps = [{"id": f"s{n}", "type": "work", "body": body} for n, body in enumerate(bodies, start=1)]
    steps[-1]["type"] = "conclusion"
    content = {"steps": steps, "answer": {"text": answer}, "confidence": 4}
    return Problem(statement, bodies, content, answer)


@contextmanager
def installation(kind: str) -> Iterator[Installation]:
    """Serve a new installation with web and worker; its database is of this kind."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="workings-real-")))
        url = stack.enter_context(running_postgres()) if kind == "postgresql" else None
        served = stack.enter_context(serving(folder, url))
        yield _people(url or f"sqlite:///{folder}/workings.db", served.base)


def _people(url: str, base: str) -> Installation:
    load_tables()
    database = open_database(url)

    def token_of(name: str, *, is_admin: bool = False) -> str:
        now, email = clock.now(), f"{name}@example.org"
        with database.change() as session:
            create_user(session, email=email, name=name, is_admin=is_admin, now=now)
        with database.change() as session:
            actor = people.actor_of_email(session, email)
            assert actor is not None
            return create_token(session, actor, name="real input", scopes=[], days=1, now=now)

    annotators = [token_of(f"annotator-{n}") for n in range(ANNOTATORS)]
    reviewers = [token_of(f"reviewer-{n}") for n in range(REVIEWERS)]
    made = Installation(base, token_of("manager", is_admin=True), annotators, reviewers)
    database.engine.dispose()
    return made


def go_the_whole_way(place: Installation, sources: list[Source], folder: Path) -> dict[str, Stopwatch]:
    """Import, solve, review, freeze, export, load and compare; stop at the first thing that is not as it should be."""
    watches = {source.name: Stopwatch() for source in sources}
    with Person(place.base, place.manager) as manager:
        for source in sources:
            work_through(place, manager, source, watches[source.name])
        time.sleep(UNDO_SECONDS + 1)  # what can still be undone is not frozen
        for source in sources:
            carry_out(manager, source, folder / source.name, watches[source.name])
    return watches


def work_through(place: Installation, manager: Person, source: Source, watch: Stopwatch) -> None:
    """Bring a file in and have all of it solved and approved."""
    with watch.taking("import"):
        begin_project(manager, source)
    with watch.taking("solve"):
        solved = sum(at_once(place.annotators, lambda token, _: solve_all(place.base, token, source)))
    with watch.taking("review"):
        judged = sum(at_once(place.reviewers, lambda token, n: review_all(place.base, token, n, source)))
    assert solved == judged == len(source.problems), (solved, judged)


def carry_out(manager: Person, source: Source, folder: Path, watch: Stopwatch) -> None:
    """Freeze what was approved, export it in every format, and read it as a trainer does."""
    with watch.taking("freeze"):
        snapshot = freeze(manager, source)
    with watch.taking("export"):
        targets = export(manager, snapshot, source, folder)
    with watch.taking("load"):
        for name, target in targets.items():
            compare(name, target, source, folder / "cache")


def at_once(tokens: list[str], work: Callable[[str, int], int]) -> list[int]:
    """Let everybody work at the same time; return what each of them has done."""
    with ThreadPoolExecutor(len(tokens)) as threads:
        return list(threads.map(work, tokens, range(len(tokens))))


def begin_project(manager: Person, source: Source) -> None:
    """Make the project, bring its people in, import the file as it is, and open the project."""
    path = f"/projects/{source.name}"
    project = {"name": source.name, "slug": source.name, "template": source.template}
    manager.send("POST", "/projects", ok=201, json=project)
    for role, count in (("annotator", ANNOTATORS), ("reviewer", REVIEWERS)):
        for n in range(count):
            member = {"email": f"{role}-{n}@example.org", "roles": [role]}
            manager.send("POST", f"{path}/members", ok=201, json=member)
    options = json.dumps({"adapter": source.name, "open_at_once": True, "start": True})
    file = {"file": (f"{source.name}.jsonl", "\n".join(source.lines).encode(), "application/octet-stream")}
    asked = manager.send("POST", f"{path}/imports", ok=201, data={"options": options}, files=file)
    done = wait_for(manager, f"/imports/{asked['id']}", {"done"}, {"failed", "cancelled"})
    assert (done["rows_created"], done["rows_rejected"]) == (len(source.lines), 0), done
    manager.send("PATCH", path, json={"state": "live"})


def wait_for(person: Person, path: str, good: set[str], bad: set[str]) -> Json:
    """Poll until something is in a final state; stop when that is a bad one."""
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        found = person.send("GET", path)
        assert found["state"] not in bad, found
        if found["state"] in good:
            return found
        time.sleep(0.1)
    raise RuntimeError(f"{path} did not finish.")


def solve_all(base: str, token: str, source: Source) -> int:
    """Take tasks, save the data's own solution and hand it in, until there is none left; return how many."""
    with Person(base, token) as annotator:
        n = annotator.send("GET", f"/projects/{source.name}/guideline")["n"]
        annotator.send("POST", f"/projects/{source.name}/guideline/acknowledge", json={"n": n})
        solved = 0
        while True:
            taken = annotator.ask("POST", f"/projects/{source.name}/next")
            if taken.status_code == 409 and taken.json()["code"] == "nothing_left":
                return solved
            assert taken.status_code == 201, taken.text
            solve(annotator, f"/work/{taken.json()['submission_id']}", source)
            solved += 1


def solve(annotator: Person, work: str, source: Source) -> None:
    """Save and hand in the solution of the task that was taken."""
    desk = annotator.send("GET", work)
    content = source.problems[desk["task"]["statement"]].content
    draft = {"content": content, "client_mutation_id": f"save-{work[-12:]}", "fencing": desk["fencing"]}
    saved = annotator.send("PUT", f"{work}/draft", json=draft, headers={"if-match": f'"{desk["draft_n"]}"'})
    annotator.send("POST", f"{work}/submit", json={"n": saved["n"], "sha256": saved["sha256"]})


def review_all(base: str, token: str, n: int, source: Source) -> int:
    """Approve this reviewer's share of the queue, every step labelled; return how many."""
    judged = 0
    with Person(base, token) as reviewer:
        cursor: str | None = None
        while True:
            asked = {"project": source.name} | ({"cursor": cursor} if cursor else {})
            page = reviewer.send("GET", "/reviews/queue", params=asked)
            for row in page["items"]:
                # Shares are disjoint, so that nobody decides second.
                if int(row["submission_id"][-6:], 16) % REVIEWERS == n:
                    review(reviewer, row["submission_id"], source)
                    judged += 1
            cursor = page["next_cursor"]
            if cursor is None:
                return judged


def review(reviewer: Person, submission_id: str, source: Source) -> None:
    """Open a review, look at the steps as they were handed in and at what a machine says, and approve."""
    opened = reviewer.send("POST", f"/work/{submission_id}/review", ok=201)
    desk = checked(reviewer, f"/reviews/{opened['review_id']}")
    problem = source.problems[desk["task"]["statement"]]
    assert [step["body"] for step in desk["steps"]] == problem.steps
    labels = {step["id"]: {"value": "good"} for step in desk["steps"]}
    verdict = {"verdict": "approve", "sha256": desk["revision"]["sha256"], "verification_method": "re_derived"}
    sent = {**verdict, "draft": {"labels": labels, "seconds": 60}}
    reviewer.send("POST", f"/reviews/{opened['review_id']}/decide", json=sent)


def checked(reviewer: Person, review: str) -> Json:
    """Wait until a machine has held the answer or the program against its task; it has to pass."""
    deadline = time.monotonic() + JOB_SECONDS
    while time.monotonic() < deadline:
        desk = reviewer.send("GET", review)
        if not desk["machine"]["is_pending"]:
            assert desk["machine"]["finding"] == "pass", desk["machine"]
            return desk
        time.sleep(0.1)
    raise RuntimeError(f"{review} was not checked.")


def freeze(manager: Person, source: Source) -> str:
    """Freeze everything approved; return the snapshot's id."""
    made = manager.send("POST", f"/projects/{source.name}/datasets", ok=201, json={"name": source.name})
    snapshot = manager.send("POST", f"/datasets/{made['id']}/snapshots", ok=201, json={})
    ready = wait_for(manager, f"/snapshots/{snapshot['id']}", {"ready"}, {"failed"})
    assert ready["items"] == len(source.problems), ready
    return str(snapshot["id"])


def export(manager: Person, snapshot: str, source: Source, folder: Path) -> dict[str, Path]:
    """Export in every format that fits and download every file; return format → folder."""
    path = f"/snapshots/{snapshot}/exports"
    asked = {name: manager.send("POST", path, ok=201, json={"format": name})["id"] for name in source.formats}
    for name, export_id in asked.items():
        done = wait_for(manager, f"/exports/{export_id}", {"ready"}, {"failed", "cancelled"})
        for file in done["files"]:
            target = folder / name / file["path"]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(manager.ask("POST", f"/exports/{export_id}/files/{file['path']}").content)
    return {name: folder / name for name in source.formats}


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gsm8k", type=Path)
    parser.add_argument("--humaneval", type=Path)
    parser.add_argument("--records", type=int, default=1000)
    parser.add_argument("--database", choices=("sqlite", "postgresql", "both"), default="both")
    chosen = parser.parse_args()
    sources = [read_gsm8k(chosen.gsm8k, chosen.records)] if chosen.gsm8k else []
    sources += [read_humaneval(chosen.humaneval, chosen.records)] if chosen.humaneval else []
    kinds = ("sqlite", "postgresql") if chosen.database == "both" else (chosen.database,)
    for kind in kinds:
        with installation(kind) as place, tempfile.TemporaryDirectory(prefix="workings-exports-") as folder:
            watches = go_the_whole_way(place, sources, Path(folder))
            for source in sources:
                report(kind, source, watches[source.name])


def report(kind: str, source: Source, watch: Stopwatch) -> None:
    """Print how long each stage took and how many records a second that makes."""
    count = len(source.problems)
    said = f"all texts equal, all golds rewarded in {len(source.formats)} formats"
    print(f"{source.name} on {kind}: {count} records, {said}", flush=True)
    for stage, seconds in watch.seconds.items():
        print(f"  {stage:8} {seconds:7.1f} s  {count / seconds:8.0f} records/s", flush=True)


if __name__ == "__main__":
    main()
