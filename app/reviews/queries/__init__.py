"""Reads of judgments: the queue, decisions, issues."""
