"""Translations as the running program reads them. GNU gettext is needed to write catalogues, not to compile them."""

from pathlib import Path

import polib


def compile_catalogues(folder: Path) -> list[Path]:
    """Compile every catalogue below `folder` that is newer than its compiled twin; returns the compiled files."""
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime <= source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            compiled.append(target)
    return compiled
