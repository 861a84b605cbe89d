"""Compares an expert's answer with a task's hidden answer specification; pure: no area, no web, no database."""
