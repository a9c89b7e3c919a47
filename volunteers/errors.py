"""What can go wrong with volunteering; each message is the sentence that the user reads."""


class VolunteerError(Exception):
    pass


class HoursRefused(VolunteerError):
    """The minutes cannot be recorded."""


class RegistrationRefused(VolunteerError):
    """The person cannot be registered as a helper."""
