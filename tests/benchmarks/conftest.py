import os

if os.environ.get("WORKINGS_TEST_DATABASE") == "postgresql":
    # These benchmarks bring both databases with them: once is enough.
    collect_ignore = ["test_benchmarks.py"]
