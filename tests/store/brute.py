"""Answers to far questions by brute force, over all links of a space: what is meant, however long it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from app.core.graphs import OUT, Along, Link

Walk = tuple[tuple[str, ...], tuple[str, ...]]


def admitted(links: Iterable[Link], along: Along, near: str, own: set[str]) -> Iterator[tuple[Link, str]]:
    """The links over which who stands at ``near`` goes on, and where to; nobody goes on from a guest."""
    if near in own:
        yield from (
            (link, link.far(near)) for link in links if near in (link.source, link.target) and along.admits(link, near)
        )


def paths(links: Sequence[Link], own: set[str], source: str, target: str, along: Along, steps: int) -> list[Walk]:
    """All simple paths, by length and ids."""
    found: list[Walk] = []

    def walk(refs: tuple[str, ...], ids: tuple[str, ...]) -> None:
        if refs[-1] == target:
            found.append((refs, ids))
            return
        for link, far in admitted(links, along, refs[-1], own) if len(ids) < steps else ():
            if far not in refs:
                walk((*refs, far), (*ids, link.id))

    walk((source,), ())
    return sorted(found, key=lambda each: (len(each[1]), each[1]))


def reached(
    links: Sequence[Link], own: set[str], start: str, along: Along, steps: int
) -> list[tuple[str, int, str, str]]:
    """Ref, distance, link and the entity before, by distance and ref."""
    distances, found = {start: 0}, []
    for distance in range(1, steps + 1):
        ways: dict[str, tuple[str, str]] = {}
        for near in [ref for ref, far in distances.items() if far == distance - 1]:
            for link, far in admitted(links, along, near, own):
                if far not in distances:
                    ways[far] = min(ways.get(far, (near, link.id)), (near, link.id))
        found += [(ref, distance, ways[ref][1], ways[ref][0]) for ref in sorted(ways)]
        distances |= dict.fromkeys(ways, distance)
    return found


def common(
    links: Sequence[Link], own: set[str], refs: Sequence[str], along: Along
) -> list[tuple[str, tuple[str, ...]]]:
    """Whom all are linked to, and over which links."""
    ways = {ref: list(admitted(links, along, ref, own)) for ref in refs}
    shared = set.intersection(*({far for _, far in some} for some in ways.values()))
    return [
        (ref, tuple(sorted({link.id for some in ways.values() for link, far in some if far == ref})))
        for ref in sorted(shared)
    ]


def cycles(links: Sequence[Link], own: set[str], types: frozenset[str], longest: int) -> list[Walk]:
    """Every cycle once: by length, first ref, and step by step."""
    known = {link.id: link for link in links}
    found: set[Walk] = set()

    def walk(refs: tuple[str, ...], ids: tuple[str, ...]) -> None:
        for link, far in (
            admitted(links, Along(direction=OUT, types=types), refs[-1], own) if len(ids) < longest else ()
        ):
            if link.id in ids:
                continue
            if far == refs[0]:
                found.add(canonical((refs, (*ids, link.id)), known))
            elif far not in refs:
                walk((*refs, far), (*ids, link.id))

    for ref in own:
        walk((ref,), ())
    return sorted(
        found, key=lambda each: (len(each[1]), each[0][0], list(zip((*each[0][1:], each[0][0]), each[1], strict=True)))
    )


def canonical(cycle: Walk, known: dict[str, Link]) -> Walk:
    """From the smallest ref on; of two directions, where both are open, the one with the smaller ids."""
    refs, ids = cycle
    turns = [cycle]
    if not any(known[id].directed for id in ids):
        turns.append(((refs[0], *refs[:0:-1]), ids[::-1]))
    return min(
        ((refs[at:] + refs[:at], ids[at:] + ids[:at]) for refs, ids in turns for at in [refs.index(min(refs))]),
        key=lambda each: each[1],
    )


def islands(links: Sequence[Link], own: set[str], types: frozenset[str] | None) -> list[set[str]]:
    """Groups of two and more, the largest first."""
    groups = [{ref} for ref in own]
    for link in links:
        if (types is None or link.type in types) and {link.source, link.target} <= own:
            meeting = [group for group in groups if {link.source, link.target} & group]
            groups = [group for group in groups if group not in meeting] + [set.union(*meeting)]
    return sorted((group for group in groups if len(group) > 1), key=len, reverse=True)
