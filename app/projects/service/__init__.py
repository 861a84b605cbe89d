"""Changes of projects, one verb a file: creating, guideline, rubric, settings, life, members."""
