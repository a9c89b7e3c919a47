"""Order numbers: eight digits that can be read out by phone, the last a check digit (ISO 7064 MOD 11,10)."""

import secrets

from haimengyuan.lib.phones import fold_digits

LENGTH = 8


def check_digit(digits):
    """The check digit of a text of digits; it finds every wrong digit and nearly every swap of two."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return str((11 - product) % 10)


def new_number():
    """A random number that does not begin with a zero."""
    body = str(secrets.choice("123456789")) + "".join(secrets.choice("0123456789") for _ in range(LENGTH - 2))
    return body + check_digit(body)


def clean_number(typed):
    """The eight digits in what somebody typed, with spaces, dashes or full-width digits; "" when they are not there."""
    digits = fold_digits(typed)
    return digits if len(digits) == LENGTH else ""


def is_number(digits):
    """Whether the check digit fits: a slip of the finger is told at once, without a look-up."""
    return len(digits) == LENGTH and digits.isdigit() and check_digit(digits[:-1]) == digits[-1]
