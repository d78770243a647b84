"""Pictures for notebooks: a small drawing in SVG, and a table. Whatever stands in the graph is escaped, and bounded."""

from __future__ import annotations

import math
from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.client.answers import Entity, Link

MOST_NODES: Final = 60
MOST_ROWS: Final = 50
LONGEST_LABEL: Final = 24
RING: Final = 110.0
HUES: Final = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb")

Point = tuple[float, float]


def draw(entities: Sequence[Entity], links: Iterable[Link], caption: str) -> str:
    """The first 60 entities in rings around the first of them, by their steps from it, with the links among them."""
    shown = {entity.ref: entity for entity in entities[:MOST_NODES]}
    among = [link for link in links if link.source in shown and link.target in shown]
    places = _place(list(shown), among)
    reach = max((math.hypot(x, y) for x, y in places.values()), default=0.0) + 60
    hues = {kind: HUES[n % len(HUES)] for n, kind in enumerate(dict.fromkeys(each.kind for each in shown.values()))}
    more = f"; the picture shows the first {MOST_NODES}" if len(entities) > MOST_NODES else ""
    return "".join(
        (
            f'<figure style="margin:0"><svg xmlns="http://www.w3.org/2000/svg" role="img" width="{min(2 * reach, 720):.0f}" '
            f'viewBox="{-reach:.0f} {-reach:.0f} {2 * reach:.0f} {2 * reach:.0f}" font-family="sans-serif" font-size="9">',
            f"<title>{escape(caption)}</title>",
            *(_draw_link(link, places) for link in among),
            *(_draw_node(entity, places[ref], hues[entity.kind]) for ref, entity in shown.items()),
            f"</svg><figcaption>{escape(caption + more)}</figcaption></figure>",
        )
    )


def _place(refs: Sequence[str], links: Sequence[Link]) -> dict[str, Point]:
    """Rings of breadth-first steps; what the first node does not reach stands in the outermost."""
    near: defaultdict[str, list[str]] = defaultdict(list)
    for link in links:
        near[link.source].append(link.target)
        near[link.target].append(link.source)
    left, rings = dict.fromkeys(refs), [list(refs[:1])]
    while rings[-1]:
        for ref in rings[-1]:
            left.pop(ref, None)
        rings.append(list(dict.fromkeys(far for ref in rings[-1] for far in near[ref] if far in left)))
    rings[-1] = list(left)
    places: dict[str, Point] = {}
    radius = 0.0
    for ring in filter(None, rings):
        radius = max(radius, len(ring) * 26 / math.tau) if places else 0.0
        for n, ref in enumerate(ring):
            angle = math.tau * n / len(ring)
            places[ref] = (radius * math.cos(angle), radius * math.sin(angle))
        radius += RING
    return places


def _draw_link(link: Link, places: Mapping[str, Point]) -> str:
    (x1, y1), (x2, y2) = places[link.source], places[link.target]
    told = f"<title>{escape(link.type)}</title>"
    if link.source == link.target:
        return f'<circle cx="{x1 + 8:.1f}" cy="{y1 - 8:.1f}" r="8" fill="none" stroke="#999">{told}</circle>'
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="#999">{told}</line>' + (
        _draw_head(x1, y1, x2, y2) if link.directed else ""
    )


def _draw_head(x1: float, y1: float, x2: float, y2: float) -> str:
    length = math.hypot(x2 - x1, y2 - y1) or 1.0
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    tip, left, right = (
        (x2 - ux * back - uy * aside, y2 - uy * back + ux * aside) for back, aside in ((6, 0), (12, 3), (12, -3))
    )
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (tip, left, right))
    return f'<polygon points="{corners}" fill="#999"/>'


def _draw_node(entity: Entity, place: Point, hue: str) -> str:
    x, y = place
    label = entity.label if len(entity.label) <= LONGEST_LABEL else entity.label[: LONGEST_LABEL - 1] + "…"
    told = escape(f"{entity.label} ({entity.kind})")
    return (
        f'<g><circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="{hue}"><title>{told}</title></circle>'
        f'<text x="{x:.1f}" y="{y + 16:.1f}" text-anchor="middle" fill="currentColor">{escape(label)}</text></g>'
    )


def tabulate(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    """The first 50 rows."""
    head = "".join(f"<th>{escape(name)}</th>" for name in columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{_show(row.get(name))}</td>' for name in columns)}</tr>" for row in rows[:MOST_ROWS]
    )
    more = f"<p>… and {len(rows) - MOST_ROWS:,} more rows</p>" if len(rows) > MOST_ROWS else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _show(value: Any) -> str:
    return "" if value is None else escape(str(value)[:200])
