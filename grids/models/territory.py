import re
import unicodedata
from functools import cached_property

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Count, F, FilteredRelation, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.compiled import CompiledQuery
from people.models import Community, Person, ScopedQuerySet


class GridScopedQuerySet(ScopedQuerySet):
    """Rows that lie in a grid; a grid head sees those of the grids where they hold an appointment or a cover now.

    `grid_lookup` is the path from the row to its grid.
    """

    grid_lookup = "grid"

    @property
    def community_lookup(self):
        return f"{self.grid_lookup}__community"

    def for_place(self, user):
        return self.filter(**{f"{self.grid_lookup}__in": Grid.objects.held_by(user.person_id)})


class GridQuerySet(ScopedQuerySet):
    def held_by(self, person_id, today=None):
        """Grids where this person is head or worker today, or covers for one who is."""
        today = today or timezone.localdate()
        current = Q(appointments__since__lte=today) & Q(appointments__kind__in=["head", "worker"])
        current &= Q(appointments__ended_on=None) | Q(appointments__ended_on__gt=today)
        covering = Q(
            appointments__covers__person=person_id,
            appointments__covers__since__lte=today,
            appointments__covers__until__gte=today,
        )
        held = current & (Q(appointments__person=person_id) | covering)
        return self.filter(pk__in=Grid.objects.filter(held).values("pk"))

    def for_place(self, user):
        return self.held_by(user.person_id)

    def with_counts(self):
        """Adds `building_count` and `household_count`, computed, never typed (features.md T03)."""
        households = Count(
            "buildings__dwellings__households",
            filter=Q(buildings__dwellings__households__until=None),
            distinct=True,
        )
        return self.annotate(building_count=Count("buildings", distinct=True), household_count=households)


class Grid(models.Model):
    """A grid of the community, with the 15-digit code of Shandong practice (domain.md §3.2)."""

    class Kind(models.TextChoices):
        BASIC = "basic", _("基础网格")
        EXCLUSIVE = "exclusive", _("专属网格")

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="grids", verbose_name=_("社区")
    )
    number = models.PositiveSmallIntegerField(_("序号"), validators=[MinValueValidator(1)])
    code = models.CharField(
        _("网格编码"),
        max_length=20,
        unique=True,
        validators=[RegexValidator(r"^\d{15,20}$", _("网格编码是 15 到 20 位数字"))],
    )
    name = models.CharField(_("名称"), max_length=40)
    area = models.CharField(_("范围"), max_length=200, blank=True)
    kind = models.CharField(_("类别"), max_length=10, choices=Kind, default=Kind.BASIC)
    tile_row = models.PositiveSmallIntegerField(_("示意图第几行"), null=True, blank=True)
    tile_column = models.PositiveSmallIntegerField(_("示意图第几列"), null=True, blank=True)
    is_demo = models.BooleanField(_("名称和范围是演示资料"), default=False, editable=False)

    objects = GridQuerySet.as_manager()

    class Meta:
        verbose_name = _("网格")
        verbose_name_plural = _("网格")
        ordering = ["community", "number"]
        constraints = [
            models.UniqueConstraint(fields=["community", "number"], name="grid_unique_number"),
            models.UniqueConstraint(fields=["community", "tile_row", "tile_column"], name="grid_unique_tile"),
            models.CheckConstraint(condition=Q(kind__in=["basic", "exclusive"]), name="grid_kind_known"),
            models.CheckConstraint(condition=Q(number__gte=1), name="grid_number_from_one"),
        ]

    def __str__(self):
        if not self.own_name:
            return gettext("第 %(number)d 网格") % {"number": self.number}
        return gettext("第 %(number)d 网格（%(name)s）") % {"number": self.number, "name": self.name}

    @property
    def own_name(self):
        """The name when it says more than the number does; "" for 第六网格."""
        return "" if re.fullmatch(r"第.{1,3}网格", self.name) else self.name


class BuildingQuerySet(GridScopedQuerySet):
    def in_order(self):
        """By estate, then by number as people count."""
        return self.order_by("estate", "number", "name")

    def with_homes(self, **door):
        """Each building once for each `home` behind this `unit` and `room`, at least once."""
        behind = Q(**{f"dwellings__{part}": value for part, value in door.items()})
        return self.annotate(home=FilteredRelation("dwellings", condition=behind)).select_related("home")


class Building(models.Model):
    grid = models.ForeignKey(Grid, on_delete=models.PROTECT, related_name="buildings", verbose_name=_("网格"))
    estate = models.CharField(_("小区"), max_length=40)
    number = models.PositiveSmallIntegerField(_("楼号"), default=0)
    name = models.CharField(_("楼名"), max_length=40, help_text=_("例如：5 号楼"))

    home = None  # of a row of `with_homes`: the dwelling, if there is one

    objects = BuildingQuerySet.as_manager()

    class Meta:
        verbose_name = _("楼栋")
        verbose_name_plural = _("楼栋")
        ordering = ["grid", "estate", "number", "name"]
        constraints = [models.UniqueConstraint(fields=["grid", "estate", "name"], name="building_unique")]

    def __str__(self):
        return f"{self.estate} {self.name}"

    def home_at(self, door):
        """The one dwelling that "2 单元 301", "2-301" or "301" means in this building, else None.

        It is asked for once; `building_with_home` brings it along.
        """
        if not (behind := _unit_and_room(door)):
            return None
        asked = tuple(behind.values())
        if asked not in self._homes:
            self._homes[asked] = _the_only(list(self.dwellings.filter(**behind).order_by()[:2]))
        return self._homes[asked]

    @cached_property
    def _homes(self):
        """(unit, room) or (room,) → the dwelling or None, as far as somebody has asked."""
        return {}


_DOOR = re.compile(r"^(?:(?P<unit>\w{1,3})(?:单元|-))?(?P<room>\w{1,6}?)(?:室|号|户)?$")


def _unit_and_room(door):
    """What a door as it is typed says: `{"unit": "2", "room": "301"}`, `{"room": "301"}`, or `{}` for nothing certain."""
    match = _DOOR.match(re.sub(r"\s+", "", unicodedata.normalize("NFKC", door)))
    return {part: value for part, value in match.groupdict().items() if value} if match else {}


def _the_only(homes):
    """The dwelling, if it is one; None for none, and for several, of which nobody can tell which is meant."""
    return homes[0] if len(homes) == 1 else None


def _building(pk, community, **door):
    buildings = Building.objects.select_related("grid").filter(pk=pk, grid__community=community).order_by()
    return buildings.with_homes(**door)[:2] if door else buildings


_buildings = {
    parts: CompiledQuery(_building, {"pk": int, "community": int} | dict.fromkeys(parts, str))
    for parts in [(), ("room",), ("unit", "room")]
}


def building_with_home(pk, community, door):
    """The `Building` with its grid and what its `home_at(door)` says, by the keys of both; None for no such. One query."""
    behind = _unit_and_room(door)
    rows = _buildings[tuple(behind)].rows(pk=pk, community=community, **behind)
    building = next(iter(rows), None)
    if building and behind:
        building._homes[tuple(behind.values())] = _the_only([row.home for row in rows if row.home])
    return building


class DwellingQuerySet(GridScopedQuerySet):
    grid_lookup = "building__grid"


class Dwelling(models.Model):
    """A flat, a shop or a detached house; shops have no unit."""

    building = models.ForeignKey(
        Building, on_delete=models.PROTECT, related_name="dwellings", verbose_name=_("楼栋")
    )
    unit = models.CharField(_("单元"), max_length=10, blank=True)
    floor = models.SmallIntegerField(_("楼层"), null=True, blank=True)
    room = models.CharField(_("门牌"), max_length=10)

    objects = DwellingQuerySet.as_manager()

    class Meta:
        verbose_name = _("房屋")
        verbose_name_plural = _("房屋")
        ordering = ["building", "unit", "room"]
        constraints = [models.UniqueConstraint(fields=["building", "unit", "room"], name="dwelling_unique")]

    def __str__(self):
        return f"{self.building} {self.door}"

    @property
    def door(self):
        """2 单元 301, or the room alone where there is no unit."""
        return gettext("%s 单元 %s") % (self.unit, self.room) if self.unit else self.room


class HouseholdQuerySet(GridScopedQuerySet):
    grid_lookup = "dwelling__building__grid"

    def current(self):
        return self.filter(until=None)


class Household(models.Model):
    dwelling = models.ForeignKey(
        Dwelling, on_delete=models.PROTECT, related_name="households", verbose_name=_("房屋")
    )
    since = models.DateField(_("入住"), default=timezone.localdate)
    until = models.DateField(_("迁出"), null=True, blank=True)

    objects = HouseholdQuerySet.as_manager()

    class Meta:
        verbose_name = _("户")
        verbose_name_plural = _("户")
        constraints = [
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="household_ends_after_start"
            )
        ]

    def __str__(self):
        return str(self.dwelling)


class ResidencyQuerySet(GridScopedQuerySet):
    grid_lookup = "household__dwelling__building__grid"

    def current(self):
        return self.filter(until=None, household__until=None)


class Residency(models.Model):
    """Who lives in which household, and how they are related to its head (GB/T 4761, domain.md §10)."""

    class Relation(models.TextChoices):
        HEAD = "head", _("户主")
        SPOUSE = "spouse", _("配偶")
        CHILD = "child", _("子女")
        GRANDCHILD = "grandchild", _("孙辈")
        PARENT = "parent", _("父母")
        OTHER = "other", _("其他")

    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="residencies", verbose_name=_("人员")
    )
    household = models.ForeignKey(
        Household, on_delete=models.CASCADE, related_name="residencies", verbose_name=_("户")
    )
    relation = models.CharField(_("与户主关系"), max_length=12, choices=Relation, default=Relation.OTHER)
    since = models.DateField(_("自"), default=timezone.localdate)
    until = models.DateField(_("至"), null=True, blank=True)

    objects = ResidencyQuerySet.as_manager()

    class Meta:
        verbose_name = _("居住关系")
        verbose_name_plural = _("居住关系")
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(until=None), name="residency_one_home"),
            models.UniqueConstraint(
                fields=["household"], condition=Q(until=None, relation="head"), name="residency_one_head"
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")), name="residency_ends_after_start"
            ),
            models.CheckConstraint(
                condition=Q(relation__in=["head", "spouse", "child", "grandchild", "parent", "other"]),
                name="residency_relation_known",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.household}"
