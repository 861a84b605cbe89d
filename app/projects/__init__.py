"""Why: projects with their guideline, rubric, taxonomy and workflow."""
