"""Forgiving search in the catalogue: in memory, without a database (features.md V02).

What residents type is a name, another word for it, a whole sentence, pinyin, the initials of pinyin, a character that
merely sounds alike, or English. `Terms` are what one service can be found by, prepared once per catalogue version;
`search` ranks them. The steps and the limits were tried on the real catalogue.
"""

import difflib
import re
import unicodedata
from dataclasses import dataclass

from pypinyin import lazy_pinyin

from haimengyuan.lib.pinyin import initials, pinyin

LATIN_MIN = 2  # one letter fits nearly everything
FUZZY_MIN = 5  # shorter pinyin is like too many others
FUZZY_RATIO = 0.85
_ENGLISH_WORD = re.compile(r"[a-z0-9]+")
# what the ear of the coast and a hasty thumb mix up: zh/z, ch/c, sh/s, and the nasal ends
_BLUR = [(re.compile(pattern), plain) for pattern, plain in (("([zcs])h", r"\1"), ("([aei])ng", r"\1n"))]
# words around the matter that say nothing about it
_FILLERS = re.compile(
    r"怎么办理|怎么办|咋办|如何|怎样|在哪里|在哪儿|在哪|哪里|有没有|可以|我想要|我要|我想|想要|帮我|请问|申请|办理|一下"
)
# what is wrong is said in many ways; what it is wrong with may be one character: 灯坏了
_STATES = re.compile(r"坏了|坏掉了|不好使|不能用|出毛病|怎么修|我家|家里|的")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a service can be found by; all texts are folded.

    `words` are the name (first) and the other words for it, `sounds` their pinyin as the ends that begin with each
    syllable, so that a search fits at the beginning of a syllable only, `blurred` the same for the careless ear,
    `letters` their initials. `english` are the ends of the English words, `text` is the description.
    """

    words: tuple
    sounds: tuple
    blurred: tuple
    letters: tuple
    english: tuple
    text: str


def fold(text):
    """Typed text made comparable: full width to half, lower case, no spaces or punctuation."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in plain if sign.isalnum())


def make_terms(name, aliases=(), *, english=(), text=""):
    """The `Terms` of a service with this name, these other words, these English names and this description."""
    words = tuple(dict.fromkeys(filter(None, map(fold, [name, *aliases]))))
    syllables = [_syllables(word) for word in words]
    return Terms(
        words=words,
        sounds=tuple(_ends(parts) for parts in syllables),
        blurred=tuple(_ends([_blur(part) for part in parts]) for parts in syllables),
        letters=tuple(initials(word) for word in words),
        english=tuple(_ends(_ENGLISH_WORD.findall(phrase.casefold())) for phrase in english if phrase),
        text=fold(text),
    )


def search(terms, typed):
    """The codes of the services that answer what somebody typed, best first. `terms` has the `Terms` of each code.

    Each step is tried only when the one before found nothing. A single Latin letter finds nothing.
    """
    wanted = fold(typed)
    if not wanted or (wanted.isascii() and len(wanted) < LATIN_MIN):
        return []
    for compare, prepare in _LATIN_STEPS if wanted.isascii() else _CHINESE_STEPS:
        if (prepared := prepare(wanted)) and (codes := _ranked(terms, compare, prepared)):
            return codes
    return []


def _ranked(terms, compare, wanted):
    scores = {code: compare(one, wanted) for code, one in terms.items()}
    return sorted(
        (code for code, score in scores.items() if score > 0), key=lambda code: (-scores[code], code)
    )


def _by_characters(terms, wanted):
    """Name and other words: the same, its beginning, a part, its characters in order, or contained in a sentence."""
    best = max(
        _closeness(word, wanted) - (0 if index == 0 else 0.5) for index, word in enumerate(terms.words)
    )
    if best > 0:
        return best
    return 20 if len(wanted) >= 2 and wanted in terms.text else 0


def _closeness(word, wanted):
    share = min(len(word), len(wanted)) / max(len(word), len(wanted))  # the closer in length the better
    if word == wanted:
        return 100
    if word.startswith(wanted):
        return 80 + 10 * share
    if wanted in word:
        return 70 + 10 * share
    if len(word) >= 2 and word in wanted:
        return 50 + 2 * len(word)
    if len(wanted) >= 3 and _in_order(wanted, word):
        return 40 + 10 * share
    # 剪个头 holds 剪头: a few characters between, in a short search
    if 2 <= len(word) < len(wanted) <= len(word) + 2 and _in_order(word, wanted):
        return 30 + 10 * share
    return 0


def _by_loose_characters(terms, wanted):
    """Two characters with others between them: 厕扶 in 厕所扶手."""
    return max((len(wanted) / len(word) for word in terms.words if _in_order(wanted, word)), default=0)


def _by_latin(terms, wanted):
    """Pinyin from a syllable on, initials, or English from a word on."""
    best = _by_sound(terms, wanted)
    for index, letters in enumerate(terms.letters):
        rank = 0 if index == 0 else 0.5
        if letters == wanted:
            best = max(best, 90 - rank)
        elif letters.startswith(wanted):
            best = max(best, 60 + 10 * len(wanted) / len(letters) - rank)
        elif len(wanted) >= 3 and wanted in letters:
            best = max(best, 40 + 10 * len(wanted) / len(letters) - rank)
    for ends in terms.english:
        best = max(best, _beginning(ends, wanted, 95))
    # a word or a number typed in half-width letters inside a Chinese name: 4050, aed
    if any(wanted in word for word in terms.words):
        best = max(best, 85)
    return best


def _by_sound(terms, wanted):
    return max(_beginning(ends, wanted, 96 if index == 0 else 95) for index, ends in enumerate(terms.sounds))


def _by_whole_syllables(terms, wanted):
    """Characters that sound alike: the last one ends where a syllable ends, 寿衣 is not 收音机."""
    return max(_beginning(ends, wanted, 95, whole=True) for ends in terms.sounds)


def _by_blurred_sound(terms, wanted):
    return max(_beginning(ends, wanted, 95, whole=True) for ends in terms.blurred)


def _by_swapped_letters(terms, wanted):
    """Two neighbouring letters in the wrong order: dianit."""
    swapped = [
        wanted[:place] + wanted[place + 1] + wanted[place] + wanted[place + 2 :]
        for place in range(len(wanted) - 1)
    ]
    return max(_beginning(ends[:1], sound, 95) for ends in terms.sounds for sound in swapped)


def _by_likeness(terms, wanted):
    best = 0
    for ends in terms.sounds:
        matcher = difflib.SequenceMatcher(None, "", wanted, autojunk=False)
        for end in {ends[0], ends[0][: len(wanted)]}:
            matcher.set_seq1(end)
            if matcher.real_quick_ratio() >= FUZZY_RATIO and matcher.quick_ratio() >= FUZZY_RATIO:
                best = max(best, matcher.ratio())
    return best if best >= FUZZY_RATIO else 0


def _by_parts(terms, wanted):
    """At least two, and at least half, of the pairs of neighbouring characters: 手机不会用 finds 不会用手机."""
    pairs = {wanted[place : place + 2] for place in range(len(wanted) - 1)}
    found = sum(any(pair in word for word in terms.words) for pair in pairs)
    return found if found >= 2 and 2 * found >= len(pairs) else 0


def _beginning(ends, wanted, top, *, whole=False):
    """How well `wanted` begins one of the ends: the whole, the first, a later one; 0 for none.

    `whole`: only where it stops at the end of a syllable.
    """
    if ends[0] == wanted:
        return top
    for index, end in enumerate(ends):
        if end.startswith(wanted) and (not whole or end == wanted or end[len(wanted) :] in ends):
            return (80 if index == 0 else 65) + 10 * len(wanted) / len(ends[0])
    return 0


def _in_order(few, many):
    """Whether the characters of `few` stand in `many` in this order, with others between them."""
    rest = iter(many)
    return all(character in rest for character in few)


def _ends(parts):
    """[li, fa] → (lifa, fa)."""
    return tuple("".join(parts[start:]) for start in range(len(parts))) or ("",)


def _syllables(word):
    return [part.lower() for part in lazy_pinyin(word, v_to_u=False)]


def _blur(sound):
    for pattern, plain in _BLUR:
        sound = pattern.sub(plain, sound)
    return sound


def _same(wanted):
    return wanted


def _if_two(wanted):
    return wanted if len(wanted) >= 2 else ""


def _without_fillers(wanted):
    core = _FILLERS.sub("", wanted)
    return core if core != wanted and len(core) >= 2 else ""


def _without_state(wanted):
    core = _STATES.sub("", wanted)
    return core if core != wanted else ""


def _sound_of(wanted):
    return pinyin(wanted) if len(wanted) >= 2 else ""


def _blurred_sound_of(wanted):
    return "".join(map(_blur, _syllables(wanted))) if len(wanted) >= 2 else ""


def _long_sound_of(wanted):
    return pinyin(wanted) if len(wanted) >= 3 and len(pinyin(wanted)) >= FUZZY_MIN else ""


def _if_long(wanted):
    return wanted if len(wanted) >= FUZZY_MIN else ""


def _blurred_if_long(wanted):
    return _blur(wanted) if len(wanted) >= FUZZY_MIN else ""


# A way of comparing, and what it makes of the folded search; "" leaves the step out.
_CHINESE_STEPS = (
    (_by_characters, _same),
    (_by_characters, _without_fillers),
    (_by_whole_syllables, _sound_of),
    (_by_loose_characters, _if_two),
    (_by_characters, _without_state),
    (_by_blurred_sound, _blurred_sound_of),
    (_by_parts, _if_two),
    (_by_likeness, _long_sound_of),
)
_LATIN_STEPS = (
    (_by_latin, _same),
    (_by_blurred_sound, _blurred_if_long),
    (_by_swapped_letters, _if_long),
    (_by_likeness, _if_long),
)
