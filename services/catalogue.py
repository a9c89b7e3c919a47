"""The public catalogue as light rows, kept in memory per version; `services.search` searches them.

Everything that residents see of a service in lists is prepared once here, so that a page costs one query: the
community with the number of its catalogue (architecture.md §10).
"""

from collections import Counter
from typing import NamedTuple
from uuid import uuid4

from django.core.cache import cache
from django.db.models import F
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib.compiled import CompiledQuery
from people.visits import host_of, remember_visited, visited_community_or_404
from services.models import Category, Service, service_of_host
from services.models.catalogue import drawn_icon
from services.search import make_terms, search

MEMORY_SIZE = 32  # communities, languages and kinds of rows that are asked for at the same time
_memory = {}
KEPT_FOR = 600  # seconds; a new version has a new key, this only clears what nobody asks for any more

# In the words of residents (features.md V01), in the order of the home page; the keys are those of services.csv.
SITUATIONS = {
    "elderly": (_("家里有老人"), "elder", "t-gold"),
    "child": (_("家里有孩子"), "child", "t-gold"),
    "broken": (_("东西要修"), "wrench", ""),
    "unwell": (_("身体不舒服"), "heart", ""),
    "papers": (_("要办证、办补贴"), "doc", "t-sand"),
    "dispute": (_("邻里有矛盾"), "talk", "t-sand"),
    "disabled": (_("行动不方便"), "wheel", "t-ok"),
    "newcomer": (_("刚搬到这里"), "key", "t-ok"),
    "job": (_("想找工作"), "job", ""),
    "safety": (_("担心不安全"), "shield", "t-ok"),
    "veteran": (_("当过兵、军属"), "star", "t-red"),
    "neighbourly": (_("邻里帮忙"), "give", "t-red"),
}
TINTS = {
    Category.Group.PAPERS: "t-sand",
    Category.Group.ELDERLY: "t-gold",
    Category.Group.CHILDREN: "t-gold",
    Category.Group.HEALTH: "",
    Category.Group.REPAIRS: "",
    Category.Group.LAW: "t-sand",
    Category.Group.SAFETY: "t-ok",
    Category.Group.NEIGHBOURS: "t-red",
}


class Entry(NamedTuple):
    """One service of the catalogue as lists print it."""

    code: str
    name: str
    summary: str
    fee: str
    is_free: bool
    limit: str
    icon: str
    tint: str
    group: str
    category: str
    home_visit: bool
    situations: tuple


def visited_service(request, code):
    """The service with this code of the community that is visited, else None. One query for both.

    Raises Http404 with a sentence where there is no community.
    """
    if service := service_of_host(host_of(request), code):
        remember_visited(request, service.community)
    else:
        visited_community_or_404(request)
    return service


def limit_words(workdays):
    """The time limit as residents read it: 当天办完, 3 个工作日内."""
    if workdays == 0:
        return gettext("当天办完")
    return gettext("%d 个工作日内") % workdays


def version_of(community):
    """The number of the community's catalogue; it grows with every change of the catalogue."""
    version = getattr(community, "catalogue_version", None)
    return version.number if version else 0


def cache_key(community, *parts):
    """The key of something that stays true until the catalogue changes; parts: display mode, page and so on."""
    return ":".join(map(str, ("catalogue", community.pk, version_of(community), get_language(), *parts)))


def _kept(key, make):
    """What `make` gives, kept in this process as it is: unpickling thousands of strings would cost more than a page.

    The cache holds only a token for it, so that an emptied cache empties this too.
    """
    token = cache.get(key)
    kept = _memory.get(token)
    if kept is not None:
        return kept
    token, made = token or uuid4().hex, make()
    while len(_memory) >= MEMORY_SIZE:
        _memory.pop(next(iter(_memory)), None)
    _memory[token] = made
    cache.set(key, token, KEPT_FOR)
    return made


def entries(community):
    """All listed services of the community as a tuple of `Entry`, by code. One query when they are not in memory."""
    return _kept(cache_key(community, "entries"), lambda: _load(community))


def _listed_in(language):
    # plain values: so many model instances would cost more than the page that lists them
    return CompiledQuery(
        lambda community: (
            Service.objects.in_community(community)
            .listed()
            .order_by("code")
            .values(
                *("code", "fee_zh", "icon", "home_visit", "situations", "time_limit_workdays"),
                *("category__code", "category__group"),
                said_name=F(f"name_{language}"),
                said_summary=F(f"description_{language}"),
                said_fee=F(f"fee_{language}"),
            )
        ),
        {"community": int},
    )


_listed = {language: _listed_in(language) for language in ("zh", "en")}


def _load(community):
    rows = _listed["en" if (get_language() or "").startswith("en") else "zh"].rows(community=community.pk)
    limits = {days: limit_words(days) for days in {row["time_limit_workdays"] for row in rows}}
    return tuple(_entry(row, limits[row["time_limit_workdays"]]) for row in rows)


def _entry(row, limit):
    return Entry(
        code=row["code"],
        name=row["said_name"],
        summary=row["said_summary"],
        fee=row["said_fee"],
        is_free=row["fee_zh"].startswith("免费"),
        limit=limit,
        icon=drawn_icon(row["icon"]),
        tint=TINTS[row["category__group"]],
        group=row["category__group"],
        category=row["category__code"],
        home_visit=row["home_visit"],
        situations=tuple(row["situations"]),
    )


def counts_by_category(rows):
    """How many services each group and each category code holds, as a `Counter`."""
    return Counter(key for row in rows for key in (row.group, row.category))


def counts_by_situation(rows):
    """How many services each situation of life holds, as a `Counter`; a service may serve several."""
    return Counter(key for row in rows for key in set(row.situations))


def narrowed(rows, *, category="", situation=""):
    """The rows of one group or category code, and of one situation; empty texts do not narrow."""
    return [
        row
        for row in rows
        if (not category or category in (row.group, row.category))
        and (not situation or situation in row.situations)
    ]


def find(community, typed):
    """The listed services that answer what somebody typed, best first, as a list of `Entry` (features.md V02)."""
    codes = search(search_terms(community), typed)
    rows = {row.code: row for row in entries(community)}
    return [rows[code] for code in codes if code in rows]


def search_terms(community):
    """What each listed service can be found by, by code; apart from `entries`, since few pages search."""
    return _kept(cache_key(community, "terms"), lambda: _load_terms(community))


def _load_terms(community):
    return {
        service.code: make_terms(
            service.name_zh,
            service.aliases,
            english=[service.name_en, *service.aliases_en.split("|")],
            text=service.description_zh,
        )
        for service in Service.objects.in_community(community.pk).listed()
    }
