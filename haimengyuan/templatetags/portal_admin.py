"""What the admin's own markup needs before it is shown. Usage: `{% load portal_admin %}`, then `{% filter … %}`."""

import re

from django import template
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

register = template.Library()

_LINK = re.compile(r'<a\b[^>]*?href="([^"]*)"[^>]*>(.*?)</a>', re.DOTALL)
_ALT = re.compile(r'\balt="(True|False|None)"')
_EMPTY_HEAD = re.compile(r"<th(?: class=\"original\")?>\s*</th>")


@register.filter
def links_for(html, request):
    """`html` without the links to pages that the viewer of `request` cannot enter; their words stay."""
    start = reverse("admin:index")

    def keep(match):
        steps = match[1].removeprefix(start).split("/")
        if not match[1].startswith(start) or len(steps) < 3:
            return match[0]
        model = apps.get_model(*steps[:2])
        return match[0] if admin.site.get_model_admin(model).has_view_permission(request) else match[2]

    return mark_safe(_LINK.sub(keep, html))


@register.filter
def spoken(html):
    """`html` with words where Django's admin reads out True and False, or nothing at all."""
    words = {"True": _("是"), "False": _("否"), "None": _("没有填")}
    html = _ALT.sub(lambda match: f'alt="{words[match[1]]}"', html)
    head = f'<th class="original"><span class="visually-hidden">{_("这一条")}</span></th>'
    return mark_safe(_EMPTY_HEAD.sub(head, html))
