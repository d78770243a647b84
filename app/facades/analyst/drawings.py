"""Subgraphs for tools that draw and reckon with graphs: GraphML, GEXF and node-link JSON, written by networkx.

A node goes by its ref and has entityId, entityType, domain, kind, declared, and name and space where there are such; an
edge goes by the id of its relationship and has relationshipType and directed. ``id``, ``type`` and ``label`` are taken
by the formats themselves. XML can't hold most control characters: they become U+FFFD there.
"""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import UNSET

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.facades.analyst import wire

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT: Final = "\ufffd"


def write_graphml(subgraph: wire.Subgraph) -> bytes:
    """GraphML; many tools read it."""
    import networkx as nx

    sink = io.BytesIO()
    nx.write_graphml_xml(_draw(subgraph, _clean), sink, named_key_ids=True)
    return sink.getvalue()


def write_gexf(subgraph: wire.Subgraph) -> bytes:
    """GEXF 1.2, for Gephi."""
    import networkx as nx

    graph = _draw(subgraph, _clean)
    for node, attributes in graph.nodes(data=True):
        attributes["label"] = attributes.get("name", attributes.get("entityId", node))
    for *_, attributes in graph.edges(data=True):
        attributes["label"] = attributes["relationshipType"]
    sink = io.BytesIO()
    nx.write_gexf(graph, sink)
    return sink.getvalue()


def write_nodelink(subgraph: wire.Subgraph) -> bytes:
    """Node-link JSON: ``networkx.node_link_graph(…, edges="links")`` takes it back, d3 takes it as it is."""
    import networkx as nx

    data = nx.node_link_data(_draw(subgraph, str), edges="links")
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


def _draw(subgraph: wire.Subgraph, spell: Any) -> Any:
    import networkx as nx

    graph = nx.MultiDiGraph(**_describe(subgraph))
    for entity in subgraph.entities:
        graph.add_node(entity.ref, **_list_attributes(entity, spell))
    for link in subgraph.relationships:
        graph.add_edge(link.source, link.target, key=link.id, relationshipType=spell(link.type), directed=link.directed)
    return graph


def _describe(subgraph: wire.Subgraph) -> Mapping[str, Any]:
    reason = {} if subgraph.reason is UNSET else {"reason": subgraph.reason}
    return {"truncated": subgraph.truncated, **reason}


def _list_attributes(entity: wire.Entity, spell: Any) -> Mapping[str, Any]:
    texts = {
        "domain": entity.domain,
        "entityType": entity.type,
        "entityId": entity.id,
        "kind": entity.kind,
        "name": entity.name,
        "space": entity.space,
    }
    return {
        **{name: spell(text) for name, text in texts.items() if text is not UNSET},
        "declared": entity.declared,
    }


def _clean(text: str) -> str:
    return _NOT_XML.sub(REPLACEMENT, text)
