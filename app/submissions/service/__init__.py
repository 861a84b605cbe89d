"""Verbs of work: beginning, saving, handing in, taking back, timing; one function = one whole change."""
