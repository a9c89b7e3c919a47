"""What can go wrong with services and orders; each message is the sentence that the user reads."""


class ServiceError(Exception):
    pass


class ServiceClosed(ServiceError):
    """The service cannot be ordered now."""


class OrderRefused(ServiceError):
    """The order cannot be taken as it was filled in."""


class OrderNotFound(ServiceError):
    """No order with this number and this tail of a phone."""


class LinkExpired(ServiceError):
    """A signed link is too old or was changed."""


class TransitionRefused(ServiceError):
    """The order is not in a state from which this can be done, or somebody else was first."""


class OfferRefused(ServiceError):
    """The offer cannot be made or answered (any more)."""


class RatingRefused(ServiceError):
    """The order cannot be rated (any more)."""
