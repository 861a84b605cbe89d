"""Workings: collect, review and export human expert reasoning."""
