"""Residents look for a service."""

import re

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from people.visits import visited_community_or_404
from services.actions import count_unmet
from services.catalogue import (
    SITUATIONS,
    TINTS,
    counts_by_category,
    counts_by_situation,
    entries,
    find,
    limit_words,
    narrowed,
    visited_service,
)
from services.models import Category, Rating
from services.page_cache import cached_page

PER_PAGE = 24
_CODE = re.compile(r"[A-Z]{1,2}")
RATINGS_WORTH_SHOWING = 5  # fewer would point at single residents (features.md J5)
LARGE_TYPE_WORDS = {"大字版", "大字", "长辈版", "关怀版", "老年版", "老人版", "适老版"}


@login_not_required
@require_safe
def catalogue(request):
    """All services, narrowed by `category` (group or code), `situation` or the words `q`."""
    if typed := request.GET.get("q", "").strip()[:40]:
        return _found(request, typed)
    category = request.GET.get("category", "")
    category = (
        category if _CODE.fullmatch(category) or (category and category in Category.Group.values) else ""
    )
    situation = request.GET.get("situation", "")
    situation = situation if situation in SITUATIONS else ""
    page = _page_number(request.GET.get("page"))
    given = (("category", category), ("situation", situation), ("page", page if page > 1 else ""))
    address = "&".join(f"{name}={value}" for name, value in given if value)
    address = request.path + (f"?{address}" if address else "")
    return cached_page(request, address, lambda _pk: _list(request, category, situation, page))


def _list(request, category, situation, page):
    community = visited_community_or_404(request, "catalogue_version")
    rows = entries(community)
    category = category if category in counts_by_category(rows) else ""
    situation = situation if situation in counts_by_situation(rows) else ""
    context = _catalogue_context(community, rows, category, situation, page)
    return render(request, "public/catalogue.html", context)


def _page_number(value):
    return max(1, int(value)) if value and value.isascii() and value.isdigit() and len(value) < 3 else 1


def _found(request, typed):
    community = visited_community_or_404(request, "catalogue_version")
    hits = find(community, typed)
    if not hits:
        count_unmet(community, typed)
    context = {
        "typed": typed,
        "total": len(entries(community)),
        "hits": hits[:PER_PAGE],
        "more": len(hits) - PER_PAGE,
        "about_large_type": typed in LARGE_TYPE_WORDS,
    }
    return render(request, "public/catalogue.html", context)


def _catalogue_context(community, rows, category, situation, page):
    in_category, in_situation = counts_by_category(rows), counts_by_situation(rows)
    chosen = narrowed(rows, category=category, situation=situation)
    pages = max(1, -(-len(chosen) // PER_PAGE))
    page = min(page, pages)
    query = "".join(
        f"{name}={value}&" for name, value in (("category", category), ("situation", situation)) if value
    )
    return {
        "groups": [
            (key, label, in_category[key]) for key, label in Category.Group.choices if in_category[key]
        ],
        "situations": [
            (key, look[0], in_situation[key]) for key, look in SITUATIONS.items() if in_situation[key]
        ],
        "category": category,
        "situation": situation,
        "total": len(rows),
        "heading": _heading(community, category, situation),
        "count": len(chosen),
        "hits": chosen[(page - 1) * PER_PAGE : page * PER_PAGE],
        "page": page,
        "pages": range(1, pages + 1) if pages > 1 else (),
        "query": query,
    }


def _heading(community, category, situation):
    if situation:
        return SITUATIONS[situation][0]
    if category in Category.Group.values:
        return Category.Group(category).label
    if category:
        return Category.objects.in_community(community.pk).get(code=category).name_zh
    return _("全部服务")


@login_not_required
@require_safe
def detail(request, code):
    """One service: what it is, what it costs, how it goes; the button to order it."""
    return cached_page(request, request.path, lambda _pk: _detail(request, code))


def _detail(request, code):
    return render(request, "public/detail.html", _detail_context(find_service(request, code)))


def _detail_context(service):
    return {
        "community": service.community,
        "service": service,
        "tint": TINTS[service.category.group],
        "limit": limit_words(service.time_limit_workdays),
        "channels": _channel_words(service),
        "rating": Rating.objects.summary_of(service, at_least=RATINGS_WORTH_SHOWING),
    }


def find_service(request, code, *, even_closed=False):
    """The service with this code of the visited community; raises Http404 with a sentence for one that is not listed.

    With `even_closed` the latter is returned too, for pages that say more about it.
    """
    service = visited_service(request, code)
    if service is None or not (service.is_open or even_closed):
        raise Http404(_("没有这项服务，可能已经停了。请从“便民服务”里重新找，或者打电话问"))
    return service


def _channel_words(service):
    words = {
        "window": _("到社区窗口"),
        "phone": _("打电话"),
        "online": _("网上办"),
        "home": _("上门"),
    }
    return "、".join(words[channel] for channel in service.channels if channel in words)
