"""Which handed-in work is like which: signatures, pairs, and clusters of near-duplicates."""
