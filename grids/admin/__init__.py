from grids.admin import care, territory, venues  # noqa: F401 — importing them registers their pages
