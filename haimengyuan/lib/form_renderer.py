"""Django's form widgets with the same markup, written in Python where it is one tag.

Django renders each input through a template that includes a template for its attributes, and a select through two
more per option; on a page with a form that costs more than everything else together.
"""

from django.forms.renderers import DjangoTemplates
from django.utils.html import conditional_escape
from django.utils.safestring import mark_safe

_FOLDER = "django/forms/widgets"
_INPUTS = (
    "text",
    "hidden",
    "number",
    "email",
    "url",
    "password",
    "checkbox",
    "input",
    "date",
    "time",
    "datetime",
)


class PlainRenderer(DjangoTemplates):
    """The renderer of all forms; what it does not write itself goes through Django's templates."""

    def render(self, template_name, context, request=None):
        write = _WRITERS.get(template_name)
        return write(context["widget"]) if write else super().render(template_name, context, request)


def attributes(attrs):
    """` name="value"` for each attribute; True stands for a bare name, False and None as in Django's templates."""
    return "".join(
        f" {conditional_escape(name)}" if value is True else f' {conditional_escape(name)}="{_text(value)}"'
        for name, value in attrs.items()
        if value is not False
    )


def _text(value):
    return conditional_escape(value if isinstance(value, str) else str(value))


def _input(widget):
    value = "" if widget["value"] is None else f' value="{_text(widget["value"])}"'
    return mark_safe(
        f'<input type="{_text(widget["type"])}" name="{_text(widget["name"])}"{value}{attributes(widget["attrs"])}>'
    )


def _textarea(widget):
    value = _text(widget["value"]) if widget["value"] else ""
    return mark_safe(
        f'<textarea name="{_text(widget["name"])}"{attributes(widget["attrs"])}>\n{value}</textarea>'
    )


def _input_option(widget):
    tag = _input(widget)
    if not widget.get("wrap_label"):
        return tag
    points_at = f' for="{_text(widget["attrs"]["id"])}"' if widget["attrs"].get("id") else ""
    return mark_safe(f"<label{points_at}>{tag}\n {_text(widget['label'])}</label>")


def _select(widget):
    groups = "".join(_group(name, options) for name, options, _index in widget["optgroups"])
    return mark_safe(
        f'<select name="{_text(widget["name"])}"{attributes(widget["attrs"])}>{groups}\n</select>'
    )


def _group(name, options):
    inside = "".join(f"\n  {_option(option)}\n" for option in options)
    return f'\n  <optgroup label="{_text(name)}">{inside}\n  </optgroup>' if name else inside


def _option(widget):
    value = _text(widget["value"])
    return mark_safe(
        f'<option value="{value}"{attributes(widget["attrs"])}>{_text(widget["label"])}</option>'
    )


_WRITERS = {f"{_FOLDER}/{name}.html": _input for name in _INPUTS}
_WRITERS |= {f"{_FOLDER}/{name}_option.html": _input_option for name in ("radio", "checkbox")}
_WRITERS |= {f"{_FOLDER}/textarea.html": _textarea, f"{_FOLDER}/select.html": _select}
