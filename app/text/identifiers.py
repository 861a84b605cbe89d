"""Names that must not be mistaken for one another: slugs, e-mail addresses, names of people."""

import re
import unicodedata

from app.text.invisible import find_invisible
from app.text.scripts import script_of

SLUG_MAX_CHARS = 60
EMAIL_MAX_CHARS = 254
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_RESERVED_SLUGS = frozenset({"new", "edit", "import", "all", "api", "admin", "static"})
_LOCAL_PART = re.compile(r"[^\s@<>\"(),:;\\\[\].]+(?:\.[^\s@<>\"(),:;\\\[\].]+)*")
_DOMAIN = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]")
# Scripts that are written together and cannot be confused: Latin beside Chinese, Japanese or Korean (UTS 39, "highly
# restrictive").
_TOGETHER = tuple(frozenset({"LATIN", "CJK", *more}) for more in (("HIRAGANA", "KATAKANA"), ("HANGUL",), ("BOPOMOFO",)))
# Letters of Cyrillic and Greek that look like Latin ones, after case-folding; enough for a light check.
_LOOK_ALIKE = str.maketrans(
    "аеіјорсухѕһԁԛԝвкмнтгαιονρτυχκ",
    "aeijopcyxshdqwbkmhtraiovptuxk",
)


def slugify(text: str) -> str:
    """Suggest a slug for a name: ASCII letters, digits and single hyphens; "" when the name has none to take."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"['\u2019]", "", plain)).strip("-")[:SLUG_MAX_CHARS].rstrip("-")
    return f"{slug}-1" if slug in _RESERVED_SLUGS else slug


def check_slug(text: str) -> str:
    """Return the slug; ValueError says which characters are allowed."""
    if not _SLUG.fullmatch(text) or "--" in text:
        raise ValueError("Use small letters a–z, digits and single hyphens; begin and end with a letter or digit.")
    if text in _RESERVED_SLUGS:
        raise ValueError(f"“{text}” is a word of the program; choose another.")
    return text


def check_email(text: str) -> str:
    """Return the address in NFKC, its domain in small letters; ValueError when it is none or could be mistaken.

    The part before the @ keeps its capitals, which some mail systems tell apart; `email_key` does not.
    """
    address = unicodedata.normalize("NFKC", text.strip())
    local, at, domain = address.rpartition("@")
    wrong = not at or len(local) > 64 or len(address) > EMAIL_MAX_CHARS  # noqa: PLR2004 - RFC 5321
    if wrong or not _LOCAL_PART.fullmatch(local) or not _DOMAIN.fullmatch(domain):
        raise ValueError("This is no e-mail address. Write it like name@example.org.")
    if find_invisible(address, strict=True):
        raise ValueError("This address holds an invisible character. Type it instead of pasting it.")
    _require_one_script(address, "An e-mail address")
    return f"{local}@{domain.lower()}"


def email_key(address: str) -> str:
    """Return the form under which an address is unique: NFKC, case-folded."""
    return _folded(address).strip()


def check_name(text: str) -> str:
    """Return a person's name in NFKC, spaces collapsed; ValueError when it is empty or could be mistaken.

    How long it may be is the schema's business.
    """
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not name:
        raise ValueError("Give a name.")
    if find_invisible(name):
        raise ValueError("A name cannot hold invisible characters. Type it instead of pasting it.")
    if not any(char.isalnum() for char in name):
        raise ValueError("A name needs a letter or a digit.")
    _require_one_script(name, "A name")
    return name


def name_key(name: str) -> str:
    """Return the form under which two names look the same: NFKC, case-folded, Cyrillic and Greek doubles as Latin."""
    return " ".join(_folded(name).split()).translate(_LOOK_ALIKE)


def _folded(text: str) -> str:
    # Case-folding can undo NFKC, hence once before and once after.
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _require_one_script(text: str, what: str) -> None:
    """Refuse letters of scripts that are not written together; one look-alike letter makes another name."""
    scripts = {script_of(char) for char in text if char.isalpha()} - {""}
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
        names = " and ".join(script.capitalize() for script in sorted(scripts))
        raise ValueError(f"{what} is written in one script; this one mixes {names}. Type it with one keyboard.")
