"""What the menu of the staff door counts; asked only when a page of that door shows its menu."""

from django.utils.functional import cached_property

from people.visits import visited_community
from services.board import waiting_count


class StaffCounts:
    def __init__(self, request):
        self.request = request

    @cached_property
    def waiting(self):
        """How many orders wait for the desk, as text; "" for none."""
        user, community = self.request.user, visited_community(self.request)
        if community is None or not user.is_authenticated or not user.may("enter_staff_door"):
            return ""
        return waiting_count(user, community)


def staff_counts(request):
    return {"staff_counts": StaffCounts(request)}
