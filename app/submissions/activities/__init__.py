"""Kinds of work: one file each; to add one, copy the nearest and name it in `registry`."""
