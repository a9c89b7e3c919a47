from grids.models.duties import Appointment, Cover, Duty
from grids.models.territory import Building, Dwelling, Grid, GridScopedQuerySet, Household, Residency

__all__ = [
    "Appointment",
    "Building",
    "Cover",
    "Duty",
    "Dwelling",
    "Grid",
    "GridScopedQuerySet",
    "Household",
    "Residency",
]
