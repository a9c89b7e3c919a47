from grids.admin import territory, venues  # noqa: F401 — importing them registers their pages
