"""What a personal value looks like where it is not revealed (domain.md §9.1): one way for each kind, at every door."""


def mask_name(name: str) -> str:
    """王小明 → 王*明, 王明 → 王*; an empty name stays empty."""
    if len(name) <= 1:
        return name
    if len(name) == 2:
        return f"{name[0]}*"
    return f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def mask_phone(phone: str) -> str:
    """13800000617 → 138****, 05350001200 → 0535****: how it begins, and nothing of its end.

    The last four digits and the number of an order lead to that order (architecture.md §4), so whoever handles orders
    must not read them from a mask.
    """
    if not phone:
        return ""
    return f"{phone[:3] if phone.startswith('1') else phone[:4]}****"


def mask_id_number(number: str) -> str:
    """18 digits → the county's six, eight stars, the last four."""
    return f"{number[:6]}{'*' * 8}{number[-4:]}" if len(number) == 18 else "*" * len(number)


def mask_email(address: str) -> str:
    """zhao@example.org → z***@example.org."""
    name, at, host = address.partition("@")
    return f"{name[:1]}***{at}{host}" if at else ""
