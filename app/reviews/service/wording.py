"""What the words of judgment are called on the page, and the keys that choose them."""

from app.reviews.schemas import ChoiceView, KeyView
from app.reviews.states import ErrorType, Severity, Verdict, VerificationMethod
from app.submissions.states import StepType

VERDICTS = {
    Verdict.APPROVE: ("Approve", "A"),
    Verdict.APPROVE_WITH_EDITS: ("Edit & approve", "E"),
    Verdict.RETURN: ("Return", "R"),
    Verdict.REJECT: ("Reject", "X"),
    Verdict.ESCALATE: ("Escalate", "Q"),
}
PAST = {
    Verdict.APPROVE: "Approved",
    Verdict.APPROVE_WITH_EDITS: "Approved with edits",
    Verdict.RETURN: "Returned",
    Verdict.REJECT: "Rejection proposed",
    Verdict.ESCALATE: "Escalated",
}
ERROR_TYPES = [
    ChoiceView(value=ErrorType.ARITHMETIC, name="Arithmetic", key="A"),
    ChoiceView(value=ErrorType.ALGEBRA, name="Algebra", key="B"),
    ChoiceView(value=ErrorType.LOGIC_LEAP, name="Logic leap", key="L"),
    ChoiceView(value=ErrorType.INVALID_THEOREM_USE, name="Theorem misused", key="T"),
    ChoiceView(value=ErrorType.MISSING_CASE, name="Case left out", key="C"),
    ChoiceView(value=ErrorType.MISREAD, name="Misread", key="M"),
    ChoiceView(value=ErrorType.UNIT, name="Unit", key="U"),
    ChoiceView(value=ErrorType.UNSTATED_ASSUMPTION, name="Unstated assumption", key="S"),
    ChoiceView(value=ErrorType.CIRCULAR, name="Circular", key="R"),
    ChoiceView(value=ErrorType.IRRELEVANT_DETAIL_USED, name="Irrelevant detail used", key="I"),
    ChoiceView(value=ErrorType.OTHER, name="Other", key="O"),
]
METHODS = [
    ChoiceView(value=VerificationMethod.RE_DERIVED, name="Derived it again", hint="worked through without the text"),
    ChoiceView(value=VerificationMethod.EXECUTED, name="Executed", hint="ran the program or the numbers"),
    ChoiceView(value=VerificationMethod.FORMALLY_CHECKED, name="Formally checked", hint="a proof assistant agrees"),
    ChoiceView(value=VerificationMethod.LOOKED_UP, name="Looked up", hint="say where"),
    ChoiceView(value=VerificationMethod.COMPARED, name="Compared", hint="with a second solution"),
    ChoiceView(value=VerificationMethod.READ_ONLY, name="Read only", hint="say in two lines why that was enough"),
]
SEVERITIES = [
    ChoiceView(value=Severity.BLOCKER, name="Blocker", hint="wrong, unsafe, copied or leaking", key="B"),
    ChoiceView(
        value=Severity.MAJOR, name="Major", hint="a leap, a missing case, or a peer would need paper to follow", key="M"
    ),
    ChoiceView(value=Severity.MINOR, name="Minor", hint="style, typing", key="I"),
]
STEP_TYPES = {
    StepType.UNDERSTAND: "Understand",
    StepType.PLAN: "Plan",
    StepType.ASSUMPTION: "Assumption",
    StepType.WORK: "Work",
    StepType.INSIGHT: "Insight",
    StepType.CHECK: "Check",
    StepType.DEAD_END: "Dead end",
    StepType.BACKTRACK: "Backtrack",
    StepType.CORRECTION: "Correction",
    StepType.CONCLUSION: "Conclusion",
}
KEYS = [
    KeyView(key="1", does="good"),
    KeyView(key="2", does="neutral"),
    KeyView(key="3", does="bad"),
    KeyView(key="4", does="unsure"),
    KeyView(key="J", does="next step"),
    KeyView(key="K", does="previous step"),
    KeyView(key="N", does="next step without a verdict"),
    KeyView(key="C", does="comment on the selection, or on the step"),
    KeyView(key="L", does="choose the type of error"),
    KeyView(key="D", does="show what changed"),
    KeyView(key="T", does="have the machines check it again"),
    KeyView(key="G", does="guidelines"),
    KeyView(key="A", does="approve"),
    KeyView(key="E", does="edit and approve"),
    KeyView(key="R", does="return"),
    KeyView(key="X", does="reject"),
    KeyView(key="Q", does="escalate"),
    KeyView(key="?", does="all keys"),
]
