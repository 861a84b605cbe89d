"""Judges programs by the tests of their tasks; verdicts are found outside of the sandbox that the program runs in."""

from app.sandbox.judging.judge import judge
from app.sandbox.judging.self_check import SelfCheck, Tried, self_check
from app.sandbox.judging.verdict import TestResult, Verdict

__all__ = ["SelfCheck", "TestResult", "Tried", "Verdict", "judge", "self_check"]
