"""Three headers, a language and two refusals: what every answer of every door has in common."""

import contextlib

from django.conf import settings
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.utils import translation
from django.utils.cache import patch_vary_headers

from haimengyuan.lib.display import LARGE, remember_type

# What a page may load and talk to: our own host, and images that are written into the page.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# No page asks for a position, a photo or a recording.
PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
)


def policies(get_response):
    """Tell the browser what no page of ours does, the same two headers with every answer."""

    def middleware(request):
        response = get_response(request)
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        return response

    return middleware


def found_by_back(get_response):
    """Let the Back button find a page of `kept_for_back` again after a cookie has changed.

    Such a page is in its visitor's own browser and in no cache between, so `Vary: Cookie` protects nobody. But the
    browser obeys it: a cookie that came later (the token's, the building's) would make it throw the page away, and
    for a page that came by POST it shows an error of its own instead.
    """

    def middleware(request):
        response = get_response(request)
        if getattr(response, "is_kept_for_back", False):
            names = [name.strip() for name in response.get("Vary", "").split(",")]
            del response["Vary"]
            if others := [name for name in names if name and name.lower() != "cookie"]:
                patch_vary_headers(response, others)
        return response

    return middleware


def chosen_language(get_response):
    """Speak the language that the visitor chose in the footer, else Chinese.

    Django's own middleware also follows the browser's settings; many phones here are set to English by their
    makers, and their owners would get a half-foreign page that they never asked for.
    """

    def middleware(request):
        language = settings.LANGUAGE_CODE
        if cookie := request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
            with contextlib.suppress(LookupError):
                language = translation.get_supported_language_variant(cookie)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware


def no_large_bodies(get_response):
    """Refuse with 400 a body that no form of ours has, before anything reads it.

    Django counts the fields of a form, but writes its files to the disk whatever their size, also a stranger's: the
    token is looked for in the form, and the login comes after it. No page takes a file.
    """

    def middleware(request):
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdigit()) or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("a body that no form of ours has")
        return get_response(request)

    return middleware


def no_null_characters(get_response):
    """Refuse with 400 what no keyboard types and no PostgreSQL text column takes: the character NUL.

    Form fields refuse it themselves; this is for what reaches a query without one: paths, filters, notes, cookies.
    """

    def middleware(request):
        address = f"{request.path_info}{request.META.get('QUERY_STRING', '')}"
        if "\x00" in address or "%00" in address:
            raise BadRequest("NUL in the address")
        if request.method == "POST" and any(
            "\x00" in value for values in request.POST.lists() for value in values[1]
        ):
            raise BadRequest("NUL in a form")
        return get_response(request)

    return middleware


def large_type_by_link(get_response):
    """A printed code with ?dazi=1 turns large type on for good, so that the next page keeps it."""

    def middleware(request):
        response = get_response(request)
        if request.method == "GET" and request.GET.get("dazi") == "1":
            remember_type(response, LARGE, request)
        return response

    return middleware
