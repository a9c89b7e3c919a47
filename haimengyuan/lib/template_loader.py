"""Templates kept in memory, one for each language, in which all that no request can change is plain text already.

Django works out `{% translate "保存" %}`, `{% icon "go" %}` or `{% url "home" %}` anew for every page; half of a page's
nodes are of that kind.
"""

from django.template import Context
from django.template.base import NodeList, TextNode, Variable
from django.template.defaulttags import CommentNode, LoadNode, URLNode
from django.template.library import SimpleNode
from django.template.loaders import base, cached
from django.templatetags.i18n import BlockTranslateNode, LanguageNode, TranslateNode
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch
from django.utils.translation import get_language


def same_for_all(tag):
    """Mark the function of a `simple_tag` that gives the same for the same arguments and language, whoever asks."""
    tag.same_for_all = True
    return tag


class _WritesFixedParts(base.Loader):
    def get_template(self, template_name, skip=None):
        template, nobody = super().get_template(template_name, skip), Context()
        with nobody.bind_template(template):
            _fix(template.nodelist, nobody)
        return template


class Loader(cached.Loader, _WritesFixedParts):
    """Django's cached loader, with the language in its key; a template is finished before others can find it."""

    def cache_key(self, template_name, skip=None):
        return f"{get_language()}:{super().cache_key(template_name, skip)}"


def _fix(nodes, nobody):
    """Write out the fixed nodes of a list, and of the lists in it, in place; texts that meet become one."""
    written = NodeList()
    for node in nodes:
        if (text := _fixed_text(node, nobody)) is None:
            for inside in _lists_in(node):
                _fix(inside, nobody)
            written.append(node)
        elif text and written and isinstance(written[-1], TextNode):
            written[-1] = TextNode(written[-1].s + text)
        elif text:
            written.append(TextNode(text))
    nodes[:] = written


def _lists_in(node):
    if isinstance(node, LanguageNode):  # speaks another language than the rest
        return
    for value in vars(node).values():
        if isinstance(value, NodeList):
            yield value
    for _condition, inside in getattr(node, "conditions_nodelists", ()):
        yield inside


def _fixed_text(node, nobody):
    """What the node gives to every request, None when that depends on the request."""
    if isinstance(node, TextNode):
        return node.s
    if isinstance(node, CommentNode | LoadNode):
        return ""
    if not _is_fixed(node):
        return None
    try:
        return str(node.render(nobody))
    except (
        NoReverseMatch
    ):  # a page that this installation has not: the request that gets here is to fail, if any
        return None


def _is_fixed(node):
    if isinstance(node, TranslateNode):
        return not (node.asvar or node.message_context) and _is_literal(node.filter_expression)
    if isinstance(node, BlockTranslateNode):
        parts = (node.asvar, node.message_context, node.extra_context, node.plural)
        return not any(parts) and not any(node.render_token_list(node.singular)[1])
    if isinstance(node, StaticNode):
        return not node.varname and _is_literal(node.path)
    if isinstance(node, URLNode):
        words = [node.view_name, *node.args, *node.kwargs.values()]
        return not node.asvar and all(map(_is_literal, words))
    if isinstance(node, SimpleNode) and getattr(node.func, "same_for_all", False):
        words = [*node.args, *node.kwargs.values()]
        return not (node.takes_context or node.target_var) and all(map(_is_literal, words))
    return False


def _is_literal(expression):
    """Whether an expression of a template is a text or number that is written there, without filters."""
    if expression.filters:
        return False
    return not isinstance(expression.var, Variable) or expression.var.lookups is None
