"""Verbs of assignments: claiming, resuming, ending, expiring; one function = one whole change."""
