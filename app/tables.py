"""Every table of the program, loaded for migrations and tests."""

from importlib import import_module

AREAS = (
    "accounts",
    "projects",
    "tasks",
    "assignments",
    "submissions",
    "decontamination",
    "similarity",
    "reviews",
    "datasets",
    "recipients",
    "exports",
    "deliveries",
)


def load_tables() -> None:
    """Import all models, so that `Base.metadata` knows every table."""
    for module in ("app.core.audit", "app.core.jobs", "app.core.runners", *(f"app.{area}.models" for area in AREAS)):
        import_module(module)
