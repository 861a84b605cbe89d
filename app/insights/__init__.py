"""Pages that read across all areas: the way home, projects, a project's overview, one's own work."""
