"""Name a browser as people do, from what it says of itself."""

import re

_BROWSERS = (
    ("Edge", re.compile(r"Edg(?:e|A|iOS)?/(\d+)")),
    ("Opera", re.compile(r"OPR/(\d+)")),
    ("Firefox", re.compile(r"(?:Firefox|FxiOS)/(\d+)")),
    ("Chrome", re.compile(r"(?:Headless)?(?:Chrome|CriOS)/(\d+)")),
    ("Safari", re.compile(r"Version/(\d+)[\d.]*(?: Mobile/\w+)? Safari/")),
)
"""Most of them also say that they are the ones below."""
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def name_browser(user_agent: str) -> str:
    """Say "Firefox 140 on Linux"; a program or an unknown browser is told in its own words."""
    for name, pattern in _BROWSERS:
        found = pattern.search(user_agent)
        if found is not None:
            system = next((word for sign, word in _SYSTEMS if sign in user_agent), None)
            return f"{name} {found[1]}" + (f" on {system}" if system else "")
    return user_agent or "Unknown browser"
