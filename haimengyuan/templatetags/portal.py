"""Template tags and filters that all doors share. Usage: `{% load portal %}`."""

import functools
import re
from typing import NamedTuple

from django import template
from django.conf import settings
from django.template.defaultfilters import stringfilter
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from haimengyuan.lib import gridmap, icons, moments, phones, qr
from haimengyuan.lib.masking import mask_name, mask_phone
from haimengyuan.lib.template_loader import same_for_all

register = template.Library()

# Status of an order (architecture.md §4) → look, icon, words. Colour is never the only cue.
STATUS_LOOK = {
    "submitted": ("new", "clock", _("待派单")),
    "offered": ("sent", "arrow", _("待接单")),
    "accepted": ("doing", "net", _("办理中")),
    "waiting": ("due", "pause", _("等您补充")),
    "escalated": ("sent", "up", _("已转上级")),
    "replied": ("done", "talk", _("已答复")),
    "solved": ("done", "checkc", _("已办结")),
    "confirmed": ("rated", "check", _("居民已确认")),
    "unconfirmed": ("off", "clock", _("未确认")),
    "rejected": ("off", "x", _("不予受理")),
    "cancelled": ("off", "x", _("已撤销")),
    # flags that stand beside a status
    "due": ("due", "clock", _("今天到期")),
    "late": ("late", "warn", _("已超时")),
}


@register.simple_tag
@same_for_all
def kept(template_name, frame=None):
    """A part of the page that is rendered once for all pages that are alike, and kept in memory.

    The template sees the words of the language and `frame`, which is hashable (`context_processors.Frame`): no
    request, no user, no form token. Whatever it may depend on belongs there, because that is what it is kept under.
    """
    return _drawing()(template_name, frame or None, get_language())


@register.simple_tag
def kept_each(template_name, frames):
    """The same for each of a list, one after the other: a loop of the template's own costs more than the parts in it."""
    draw, language = _drawing(), get_language()
    return mark_safe("".join([draw(template_name, frame, language) for frame in frames]))


def _drawing():
    return _render_part if settings.DEBUG else _kept_part  # a template that is being written is read again


def _render_part(template_name, frame, _language):
    return render_to_string(template_name, {"frame": frame})


_kept_part = functools.lru_cache(maxsize=2048)(
    _render_part
)  # a tile of each service in each language, and frames


@register.simple_tag
@same_for_all
@functools.lru_cache(maxsize=512)  # every page has dozens of the same few
def icon(name, extra=""):
    """The inline SVG of an icon, hidden from screen readers; `extra` are further classes."""
    classes = f"icon {extra}".strip()
    shape = mark_safe(icons.shape(name))
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true">{}</svg>', classes, shape)


@register.simple_tag(takes_context=True)
def field_block(context):
    """One field of a form: label, hint, error, input, counter; `components/field.html` says what it takes.

    It is written here because a form has a dozen of them, and a template works each of their forty parts out anew.
    """
    field, given = context["field"], context.get
    errors, identity = field.errors, field.id_for_label
    kinds = ("field--err" if errors else "", given("extra"))
    classes = " ".join(["field", *filter(None, kinds)])
    when = format_html(' data-when="{}"', given("when")) if given("when") else ""
    optional = ""
    if not field.field.required and not given("no_optional"):
        optional = format_html(' <span class="opt">{}</span>', gettext("（可不填）"))
    hint = (
        format_html('\n  <p class="hint" id="{}-hint">{}</p>', identity, field.help_text)
        if field.help_text
        else ""
    )
    problems = format_html_join(
        "",
        '\n  <p class="err-msg" id="{}-error{}">{}{}</p>',
        ((identity, number, icon("stop"), error) for number, error in _numbered(errors)),
    )
    with context.push():
        after = context.template.engine.get_template(given("after")).render(context) if given("after") else ""
    return format_html(
        '<div class="{}"{}>\n  <label class="label" for="{}">{}{}</label>{}{}\n  {}{}{}\n</div>',
        *(classes, when, identity, field.label, optional, hint, problems, field, mark_safe(after)),
        _counter(field) if given("counter") else "",
    )


def _numbered(errors):
    """The first error bears the id that the field points at, the others a number behind it."""
    return ((number if number > 1 else "", error) for number, error in enumerate(errors, start=1))


def _counter(field):
    words = gettext("最多写 %(n)s 字") % {"n": field.field.max_length}
    left = gettext("还可以写 {n} 字")
    return format_html(
        '\n  <p class="hint mt1" id="{}-count" data-left="{}">{}</p>', field.id_for_label, left, words
    )


@register.simple_tag
def face(score):
    """The drawn face of a rating from 1 to 5; the words stand beside it."""
    return icon(f"f{score}")


@register.simple_tag
def status_chip(status, label=""):
    """The chip of an order status or of the flags "due" and "late": colour, icon and words."""
    return _chip(status, str(label), get_language())


@functools.lru_cache(maxsize=512)  # boards have the same few in each row
def _chip(status, label, _language):
    look, name, words = STATUS_LOOK[status]
    return format_html('<span class="st st--{}">{}{}</span>', look, icon(name), label or words)


@register.simple_tag
def qr_code(text, label):
    """The QR code of `text` in a white frame; `label` is its text for screen readers."""
    return format_html('<span class="qr">{}</span>', qr.qr_svg(text, label))


@register.simple_tag
def grid_map(tiles):
    """The schematic map from `haimengyuan.lib.gridmap.Tile` rows."""
    return gridmap.grid_map(tiles)


@register.simple_tag
@same_for_all
def first_url(*names):
    """The address of the first of these URL names that this installation has, else an empty text."""
    for name in names:
        try:
            return reverse(name)
        except NoReverseMatch:
            continue
    return ""


def _menu_paths():
    """Pages below another entry's path that have an entry of their own."""
    return {first_url("staff:order_new")}


@register.simple_tag(takes_context=True)
def drawn_once(context, template_name):
    """What stands on a page twice, for telephones and for wide screens; keep it with `as` and print it in both places."""
    with context.push():
        return context.template.engine.get_template(template_name).render(context)


class StaffMenu(NamedTuple):
    """All that the menu of the staff door shows beside words; `path` is where the page stands."""

    path: str
    waiting: str
    unread: str
    has_admin: bool


@register.simple_tag(takes_context=True)
def staff_menu(context, waiting, unread, has_admin):
    """The menu of the staff door, kept in memory for all pages below the same entry with the same badges."""
    path = context["request"].path
    if path not in _menu_paths():
        path = re.sub("^(/[^/]+/[^/]+/).*", r"\1", path)  # entries are two steps deep
    return kept("components/staff_menu.html", StaffMenu(path, str(waiting), str(unread), bool(has_admin)))


@register.simple_tag(takes_context=True)
def side_link(context, name, icon_name, label, count=None, unit=""):
    """One entry of a door's menu; nothing when the page is not installed. `count` is a badge, `unit` its words."""
    href = first_url(name)
    if not href:
        return ""
    path = context["frame"].path if "frame" in context else context["request"].path
    here = path == href or (href.count("/") > 2 and path.startswith(href) and path not in _menu_paths())
    badge = format_html('<span class="cnt">{}<span class="sr">{}</span></span>', count, unit) if count else ""
    current = mark_safe(' aria-current="page"') if here else ""
    return format_html('<li><a href="{}"{}>{}{}{}</a></li>', href, current, icon(icon_name), label, badge)


@register.simple_tag
def desk_hours(community):
    """When somebody answers the telephone: 工作日 8:30–17:30."""
    return moments.say_desk_hours(community)


@register.filter
def moment(value):
    """An aware datetime as 今天 8:42."""
    return moments.say_moment(value) if value else ""


@register.filter
def dated_moment(value):
    """An aware datetime for paper: 11月25日 周三 9:30."""
    return moments.say_dated_moment(value) if value else ""


@register.filter
def day(value):
    """A date as 明天 or 11月24日 周二."""
    return moments.say_day(value) if value else ""


@register.filter
def full_day(value):
    """A date as 2026年11月23日 周一."""
    return moments.say_full_day(value) if value else ""


@register.filter
def full_moment(value):
    """An aware moment as 2026年11月23日 周一 8:42."""
    return moments.say_full_moment(value) if value else ""


@register.filter
def order_number(value):
    """Eight digits in two groups: 2706 4183."""
    return moments.group_number(value)


@register.filter
@stringfilter
def phone(value):
    """Digits grouped for reading out: 138 0000 0617, 0535-000 1200."""
    return phones.group_phone(value)


@register.filter
@stringfilter
def tel(value):
    """The same number for a `tel:` link: digits and a leading plus only."""
    return "".join(sign for sign in value if sign.isdigit() or sign == "+")


@register.filter
@stringfilter
def masked_phone(value):
    """138****."""
    return mask_phone(value)


@register.filter
@stringfilter
def masked_name(value):
    """王*明."""
    return mask_name(value)
