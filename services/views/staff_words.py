"""What residents looked for and did not find (features.md V02)."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from haimengyuan.lib.keys import row_key
from haimengyuan.lib.moments import say_day
from people.doors import door
from services.actions import mark_words_handled
from services.models import UnmetWord

SHOWN = 100


@door("enter_staff_door", to_write="edit_reference_data")
@require_http_methods(["GET", "HEAD", "POST"])
def words(request):
    """The words nobody has dealt with, those asked most first; a POST takes one off the list."""
    rows = UnmetWord.objects.for_user(request.user).asked_most()
    if request.method == "POST":
        word = get_object_or_404(rows, pk=row_key(request.POST.get("word", "")))
        mark_words_handled(UnmetWord.objects.filter(pk=word.pk))
        messages.success(request, _("“%s”处理好了，再有人搜不到会重新出现。") % word.word)
        return HttpResponseRedirect(reverse("staff:unmet"))
    found = list(rows[: SHOWN + 1])
    shown = [
        {
            "pk": word.pk,
            "word": word.word,
            "times": word.times,
            "last": say_day(timezone.localdate(word.last_at)),
        }
        for word in found[:SHOWN]
    ]
    context = {
        "words": shown,
        "more": len(found) > SHOWN,
        "may_edit": request.user.may("edit_reference_data"),
    }
    return render(request, "staff/words.html", context)
