import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.projects.service.changes import changes_between
from app.projects.service.clauses import clauses_of, twice_named
from app.projects.service.starting import start_of
from app.projects.states import Template

TEXT = """# Title

Before.

## G-1 Steps

### G-1.1: One idea

Text.

```
# G-9 no heading, but code
```

### Without a number

More.
"""


def test_a_guideline_is_cut_at_its_headings_and_never_inside_code():
    assert [(one.id, one.level, one.title) for one in clauses_of(TEXT)] == [
        (None, 1, "Title"),
        ("G-1", 2, "Steps"),
        ("G-1.1", 3, "One idea"),
        (None, 3, "Without a number"),
    ]


@given(st.text(alphabet=st.sampled_from("#G-1.2 `~ab\n"), max_size=200))
def test_the_parts_joined_are_the_text_again_but_for_blank_parts(text):
    parts = clauses_of(text)
    assert "".join("".join(one.body.split()) for one in parts) == "".join(text.split())


def test_a_page_shows_a_clause_without_its_number_which_stands_in_the_margin():
    assert clauses_of("### G-1.1 One idea\n\nText.\n")[0].shown == "### One idea\n\nText.\n"


def test_a_number_given_twice_is_named():
    assert twice_named("## G-1 A\n\n## G-2 B\n\n## G-1 C\n") == ["G-1"]


def test_only_clauses_that_differ_are_listed_with_the_words_marked():
    old = "## G-1 A\n\nTen words.\n\n## G-2 B\n\nSame.\n\n## G-3 C\n\nGone.\n"
    new = "## G-1 A\n\nNine words.\n\n## G-2 B\n\nSame.\n\n## G-4 D\n\nNew.\n"
    changes = changes_between(old, new)
    assert [(one.id, one.kind) for one in changes.clauses] == [
        ("G-1", "changed"),
        ("G-3", "removed"),
        ("G-4", "added"),
    ]
    assert changes.unchanged == 1
    assert [(span.kind, span.text) for span in changes.clauses[0].spans if span.kind != "same"] == [
        ("del", "Ten"),
        ("add", "Nine"),
    ]


def test_the_same_text_has_no_changes():
    assert changes_between(TEXT, TEXT).clauses == []


@pytest.mark.parametrize("template", list(Template))
def test_each_template_has_numbered_clauses_with_good_and_bad_examples_and_a_whole_rubric(template):
    start = start_of(template)
    numbered = [one for one in clauses_of(start.guideline) if one.id]
    assert len(numbered) >= 10
    assert twice_named(start.guideline) == []
    assert start.guideline.count("**Good.**") >= 5
    assert start.guideline.count("**Bad.**") >= 5
    assert len({one.id for one in start.criteria}) == len(start.criteria) >= 4
    assert len(start.taxonomy.domains) >= 6
