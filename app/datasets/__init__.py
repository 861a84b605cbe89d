"""Frozen: selection rules and numbered, immutable snapshots."""
