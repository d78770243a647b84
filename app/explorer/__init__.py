"""The graph in the browser: ``/explorer``, pages and scripts of our own over ``/graph/v1``."""

from app.explorer.site import route

__all__ = ["route"]
