"""Decontamination: texts that nothing collected here may repeat, and where it does."""
