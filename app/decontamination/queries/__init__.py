"""Reads of decontamination: pieces with their texts, reference sets, findings."""
