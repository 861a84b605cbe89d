"""Deliveries: exports handed to their recipients, what they acknowledge, and what they must be told afterwards."""
