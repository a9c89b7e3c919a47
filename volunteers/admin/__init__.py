"""The admin pages of activities, of helpers and of the hours that they served."""

from volunteers.admin import activities, helpers, hours

__all__ = ["activities", "helpers", "hours"]
