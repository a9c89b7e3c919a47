"""Every error of the API in one shape: `application/problem+json` of RFC 9457, with a sentence and the fields."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:haimengyuan:problem:"
_WHOLE = api_settings.NON_FIELD_ERRORS_KEY


class Refused(exceptions.APIException):
    """A rule says no; `detail` is the sentence that a visitor of the pages would read."""

    status_code = status.HTTP_409_CONFLICT
    default_code = "refused"


class NotFound(exceptions.NotFound):
    """Nothing there; unlike Django's `Http404` the sentence always reaches the caller."""


class TooOften(exceptions.APIException):
    """A limit is used up; `retry_after` in seconds becomes the header Retry-After."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "too_often"

    def __init__(self, detail, *, retry_after):
        super().__init__(detail)
        self.retry_after = retry_after


class TooLarge(exceptions.APIException):
    """The body is longer than any honest request."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "too_large"


def _titles():
    return {
        400: _("内容要改一下"),
        401: _("要先登录"),
        403: _("不能这样做"),
        404: _("没有找到"),
        405: _("这个地址不能这样用"),
        406: _("给不了这种格式"),
        409: _("现在办不了"),
        413: _("内容太长"),
        415: _("请发 JSON"),
        429: _("试的次数太多了"),
        500: _("系统出了问题"),
    }


def problem(status_code, *, code="", detail="", errors=()):
    """The body of a problem as a dict: type, title, status, detail and errors (`{"field", "detail"}` each)."""
    title = _titles().get(status_code) or _titles()[500 if status_code >= 500 else 400]
    return {
        "type": TYPE_PREFIX + (code or str(status_code)).replace("_", "-"),
        "title": title,
        "status": status_code,
        "detail": detail or title,
        "errors": list(errors),
    }


def problem_response(status_code, *, code="", detail=""):
    """A problem as a plain response, for errors that happen outside the API's own views."""
    body = JSONRenderer().render(problem(status_code, code=code, detail=detail))
    return HttpResponse(body, status=status_code, content_type=CONTENT_TYPE)


def handle(raised, context):
    """The exception handler of the API (settings: EXCEPTION_HANDLER). None lets an unexpected error become a 500."""
    raised = _as_api_exception(raised)
    if raised is None:
        return None
    body = problem(raised.status_code, code=_code(raised), detail=_sentence(raised), errors=_errors(raised))
    headers = {"Cache-Control": "no-store"}
    if retry_after := getattr(raised, "retry_after", None) or getattr(raised, "wait", None):
        headers["Retry-After"] = str(int(retry_after))
    if challenge := getattr(raised, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Response(body, status=raised.status_code, headers=headers, content_type=CONTENT_TYPE)


def _as_api_exception(raised):
    if isinstance(raised, Http404):
        return NotFound(*raised.args)
    if isinstance(raised, PermissionDenied):
        return exceptions.PermissionDenied()
    return raised if isinstance(raised, exceptions.APIException) else None


def _code(raised):
    if isinstance(raised, exceptions.ValidationError):
        return "invalid"
    return str(raised.get_codes())


def _sentence(raised):
    if isinstance(raised, exceptions.ValidationError):
        return _("有些内容要改一下，请看 errors")
    return str(raised.detail)


def _errors(raised):
    if not isinstance(raised, exceptions.ValidationError):
        return []
    return list(_flat(raised.detail))


def _flat(detail, path=()):
    """One entry per sentence: the path of its field with dots between, "" for the whole."""
    if isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _flat(inner, path if name in {_WHOLE, "__all__"} else (*path, str(name)))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _flat(inner, path)
    else:
        yield {"field": ".".join(path), "detail": str(detail)}
