"""The service holds what its documents say, whatever schemathesis makes of them."""

from __future__ import annotations

import asyncio

import pytest
from schemathesis import GenerationMode

from tests.openapi.hold import MODES, Ground, Variant, hold, list_variants

EXAMPLES = 8


@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize("variant", list(list_variants()), ids=str)
async def test_an_operation_answers_as_its_document_says(
    variant: Variant, mode: GenerationMode, ground: Ground
) -> None:
    await asyncio.to_thread(hold, variant, mode, ground, EXAMPLES)
