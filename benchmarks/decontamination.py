"""Decontamination: what is found of planted test questions among others, and how long a million items take.

python -m benchmarks.decontamination GSM8K.jsonl      recall and precision, by how much was edited
python -m benchmarks.decontamination --items 100000   how fast made-up items are held against a million 8-grams
"""

import argparse
import json
import random
import re
import resource
import time
from collections import Counter
from pathlib import Path
from uuid import UUID

from app.decontamination.service.matching import Index, Match
from app.decontamination.service.sealing import Grams, kept_of
from app.decontamination.states import CONSEQUENCES, Consequence, GramKind
from app.text.ngrams import Hasher

KEY = b"benchmark of decontamination 32b"
SET = UUID(int=1)
SHARES = (5, 20, 40)
"""percent of the words that are other ones"""
PAGE = 500
ITEM_WORDS = 600
"""about 4 kB"""
REFERENCE_WORDS, REFERENCES = 77, 14_300
"""a million 8-grams"""
_NUMBER = re.compile(r"\d+")


def index_of(texts: list[str]) -> Index:
    """Keep texts as a reference set, in memory."""
    kept = {kind: Grams() for kind in GramKind}
    hasher = Hasher(KEY)
    for number, text in enumerate(texts, 1):
        for kind, hashes in kept_of(hasher, [text]).items():
            kept[kind].add(hashes, number)
    for grams in kept.values():
        grams.sort()
    return Index(hasher, {SET: kept}, through=1)


def edited(text: str, percent: int, dice: random.Random, vocabulary: list[str]) -> str:
    """Replace this share of the words by others, anywhere."""
    words = text.split()
    for place in dice.sample(range(len(words)), max(1, len(words) * percent // 100)):
        words[place] = dice.choice(vocabulary)
    return " ".join(words)


def renumbered(text: str, dice: random.Random) -> str:
    """Give every number another value."""
    return _NUMBER.sub(lambda _found: str(dice.randint(2, 999)), text)


def recall(path: Path) -> None:
    """Plant half of a file's questions, altered, among the other half, which is not in the reference set."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    questions = [str(row["question"]) for row in rows]
    known, others = questions[::2], questions[1::2]
    vocabulary = sorted({word for question in questions for word in question.split()})
    dice = random.Random(30)
    index = index_of(known)
    planted = {"verbatim": known}
    for percent in SHARES:
        planted[f"{percent} % of the words replaced"] = [edited(text, percent, dice, vocabulary) for text in known]
    planted["other numbers"] = [renumbered(text, dice) for text in known]
    foreign = Counter(_consequence(matches) for matches in index.look(others))
    print(f"{len(known)} questions in the set; {len(others)} others of the same kind that are not\n")
    print("| planted | blocked | to be looked at | found | right text | precision |\n|---|---|---|---|---|---|")
    for name, texts in planted.items():
        found = index.look(texts)
        what = Counter(_consequence(matches) for matches in found)
        right = sum(any(one.text_number == at for one in matches) for at, matches in enumerate(found, 1))
        hits, wrong = len(texts) - what[None], len(others) - foreign[None]
        shares = [what[Consequence.BLOCK], what[Consequence.REVIEW], hits, right]
        told = " | ".join(f"{100 * share / len(texts):.1f} %" for share in shares)
        print(f"| {name} | {told} | {100 * hits / (hits + wrong):.1f} % |")
    print(f"\nof the others: {foreign[Consequence.BLOCK]} blocked, {foreign[Consequence.REVIEW]} to be looked at")


def _consequence(matches: list[Match]) -> Consequence | None:
    found = {CONSEQUENCES[match.likeness] for match in matches}
    return Consequence.BLOCK if Consequence.BLOCK in found else next(iter(found), None)


def speed(items: int) -> None:
    """Hold made-up items, one in a hundred with a planted stretch, against a million 8-grams."""
    dice = random.Random(8)
    vocabulary = ["".join(dice.choices("abcdefghijklmnoprstuvw", k=dice.randint(2, 9))) for _ in range(20_000)]
    references = [" ".join(dice.choices(vocabulary, k=REFERENCE_WORDS)) for _ in range(REFERENCES)]
    started = time.perf_counter()
    index = index_of(references)
    grams = len(index.sets[SET][GramKind.SMALL])
    print(f"{grams:,} 8-grams hashed, sorted and indexed in {time.perf_counter() - started:.1f} s")
    pages = [[" ".join(dice.choices(vocabulary, k=ITEM_WORDS)) for _ in range(PAGE)] for _ in range(4)]
    for page in pages:
        for place in range(0, PAGE, 100):
            page[place] += " " + references[place]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = done = 0
    started, cpu = time.perf_counter(), time.process_time()
    while done < items:
        found += sum(bool(matches) for matches in index.look(pages[done // PAGE % len(pages)]))
        done += PAGE
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    assert found == done // 100, "each planted stretch is found, and nothing else"
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{done:,} items in {seconds:.1f} s ({done / seconds:,.0f} items/s; CPU {1000 * cpu / done:.2f} ms an item)")
    print(f"memory at its highest {after >> 10} MB, {(after - before) >> 10} MB of it while looking")


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, help="GSM8K's JSONL: question, answer")
    parser.add_argument("--items", type=int, default=0)
    asked = parser.parse_args()
    if asked.file is not None:
        recall(asked.file)
    if asked.items:
        speed(asked.items)


if __name__ == "__main__":
    main()
