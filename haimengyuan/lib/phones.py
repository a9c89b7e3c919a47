"""Telephone numbers as residents of Yantai type them (domain.md §10)."""

import re
import unicodedata

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

AREA_CODE = "0535"
_SEPARATORS = re.compile(r"[\s\-—–－_.·()（）]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")
_LANDLINE = re.compile(r"0\d{2,3}\d{7,8}")


class PhoneProblem(ValueError):
    """The number cannot be dialled; the message tells the person who typed it what to change."""


def fold_digits(typed: str) -> str:
    """The digits in what somebody typed, full-width ones folded, everything else dropped."""
    folded = unicodedata.normalize("NFKC", typed or "")
    return "".join(character for character in folded if character.isascii() and character.isdigit())


def normalise_phone(typed: str) -> str:
    """Digits of a mobile or landline number.

    Full-width digits, spaces, dashes, brackets and a leading +86 are accepted; seven local digits get Yantai's 0535.
    Raises `PhoneProblem` with the sentence for the person who typed it.
    """
    text = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed or ""))
    text = re.sub(r"^(\+|00)?86(?=1\d{10}$|0\d{9,11}$)", "", text)
    if not text:
        raise PhoneProblem(_("请写一个能打通的电话"))
    if not text.isascii() or not text.isdigit():
        raise PhoneProblem(_("电话里只写数字就行"))
    if len(text) == 7 and text[0] in "2345678":
        text = AREA_CODE + text
    if _MOBILE.fullmatch(text) or _LANDLINE.fullmatch(text):
        return text
    if text.startswith("1") and len(text) != 11:
        raise PhoneProblem(
            ngettext("手机号要写满 11 位，现在是 %d 位", "手机号要写满 11 位，现在是 %d 位", len(text))
            % len(text)
        )
    raise PhoneProblem(_("这个号码打不通，请再看一遍；座机请带上区号 0535"))


def is_mobile(phone: str) -> bool:
    """Whether a normalised number takes text messages."""
    return bool(_MOBILE.fullmatch(phone))


def group_phone(phone: str) -> str:
    """13800000617 → 138 0000 0617, 05350001200 → 0535-000 1200: easier to read out."""
    if _MOBILE.fullmatch(phone):
        return f"{phone[:3]} {phone[3:7]} {phone[7:]}"
    if phone.startswith(AREA_CODE):
        return f"{AREA_CODE}-{phone[4:7]} {phone[7:]}"
    return phone
