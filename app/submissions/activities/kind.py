"""What a kind of work is made of: the parts of its editor, what must be there to hand it in, its languages."""

from dataclasses import dataclass

from app.submissions.schemas import Content, Program
from app.tasks.states import Activity

REASONING = ("steps",)
CLOSING = ("confidence", "wrong", "assumptions", "tools", "note")
"""Parts that every kind of work ends with."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of work. Pure: what it says depends on the content alone."""

    activity: Activity
    name: str
    parts: tuple[str, ...]
    """parts of the editor, in order: steps, answer, unit, program, and those of CLOSING"""
    answer_label: str
    needs_answer: bool
    """an empty answer stops handing in"""
    languages: tuple[tuple[str, str], ...] = ()
    """(key, name) of what the code pane offers; empty without one"""

    @property
    def needs_program(self) -> bool:
        """Tell whether source code must be there to hand it in."""
        return "program" in self.parts

    def fresh(self, starter_code: str) -> Content:
        """Make the document a new draft begins with."""
        if not self.needs_program:
            return Content()
        return Content(program=Program(language=self.languages[0][0], source=starter_code))

    def faults(self, content: Content) -> list[str]:
        """Say what of the document does not belong to this kind of work; such a document is not saved."""
        if content.program is None:
            return []
        if not self.needs_program:
            return ["This kind of work has no program; send the document without it."]
        known = {key for key, _ in self.languages}
        if content.program.language not in known:
            return [f"The program's language is none of: {', '.join(sorted(known))}."]
        return []
