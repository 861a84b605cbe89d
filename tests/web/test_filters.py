"""What templates may do to a value: set its formulas, name a browser."""

import pytest

from app.web.browsers import name_browser
from app.web.templating import formulas

LINUX = "Mozilla/5.0 (X11; Linux x86_64)"
APPLE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{LINUX.removesuffix(')')}; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox 140 on Linux"),
        (f"{LINUX} AppleWebKit/537.36 (KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36", "Chrome 146 on Linux"),
        (f"{LINUX} AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/146.0 Safari/537.36", "Chrome 146 on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/146.0.0.0 Safari/537.36 Edg/146.0.1",
            "Edge 146 on Windows",
        ),
        (f"{APPLE} AppleWebKit/605.1.15 Version/18.1 Mobile/15E148 Safari/604.1", "Safari 18 on iPhone"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.1 Safari/605.1.15",
            "Safari 18 on macOS",
        ),
        ("curl/8.5.0", "curl/8.5.0"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_is_named_as_people_do(user_agent, name):
    assert name_browser(user_agent) == name


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("Task 1 was approved.", "Task 1 was approved."),
        ("The case $m<3$ is missing.", 'The case <span class="tex keep">m&lt;3</span> is missing.'),
        ("It costs $5 & *more*, <b>much</b>", "It costs $5 &amp; *more*, &lt;b&gt;much&lt;/b&gt;"),
    ],
)
def test_the_formulas_of_a_line_are_set_and_all_else_stays_as_written(line, written):
    assert formulas(line) == written
