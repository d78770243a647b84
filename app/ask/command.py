"""The questions as commands."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperGroup

from app.ask.desk import Asking, label, show_way
from app.client import Answer, Graph

if TYPE_CHECKING:
    from app.ask.desk import Where
    from app.client import Subgraph


class Asked(TyperGroup):
    """The options that all questions share may stand behind the question too, where people write them."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]  # its own Context
        """Takes the shared options to the front."""
        takes_value = {
            name: not getattr(option, "is_flag", False)
            for option in self.params
            for name in option.opts
            if name.startswith("--") and name != "--help"
        }
        shared, rest, waiting = list[str](), list[str](), iter(args)
        for word in waiting:
            if word == "--":
                rest.extend((word, *waiting))
                break
            name, sign, _ = word.partition("=")
            if name not in takes_value:
                rest.append(word)
                continue
            shared.append(word)
            if takes_value[name] and not sign:
                shared.extend(value for value in (next(waiting, None),) if value is not None)
        return super().parse_args(ctx, [*shared, *rest])


app = typer.Typer(
    cls=Asked,
    help="Ask the graph. Entities: a ref, an id, domain/type/id, or words that only one of them has.",
    no_args_is_help=True,
)


class Way(StrEnum):
    """Along which relationships to go."""

    OUT = "out"
    IN = "in"
    BOTH = "both"


class Mode(StrEnum):
    """Which paths."""

    SHORTEST = "shortest"
    K = "k"
    ALL = "all"


Who = Annotated[str, typer.Argument(help="An entity.")]
Types = Annotated[list[str] | None, typer.Option("--type", help="Only along these types.")]
Limit = Annotated[int | None, typer.Option(help="At most so many.", min=1)]
Going = Annotated[Way, typer.Option(help="From source to target, against it, or either way.")]
Steps = Annotated[int | None, typer.Option(help="At most so many steps.", min=1)]


@app.callback()
def begin(
    context: typer.Context,
    space: Annotated[str | None, typer.Option(envvar="TERCET_SPACE", help="Which space to ask.")] = None,
    url: Annotated[str | None, typer.Option(help="Where the service is.", show_default="as the settings say")] = None,
    token: Annotated[
        str | None, typer.Option(envvar="TERCET_TOKEN", help="Who asks.", show_default="a development token")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The document of the answer, for programs.")] = False,
) -> None:
    """Ask the graph."""
    where: Where = context.obj
    default_url, default_token = where() if url is None or token is None else ("", "")
    graph = Graph(url or default_url, token or default_token, space)
    context.call_on_close(graph.close)
    context.obj = Asking.begin(graph, as_json=as_json)


@app.command()
def spaces(context: typer.Context) -> None:
    """Which spaces there are."""
    asking = _asking(context)
    found = asking.graph.spaces()
    document = {"spaces": list(found)}
    columns = ("id", "entities", "relationships", "right")
    asking.tell(Answer(document), columns, ([row[name] for name in columns] for row in found))


@app.command()
def find(context: typer.Context, words: Annotated[list[str], typer.Argument()], limit: Limit = 20) -> None:
    """Entities by their words, or beginnings of words."""
    asking = _asking(context)
    found = asking.graph.find(" ".join(words), limit=limit or 20)
    if asking.as_json:
        asking.tell_json({"entities": [each.show() for each in found]})
    else:
        asking.tell_rows(("name", "kind", "id", "ref"), ((each.label, each.kind, each.id, each.ref) for each in found))


@app.command()
def entity(context: typer.Context, who: Who) -> None:
    """One entity: what was written about it, and its relationships by type and direction."""
    asking = _asking(context)
    card = asking.graph.entity(who)
    rows = ((each["type"], each["direction"], each["count"]) for each in card.degree)
    it = card.entity
    fields = "".join(f"\n  {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in card.fields.items())
    told = f"{it.label} ({it.kind}) {it.domain}/{it.type}/{it.id}\n  ref: {it.ref}{fields}"
    asking.tell(card, ("type", "direction", "count"), rows, told)


@app.command()
def neighbours(
    context: typer.Context,
    who: Annotated[list[str], typer.Argument(help="Entities.")],
    steps: Annotated[int, typer.Option(min=1, max=5)] = 1,
    type: Types = None,
    direction: Going = Way.BOTH,
    limit: Limit = None,
) -> None:
    """What is around entities."""
    asking = _asking(context)
    found = asking.graph.neighbourhood(*who, steps=steps, types=type or (), direction=_way(direction), limit=limit)
    groups = "".join(
        f"\n{each['more']:,} more of {each['type']} ({each['direction']}) at {label(found.entities, each['entity'])}"
        for each in found["groups"]
    )
    rows = ((label(found.entities, link.source), link.type, label(found.entities, link.target)) for link in found.links)
    asking.tell(found, ("source", "type", "target"), rows, _count(found) + groups)


@app.command()
def path(
    context: typer.Context,
    start: Who,
    end: Who,
    mode: Mode = Mode.SHORTEST,
    most: Annotated[int | None, typer.Option(help="At most so many paths.", min=1)] = None,
    steps: Steps = None,
    type: Types = None,
    direction: Going = Way.BOTH,
) -> None:
    """Paths between two entities. Exits 1 if there is none."""
    asking = _asking(context)
    found = asking.graph.paths(
        start, end, mode=mode.value, most=most, steps=steps, types=type or (), direction=_way(direction)
    )
    _tell_ways(asking, found, "paths")
    if not found["paths"]:
        raise typer.Exit(1)


@app.command()
def impact(
    context: typer.Context,
    who: Who,
    direction: Annotated[Way, typer.Option(help="Downstream (out) or upstream (in).")] = Way.OUT,
    type: Types = None,
    steps: Steps = None,
    limit: Limit = None,
) -> None:
    """All that is reached from an entity, by distance, and over what."""
    asking = _asking(context)
    if direction is Way.BOTH:
        raise typer.BadParameter("takes out or in", param_hint="--direction")
    way = "out" if direction is Way.OUT else "in"
    found = asking.graph.impact(who, direction=way, types=type or (), steps=steps, limit=limit)  # type: ignore[arg-type]
    links = {link.id: link for link in found.links}
    rows = (
        (
            each["distance"],
            label(found.entities, each["entity"]),
            links[each["via"]].type,
            label(found.entities, each["from"]),
        )
        for each in found["reached"]
    )
    asking.tell(found, ("distance", "entity", "over", "from"), rows, _count(found))


@app.command()
def intersect(
    context: typer.Context,
    who: Annotated[list[str], typer.Argument(help="Two entities or more.")],
    type: Types = None,
    direction: Going = Way.BOTH,
    limit: Limit = None,
) -> None:
    """What entities have in common."""
    asking = _asking(context)
    found = asking.graph.intersect(*who, types=type or (), direction=_way(direction), limit=limit)
    links = {link.id: link.type for link in found.links}
    rows = (
        (label(found.entities, each["entity"]), ", ".join(sorted({links[id] for id in each["links"]})))
        for each in found["common"]
    )
    asking.tell(found, ("entity", "over"), rows, f"{len(found['common']):,} in common")


@app.command()
def cycles(
    context: typer.Context,
    type: Annotated[list[str], typer.Argument(help="Along these types.")],
    longest: Steps = None,
    limit: Limit = None,
) -> None:
    """Cycles along types: in feeds, for one, a modelling error. Exits 1 if there are any."""
    asking = _asking(context)
    found = asking.graph.cycles(*type, longest=longest, limit=limit)
    _tell_ways(asking, found, "cycles")
    if found["cycles"]:
        raise typer.Exit(1)


@app.command()
def islands(context: typer.Context, type: Types = None, limit: Limit = None) -> None:
    """The parts of a space that nothing connects."""
    asking = _asking(context)
    found = asking.graph.islands(types=type or (), limit=limit)
    rows = (
        (each["entities"], ", ".join(one.get("name") or one["id"] for one in each["sample"]))
        for each in found.document["islands"]
    )
    asking.tell(found, ("entities", "among them"), rows, f"{found.document['count']:,} islands")


@app.command()
def changes(
    context: typer.Context, after: int, until: Annotated[int | None, typer.Argument()] = None, limit: Limit = None
) -> None:
    """What differs in a space between two change numbers."""
    asking = _asking(context)
    found = asking.graph.changes(after, until, limit=limit)
    rows = (
        (change, each["what"], each["id"], each["type"])
        for change in ("created", "updated", "deleted")
        for each in found.document[change]
    )
    asking.tell(found, ("change", "what", "id", "type"), rows)


@app.command()
def cypher(
    context: typer.Context,
    query: str,
    parameter: Annotated[list[str] | None, typer.Option(help="NAME=VALUE; the value is JSON, else a text.")] = None,
    limit: Limit = None,
    seconds: Annotated[float | None, typer.Option(help="At most so long.", min=0.001)] = None,
) -> None:
    """Runs a read-only query over all spaces."""
    asking = _asking(context)
    given = dict(map(_read_parameter, parameter or ()))
    found = asking.graph.cypher(query, given, limit=limit, seconds=seconds)
    rows = ([row[name] for name in found.columns] for row in found)
    asking.tell(found, list(found.columns), rows, f"{len(found):,} rows")


def _asking(context: typer.Context) -> Asking:
    return cast("Asking", context.obj)


def _way(direction: Way) -> Any:
    return direction.value


def _tell_ways(asking: Asking, found: Subgraph, name: str) -> None:
    links = {link.id: link for link in found.links}
    rows = ((len(each["relationships"]), show_way(found.entities, links, each)) for each in found[name])
    asking.tell(found, ("steps", name), rows, f"{len(found[name]):,} {name}")


def _count(found: Subgraph) -> str:
    return f"{len(found.entities):,} entities, {len(found.links):,} relationships"


def _read_parameter(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise typer.BadParameter("takes NAME=VALUE", param_hint="--parameter")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
