"""Files: snapshots rendered in the formats that trainers read."""
