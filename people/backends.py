from django.contrib.auth.backends import ModelBackend

from haimengyuan.lib.compiled import compiled_once
from people.models import DESK_ROLES, Person, User


@compiled_once(pk=int)
def _user(pk):
    return User.objects.select_related("person", "community").filter(pk=pk)


class LivingUserBackend(ModelBackend):
    """Accounts open by password as long as their person is there: asked at login and again at every request."""

    def get_user(self, user_id):
        user = _user.row(pk=user_id)
        return user if user and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and not _is_gone(user)


def _is_gone(user):
    if user.person is None or user.person.state == Person.State.ALIVE:
        return False
    return user.person.state == Person.State.DECEASED or user.role not in DESK_ROLES
