"""Rules about what stands in any text of the document: formulas, language, personal data, links, hidden characters."""

import re
from collections.abc import Iterator

from app.text.invisible import describe, find_invisible
from app.text.linter.work import Part, Said, Work, rule
from app.text.scripts import CJK
from app.text.tex import limit_faults, text_faults

LANGUAGE_MIN_WORDS = 20
_TEX_FAULTS_SHOWN = 3
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})*\.[A-Za-z]{2,24}\b")
_PHONE = re.compile(
    r"(?<![\w+])\+\d{1,3}(?:[ ./-]?\(?\d{1,4}\)?){2,6}(?!\w)"
    r"|(?<![\w.-])(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4}(?![\w-])"
    r"|(?<![\w.,])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![\w.,]?\d)"
)
_PHONE_MIN_DIGITS = 9
_LINK = re.compile(r"https?://\S|\bwww\.[\w-]+\.\w", re.IGNORECASE)
_PICTURE_ELSEWHERE = re.compile(r"!\[[^\]]*\]\(\s*<?(?!/attachments/)[^)\s]")
_CJK = re.compile(f"[{CJK}]")
_LATIN_WORD = re.compile(r"(?<![\\\w])[A-Za-z]{2,}")


@rule("tex", "warning", "Correct the formula.")
def _tex(work: Work) -> Iterator[Said]:
    for part in work.parts:
        for fault in text_faults(part.text)[:_TEX_FAULTS_SHOWN]:
            yield Said(f"{part.place}: {fault.sentence}", part.step_id, part.field)


@rule("tex_limit", "warning", "Split it; what is over the limit is shown as source.")
def _tex_limit(work: Work) -> Iterator[Said]:
    for part in work.parts:
        for fault in limit_faults(part.text)[:_TEX_FAULTS_SHOWN]:
            yield Said(f"{part.place}: {fault.sentence}", part.step_id, part.field)


@rule("personal", "warning", "Take personal data out; say “a colleague” instead.")
def _personal(work: Work) -> Iterator[Said]:
    for part in work.parts:
        what = _personal_data(part.prose)
        if what is not None:
            yield part.said(f"seems to hold {what}")


def _personal_data(prose: str) -> str | None:
    if _EMAIL.search(prose):
        return "an e-mail address"
    phones = (match.group() for match in _PHONE.finditer(prose))
    if any(sum(char.isdigit() for char in phone) >= _PHONE_MIN_DIGITS for phone in phones):
        return "a telephone number"
    return None


@rule("link", "warning", "Write out what it says; a reader of the data cannot follow it.")
def _link(work: Work) -> Iterator[Said]:
    for part in work.parts:
        if _PICTURE_ELSEWHERE.search(part.prose):
            yield part.said("relies on a picture elsewhere")
        elif _LINK.search(part.prose):
            yield part.said("relies on a link")


@rule("language", "warning", "Write in the project's language.")
def _language(work: Work) -> Iterator[Said]:
    prose = "\n".join(part.prose for part in work.step_parts)
    cjk_words, latin = len(_CJK.findall(prose)) / 1.7, len(_LATIN_WORD.findall(prose))
    wrong = {"zh": cjk_words < latin, "en": cjk_words > latin}.get(work.brief.language or "", False)
    if wrong and cjk_words + latin > LANGUAGE_MIN_WORDS:
        names = {"zh": "Chinese", "en": "English"}
        yield Said(f"The project is written in {names[work.brief.language or '']}; most of this is not", field="steps")


@rule("invisible", "warning", "Remove it, or say why it is there.")
def _invisible(work: Work) -> Iterator[Said]:
    for part in work.parts:
        yield from _hidden(part, strict=False)
    source = str((work.content.get("program") or {}).get("source") or "")
    yield from _hidden(Part("The program", source, None, "program", ""), strict=True)


def _hidden(part: Part, *, strict: bool) -> Iterator[Said]:
    found = find_invisible(part.text, strict=strict)
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        yield part.said(f"holds an invisible character: {describe(found[0].char)}{more}")
