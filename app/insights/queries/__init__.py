"""Reads across areas, one question a file."""
