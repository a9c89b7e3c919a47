"""What can go wrong with volunteering; each message is the sentence that the user reads."""


class VolunteerError(Exception):
    pass


class HoursRefused(VolunteerError):
    """The minutes cannot be recorded, corrected or doubted."""


class RegistrationRefused(VolunteerError):
    """The person cannot be registered as a helper."""


class CertificateRefused(VolunteerError):
    """The certificate cannot be asked for, issued, revoked or printed."""


class TimeBankRefused(VolunteerError):
    """The hours cannot be moved."""
