"""One file per training format; copy the nearest one to add another, and name it in the registry."""
