"""Two headers and a language: what every answer of every door has in common."""

from django.conf import settings
from django.utils import translation

PERMISSIONS_POLICY = (
    "accelerometer=(), camera=(), geolocation=(), gyroscope=(), microphone=(), payment=(), usb=()"
)


def permissions_policy(get_response):
    """Refuse every device of the visitor: no page asks for a position, a photo or a recording."""

    def middleware(request):
        response = get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        return response

    return middleware


def chosen_language(get_response):
    """Speak the language that the visitor chose in the footer, else Chinese.

    Django's own middleware also follows the browser's settings; many phones here are set to English by their
    makers, and their owners would get a half-foreign page that they never asked for.
    """

    def middleware(request):
        try:
            cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
            language = translation.get_supported_language_variant(cookie)
        except LookupError:
            language = settings.LANGUAGE_CODE
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response

    return middleware
