"""The admin pages of activities, of helpers, of the hours that they served and of care visits."""

from volunteers.admin import activities, helpers, hours, visits

__all__ = ["activities", "helpers", "hours", "visits"]
