"""QR codes as SVG, drawn on the server so that they also print and work without JavaScript."""

import segno
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


def modules(text: str) -> tuple:
    """The rows of the code's modules, each a sequence that is true where it is dark; for paper that is not SVG."""
    return segno.make(text, error="m", micro=False).matrix


def _path(text: str) -> tuple[str, int]:
    """The dark modules of the code as one SVG path (runs joined per row) and the number of modules per side."""
    matrix = modules(text)
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            width = 0
            while x + width < len(row) and row[x + width]:
                width += 1
            if width:
                runs.append(f"M{x} {y}h{width}v1h-{width}z")
            x += max(width, 1)
    return "".join(runs), len(matrix)


def qr_svg(text: str, label: str) -> SafeString:
    """The QR code of `text` as an inline `<svg>`; `label` is what a screen reader says instead."""
    path, side = _path(text)
    return mark_safe(
        f'<svg viewBox="-1 -1 {side + 2} {side + 2}" role="img" aria-label="{escape(label)}"'
        f' shape-rendering="crispEdges"><path d="{path}" fill="#111"/></svg>'
    )


def qr_document(text: str) -> str:
    """The QR code of `text` as a stand-alone SVG file with a white quiet zone."""
    path, side = _path(text)
    size = side + 8
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size * 8}" height="{size * 8}" viewBox="-4 -4 {size} {size}"'
        f' shape-rendering="crispEdges"><path d="M-4-4h{size}v{size}h-{size}z" fill="#fff"/>'
        f'<path d="{path}" fill="#111"/></svg>'
    )
