"""The admin pages of helpers and of the hours that they served."""

from volunteers.admin import helpers, hours

__all__ = ["helpers", "hours"]
