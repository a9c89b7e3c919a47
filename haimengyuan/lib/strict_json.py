"""Reading JSON from strangers. (A module of its own, since REST framework imports it while it is being imported.)"""

import json

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from haimengyuan.lib.problems import TooLarge

BODY_MAX = 64 * 1024  # bytes; an order with every field filled to the brim has a few thousand


class StrictJSONParser(BaseParser):
    """UTF-8 JSON of at most BODY_MAX bytes, without NaN and Infinity.

    REST framework's own parser reads a body of any length past Django's limit, trusts the charset of the header and
    lets a deeply nested text end in a RecursionError.
    """

    media_type = "application/json"

    def parse(self, stream, media_type=None, parser_context=None):
        raw = stream.read(BODY_MAX + 1)
        if len(raw) > BODY_MAX:
            raise TooLarge(_("内容太长了，最多 64 KB"))
        try:
            found = json.loads(raw.decode(), parse_constant=_refuse_constant)
            json.dumps(
                found, ensure_ascii=False
            ).encode()  # half a character (\ud800) fits no column and no answer
            return found
        except (ValueError, RecursionError) as error:
            raise ParseError(_("内容不是正确的 JSON（UTF-8）")) from error


def _refuse_constant(name):
    raise ValueError(name)
