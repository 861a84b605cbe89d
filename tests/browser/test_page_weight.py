import pytest

from benchmarks.page_weight import weigh

pytestmark = pytest.mark.browser


def test_the_workspace_weighs_what_it_should_at_the_first_and_the_next_visit(browser):
    figures = weigh(browser)

    assert [figure.name for figure in figures] == [
        "workspace, first visit: weight",
        "workspace, first visit: requests",
        "workspace, next visit: weight",
    ]
    assert [figure for figure in figures if not figure.is_met] == []
