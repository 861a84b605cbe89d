"""The work: drafts, revisions, time, and the editor."""
