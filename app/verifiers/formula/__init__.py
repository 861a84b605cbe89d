"""Reads formulas as people write them, LaTeX or plain, and holds two of them against each other; never runs input."""
