"""What a helper carries on which half-day, told to those who ask before they take on something else."""

from django.utils.translation import gettext as _

from services.models import ServiceOrder
from volunteers.errands import Errand, tells_errands


@tells_errands
def visits(person, first, last):
    """The agreed visits of orders that `person` has accepted and not finished."""
    rows = ServiceOrder.objects.carried_by(person).filter(visit_on__gte=first, visit_on__lte=last)
    rows = rows.select_related("service").order_by("visit_on", "visit_half", "pk")
    return [Errand(row.visit_on, row.visit_half, _("约好上门：%s") % row.service.name_zh) for row in rows]
