"""The schematic map of a community's grids: tiles that show who lies beside whom, never a border."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

TILE_WIDTH, GAP, LEFT, TOP = 60, 6, 2, 58
PLAIN_HEIGHT, VALUE_HEIGHT = 82, 104
WIDTH = 328
SEA = (
    '<path class="sea" d="M0 12Q0 0 12 0H316Q328 0 328 12V40c-20 11-36 11-56 2s-38-9-56 2-38 11-56 0-38-9-56 2-38 11'
    '-56 0-28-8-48 2z"/><path class="wave" d="M18 20c8-6 14-6 22 0s14 6 22 0M262 20c8-6 14-6 22 0s14 6 22 0"/>'
)
HERE = ' class="me"'
PIN = (
    '<path d="M11 28C18 20 22 15 22 10a11 11 0 0 0-22 0c0 5 4 10 11 18z" fill="#F2C879" stroke="#6B1010"'
    ' stroke-width="2"/><circle cx="11" cy="10" r="4" fill="#6B1010"/>'
)


@dataclass(frozen=True)
class Tile:
    """One grid on the map.

    `row` and `column` count from 0, `href` is where the tile leads. `value` is a short text under the name (then all
    tiles are taller), `heat` one of "", "h1", "h2", "h3", "hx" (shades; "hx" = trouble), `note` what a screen reader
    hears after the name. `here` marks the visitor's own grid.
    """

    number: int
    name: str
    row: int
    column: int
    href: str
    here: bool = False
    value: str = ""
    heat: str = ""
    note: str = ""


def _lines(name: str) -> list[str]:
    """A name as one line of at most three characters or two lines, the last with two characters."""
    return [name] if len(name) <= 3 else [name[:-2][:4], name[-2:]]


def _tile(tile: Tile, height: int) -> str:
    x = LEFT + tile.column * (TILE_WIDTH + GAP)
    y = TOP + tile.row * (height + GAP)
    centre = x + TILE_WIDTH // 2
    lines = _lines(tile.name)
    first = y + 46 + (9 if len(lines) == 1 else 0)
    words = "".join(
        f'<text class="t" x="{centre}" y="{first + 19 * row}">{escape(line)}</text>'
        for row, line in enumerate(lines)
    )
    if tile.value:
        words += f'<text class="t v" x="{centre}" y="{y + 92}">{escape(tile.value)}</text>'
    said = _("第 %(number)d 网格 %(name)s") % {"number": tile.number, "name": tile.name}
    said = "，".join(filter(None, [said, _("您家在这里") if tile.here else "", tile.note]))
    return (
        f'<a href="{escape(tile.href)}" aria-label="{escape(said)}"{HERE if tile.here else ""}>'
        f'<rect class="c {tile.heat}" x="{x}" y="{y}" width="{TILE_WIDTH}" height="{height}" rx="12"/>'
        f'<text class="n" x="{centre}" y="{y + 25}">{tile.number}</text>{words}</a>'
        + (f'<g transform="translate({x + TILE_WIDTH - 14} {y - 14})">{PIN}</g>' if tile.here else "")
    )


def grid_map(tiles: Iterable[Tile]) -> SafeString:
    """The map as an inline `<svg>`: the sea above, north up, one link per tile; an empty string without tiles."""
    tiles = sorted(tiles, key=lambda tile: tile.here)  # the pin is drawn over its neighbours
    if not tiles:
        return mark_safe("")
    height = VALUE_HEIGHT if any(tile.value for tile in tiles) else PLAIN_HEIGHT
    rows = max(tile.row for tile in tiles) + 1
    columns = max(5, *(tile.column + 1 for tile in tiles))
    width = max(WIDTH, 2 * LEFT + columns * (TILE_WIDTH + GAP) - GAP)
    free = not any(tile.row == 0 and tile.column == 4 for tile in tiles)
    north = (
        f'<path class="north" d="M296 {TOP + 34}v-16l-6 6m6-6l6 6"/><text class="lab" x="296" y="{TOP + 54}">{_("北")}</text>'
        if free
        else ""
    )
    label = _("%(count)d 个网格方位示意图，上面是海，上北下南") % {"count": len(tiles)}
    return mark_safe(
        f'<svg class="gmap" viewBox="0 0 {width} {TOP + rows * (height + GAP) + 4}" role="group" aria-label="{label}">'
        f'{SEA}<text class="lab sea-name" x="170" y="26">{_("大海")}</text>{north}'
        + "".join(_tile(tile, height) for tile in tiles)
        + "</svg>"
    )
