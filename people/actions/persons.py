from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from haimengyuan.lib.compiled import compiled_once
from haimengyuan.lib.inserting import insert_unless_known
from people.actions.consents import give_consent
from people.errors import RevealRefused
from people.models import Person, PersonalDataView

# What may be revealed, and the words for it.
REVEALABLE = {
    "name": gettext_lazy("姓名"),
    "phone": gettext_lazy("电话"),
    "id_number": gettext_lazy("公民身份号码"),
    "email": gettext_lazy("邮箱"),
}


@compiled_once(community=int, name=str, phone_hash=str)
def _known(community, name, phone_hash):
    return Person.objects.filter(community=community, name=name, phone_hash=phone_hash)


def stranger(*, community, name, phone, **new):
    """An unsaved `Person` with all that is worked out of their words, before a transaction keeps anybody waiting."""
    made = Person(community=community, name=name, phone=phone, **new)
    made.set_lookups()
    return made


def recognise(*, community, name, phone, **new):
    """The person of that community with exactly this name and normalised phone, else a new one without residency.

    A match reads and changes nothing of the person already known (architecture.md §3); `new` are further columns of
    somebody new, the way of being told for example. Returns the `Person`.
    """
    return _recognised(stranger(community=community, name=name, phone=phone, **new))


def _recognised(made):
    made.is_newcomer = insert_unless_known(made)
    if made.is_newcomer:
        return made
    return _known.row(community=made.community_id, name=made.name, phone_hash=made.phone_hash)


def take_in(*, community, name, phone, purpose, channel, by=None, **new):
    """`recognise` for a purpose of `Consent.Purpose`, with the consent of whoever speaks for themselves. Returns the `Person`.

    A name and a telephone on a form prove nothing: of a person already known no consent is written or renewed, unless a
    user (`by`) of the desk has it from them.
    """
    made = stranger(community=community, name=name, phone=phone, **new)
    return take_in_stranger(made, purpose=purpose, channel=channel, by=by)


def take_in_stranger(made, *, purpose, channel, by=None):
    """`take_in` for the `stranger` that was made of the words."""
    person = _recognised(made)
    if by is not None or person.is_newcomer:
        give_consent(person, purpose, channel=channel)
    return person


def reveal(person, field, *, viewer, reason, about=""):
    """The full value of one personal field, leaving a `PersonalDataView` (who, whose, what, when, why).

    `about` names the row that led here ("order:27064251"); the caller has fetched that row in the viewer's scope.
    Raises `RevealRefused` without a reason, for an unknown field or for a viewer whose role may not.
    """
    if field not in REVEALABLE or not viewer.may("reveal_personal_data"):
        raise RevealRefused(_("这一项不能查看"))
    if not (reason := reason.strip()):
        raise RevealRefused(_("请写一下为什么要看"))
    PersonalDataView.objects.create(
        viewer=viewer, person=person, field=field, reason=reason[:100], about=about
    )
    return getattr(person, field)
