"""Files that go out beside the rows as they are; they use nothing but Python's standard library."""
