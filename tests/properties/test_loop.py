"""Any sequence of what people do keeps every promise, and comes to the same on SQLite and PostgreSQL.

The suite runs once per database; under PostgreSQL each step is done on a SQLite file as well, and the two are compared.
"""

from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from app.config import Settings
from app.core.db import Database
from tests.conftest import ON_POSTGRESQL, database_beside
from tests.properties import deeds, frozen, judgments
from tests.properties.frozen import Vault
from tests.properties.picture import Picture, summary, take_picture
from tests.properties.promises import PROMISES
from tests.properties.world import ANNOTATORS, OVERLAPS, REVIEWERS, START, Outcome, Work, World

EXAMPLES, STEPS = 24 if ON_POSTGRESQL else 60, 40
"""Some twenty seconds; under PostgreSQL everything is done twice."""
annotators, reviewers = st.sampled_from(ANNOTATORS), st.sampled_from(REVIEWERS)
SAVES = ("next", "next", "next", "stale", "repeated", "same text", "old lease")
VERDICTS = ("approve", "approve", "approve_with_edits", "return", "reject", "escalate")
EDITABLE = {"draft", "returned"}
HANDED_IN = {"submitted", "in_review"}
WAITING = {"submitted", "in_review", "escalated"}
PAUSES = (1, 11, 3600, 25 * 3600)


class Loop(RuleBasedStateMachine):
    """Everybody at work on three tasks; after each step every promise is checked in each world."""

    databases: ClassVar[list[Database]] = []
    settings_: ClassVar[Settings]

    def __init__(self) -> None:
        super().__init__()
        self.worlds: list[World] = []
        self.vaults: list[Vault] = []
        self.before: list[Picture] = []
        self.now = START
        self.count = 0

    @initialize(levels=st.sampled_from([1, 2]), solved=st.lists(annotators, max_size=4))
    def begin(self, levels: int, solved: list[str]) -> None:
        self.worlds = [World(database, self.settings_, levels) for database in self.databases]
        self.vaults = [Vault() for _ in self.worlds]
        for world in self.worlds:
            world.build()
        self.before = [self._look(world) for world in self.worlds]
        for who in solved:
            self._do(deeds.solve, who, self.count)
            self.every_promise_holds()

    def _look(self, world: World) -> Picture:
        with world.database.reading() as session:
            return take_picture(session)

    def _do(self, deed: Any, *args: Any, **facts: Any) -> Outcome:
        """Do the same in every world, a second later than the last deed; all must come to the same."""
        self.now += timedelta(seconds=1)
        self.count += 1
        outcomes = [world.do(_with(deed, facts), *args, now=self.now) for world in self.worlds]
        assert outcomes == outcomes[:1] * len(outcomes)
        return outcomes[0]

    def _works(self, states: set[str] | None = None) -> list[Work]:
        names = self.worlds[0].names()
        numbers = {task.id: task.number for task in self.before[0].tasks}
        return sorted(
            Work(numbers[work.task_id], names[work.author_id])
            for work in self.before[0].works
            if states is None or work.state in states
        )

    def _reviewed(self, states: set[str]) -> list[tuple[str, Work]]:
        names = self.worlds[0].names()
        numbers = {task.id: task.number for task in self.before[0].tasks}
        works = {work.id: Work(numbers[work.task_id], names[work.author_id]) for work in self.before[0].works}
        found = {(names[one.reviewer_id], works[one.submission_id]) for one in self.before[0].reviews}
        return sorted(
            pair
            for pair in found
            if any(
                (names[one.reviewer_id], works[one.submission_id]) == pair and one.state in states
                for one in self.before[0].reviews
            )
        )

    def _any_work(self, data: st.DataObject, states: set[str] | None = None) -> Work:
        return data.draw(st.sampled_from(self._works(states) or self._works()))

    @rule(who=annotators)
    def claims(self, who: str) -> None:
        self._do(deeds.claim, who)

    @rule(who=annotators)
    def solves(self, who: str) -> None:
        self._do(deeds.solve, who, self.count)

    @precondition(lambda self: self._works())
    @rule(data=st.data(), how=st.sampled_from(SAVES))
    def saves(self, data: st.DataObject, how: str) -> None:
        self._do(deeds.save, self._any_work(data), how, self.count)

    @precondition(lambda self: self._works())
    @rule(data=st.data(), how=st.sampled_from(["head", "head", "stale", "wrong hash"]))
    def hands_in(self, data: st.DataObject, how: str) -> None:
        self._do(deeds.submit, self._any_work(data), how)

    @precondition(lambda self: self._works(EDITABLE))
    @rule(data=st.data())
    def revises(self, data: st.DataObject) -> None:
        work = self._any_work(data, EDITABLE)
        self._do(judgments.answer_issues, work)
        self._do(deeds.revise, work, self.count)

    @precondition(lambda self: self._works(HANDED_IN))
    @rule(data=st.data())
    def takes_hand_in_back(self, data: st.DataObject) -> None:
        self._do(deeds.undo_hand_in, self._any_work(data, HANDED_IN))

    @precondition(lambda self: self._works(EDITABLE))
    @rule(data=st.data(), how=st.sampled_from(["release", "release", "skip", "broken", "outside_field", "give up"]))
    def puts_aside(self, data: st.DataObject, how: str) -> None:
        self._do(deeds.put_aside, self._any_work(data, EDITABLE), how)

    @precondition(lambda self: self._works({"draft"}))
    @rule(data=st.data())
    def resumes(self, data: st.DataObject) -> None:
        self._do(deeds.resume, self._any_work(data, {"draft"}))

    @precondition(lambda self: len(self._works()) > len(OVERLAPS))
    @rule(data=st.data(), by_manager=st.booleans())
    def withdraws(self, data: st.DataObject, by_manager: bool) -> None:
        work = self._any_work(data)
        self._do(deeds.withdraw, work, "Mona" if by_manager else work.author)

    @precondition(lambda self: self._works({"draft"}))
    @rule(data=st.data(), halts=st.booleans())
    def manager_takes_back_or_halts(self, data: st.DataObject, halts: bool) -> None:
        work = self._any_work(data, {"draft"})
        if halts:
            self._do(deeds.halt, work.task)
        else:
            self._do(deeds.take_back, work)

    @precondition(lambda self: self._works(EDITABLE))
    @rule(seconds=st.sampled_from(PAUSES))
    def time_passes_and_leases_run_out(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)
        self._do(deeds.expire)
        self._do(judgments.seal)

    @precondition(lambda self: any(task.state == "halted" for task in self.before[0].tasks))
    @rule()
    def manager_opens_again(self) -> None:
        for task in self.before[0].tasks:
            if task.state == "halted":
                self._do(deeds.open_again, task.number)

    @precondition(lambda self: self._works(WAITING))
    @rule(data=st.data(), who=reviewers)
    def opens(self, data: st.DataObject, who: str) -> None:
        self._do(judgments.open_review, who, self._any_work(data, WAITING))

    @precondition(lambda self: self._reviewed({"open"}))
    @rule(data=st.data(), how=st.sampled_from(["next", "next", "stale"]))
    def labels(self, data: st.DataObject, how: str) -> None:
        who, work = data.draw(st.sampled_from(self._reviewed({"open"})))
        self._do(judgments.label, who, work, how, f"Which case? ({self.count})")

    @precondition(lambda self: self._reviewed({"open"}))
    @rule(data=st.data())
    def leaves(self, data: st.DataObject) -> None:
        self._do(judgments.leave, *data.draw(st.sampled_from(self._reviewed({"open"}))))

    @precondition(lambda self: self._reviewed({"open"}))
    @rule(data=st.data(), verdict=st.sampled_from(VERDICTS), repeats=st.booleans())
    def decides(self, data: st.DataObject, verdict: str, repeats: bool) -> None:
        who, work = data.draw(st.sampled_from(self._reviewed({"open"})))
        told = self._do(judgments.decide, who, work, verdict, f"Look ({self.count})")
        if repeats and told[0] != "refused":
            assert self._do(judgments.decide, who, work, verdict, "Sent once more") == told

    @precondition(lambda self: self._works(WAITING))
    @rule(data=st.data(), who=reviewers, verdict=st.sampled_from(VERDICTS))
    def judges(self, data: st.DataObject, who: str, verdict: str) -> None:
        self._do(judgments.judge, who, self._any_work(data, WAITING), verdict, f"Look ({self.count})")

    @precondition(lambda self: self._works(WAITING))
    @rule(data=st.data(), undoes=st.booleans())
    def two_reject(self, data: st.DataObject, undoes: bool) -> None:
        work = self._any_work(data, WAITING)
        for who in ("Ron", "Rob"):
            self._do(judgments.judge, who, work, "reject", f"No ({self.count})")
        if undoes:
            self._do(judgments.undo, "Rob", work)

    @precondition(lambda self: self._works(WAITING))
    @rule(data=st.data(), waits=st.booleans())
    def is_approved_and_frozen(self, data: st.DataObject, waits: bool) -> None:
        work = self._any_work(data, WAITING)
        for who in ("Rae", "Ron"):
            self._do(judgments.judge, who, work, "approve", f"Yes ({self.count})")
        self.every_promise_holds()  # what is frozen is compared with what stood before
        self.freezes_and_exports(waits, "native")

    @precondition(lambda self: self._reviewed({"decided"}))
    @rule(data=st.data())
    def takes_decision_back(self, data: st.DataObject) -> None:
        self._do(judgments.undo, *data.draw(st.sampled_from(self._reviewed({"decided"}))))

    @precondition(lambda self: self._works({"approved"}))
    @rule(data=st.data(), agrees=st.booleans())
    def answers_edits(self, data: st.DataObject, agrees: bool) -> None:
        self._do(judgments.answer_edits, self._any_work(data, {"approved"}), agrees=agrees)

    @precondition(lambda self: self._works({"approved"}))
    @rule(waits=st.booleans(), format_name=st.sampled_from(["native", "trl_sft"]))
    def freezes(self, waits: bool, format_name: str) -> None:
        self.freezes_and_exports(waits, format_name)

    @precondition(lambda self: self.before[0].snapshots and self._works({"withdrawn"}))
    @rule(format_name=st.sampled_from(["native", "trl_sft"]), is_noted=st.booleans())
    def exports_an_old_snapshot(self, format_name: str, is_noted: bool) -> None:
        if is_noted:
            noted = [judgments.note_corrections(world) for world in self.worlds]
            assert noted == noted[:1] * len(noted)
        if self._do(judgments.export, format_name)[0] == "asked":
            self._works_off()

    @precondition(lambda self: self.before[0].snapshots)
    @rule(place=st.integers(0, 2))
    def finds_a_row_wrong(self, place: int) -> None:
        self._do(judgments.find_wrong, place)

    def freezes_and_exports(self, waits: bool, format_name: str) -> None:
        """Freeze, after the ten seconds of undo or within them, hash, export and write."""
        self.now += timedelta(seconds=11 if waits else 0)
        if self._do(judgments.freeze)[0] == "frozen":
            self._works_off()
            self._do(judgments.export, format_name)
            self._works_off()

    def _works_off(self) -> None:
        done = [judgments.run_jobs(world) for world in self.worlds]
        assert done == done[:1] * len(done)

    @invariant()
    def every_promise_holds(self) -> None:
        seen = []
        for world, vault, before in zip(self.worlds, self.vaults, self.before, strict=True):
            with world.database.reading() as session:
                now = take_picture(session)
                frozen.snapshots_never_change(session, now, before)
                frozen.the_chain_holds(session, now)
            for promise in PROMISES:
                promise(world, now, before)
            frozen.only_settled_work_is_frozen(now, before)
            frozen.corrections_say_what_is_so(now, before)
            frozen.what_was_withdrawn_is_in_no_new_export(now, before)
            frozen.same_content_has_the_same_name(vault, now)
            frozen.exports_are_whole_and_repeatable(world, vault, now)
            seen.append(now)
        standings = [summary(world, now) for world, now in zip(self.worlds, seen, strict=True)]
        assert standings == standings[:1] * len(standings)
        self.before = seen


def _with(deed: Any, facts: dict[str, Any]) -> Any:
    def bound(*args: Any, now: datetime) -> Outcome:
        outcome: Outcome = deed(*args, now=now, **facts)
        return outcome

    return bound


def test_whatever_people_do_every_promise_is_kept(database, tmp_path):
    with ExitStack() as stack:
        beside = [stack.enter_context(database_beside(None, tmp_path, "beside"))] if ON_POSTGRESQL else []
        run_loop([database, *beside], tmp_path)


def run_loop(databases: list[Database], folder: Path) -> None:
    """Let Hypothesis drive the machine in all of these databases."""
    bound = type("Bound", (Loop,), {"databases": databases, "settings_": Settings(data_dir=folder / "data")})
    run_state_machine_as_test(
        bound,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
