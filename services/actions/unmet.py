"""Words that residents looked for in vain: the list of unmet demand (features.md V02)."""

import re
import unicodedata

from django.db import transaction
from django.db.models import F

from services.models import UnmetHit, UnmetWord

WORD_MAX = 20
FLUSH_AT_ONCE = 1000
_NEITHER_WORD_NOR_LETTER = re.compile(r"[^\w\s]|[\d_]")


def note_unmet_word(community, typed):
    """Remember one search without a hit, digits and signs stripped so that no phone number stays. Returns the word.

    The only write that a GET causes (architecture.md §10); "" when nothing is left to remember.
    """
    plain = _NEITHER_WORD_NOR_LETTER.sub(" ", unicodedata.normalize("NFKC", typed).lower())
    word = " ".join(plain.split())[:WORD_MAX]
    if word:
        UnmetHit.objects.create(community=community, word=word)
    return word


@transaction.atomic
def flush_unmet_words():
    """Fold the noted searches into `UnmetWord` rows with their counts. Returns how many searches were folded.

    A word that staff had handled comes back to the list when it is asked for again.
    """
    hits = list(UnmetHit.objects.select_for_update().order_by("pk")[:FLUSH_AT_ONCE])
    for hit in hits:
        word, created = UnmetWord.objects.get_or_create(
            community_id=hit.community_id,
            word=hit.word,
            defaults={"times": 1, "first_at": hit.at, "last_at": hit.at},
        )
        if not created:
            UnmetWord.objects.filter(pk=word.pk).update(times=F("times") + 1, last_at=hit.at, handled_at=None)
    UnmetHit.objects.filter(pk__in=[hit.pk for hit in hits]).delete()
    return len(hits)
