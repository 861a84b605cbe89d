"""The judgment: reviews, step labels, threads."""
