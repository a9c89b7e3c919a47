from people.models.accounts import DESK_ROLES, MAY, Role, User
from people.models.community import Community, community_of_host, new_stamp
from people.models.limits import RateWindow
from people.models.persons import Consent, ConsentShown, Person, PersonalDataView
from people.models.scope import ScopedQuerySet

__all__ = [
    "DESK_ROLES",
    "MAY",
    "Community",
    "Consent",
    "ConsentShown",
    "Person",
    "PersonalDataView",
    "RateWindow",
    "Role",
    "ScopedQuerySet",
    "User",
    "community_of_host",
    "new_stamp",
]
