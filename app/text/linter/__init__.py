"""Mechanical faults of a piece of work, found without any model: advice to its author; a few stop handing in."""

from app.text.linter import answer_rules, prose_rules, step_rules
from app.text.linter.work import RULES, Brief, Finding, Rule, Severity, lint

__all__ = ["RULES", "Brief", "Finding", "Rule", "Severity", "answer_rules", "lint", "prose_rules", "step_rules"]
