"""Public pages that are the same for everybody: rendered once per catalogue version, answered with one query."""

import functools
from urllib.parse import quote

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import get_language

from haimengyuan.lib.compiled import compiled_once
from haimengyuan.lib.display import wants_large_type
from people.models import Community
from people.visits import host_of
from services.catalogue import KEPT_FOR

MESSAGES_COOKIE = CookieStorage.cookie_name


@compiled_once(host=str)
def _stamp(host):
    community = Community.objects.meant_by(host)
    return community.values_list("pk", "catalogue_version__number", "notice_board__number")


def page_stamp(request):
    """(visited community, number of its catalogue, number of its notices), or None without a community. One query."""
    with connection.cursor() as cursor:
        cursor.execute(*_stamp.sql(host=host_of(request)))
        if (found := cursor.fetchone()) is None:
            return None
    community, catalogue, notices = found
    return community, catalogue or 0, notices or 0


def catalogue_stamp(request):
    """(primary key of the visited community, number of its catalogue), or None when there is no community. One query."""
    stamp = page_stamp(request)
    return stamp and stamp[:2]


@functools.cache
def _release():
    return static("css/base.css")


def cached_page(request, address, make_response):
    """The page at `address` (path with the parameters that matter), from memory while the catalogue is the same.

    `make_response(community_pk)` renders it when nobody has asked for it since the last change; the key is None
    without a community. Such a page holds no form token and nothing about the visitor but language and type size;
    somebody with a message waiting gets a fresh one.
    """
    request.address = address
    stamp = page_stamp(request)
    if stamp is None or MESSAGES_COOKIE in request.COOKIES:
        return make_response(stamp and stamp[0])
    # the style sheet's name changes with a release, and a page of the old one would ask for files that are gone
    kept_for = (
        *stamp,
        timezone.localdate(),  # notices begin and expire with a day
        get_language(),
        wants_large_type(request),
        settings.PORTAL_DEMO,
        _release(),
    )
    # some caches refuse blanks and control characters
    key = ":".join(map(str, ("page", *kept_for, quote(address))))
    content = cache.get(key)
    if content is not None:
        return HttpResponse(content)
    response = make_response(stamp[0])
    cache.set(key, response.content, KEPT_FOR)
    return response
