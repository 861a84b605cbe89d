"""Clients that work over HTTP until the line drops, and go on where they were when the server is back.

Each remembers what was acknowledged to it, and repeats the request whose answer it never saw, as a browser does.
"""

import http.client
import itertools
import json
import random
import threading
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.text.fingerprints import content_hash
from tests.durability.installation import Member, People
from tests.properties.world import NOBODY, Memory, Text, written

DROPPED = (OSError, http.client.HTTPException)
REPEATED = "repeated after a kill"


@dataclass
class Acknowledged(Memory):
    """What clients were told, beside texts and receipts; each part is checked against the database."""

    claims: list[UUID] = field(default_factory=list)
    reviews: list[UUID] = field(default_factory=list)
    decisions: dict[UUID, str] = field(default_factory=dict)
    """review → verdict"""
    snapshots: dict[UUID, int] = field(default_factory=dict)
    """snapshot → items"""
    exports: list[UUID] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass
class Client(ABC):
    """One person on one connection at a time."""

    member: Member
    port: int
    told: Acknowledged
    chance: random.Random
    pending: tuple[str, str, Any, dict[str, str]] | None = None
    """the request whose answer was never seen"""
    line: http.client.HTTPConnection | None = None

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Send one request and return status and JSON; a dropped line raises and leaves it pending."""
        self.pending = (method, path, body, headers)
        if self.line is None:
            self.line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        said = {"Authorization": f"Bearer {self.member.token}", "Content-Type": "application/json", **named}
        self.line.request(method, f"/api/v1{path}", json.dumps(body) if body is not None else None, said)
        answer = self.line.getresponse()
        content = answer.read()
        self.pending = None
        assert answer.status < 500, (method, path, answer.status, content)
        return answer.status, json.loads(content) if content else None

    def run(self) -> None:
        """Work until the line drops."""
        try:
            for step in self.steps():
                step()
        except DROPPED:
            if self.line is not None:
                self.line.close()
            self.line = None

    @abstractmethod
    def steps(self) -> Iterator[Callable[[], None]]:
        """Say what to do, for ever."""


@dataclass
class Annotator(Client):
    """Takes tasks, saves some versions (now and then from a stale window), hands in."""

    numbers: Iterator[int] = field(default_factory=itertools.count)
    held: Callable[[UUID], list[UUID]] = lambda _user_id: []
    """what My work shows: unfinished work of this person"""
    work: UUID | None = None
    n: int = 0
    sha256: str = ""

    def steps(self) -> Iterator[Callable[[], None]]:
        if self.pending is not None and self.work is not None:
            yield self._repeat
        while True:
            if self.work is None:
                yield self._claim
            for _ in range(self.chance.randint(1, 4)):
                yield self._save
            if self.chance.random() < 0.25:
                yield self._save_stale
            yield self._submit

    def _repeat(self) -> None:
        assert self.pending is not None
        method, path, body, headers = self.pending
        status, answer = self.send(method, path, body, **headers)
        self.told.counts[REPEATED] += 1
        if path.endswith("/submit"):
            self._handed_in(status, answer)
        else:
            self._kept(status, answer, body)

    def _claim(self) -> None:
        unfinished = self.held(self.member.id)
        if unfinished:
            self.work = unfinished[0]
            _, answer = self.send("GET", f"/work/{self.work}")
            self.n = answer["draft_n"]
            return
        status, answer = self.send("POST", "/projects/sums/next")
        assert status == 201, answer
        self.work, self.n = UUID(answer["submission_id"]), 0
        self.told.claims.append(self.work)
        self.told.counts["claims"] += 1

    def _save(self) -> None:
        self._send_draft(self.n)

    def _save_stale(self) -> None:
        self._send_draft(self.n - 1)

    def _send_draft(self, base_n: int) -> None:
        number = next(self.numbers)
        content = written(number).model_dump(mode="json")
        body = {"content": content, "client_mutation_id": f"{self.member.name}-{number}", "fencing": 1}
        self._kept(*self.send("PUT", f"/work/{self.work}/draft", body, If_Match=f'"{base_n}"'), body)

    def _kept(self, status: int, answer: Any, body: Any) -> None:
        assert self.work is not None
        if status == 200:
            self.n, self.sha256 = answer["n"], answer["sha256"]
            self.told.texts.append(Text(self.work, self.n, self.sha256))
            self.told.counts["saves"] += 1
        else:
            assert (status, answer["code"]) == (412, "stale"), answer
            kept = answer["head"]["n"] if answer["conflict_id"] is None else None
            self.told.texts.append(Text(self.work, kept, content_hash(body["content"])))
            self.n, self.sha256 = answer["head"]["n"], answer["head"]["sha256"]
            self.told.counts["copies beside the head"] += 1

    def _submit(self) -> None:
        key = f"{self.member.name}-{self.work}"
        body = {"n": self.n, "sha256": self.sha256}
        self._handed_in(*self.send("POST", f"/work/{self.work}/submit", body, Idempotency_Key=key))

    def _handed_in(self, status: int, answer: Any) -> None:
        assert status == 200, answer
        assert self.work is not None
        self.told.receipts.append((self.work, answer["revision"], answer["sha256"]))
        self.told.counts["hand-ins"] += 1
        self.work, self.sha256 = None, ""


@dataclass
class Reviewer(Client):
    """Opens what waits and decides; others may be faster."""

    def steps(self) -> Iterator[Callable[[], None]]:
        if self.pending is not None and self.pending[1].endswith("/decide"):
            yield self._repeat
        while True:
            yield self._judge

    def _repeat(self) -> None:
        assert self.pending is not None
        method, path, body, headers = self.pending
        status, answer = self.send(method, path, body, **headers)
        self.told.counts[REPEATED] += 1
        self._decided(status, answer, UUID(path.split("/")[2]), body)

    def _judge(self) -> None:
        _, queue = self.send("GET", "/reviews/queue")
        if not queue["items"]:
            return
        waiting = self.chance.choice(queue["items"][:4])
        status, opened = self.send("POST", f"/work/{waiting['submission_id']}/review")
        if status not in {200, 201}:
            return  # somebody has decided since
        review_id = UUID(opened["review_id"])
        self.told.reviews.append(review_id)
        self.told.counts["reviews opened"] += 1
        _, review = self.send("GET", f"/reviews/{review_id}")
        body = {
            "verdict": self.chance.choice(["approve"] * 5 + ["return"]),
            "sha256": review["revision"]["sha256"],
            "verification_method": "re_derived",
            "draft": {"labels": {"s1": {"value": "good"}, "s2": {"value": "neutral"}}},
        }
        if body["verdict"] == "return":
            body["issues"] = [{"anchor": "step", "step_id": "s2", "severity": "major", "body": "Why is it odd?"}]
        self._decided(*self.send("POST", f"/reviews/{review_id}/decide", body), review_id, body)

    def _decided(self, status: int, answer: Any, review_id: UUID, body: Any) -> None:
        if status == 200:
            self.told.decisions[review_id] = body["verdict"]
            self.told.counts["decisions"] += 1
        else:
            assert (status, answer["code"]) == (409, "overtaken"), answer
            self.told.counts["decisions overtaken"] += 1


@dataclass
class Manager(Client):
    """Freezes what is approved and exports the snapshot before."""

    dataset_id: UUID = NOBODY

    def steps(self) -> Iterator[Callable[[], None]]:
        while True:
            yield self._freeze
            yield self._export
            yield self._look_around

    def _freeze(self) -> None:
        status, snapshot = self.send("POST", f"/datasets/{self.dataset_id}/snapshots", {"note": "Cut"})
        if status == 201:
            self.told.snapshots[UUID(snapshot["id"])] = snapshot["items"]
            self.told.counts["snapshots"] += 1

    def _export(self) -> None:
        _, snapshots = self.send("GET", f"/datasets/{self.dataset_id}/snapshots")
        ready = [snapshot for snapshot in snapshots if snapshot["state"] == "ready"]
        if ready:
            wanted = {"format": self.chance.choice(["native", "trl_sft"]), "options": {}}
            status, export = self.send("POST", f"/snapshots/{ready[0]['id']}/exports", wanted)
            assert status == 201, export
            self.told.exports.append(UUID(export["id"]))
            self.told.counts["exports"] += 1

    def _look_around(self) -> None:
        for _ in range(10):
            self.send("GET", "/projects/sums/tasks")


def hire(people: People, port: int, told: Acknowledged, seed: int, held: Callable[[UUID], list[UUID]]) -> list[Client]:
    """Make a client of everybody; each draws its own luck from `seed`."""
    crew: list[Client] = []
    for place, member in enumerate(people.annotators):
        chance, numbers = random.Random(seed * 100 + place), itertools.count(place * 1_000_000)
        crew.append(Annotator(member, port, told, chance, numbers=numbers, held=held))
    for place, member in enumerate(people.reviewers, len(crew)):
        crew.append(Reviewer(member, port, told, random.Random(seed * 100 + place)))
    chance = random.Random(seed * 100 + 99)
    crew.append(Manager(people.manager, port, told, chance, dataset_id=people.dataset_id))
    return crew


def set_to_work(crew: list[Client]) -> tuple[list[threading.Thread], list[BaseException]]:
    """Start everybody in a thread of their own; what a client did not expect is collected."""
    faults: list[BaseException] = []

    def work(client: Client) -> None:
        try:
            client.run()
        except BaseException as fault:
            faults.append(fault)
            raise

    threads = [threading.Thread(target=work, args=[client], daemon=True) for client in crew]
    for thread in threads:
        thread.start()
    return threads, faults
