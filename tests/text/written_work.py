"""Work as an annotator writes it, for the tests of the linter, and what one rule says of it."""

from app.text.linter import Brief, lint

SOLVE = Brief("solve", language="en")
SQUARE = [
    ("understand", "Write $n2^n+9=m^2$ with $m>0$. For $n=1,\\dots,6$ the left side is 11, 17, 33, 73, 169, 393.", []),
    ("plan", "Look for a modulus that excludes every other $n$; if none does, factor.", []),
    (
        "dead_end",
        "Modulo 3 the sequence has period 6, but $n=5$ is a solution, so its class survives every sieve.",
        ["s1"],
    ),
    ("backtrack", "The 9 is a square itself: use the difference of squares.", []),
    ("work", "$(m-3)(m+3)=n2^n$. The right side is even, so both factors are even; they differ by 6.", []),
    (
        "insight",
        "Since $4\\nmid 6$, one factor is 2 times an odd number. The other carries at least $2^{n-1}$.",
        ["s5"],
    ),
    ("work", "Hence $m+3\\ge 2^{n-1}$, that is $n+3\\ge 2^{n-2}$, which fails from $n=6$ on.", ["s6"]),
    ("check", "$n=5$: $5+3=8=2^{3}$, equality. By hand, 11, 17, 33 and 73 are no squares.", ["s1", "s7"]),
    ("conclusion", "Only $n=5$ is left, and $169=13^2$.", ["s8"]),
]


def work(*steps, answer="n = 5", **changes):
    """Ed's finished work, or the steps given as (type, body) or (type, body, refs), under the ids s1, s2, …"""
    made = [
        {
            "id": f"s{n}",
            "type": step[0],
            "body": step[1],
            "status": "live",
            "refs": step[2] if len(step) > 2 else [],
            "to": None,
        }
        for n, step in enumerate(steps or SQUARE, 1)
    ]
    for step in made:
        if step["type"] == "backtrack":
            step["to"] = made[0]["id"]
    content = {
        "steps": made,
        "answer": {"text": answer, "unit": "", "assumptions": []},
        "confidence": 4,
        "what_would_make_this_wrong": "A slip where $m-3$ carries the twos.",
        "program": None,
        "note_to_reviewer": "",
    }
    return content | changes


def findings(content, rule, brief=SOLVE):
    return [(found.sentence, found.step_id or found.field) for found in lint(content, brief) if found.rule == rule]
