"""Putting the reference files into the tables: repeatable, and never over what the community has changed itself."""

from dataclasses import dataclass, field

from django.db import transaction

from branches.models import PartyBranch
from grids.models import CareCategory, Duty, Grid
from haimengyuan.lib.pinyin import initials, pinyin
from haimengyuan.reference import rows
from people.models import Community
from services.actions.catalogue import bump_catalogue
from services.models import Category, Service
from volunteers.models import Skill


@dataclass
class TableReport:
    """What happened to one table.

    `created` holds codes, `changed` pairs of a code and its columns; `kept` the same for rows that differ from the file
    because somebody changed one of the two, and that stayed as they were.
    """

    table: str
    created: list = field(default_factory=list)
    changed: list = field(default_factory=list)
    kept: list = field(default_factory=list)
    unchanged: int = 0

    @property
    def wrote(self):
        return bool(self.created or self.changed)


class Overwrite:
    """Which differing rows take the value of the file: none, those with these codes, or (without codes) all."""

    def __init__(self, codes=None):
        self._codes = codes

    def __contains__(self, code):
        return self._codes is not None and (not self._codes or code in self._codes)


@transaction.atomic
def load_reference(overwrite=None):
    """Create what the files have and the tables do not; report the rest. Returns a list of `TableReport`.

    A row that differs from its file stays as it is, because staff may have changed it, unless `overwrite` says
    otherwise: a list of codes (the communities', grids', duties', … own), empty for every row. Nothing is deleted. The
    catalogue gets a new version if anything was written.
    """
    overwrite = Overwrite(overwrite)
    reports = [TableReport(str(Community._meta.verbose_name))]
    for code, values in rows.communities():
        community = _store(reports[0], Community, {}, code, values, overwrite)
        own = _load_community(community, overwrite)
        if reports[0].wrote or any(report.wrote for report in own):
            bump_catalogue(community)
        reports += own
    return reports


def _load_community(community, overwrite):
    reports, stored = [], {}
    for model, wanted in (
        (Grid, rows.grids(community.code)),
        (Duty, rows.duties()),
        (Skill, rows.skills()),
        (CareCategory, rows.care_categories()),
        (Category, rows.categories()),
    ):
        report = TableReport(str(model._meta.verbose_name))
        reports.append(report)
        stored[model] = {
            code: _store(report, model, {"community": community}, code, values, overwrite)
            for code, values in wanted
        }
    reports += [_load_party_bodies(community), _load_services(community, stored, overwrite)]
    return reports


def _load_party_bodies(community):
    """Street and committee where the community has none of that kind; a name that it has given itself stays."""
    report, made = TableReport(str(PartyBranch._meta.verbose_name)), {}
    for row in rows.party_bodies(community.code):
        known = PartyBranch.objects.filter(community=community, kind=row["kind"]).first()
        if known is None:
            values = {"kind": row["kind"], "name": row["name"], "parent": made.get(row["under"])}
            known = PartyBranch.objects.create(community=community, **values)
            report.created.append(row["name"])
        else:
            report.unchanged += 1
        made[row["kind"]] = known
    return report


def _load_services(community, stored, overwrite):
    report = TableReport(str(Service._meta.verbose_name))
    for code, values in rows.services():
        values["category"] = stored[Category][values["category"]]
        # a lead who is not a duty of the grid stays a name: the desk routes the order (architecture.md §3)
        values["lead_duty"] = stored[Duty].get(values["lead_duty"])
        skills = {stored[Skill][skill] for skill in values.pop("skills")}
        service = _store(report, Service, {"community": community}, code, values, overwrite, skills=skills)
        _refresh_sounds(service)
    return report


def _store(report, model, scope, code, values, overwrite, **many):
    """Create or compare one row and write down in `report` what became of it. Returns the row.

    `many` are many-to-many columns with the set of rows that they should hold.
    """
    row = model.objects.filter(**scope, code=code).first()
    if row is None:
        report.created.append(code)
        row = model.objects.create(**scope, code=code, **values)
        for name, wanted in many.items():
            getattr(row, name).set(wanted)
        return row
    differing = [name for name, value in values.items() if getattr(row, name) != value]
    differing_many = [name for name, wanted in many.items() if set(getattr(row, name).all()) != wanted]
    if not (differing or differing_many) or getattr(row, "is_demo", False):
        report.unchanged += 1  # the invented names of a demo are no news
    elif code not in overwrite:
        report.kept.append((code, [*differing, *differing_many]))
    else:
        report.changed.append((code, [*differing, *differing_many]))
        for name in differing:
            setattr(row, name, values[name])
        row.save(update_fields=differing)
        for name in differing_many:
            getattr(row, name).set(many[name])
    return row


def _refresh_sounds(service):
    """Pinyin and initials follow the name that the row has, whoever wrote it."""
    sounds = {"pinyin": pinyin(service.name_zh)[:200], "initials": initials(service.name_zh)[:60]}
    if any(getattr(service, name) != value for name, value in sounds.items()):
        Service.objects.filter(pk=service.pk).update(**sounds)
