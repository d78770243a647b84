"""The service holds what its documents say, whatever schemathesis makes of them."""

from __future__ import annotations

import asyncio
import os

import pytest
from schemathesis import GenerationMode

from tests.openapi.hold import MODES, SEED, Ground, Variant, hold, list_variants

LONG = os.environ.get("TERCET_TEST_LONG") == "1"
EXAMPLES = int(os.environ.get("TERCET_TEST_EXAMPLES", "100" if LONG else "8"))
KEY = int(os.environ.get("TERCET_TEST_SEED", SEED))


@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("variant", list(list_variants()), ids=str)
async def test_an_operation_answers_as_its_document_says(
    variant: Variant, mode: GenerationMode, ground: Ground
) -> None:
    await asyncio.to_thread(hold, variant, mode, ground, EXAMPLES, KEY)
