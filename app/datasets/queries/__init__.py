"""Heavier reads of datasets: what a rule selects, and the records of a snapshot."""
