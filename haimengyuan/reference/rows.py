"""The CSV files as the values of columns. A change of a file is a change of the portal: it is reviewed like code."""

import csv
from pathlib import Path

FILES = Path(__file__).parent / "files"

# Columns of services.csv that are texts here under the same name, and those under another one.
_SAME = [
    "name_zh",
    "name_en",
    "description_zh",
    "description_en",
    "eligible_zh",
    "eligible_en",
    "materials_zh",
    "materials_en",
    "time_limit_note_zh",
    "fee_zh",
    "fee_en",
    "responsible_body_zh",
    "evidence",
    "aliases_zh",
    "aliases_en",
    "icon",
    "stopper_zh",
    "stopper_en",
]
_RENAMED = {
    "time_limit_note_en": "time_limit_note",
    "lead_name_zh": "lead_role_zh",
    "lead_name_en": "lead_role_en",
    "delivery": "delivery_mode",
    "personal_info": "personal_info_level",
}


def read(name):
    """The rows of a file of this package, as dictionaries of texts."""
    with (FILES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def communities():
    """Pairs of a code and the columns of `Community`."""
    return [(row.pop("code"), row) for row in read("communities")]


def grids(community_code):
    """Pairs of a grid code and the columns of `Grid`."""
    numbers = ("number", "tile_row", "tile_column")
    return [
        (row["code"], {k: row[k] for k in ("name", "area", "kind")} | {k: int(row[k]) for k in numbers})
        for row in read("grids")
        if row["community"] == community_code
    ]


def party_bodies(community_code):
    """The organisations above the branches, the highest first: dictionaries of kind, name and the kind above."""
    return [row for row in read("branches") if row["community"] == community_code]


def duties():
    """Pairs of a code and the columns of `Duty`; nobody has confirmed them yet (domain.md §5)."""
    numbers = ("min_per_grid", "max_per_grid", "order")
    return [(row.pop("code"), row | {k: int(row[k]) for k in numbers}) for row in read("duties")]


def skills():
    """Pairs of a code and the columns of `Skill`."""
    return [(row.pop("code"), row) for row in read("skills")]


def care_categories():
    """Pairs of a code and the columns of `CareCategory`: how often is the community's to decide (domain.md §3.6)."""
    numbers = ("every_days", "order")
    return [(row.pop("code"), row | {k: int(row[k]) for k in numbers}) for row in read("care_categories")]


def categories():
    """Pairs of a code and the columns of `Category`."""
    return [(row.pop("code"), row) for row in read("categories")]


def services():
    """Pairs of a code and the columns of `Service`, the two reserved services last.

    `category`, `lead_duty` and `skills` are codes, which the loader turns into rows.
    """
    return [(row["code"], _service(row)) for row in read("services") + read("services_reserved")]


def _service(row):
    return (
        {name: row[name] for name in _SAME}
        | {name: row[column] for name, column in _RENAMED.items()}
        | {
            "time_limit_workdays": int(row["time_limit_workdays"]),
            "channels": _listed(row["channels"]),
            "situations": _listed(row["situations"]),
            "bookable": row["bookable"] == "yes",
            "home_visit": row["home_visit"] == "yes",
            "category": row["category_code"],
            "lead_duty": row["lead_role_code"],
            "skills": frozenset(_listed(row["skills"])),
        }
    )


def _listed(text):
    return [part for part in text.split("|") if part]
