"""Who does what: leases on tasks."""
