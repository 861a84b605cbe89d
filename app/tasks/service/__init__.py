"""Verbs of tasks: one function = one whole change, in the running transaction."""
