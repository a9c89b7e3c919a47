"""Tags of the admin door. Usage: `{% load portal_admin %}`."""

import re

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

register = template.Library()

_LINK = re.compile(r"</?a\b[^>]*>")
_ALT = re.compile(r'\balt="(True|False|None)"')


@register.filter
def links_for(contents, user):
    """The contents of a read-only field; links to the register stay away from those who cannot enter it."""
    if not isinstance(contents, SafeString) or user.may("see_all_grids"):
        return contents
    return mark_safe(_LINK.sub("", contents))


@register.filter
def spoken(contents):
    """The same with the signs of yes and no in words: Django's admin reads out True and False."""
    if not isinstance(contents, SafeString) or "alt=" not in contents:
        return contents
    words = {"True": _("是"), "False": _("否"), "None": _("没有填")}
    return mark_safe(_ALT.sub(lambda match: f'alt="{words[match[1]]}"', contents))
