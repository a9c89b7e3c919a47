"""Pages that a browser may show again when somebody presses Back."""

from functools import wraps

from django.utils.cache import patch_cache_control


def kept_for_back(view):
    """No cache between, but the visitor's own browser keeps the page for its Back button.

    With `no-store` somebody who goes back to what they have written meets the browser's own page "confirm form
    resubmission" instead, or an empty form. A view that forbids keeping, a receipt for example, has the last word.
    A browser forgets the page of an address to which something is sent again, hence `?page=` and `?send` in those forms,
    and keeps the last page of an address only: where a form is thanked for on its own page, that has another query.
    """

    @wraps(view)
    def wrapped(request, *args, **kwargs):
        response = view(request, *args, **kwargs)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True, max_age=0)
            response.is_kept_for_back = True  # `haimengyuan.middleware.found_by_back` does the rest
        return response

    return wrapped
