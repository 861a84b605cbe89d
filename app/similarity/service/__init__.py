"""Signing what was handed in, telling what is like it, and finding the near-duplicates among many."""
