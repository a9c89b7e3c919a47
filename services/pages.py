"""Parts of public pages that are the same for everybody, rendered once per catalogue version."""

from django.core.cache import cache
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from haimengyuan.lib.display import wants_large_type
from services.catalogue import KEPT_FOR, cache_key


def cached_body(request, community, template, make_context, *parts):
    """The rendered `template` as safe HTML, from memory when nothing of the catalogue has changed since.

    `make_context` is called only when it must be rendered; `parts` tell apart what the same template shows. The
    template holds no form token and nothing about the visitor but the type size.
    """
    key = cache_key(community, template, wants_large_type(request), *parts)
    html = cache.get(key)
    if html is None:
        html = render_to_string(template, make_context())
        cache.set(key, html, KEPT_FOR)
    return mark_safe(html)
