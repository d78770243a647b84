"""The service holds what its documents say, whatever schemathesis makes of them.

With TERCET_TEST_LONG=1 for long, every spelling of every operation, with unknown members in bodies as well;
TERCET_TEST_SEED chooses other requests.
"""

from __future__ import annotations

import asyncio
import os
from functools import partial

import pytest
from schemathesis import GenerationMode

from tests.openapi.hold import SEED, Ground, Variant, hold, list_variants

LONG = os.environ.get("TERCET_TEST_LONG") == "1"
EXAMPLES = int(os.environ.get("TERCET_TEST_EXAMPLES", "100" if LONG else "3"))
KEY = int(os.environ.get("TERCET_TEST_SEED", SEED))


@pytest.mark.parametrize(("variant", "mode"), list(list_variants(whole=LONG)), ids=str)
async def test_an_operation_answers_as_its_document_says(
    variant: Variant, mode: GenerationMode, ground: Ground
) -> None:
    await asyncio.to_thread(partial(hold, variant, mode, ground, examples=EXAMPLES, key=KEY, closed=not LONG))
