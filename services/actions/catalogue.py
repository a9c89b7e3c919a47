"""Keeping the catalogue: its version, and the words that residents looked for in vain (features.md V02)."""

import datetime as dt
import re
import unicodedata
from collections import defaultdict

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from haimengyuan.lib.pinyin import name_pinyin
from people.actions import spend
from people.errors import TooOften
from people.models import Person
from services.models import CatalogueVersion, UnmetHit, UnmetWord

WORD_MIN, WORD_MAX = 2, 20
HITS_PER_HOUR = 300  # of one community: a robot that searches nonsense fills no table
FOLD_AT_ONCE = 1000
_DIGIT = r"[\d〇零一二三四五六七八九十幺]"
_PHONE = re.compile(rf"{_DIGIT}(?:[\s\-—–_.·()（）]*{_DIGIT}){{6}}")
_NEITHER_LETTER_NOR_SPACE = re.compile(r"[^\w\s]|[\d_]")


def bump_catalogue(community):
    """Give the community's catalogue a new version: everything kept of the old one is stale from here on."""
    if not CatalogueVersion.objects.filter(community=community).update(number=F("number") + 1):
        _version, created = CatalogueVersion.objects.get_or_create(community=community)
        if not created:  # somebody else made the first one in this very moment
            CatalogueVersion.objects.filter(community=community).update(number=F("number") + 1)


def count_unmet(community, query):
    """Remember one search without a hit; digits and signs are stripped. Returns whether it was kept.

    The only write that a GET may cause (architecture.md §10). What is shorter than two characters or looks like a
    phone number or an address for e-mail is not kept, nor is anything beyond the hour's limit of the community.
    """
    word = unmet_word(query)
    if not word:
        return False
    try:
        spend("catalogue.unmet", community.pk, limit=HITS_PER_HOUR, window=dt.timedelta(hours=1))
    except TooOften:
        return False
    UnmetHit.objects.create(community=community, word=word)
    return True


def unmet_word(query):
    """What may be kept of a search: at most 20 characters without digits and signs; "" for nothing."""
    plain = unicodedata.normalize("NFKC", query).casefold()
    if "@" in plain or _PHONE.search(plain):
        return ""
    word = " ".join(_NEITHER_LETTER_NOR_SPACE.sub(" ", plain).split())[:WORD_MAX].strip()
    return word if len(word) >= WORD_MIN else ""


@transaction.atomic
def fold_unmet_words():
    """Fold the remembered searches into `UnmetWord`, each exactly once. Returns how many were folded.

    Two that run at once fold different searches: the rows are locked (PostgreSQL) or the whole transaction is (SQLite).
    A word that staff had handled and that is asked for again comes back to the list. The name of a person whom the
    community knows is no demand and is dropped.
    """
    hits = list(UnmetHit.objects.select_for_update(skip_locked=True).order_by("pk")[:FOLD_AT_ONCE])
    moments = defaultdict(list)
    for hit in hits:
        moments[hit.community_id, hit.word].append(hit.at)
    # in one order, so that two at once never wait for each other
    for (community_id, word), times in sorted(moments.items()):
        if not _is_somebodys_name(community_id, word):
            _add_to_word(community_id, word, times)
    UnmetHit.objects.filter(pk__in=[hit.pk for hit in hits]).delete()
    return len(hits)


def mark_words_handled(words):
    """Staff has done something about a queryset of words (a new service, another word for one): they leave the list.

    Returns how many were still on it.
    """
    return words.open().update(handled_at=timezone.now())


def _add_to_word(community_id, word, times):
    row, created = UnmetWord.objects.get_or_create(
        community_id=community_id,
        word=word,
        defaults={"times": len(times), "first_at": min(times), "last_at": max(times)},
    )
    if not created:
        UnmetWord.objects.filter(pk=row.pk).update(
            times=F("times") + len(times), last_at=Greatest("last_at", max(times)), handled_at=None
        )


def _is_somebodys_name(community_id, word):
    # by pinyin first: that column has an index
    return Person.objects.filter(community=community_id, pinyin=name_pinyin(word), name=word).exists()
