"""Where messages about branches lead, by the door of their reader."""

from django.urls import reverse


def secretary_path(meeting):
    """The page of a meeting for those who reach it through the admin."""
    return reverse("admin:branches_meeting_change", args=[meeting.pk])


def member_path():
    """Where a member answers an invitation."""
    return reverse("me:meetings")


def desk_path(meeting):
    """The page of a meeting at the staff door."""
    return reverse("staff:meeting", args=[meeting.pk])
