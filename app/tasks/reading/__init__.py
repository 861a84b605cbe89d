"""Reading a file of tasks in a process of its own: rows in, checked rows out; no database, no web, no network."""
