"""Programs of ours that run inside the sandboxes; they import nothing but each other and the standard library."""
