"""The documents of the formats, and pages on which people read and try them: ``/docs``."""

from app.docs.site import Document, route

__all__ = ["Document", "route"]
