"""Near-duplicates: what is found of planted copies among others, and how long a million take.

python -m benchmarks.near_duplicates                 recall and precision among 20,000 texts
python -m benchmarks.near_duplicates --texts 1000000  how long signing and clustering take, and how much memory
"""

import argparse
import json
import random
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from multiprocessing import get_context
from uuid import UUID

from app.similarity.service.clustering import Clusters, Works
from app.text.minhash import Bands, Text, shared, sign
from benchmarks.figures import Figure, at_least, at_most

AMONG = 20_000
PLANTED = 1_000
SHARES = (5, 20, 40)
"""percent of the words that are other ones in a copy"""
WORDS = 600
"""about 4 kB"""
PROCESSES = 2
COPY_EVERY = 20
_RANDOM = random.Random("vocabulary")
_VOCABULARY = [
    "".join(_RANDOM.choice("bcdfglmnprst") + _RANDOM.choice("aeiou") for _ in range(_RANDOM.randint(1, 5)))
    for _ in range(8_000)
]
Case = tuple[str, int]


def some_words(seed: object, count: int) -> list[str]:
    """Make up a text; common words are common, and one in twelve is a number."""
    dice = random.Random(repr(seed))
    words = [_VOCABULARY[int(len(_VOCABULARY) * dice.random() ** 2)] for _ in range(count)]
    for at in range(5, count, 12):
        words[at] = str(dice.randint(2, 9_999))
    return words


def copy_of(words: Sequence[str], kind: str, percent: int, seed: object) -> list[str]:
    """Copy a text with some of its words replaced: one passage, words here and there, or only its numbers."""
    dice = random.Random(repr(seed))
    copied, count = list(words), len(words) * percent // 100
    if kind == "numbers":
        return [str(dice.randint(2, 9_999)) if word.isdecimal() else word for word in words]
    start = dice.randrange(len(words) - count + 1)
    places = range(start, start + count) if kind == "passage" else dice.sample(range(len(words)), count)
    for at in places:
        copied[at] = dice.choice(_VOCABULARY)
    return copied


def planted(among: int, each: int, words: int) -> tuple[list[str], dict[tuple[int, int], Case]]:
    """Make `among` texts, copies at their end; the pairs of original and copy with how they were made."""
    cases = [(kind, percent) for percent in SHARES for kind in ("passage", "scattered")] + [("numbers", 100)]
    originals = among - each * len(cases)
    texts = [some_words(n, words) for n in range(originals)]
    pairs = {}
    for n, case in enumerate(case for case in cases for _ in range(each)):
        pairs[n % originals, len(texts)] = case
        texts.append(copy_of(texts[n % originals], *case, seed=n))
    return [" ".join(text) for text in texts], pairs


def meetings(texts: Sequence[str]) -> set[tuple[int, int]]:
    """Find the pairs that are equal in a band."""
    bands: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for at, text in enumerate(texts):
        for band in enumerate(sign(text) or ()):
            bands[band].append(at)
    return {pair for places in bands.values() for pair in combinations(places, 2)}


def recall(among: int, each: int, words: int) -> tuple[list[str], Counter[str]]:
    """Plant copies and look for them; the lines of the table, and how many pairs are right and wrong."""
    texts, pairs = planted(among, each, words)
    met = meetings(texts)
    origin = {copy: original for original, copy in pairs}
    counted: Counter[str] = Counter()
    for one, other in met:
        if shared(Text(texts[one]), Text(texts[other])).likeness is not None:
            # Two copies of one original are like one another as well.
            is_right = origin.get(one, one) == origin.get(other, other)
            counted["right" if is_right else "wrong"] += 1
    lines = []
    for case in dict.fromkeys(pairs.values()):
        of_case = [pair for pair, made in pairs.items() if made == case]
        common = [shared(Text(texts[one]), Text(texts[other])) for one, other in of_case]
        said = Counter(str(one.likeness or "nothing") for one, pair in zip(common, of_case, strict=True) if pair in met)
        found = len(of_case) - said["nothing"] - sum(pair not in met for pair in of_case)
        mean = sum(max(one.exact, one.alike) for one in common) / len(common)
        lines.append(
            f"| {case[0]} | {case[1]} % | {mean:.2f} | {found / len(of_case):.3f} | "
            + " | ".join(f"{said[name]}" for name in ("duplicate", "new_numbers", "similar"))
            + " |"
        )
        counted[f"{case[0]} {case[1]}"] = round(1000 * found / len(of_case))
    return lines, counted


def text_of(n: int) -> str:
    """Make up the n-th of many texts; each twentieth copies the one before but for a passage of 5 %."""
    if n % COPY_EVERY == COPY_EVERY - 1:
        return " ".join(copy_of(some_words(n - 1, WORDS), "passage", 5, n))
    return " ".join(some_words(n, WORDS))


def _signed(numbers: range) -> tuple[list[Bands], float]:
    """Sign some texts; the seconds are those of signing alone, without making the texts up."""
    texts = [text_of(n) for n in numbers]
    started = time.perf_counter()
    return [sign(text) or () for text in texts], time.perf_counter() - started


def _all_signed(texts: int) -> Iterator[tuple[list[Bands], float]]:
    chunks = [range(start, min(start + 2_000, texts)) for start in range(0, texts, 2_000)]
    with get_context("spawn").Pool(PROCESSES) as pool:
        yield from pool.imap(_signed, chunks)


def million(texts: int) -> list[Figure]:
    """Sign and cluster made-up texts of 4 kB, one in twenty a copy; texts are made anew when they are compared."""
    works, seconds, at = Works(), 0.0, 0
    for bands, spent in _all_signed(texts):
        seconds += spent
        for one in bands:
            works.add(UUID(int=at), UUID(int=at), None, one)
            at += 1
    making = 0.0

    def read(names: Sequence[UUID]) -> Mapping[UUID, str]:
        nonlocal making
        began = time.perf_counter()
        contents = {name: json.dumps({"steps": [{"body": text_of(name.int)}]}) for name in names}
        making += time.perf_counter() - began
        return contents

    started = time.perf_counter()
    clusters = Clusters(works, read)
    clusters.find()
    found = clusters.members()
    clustering = time.perf_counter() - started - making
    right = sum(members == [first, first + 1] for first, members in found.items())
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return [
        at_most(f"clustering {texts:,} signed texts", clustering, 600, "s"),
        at_most(f"the same, signing included, {PROCESSES} processes", clustering + seconds / PROCESSES, 600, "s"),
        at_least("of the planted pairs in clusters of their own", right * COPY_EVERY / texts, 0.95, "", 3),
        at_most("resident while clustering", resident, 600, "MiB"),
    ]


def measure(quick: bool) -> list[Figure]:  # noqa: FBT001 - the one argument that every benchmark has
    """Measure recall and precision among planted copies, and the time that many take."""
    _, counted = recall(*((700, 50, 200) if quick else (AMONG, PLANTED, WORDS)))
    precision = counted["right"] / (counted["right"] + counted["wrong"])
    return [
        at_least("recall of copies with a passage of 5 % replaced", counted["passage 5"] / 1000, 0.95, "", 3),
        at_least("recall of copies with all numbers replaced", counted["numbers 100"] / 1000, 0.99, "", 3),
        at_least("precision of what is said to be alike", precision, 0.99, "", 3),
        *million(2_000 if quick else 100_000),
    ]


def main() -> None:
    """Print the table, or the figures of many."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, help="time this many instead")
    parser.add_argument("--words", type=int, default=WORDS)
    given = parser.parse_args()
    if given.texts:
        for figure in million(given.texts):
            print(f"{figure.name}: {figure.measured} (aim {figure.aim})")
        return
    lines, counted = recall(AMONG, PLANTED, given.words)
    print("| replaced | of the words | runs shared | recall | duplicate | new numbers | similar |")
    print("|---|---|---|---|---|---|---|", *lines, sep="\n")
    print(f"pairs that are copies: {counted['right']:,}; others: {counted['wrong']:,}")


if __name__ == "__main__":
    main()
