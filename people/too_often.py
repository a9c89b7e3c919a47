"""The page for somebody who tried too often."""

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext


def too_often(request, refused):
    """429 with the sentence of `people.errors.TooOften` and the minutes to wait."""
    minutes = -(-refused.retry_after // 60)
    words = ngettext("大约 %d 分钟后可以再试。", "大约 %d 分钟后可以再试。", minutes) % minutes
    more = _("着急的话请打电话，不用等。")
    context = {"message": str(refused), "retry_words": f"{words}{more}"}
    response = render(request, "429.html", context, status=429)
    response.headers["Retry-After"] = str(refused.retry_after)
    return response
