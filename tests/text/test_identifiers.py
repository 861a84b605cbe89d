"""Names that must not be mistaken for one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.text.identifiers import check_email, check_name, check_slug, email_key, name_key, slugify
from app.text.invisible import describe, find_invisible, spell_out


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Number Theory: the odd n’s", "number-theory-the-odd-ns"),
        ("  Größe & Maß  ", "groe-ma"),
        ("x" * 59 + " y z", "x" * 59),
        ("数学", ""),
        ("New", "new-1"),
    ],
)
def test_a_slug_is_suggested(name, slug):
    assert slugify(name) == slug


@given(st.text())
def test_a_suggested_slug_is_one_that_is_accepted(name):
    slug = slugify(name)

    assert slug == "" or check_slug(slug) == slug


@pytest.mark.parametrize("slug", ["", "A", "a b", "-a", "a-", "a--b", "é", "а", "x" * 61, "a\n"])
def test_other_slugs_are_refused(slug):
    with pytest.raises(ValueError, match="Use small letters"):
        check_slug(slug)


def test_words_of_the_program_are_no_slugs():
    with pytest.raises(ValueError, match="“new” is a word of the program; choose another"):
        check_slug("new")


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        (" mona@example.org ", "mona@example.org"),
        ("Mona.L+a@Example.ORG", "Mona.L+a@example.org"),
        ("ｍona@example.org", "mona@example.org"),
        ("ü@münchen.de", "ü@münchen.de"),
        ("用户@例子.中国", "用户@例子.中国"),
        ("o'neil@a-b.co", "o'neil@a-b.co"),
    ],
)
def test_addresses_are_accepted_in_one_form(typed, address):
    assert check_email(typed) == address


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("mona", "no e-mail address"),
        ("mona@localhost", "no e-mail address"),
        ("a b@example.org", "no e-mail address"),
        ("a..b@example.org", "no e-mail address"),
        (".a@example.org", "no e-mail address"),
        ("a@-b.org", "no e-mail address"),
        ("a@b.o", "no e-mail address"),
        ("a@b.org\nBcc: c@d.org", "no e-mail address"),
        ("<a@b.org>", "no e-mail address"),
        ("a@b@c.org", "no e-mail address"),
        ("x" * 65 + "@b.org", "no e-mail address"),
        ("a@" + "b" * 250 + ".org", "no e-mail address"),
        ("a\u200b@b.org", "invisible character"),
        ("\u0430dmin@example.org", "mixes Cyrillic and Latin"),
        ("admin@ex\u03b1mple.org", "mixes Greek and Latin"),
    ],
)
def test_what_is_no_address_or_could_be_mistaken_is_refused(typed, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_email(typed)


def test_an_address_is_unique_whatever_its_capitals():
    assert email_key(" Mona@Example.org") == email_key("ｍONA@example.ORG") == "mona@example.org"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Mona \t Lindqvist ", "Mona Lindqvist"),
        ("O’Neil, Jr.", "O’Neil, Jr."),
        ("Ｍona", "Mona"),
        ("佐々木 太郎", "佐々木 太郎"),
        ("ガード・ヴェルナー", "ガード・ヴェルナー"),
        ("王 Wei", "王 Wei"),
        ("김철수", "김철수"),
        ("Вера", "Вера"),
        ("Kaʻiulani", "Kaʻiulani"),
        ("فاطمه‌زاده", "فاطمه‌زاده"),
        ("मोना", "मोना"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ],
)
def test_names_of_people_are_accepted(typed, name):
    assert check_name(typed) == name


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Give a name"),
        (" \u3000 ", "Give a name"),
        ("--", "needs a letter or a digit"),
        ("M\u200bona", "invisible characters"),
        ("\u202eanoM", "invisible characters"),
        ("M\x00ona", "invisible characters"),
        ("M\u043ena", "mixes Cyrillic and Latin"),
        ("Mοna", "mixes Greek and Latin"),
    ],
)
def test_names_that_could_be_mistaken_are_refused(typed, sentence):
    with pytest.raises(ValueError, match=sentence):
        check_name(typed)


def test_names_that_look_the_same_have_one_key():
    assert name_key("МАХ ") == name_key("max") == name_key("Ｍax") == "max"
    assert name_key("Vera") != name_key("Wera")


@given(st.text())
def test_keys_are_stable(name):
    assert email_key(email_key(name)) == email_key(name)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a\u202eb", ["U+202E RIGHT-TO-LEFT OVERRIDE"]),
        ("a\u200db", ["U+200D ZERO WIDTH JOINER"]),
        ("a\ufe0f", ["U+FE0F VARIATION SELECTOR-16"]),
        ("❤\ufe0f\ufe0f", ["U+FE0F VARIATION SELECTOR-16"]),
        ("🏴\U000e0067\U000e0068\U000e007f", [f"U+E00{code} TAG {name}" for code, name in (
            ("67", "LATIN SMALL LETTER G"), ("68", "LATIN SMALL LETTER H"))] + ["U+E007F CANCEL TAG"]),
        ("a\x07b", ["U+0007 CONTROL CHARACTER"]),
        ("tab\t line\r\n", []),
        ("👩\u200d👩\u200d👧 ❤\ufe0f می\u200cخواهم क्\u200dष", []),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", []),
    ],
)  # fmt: skip
def test_invisible_characters_are_found_and_spelling_is_not(text, names):
    assert [describe(found.char) for found in find_invisible(text)] == names


def test_in_programs_every_invisible_character_counts():
    assert [found.position for found in find_invisible("👩\u200d👩 ❤\ufe0f", strict=True)] == [1, 5]
    assert spell_out("a\u202eb\U000e0041") == "a[U+202E]b[U+E0041]"
