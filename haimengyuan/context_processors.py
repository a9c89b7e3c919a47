"""What every template may show."""

from typing import NamedTuple

from django.conf import settings
from django.utils import timezone
from django.utils.functional import cached_property

from haimengyuan.lib.display import wants_large_type
from haimengyuan.lib.moments import say_desk_hours, say_full_day
from people.visits import visited_community
from services.badges import badges

# The head of a page shows where the visitor is; the first part of the path tells.
SECTIONS = {
    "": "home",
    "services": "services",
    "track": "track",
    "o": "track",
    "grids": "grids",
    "activities": "activities",
    "venues": "venues",
    "topics": "topics",
    "notices": "notices",
}


class Frame(NamedTuple):
    """All that the public page frame shows, beside words: the templates in `frame/` see nothing else.

    It is the key under which `{% kept %}` holds the rendered parts, so a change of any value renders them anew, and
    nothing of a visitor can get into them. Texts are empty where there is no community.
    """

    section: str
    icp: str
    mps: str
    gov_code: str
    today: str
    name: str = ""
    street: str = ""
    district: str = ""
    address: str = ""
    desk_phone: str = ""
    desk_hours: str = ""


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

    @cached_property
    def frame(self):
        """The `Frame` of this page."""
        facts = {"section": self.section, "icp": self.icp, "mps": self.mps, "gov_code": self.gov_code}
        if here := self.community:
            columns = ("name", "street", "district", "address", "desk_phone")
            facts |= {column: getattr(here, column) for column in columns}
            facts["desk_hours"] = say_desk_hours(here)
        return Frame(**facts, today=self.today)

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


class StaffCounts:
    """The badges of the staff menu; asked only when a page of that door shows its menu."""

    def __init__(self, request):
        self.request = request

    @cached_property
    def _badges(self):
        user, community = self.request.user, visited_community(self.request)
        if community is None or not user.is_authenticated or not user.may("enter_staff_door"):
            return {}
        return badges(user, community)

    @property
    def waiting(self):
        """How many orders wait for the desk, as text; "" for none."""
        return self._badges.get("waiting", "")

    @property
    def unread(self):
        """How many messages nobody at the desk has read, as text; "" for none."""
        return self._badges.get("unread", "")


def staff_counts(request):
    """`staff_counts`; a page that has counted them already brings a dict of the same names."""
    return {"staff_counts": StaffCounts(request)}


def portal(request):
    """`portal`: facts for every page."""
    return {"portal": Portal(request)}
