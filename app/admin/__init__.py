"""The installation: people, jobs, audit log, health."""
