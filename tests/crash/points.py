"""The points at which a crash must do no harm, by who passes them."""

from __future__ import annotations

from typing import Final

BODY_READ: Final = "body-read"
ANSWERING: Final = "before-202"
ACCEPTING: Final = (BODY_READ, "before-accept-commits", "after-accept-commits", ANSWERING)
WORKING: Final = (
    "before-claim-commits",
    "after-claim",
    "after-effects",
    "before-part-commits",
    "after-part-commits",
    "before-end-commits",
    "before-purge-commits",
)
"""``before-end-commits`` is ``before-part-commits`` of the last part, whose transaction ends the job."""
