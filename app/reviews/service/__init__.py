"""Verbs of judging: opening, saving, talking, deciding, undoing, answering edits; one function = one whole change."""
