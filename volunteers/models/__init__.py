from volunteers.models.helpers import FreeHalfDay, HelperProfile, Skill
from volunteers.models.hours import HourEntry

__all__ = ["FreeHalfDay", "HelperProfile", "HourEntry", "Skill"]
