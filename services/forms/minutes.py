"""How long a job took, as helpers and the desk type it."""

import unicodedata

from django.utils.translation import gettext as _

from services.errors import TransitionRefused


def read_minutes(typed):
    """Whole minutes of what was typed, 0 for nothing: "40", "４０", "40 分钟".

    Raises `TransitionRefused` for anything else.
    """
    digits = unicodedata.normalize("NFKC", typed).strip().removesuffix("分钟").strip()
    if not digits:
        return 0
    if not (digits.isascii() and digits.isdigit() and len(digits) < 5):  # a day has 1440
        raise TransitionRefused(_("分钟数只写数字，不记就空着"))
    return int(digits)
