"""The role of an account follows from everything that its person holds now: duties, covers, posts, a helper's profile.

`people` cannot know of rows above it. Each app therefore tells, with a decorator beside the rows that it keeps, what
gives a role; whoever opens or ends such a row calls `update_role`, which asks all of them.
"""

from people.models import DESK_ROLES, Role, User

_ASKS = {Role.GRID: [], Role.HELPER: []}


def gives(role):
    """Decorate a function person → bool that says whether what an app knows of somebody gives them this role."""

    def register(ask):
        _ASKS[role].append(ask)
        return ask

    return register


def update_role(person):
    """Set the role of `person`'s account; call it in the transaction that opened or ended something.

    Desk roles are given by hand and stay. Whoever led a grid or a branch keeps the me door afterwards, for the hours
    and tasks that are theirs. Two changes at once wait for each other at the account's row, so the later one sees both.
    """
    user = User.objects.select_for_update(no_key=True, of=("self",)).filter(person=person).first()
    if user is None or user.role in DESK_ROLES:
        return
    role = next((role for role, asks in _ASKS.items() if any(ask(person) for ask in asks)), None)
    if role is None:
        role = Role.NONE if user.role == Role.NONE else Role.HELPER
    if role != user.role:
        User.objects.filter(pk=user.pk).update(role=role)
