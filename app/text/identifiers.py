"""Names that must not be mistaken for one another: slugs, e-mail addresses, names of people."""

import re
import unicodedata

from app.text.invisible import find_invisible

SLUG_MAX_CHARS = 60
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")
_EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,190}\.[^\s@.<>\"(),:;\\\[\]]{2,63}")
_RESERVED_SLUGS = frozenset({"new", "edit", "import", "all", "api", "admin", "static"})
# Scripts that are written together: Japanese uses three, Korean and Chinese share the ideographs.
_TOGETHER = (frozenset({"CJK", "HIRAGANA", "KATAKANA"}), frozenset({"CJK", "HANGUL"}))


def slugify(text: str) -> str:
    """Suggest a slug for a name: ASCII letters, digits and single hyphens; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_MAX_CHARS].rstrip("-")


def check_slug(text: str) -> str:
    """Return the slug; ValueError says which characters are allowed."""
    if not _SLUG.fullmatch(text) or "--" in text:
        raise ValueError("Use small letters a–z, digits and single hyphens; begin and end with a letter or digit.")
    if text in _RESERVED_SLUGS:
        raise ValueError(f"“{text}” is a word of the program; choose another.")
    return text


def check_email(text: str) -> str:
    """Return the address in NFKC; ValueError when it is none, mixes scripts or hides characters."""
    address = unicodedata.normalize("NFKC", text.strip())
    if len(address) > 254 or not _EMAIL.fullmatch(address) or find_invisible(address, strict=True):  # noqa: PLR2004
        raise ValueError("This is no e-mail address.")
    _require_one_script(address, "An e-mail address")
    return address


def email_key(address: str) -> str:
    """Return the form under which an address is unique: NFKC, case-folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", address.strip()).casefold())


def check_name(text: str) -> str:
    """Return a name in NFKC, spaces collapsed; ValueError when empty, hiding characters or mixing scripts."""
    name = " ".join(unicodedata.normalize("NFKC", text).split())
    if not name:
        raise ValueError("Give a name.")
    if find_invisible(name, strict=True):
        raise ValueError("A name cannot hold invisible characters.")
    if not any(char.isalnum() for char in name):
        raise ValueError("A name needs a letter or a digit.")
    _require_one_script(name, "A name")
    return name


def _require_one_script(text: str, what: str) -> None:
    scripts = {_script(char) for char in text if char.isalpha()}
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in _TOGETHER):
        raise ValueError(f"{what} is written in one script; this one mixes {' and '.join(sorted(scripts)).lower()}.")


def _script(char: str) -> str:
    return unicodedata.name(char, "COMMON").split()[0].split("-")[0]
