"""What a visitor sees when something cannot be answered: each page says what to do next."""

from django.http import HttpResponseServerError
from django.shortcuts import render
from django.template import loader
from django.utils.translation import gettext as _

from haimengyuan.lib.display import wants_large_type
from haimengyuan.lib.problems import problem_response
from haimengyuan.views.accounts import own_door


def _is_for_api(request):
    return request.path.startswith("/api/")


def bad_request(request, exception=None):
    """400, for example a forged host or a broken upload; asks nothing of the database."""
    if _is_for_api(request):
        return problem_response(400, code="bad_request")
    return render(request, "400.html", _bare_frame(request), status=400)


def forbidden(request, exception=None):
    if _is_for_api(request):
        return problem_response(403, code="permission_denied")
    user = getattr(request, "user", None)
    door = own_door(user) if user and user.is_authenticated else ""
    return render(request, "403.html", {"door": door}, status=403)


def not_found(request, exception=None):
    """404; a sentence given to Http404 by our own views is shown, a technical one of the URL resolver is not."""
    if _is_for_api(request):
        return problem_response(404, code="not_found")
    text = exception.args[0] if exception and exception.args and isinstance(exception.args[0], str) else ""
    return render(request, "404.html", {"exception_text": text if _is_sentence(text) else ""}, status=404)


def server_error(request):
    """500: no database and no context processor, for one of them may be what broke."""
    if _is_for_api(request):
        return problem_response(500, code="error")
    return HttpResponseServerError(loader.get_template("500.html").render(_bare_frame(request)))


def csrf_failure(request, reason=""):
    """A form whose page was open too long, or a browser that keeps no cookies."""
    text = _(
        "这个页面开得太久，或者浏览器不让存 cookie。请按浏览器的“返回”，刷新一下再提交；填好的内容一般还在。也可以直接打电话。"
    )
    return render(request, "403.html", {"reason": text}, status=403)


def _bare_frame(request):
    return {
        "portal": {"elder": wants_large_type(request), "lang": "zh-CN", "community": None, "demo": False},
    }


def _is_sentence(text):
    return any("\u4e00" <= sign <= "\u9fff" for sign in text) and not text.startswith("No ")
