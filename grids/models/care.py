"""Care visits: who is looked in on, how often, and what came of it (features.md T05 and T06, domain.md §3.6)."""

import datetime as dt

from django.db import models
from django.db.models import Case, ExpressionWrapper, F, Max, OuterRef, Prefetch, Q, Subquery, Value, When
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from grids.models.territory import Grid, Residency
from haimengyuan.lib.fields import EncryptedText
from people.models import Community, Person, ScopedQuerySet, User

_DAY = dt.timedelta(days=1)


class ResidentQuerySet(ScopedQuerySet):
    """Rows about a person: a grid head sees those of the people who live in their grids now."""

    community_lookup = "person__community"

    def for_place(self, user):
        return self.living_in(Grid.objects.held_by(user.person_id))

    def living_in(self, grids):
        """About those who live in `grids` now."""
        homes = Residency.objects.current().filter(household__dwelling__building__grid__in=grids)
        return self.filter(person__in=homes.values("person"))

    def with_homes(self):
        """Fetches with each row its person and where they live, for `home_of`. Two queries however many rows."""
        homes = Residency.objects.current().select_related("household__dwelling__building__grid")
        return self.select_related("person").prefetch_related(
            Prefetch("person__residencies", queryset=homes, to_attr="homes_now")
        )


def home_of(person):
    """The `Dwelling` where somebody lives now, None when no home is registered. Asks unless `with_homes` has."""
    homes = getattr(person, "homes_now", None)
    if homes is None:
        rows = Residency.objects.current().select_related("household__dwelling__building__grid")
        homes = rows.filter(person=person)
    return homes[0].household.dwelling if homes else None


class CareCategory(models.Model):
    """How often somebody is looked in on. The days are data; a colour is said of the plan, never of the person."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="care_categories", verbose_name=_("社区")
    )
    code = models.CharField(_("代码"), max_length=20)
    name_zh = models.CharField(_("名称"), max_length=20)
    name_en = models.CharField(_("英文名称"), max_length=40)
    whom_zh = models.CharField(_("一般是谁"), max_length=200, blank=True)
    every_days = models.IntegerField(_("最多隔几天"))
    order = models.PositiveSmallIntegerField(_("顺序"), default=0)

    objects = ScopedQuerySet.as_manager()

    class Meta:
        verbose_name = _("走访类别")
        verbose_name_plural = _("走访类别")
        ordering = ["order", "code"]
        constraints = [
            models.UniqueConstraint(fields=["community", "code"], name="care_category_unique_code"),
            models.CheckConstraint(
                condition=Q(every_days__gte=1, every_days__lte=366), name="care_category_within_a_year"
            ),
        ]

    def __str__(self):
        return self.name_zh


class CarePlanQuerySet(ResidentQuerySet):
    def going_on(self):
        """Not ended, for somebody alive who still lives here; those of a day to come as well."""
        return self.filter(until=None, person__state=Person.State.ALIVE)

    def current(self):
        """Those of `going_on` that have begun."""
        return self.going_on().filter(since__lte=timezone.localdate())

    def with_due(self):
        """Adds `seen_on`, the last day on which somebody was met, and `waiting`, how long a visit is due already.

        Due is the interval after the last visit, but not before the plan began; on the day itself `waiting` is
        nothing, before it less than nothing. Nothing of this is stored.
        """
        today = Value(timezone.localdate(), output_field=models.DateField())
        seen = Visit.objects.met().filter(person=OuterRef("person")).order_by().values("person")
        rows = self.annotate(seen_on=Subquery(seen.annotate(last=Max("visited_on")).values("last")))
        every = _length(F("category__every_days") * Value(_DAY, output_field=models.DurationField()))
        since_start = _length(today - F("since"))
        since_due = _length(_length(today - F("seen_on")) - every)
        return rows.annotate(
            waiting=Case(
                When(seen_on=None, then=since_start),
                default=Least(since_start, since_due),
                output_field=models.DurationField(),
            )
        )

    def due(self):
        """The current ones whose day has come."""
        return self.current().with_due().filter(waiting__gte=dt.timedelta())

    def of_visitor(self, person):
        """What `person` is to visit by name, the most overdue first."""
        return self.current().filter(visitor=person).with_due().most_overdue_first()

    def most_overdue_first(self):
        """After `with_due`."""
        return self.order_by("-waiting", "pk")

    def with_related(self):
        return self.with_homes().select_related("category", "visitor")


def _length(expression):
    return ExpressionWrapper(expression, output_field=models.DurationField())


class CarePlan(models.Model):
    """Somebody is to be looked in on regularly: by `visitor`, or by the grid's head where nobody is named.

    It hangs on the person and not on the home, so it goes along when they move within the community.
    """

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="care_plans", verbose_name=_("走访谁")
    )
    category = models.ForeignKey(
        CareCategory, on_delete=models.PROTECT, related_name="plans", verbose_name=_("多久一次")
    )
    visitor = models.ForeignKey(
        Person,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="visits_planned",
        verbose_name=_("请谁去"),
        help_text=_("空着就是网格长去"),
    )
    since = models.DateField(_("自"), default=timezone.localdate)
    until = models.DateField(_("至"), null=True, blank=True, help_text=_("不用再走访了才填"))

    objects = CarePlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("走访计划")
        verbose_name_plural = _("走访计划")
        constraints = [
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(until=None),
                name="care_plan_one_per_person",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="care_plan_ends_after_start",
                violation_error_message=_("结束的日子不能早于开始的日子"),
            ),
            models.CheckConstraint(
                condition=Q(visitor=None) | ~Q(visitor=F("person")),
                name="care_plan_by_somebody_else",
                violation_error_message=_("走访的人和被走访的是同一位"),
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.category}"

    @property
    def due_on(self):
        """The day on which the next visit is due; only of rows that `with_due` has made."""
        return timezone.localdate() - self.waiting


class VisitQuerySet(ResidentQuerySet):
    def counted(self):
        """Those that nobody has struck out."""
        return self.filter(struck_at=None)

    def met(self):
        """Those at which somebody was met or spoken to."""
        return self.counted().exclude(way=Visit.Way.MISSED)

    def with_related(self):
        return self.with_homes().select_related("visitor", "entered_by__person", "struck_by__person")


class Visit(models.Model):
    """One visit: who, how, a note. No place, no photo, no hour of the day: an evening or a telephone counts as well."""

    UNDO_WITHIN = dt.timedelta(minutes=10)

    class Way(models.TextChoices):
        DOOR = "door", _("上门")
        PHONE = "phone", _("打电话")
        OUTSIDE = "outside", _("在外面碰见")
        MISSED = "missed", _("去了，没见到人")

    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="visits", verbose_name=_("走访了谁")
    )
    visitor = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="visits_made", verbose_name=_("谁去的")
    )
    way = models.CharField(_("怎么见的"), max_length=10, choices=Way)
    note = EncryptedText(_("记一句"), blank=True)
    visited_on = models.DateField(_("哪天"), default=timezone.localdate)
    entered_by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="visits_entered", verbose_name=_("谁登记的")
    )
    entered_at = models.DateTimeField(_("登记时间"), default=timezone.now, editable=False)
    submission_key = models.CharField(max_length=64, unique=True, editable=False)
    struck_at = models.DateTimeField(_("作废时间"), null=True, blank=True, editable=False)
    struck_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="visits_struck",
        verbose_name=_("谁作废的"),
    )
    struck_why = models.CharField(_("为什么作废"), max_length=100, blank=True, editable=False)

    was_sent_before = False  # of this very object: whether the same page has written it down already

    objects = VisitQuerySet.as_manager()

    class Meta:
        verbose_name = _("走访记录")
        verbose_name_plural = _("走访记录")
        indexes = [
            models.Index(fields=["person", "-visited_on"], name="visit_by_person"),
            models.Index(fields=["visitor", "-entered_at"], name="visit_by_visitor"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(way__in=["door", "phone", "outside", "missed"]), name="visit_way_known"
            ),
            models.CheckConstraint(
                condition=~Q(visitor=F("person")),
                name="visit_by_somebody_else",
                violation_error_message=_("走访的人和被走访的是同一位"),
            ),
            models.CheckConstraint(
                condition=Q(struck_at=None, struck_by=None, struck_why="")
                | (Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_why="")),
                name="visit_struck_for_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.person} {self.visited_on} {self.get_way_display()}"

    @property
    def is_struck(self):
        return self.struck_at is not None

    def can_undo(self, user):
        """Whether `user` may take this back as if it had never been: who entered it, within ten minutes."""
        fresh = timezone.now() - self.entered_at <= self.UNDO_WITHIN
        return fresh and not self.is_struck and self.entered_by_id == user.pk
