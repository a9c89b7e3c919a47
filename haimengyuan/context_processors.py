"""What every template may show."""

from django.conf import settings
from django.utils import timezone
from django.utils.functional import cached_property

from haimengyuan.lib.display import wants_large_type
from haimengyuan.lib.moments import say_full_day
from people.visits import visited_community

# The head of a page shows where the visitor is; the first part of the path tells.
SECTIONS = {
    "": "home",
    "services": "services",
    "track": "track",
    "o": "track",
    "grids": "grids",
    "venues": "venues",
    "topics": "topics",
    "notices": "notices",
}


class Portal:
    """Lazy facts for the page frame: nothing is asked of the database before a template shows it."""

    def __init__(self, request):
        self.request = request
        self.icp = settings.SITE_ICP
        self.mps = settings.SITE_MPS
        self.gov_code = settings.SITE_GOV_CODE

    @cached_property
    def community(self):
        return visited_community(self.request)

    @property
    def demo(self):
        return settings.PORTAL_DEMO

    @property
    def elder(self):
        return wants_large_type(self.request)

    @property
    def section(self):
        return SECTIONS.get(self.request.path.split("/", 2)[1], "")

    @property
    def path(self):
        """Where the type size switch leads back to; a page that is kept for everybody says its address itself."""
        return getattr(self.request, "address", None) or self.request.get_full_path()

    @property
    def lang(self):
        """The language of the page for <html lang>."""
        code = getattr(self.request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
        return "zh-CN" if code.startswith("zh") else code

    @property
    def today(self):
        return say_full_day(timezone.localdate())


def portal(request):
    """The one name that templates have from here: `portal`."""
    return {"portal": Portal(request)}
