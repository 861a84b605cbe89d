"""What every area stands on: database, errors, actor, jobs, audit, files. No HTTP, no area."""
