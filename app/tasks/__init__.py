"""What: tasks to solve, their places, attachments and imports."""
