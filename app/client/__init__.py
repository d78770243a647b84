"""Ask the graph from Python: ``Graph(url, token, space)``.

Everything goes through the public API, ``/graph/v1``; nothing of the server is imported. Data frames and networkx are
imported when they are asked for; they come with the extra ``notebook``.
"""

from app.client.answers import Answer, Card, Entity, Link, Rows, Subgraph
from app.client.connect import ClientError, Refused, Unreachable
from app.client.convert import ExtraMissing
from app.client.graph import Ambiguous, Graph

__all__ = [
    "Ambiguous",
    "Answer",
    "Card",
    "ClientError",
    "Entity",
    "ExtraMissing",
    "Graph",
    "Link",
    "Refused",
    "Rows",
    "Subgraph",
    "Unreachable",
]
