"""Verbs of decontamination: load reference sets, hold texts against them, waive what was found."""
