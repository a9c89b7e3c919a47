from grids.models.care import CareCategory, CarePlan, Visit, home_of
from grids.models.duties import Appointment, Cover, Duty, Handover
from grids.models.territory import (
    Building,
    Dwelling,
    Grid,
    GridScopedQuerySet,
    Household,
    Residency,
    building_with_home,
)
from grids.models.venues import (
    HALF_HOUR,
    HOLDING,
    NEXT_BOOKING,
    Booking,
    BookingSlot,
    BookingStatus,
    OpeningHours,
    Venue,
)

__all__ = [
    "HALF_HOUR",
    "HOLDING",
    "NEXT_BOOKING",
    "Appointment",
    "Booking",
    "BookingSlot",
    "BookingStatus",
    "Building",
    "CareCategory",
    "CarePlan",
    "Cover",
    "Duty",
    "Dwelling",
    "Grid",
    "GridScopedQuerySet",
    "Handover",
    "Household",
    "OpeningHours",
    "Residency",
    "Venue",
    "Visit",
    "building_with_home",
    "home_of",
]
