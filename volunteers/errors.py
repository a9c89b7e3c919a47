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


class ActivityRefused(VolunteerError):
    """The activity cannot be announced, changed or called off as asked."""


class RoomTaken(ActivityRefused):
    """The venue of the activity is taken or closed at that time; the sentence says when and where."""


class SignupRefused(VolunteerError):
    """The sign-up cannot be taken or changed as asked."""


class AlreadySignedUp(SignupRefused):
    """This person has a sign-up for the shift that still counts."""


class SignupClash(SignupRefused):
    """The person has a place somewhere else at that time; staff may override."""


class LinkExpired(VolunteerError):
    """The signed link was changed or its sign-up is gone."""
