"""Whom to ask for an order: at most a few helpers, each with the reasons why (features.md V12).

It is no ranking of persons: nothing is stored or shown elsewhere, every reason lies in this one order, and who is
equally near takes turns by the order's number. Two queries, whatever the number of helpers.
"""

from dataclasses import dataclass

from django.db.models import Count, Exists, IntegerField, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from grids.models import Appointment, Cover, Residency
from haimengyuan.lib.keys import row_keys
from people.models import Person
from services.models import Offer, OrderEvent, OrderStatus, ServiceOrder
from services.models.states import CLOSED_STATUSES
from volunteers.models import FreeHalfDay, Skill

SHOWN = 3
FOUND = 8
STAIRS_FROM_FLOOR = 2

# What a reason weighs. The lead duty comes first because the catalogue names it; every open task costs one point.
LEAD, SAME_GRID, FITTING_SKILL, SAME_BUILDING, FREE = 5, 4, 4, 3, 2


@dataclass(frozen=True)
class Facts:
    """What counts about one person for one order. `limit` is how many tasks they take, None for no limit of theirs."""

    leads: bool = False
    same_grid: bool = False
    same_building: bool = False
    skills: tuple = ()
    free: bool = False
    open_tasks: int = 0
    limit: int | None = None
    no_stairs: bool = False
    floor: int | None = None

    @property
    def is_full(self):
        return self.limit is not None and self.open_tasks >= self.limit

    @property
    def cannot_climb(self):
        return self.no_stairs and self.floor is not None and self.floor >= STAIRS_FROM_FLOOR


@dataclass(frozen=True)
class Suggestion:
    """One person to ask; `about` says who they are, `reasons` are short words, `limits` is what they told us."""

    pk: int
    name: str
    about: str
    reasons: tuple
    limits: str
    points: int


def points(facts):
    """How well somebody fits this order; more is better."""
    weights = (
        (facts.leads, LEAD),
        (facts.same_grid, SAME_GRID),
        (facts.skills, FITTING_SKILL),
        (facts.same_building, SAME_BUILDING),
        (facts.free, FREE),
    )
    return sum(weight for true, weight in weights if true) - facts.open_tasks


def reasons(facts):
    """The same in short words, for the desk."""
    words = [
        (facts.leads, _("本格牵头")),
        (facts.same_building, _("同楼")),
        (facts.same_grid and not facts.same_building, _("同网格")),
        *((True, _("会%s") % skill) for skill in facts.skills),
        (facts.free, _("那个半天有空")),
        (True, ngettext("手上 %d 单", "手上 %d 单", facts.open_tasks) % facts.open_tasks),
        (facts.is_full, _("已到本人上限")),
        (facts.no_stairs, _("不方便爬楼")),
    ]
    return tuple(word for true, word in words if true)


def suggest(order, limit=SHOWN):
    """The helpers who fit `order` best, as a list of `Suggestion`, best first.

    Left out: who said no, let the time pass or gave it back in this round, who is asked already, who has enough on
    their hands, who cannot climb to that floor, and the residents themselves.
    """
    rows = _candidates(order).exclude(pk__in=_not_again(order))
    found = [(person, facts) for person, facts in _with_facts(order, rows)]
    able = [pair for pair in found if not (pair[1].is_full or pair[1].cannot_climb)]
    able.sort(key=lambda pair: (-points(pair[1]), _turn(order, pair[0])))
    return [_suggestion(person, facts) for person, facts in able[:limit]]


def find_helpers(order, words, limit=FOUND):
    """Helpers and duty holders whose name, pinyin or initials contain `words`; nobody is left out but the residents."""
    words = words.strip()
    if not words:
        return []
    latin = words.lower().replace(" ", "")
    wanted = Q(name__contains=words) | Q(pinyin__startswith=latin) | Q(initials__startswith=latin)
    rows = _candidates(order).filter(wanted).order_by("pinyin", "pk")[:limit]
    return [_suggestion(person, facts) for person, facts in _with_facts(order, rows)]


def suggestions_of(order, pks):
    """The `Suggestion` of each of these helpers, for a page that is shown again with the choice kept."""
    rows = _candidates(order).filter(pk__in=pks)
    return [_suggestion(person, facts) for person, facts in _with_facts(order, rows)]


def askable(order, typed):
    """The persons among `typed` (texts of a form) who can be asked to take `order`; anybody else is dropped."""
    pks = row_keys(typed)
    return list(_candidates(order).filter(pk__in=pks)) if pks else []


def _candidates(order):
    """Registered helpers of the community and holders (or covers) of a duty there, without the residents of the order."""
    holds = Appointment.objects.current().filter(person=OuterRef("pk"), grid__community=order.community_id)
    covers = Cover.objects.current().filter(person=OuterRef("pk"))
    residents = [pk for pk in (order.contact_id, order.for_person_id) if pk]
    return (
        Person.objects.filter(community=order.community_id)
        .reachable()
        .filter(Q(helper__is_active=True) | Q(helper=None) & (Exists(holds) | Exists(covers)))
        .exclude(pk__in=residents)
    )


def _with_facts(order, persons):
    """(person, Facts) for each row; the personal columns stay in the database."""
    fitting = Skill.objects.filter(services=order.service_id).order_by("code")
    rows = (
        persons.annotate(
            leads=_leads(order),
            serves_grid=_serves(order.grid_id),
            lives_there=_lives_in(order.building_id),
            open_tasks=_tasks() + _questions(),
            is_free=_is_free(order),
        )
        .select_related("helper__grid")
        .prefetch_related(Prefetch("helper__skills", queryset=fitting, to_attr="fitting"))
        .defer("phone", "id_number", "email", "id_number_hash", "phone_hash")
    )
    return [(person, _facts(order, person)) for person in rows]


def _facts(order, person):
    helper = getattr(person, "helper", None)
    return Facts(
        leads=person.leads,
        same_grid=person.serves_grid or bool(helper and order.grid_id and helper.grid_id == order.grid_id),
        same_building=person.lives_there,
        skills=tuple(skill.name_zh for skill in helper.fitting) if helper else (),
        free=person.is_free,
        open_tasks=person.open_tasks,
        limit=helper.max_open_tasks if helper else None,
        no_stairs=bool(helper and helper.no_stairs),
        floor=order.dwelling.floor if order.dwelling else None,
    )


def _suggestion(person, facts):
    helper = getattr(person, "helper", None)
    about = _("第 %d 网格") % helper.grid.number if helper and helper.grid else ""
    return Suggestion(
        pk=person.pk,
        name=person.name,
        about=about,
        reasons=reasons(facts),
        limits=_limits(helper) if helper else "",
        points=points(facts),
    )


def _limits(helper):
    """What the helper told us; a minor comes with a guardian, which the desk reads before it asks."""
    with_guardian = _("未满 18 岁，要和监护人一起去") if helper.comes_with_guardian else ""
    return "；".join(words for words in (with_guardian, helper.limits) if words)


def _leads(order):
    """Holds the service's lead duty in this grid today, or covers for the one who does and is away."""
    if order.grid_id is None or order.service.lead_duty_id is None:
        return Exists(Appointment.objects.none())
    held = Appointment.objects.current().filter(grid=order.grid_id, duty=order.service.lead_duty_id)
    away = Cover.objects.current().filter(appointment=OuterRef("pk"))
    here = held.filter(~Exists(away), person=OuterRef("pk"))
    instead = Cover.objects.current().filter(appointment__in=held, person=OuterRef("pk"))
    return Q(Exists(here)) | Q(Exists(instead))


def _serves(grid_id):
    """Holds any duty in the order's grid."""
    held = Appointment.objects.current().filter(person=OuterRef("pk"), grid=grid_id)
    return Exists(held if grid_id else held.none())


def _lives_in(building_id):
    homes = Residency.objects.current().filter(
        person=OuterRef("pk"), household__dwelling__building=building_id
    )
    return Exists(homes if building_id else homes.none())


def _is_free(order):
    """Usually free on the half-day that the resident wishes."""
    days = FreeHalfDay.objects.filter(helper__person=OuterRef("pk"))
    if order.wish != ServiceOrder.Wish.HALF_DAY or order.wish_on is None:
        return Exists(days.none())
    return Exists(days.filter(weekday=order.wish_on.weekday(), half=order.wish_half))


def _tasks():
    carried = ServiceOrder.objects.carried_by(OuterRef("pk")).order_by()
    return _count(carried, "assigned_to")


def _questions():
    """Unanswered offers count as work too, or the same person would be asked twenty times in a morning."""
    return _count(Offer.objects.unanswered().filter(person=OuterRef("pk")), "person")


def _count(rows, by):
    counted = rows.values(by).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def _not_again(order):
    """Persons who need not be asked again in this round; a reopened order wants another pair of eyes (V19)."""
    reopened = OrderEvent.objects.filter(
        order=order.pk,
        old_status__in=CLOSED_STATUSES,
        new_status=OrderStatus.SUBMITTED,
        at__gt=OuterRef("offered_at"),
    )
    refused = Q(answer__in=[Offer.Answer.DECLINED, Offer.Answer.TIMED_OUT]) & ~Exists(reopened)
    asked_or_done = Q(answer__in=[Offer.Answer.NONE, Offer.Answer.CLOSED, Offer.Answer.ACCEPTED])
    return Offer.objects.filter(order=order.pk).filter(refused | asked_or_done).values("person")


def _turn(order, person):
    """Spreads the work among equals: another order begins with another person."""
    return (person.pk * 2654435761 + int(order.number) * 40503) % 2**32
