"""How this format reads and shows times (sas 2, 8.4)."""

from __future__ import annotations

import pytest

from app.facades.sas.parameters import read_date, read_instant, show_date
from app.facades.sas.wire import show_instant

AT = 1_777_883_411_204_518


@pytest.mark.parametrize(
    "text",
    [
        "2026-05-04T08:30:11.204518Z",
        "2026-05-04t08:30:11.204518999z",
        "2026-05-04T08:30:11.204518",
        "2026-05-04T10:30:11.204518+02:00",
        "2026-05-04T10:30:11.204518 02:00",
        "2026-05-04T03:00:11.204518-05:30",
    ],
)
def test_a_time_stamp_is_read_in_every_form_that_is_taken(text):
    assert show_instant(read_instant(text)) == "2026-05-04T08:30:11.204518Z"


@pytest.mark.parametrize("text", ["2026-05-04", "2026-05-04T00:00:00", "2026-05-04T00:00:00.Z"])
def test_a_date_alone_is_its_midnight(text):
    assert show_instant(read_instant(text)) == "2026-05-04T00:00:00.000000Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-13-01",
        "2026-05-04T25:00:00Z",
        "2026-05-04T08:30",
        "2026-05-04T08:30:11.1234567890Z",
        "٢٠٢٦-٠٥-٠٤",
        "0001-01-01T00:00:00+01:00",
        "2026-05-04T08:30:11Z\n",
        "2026-05-04T08:30:11+24:00",
    ],
)
def test_what_is_no_time_stamp_is_refused(text):
    with pytest.raises(ValueError):
        read_instant(text)


@pytest.mark.parametrize(
    "text", ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
)
def test_an_http_date_is_read_in_its_three_forms(text):
    assert read_date(text) == 784_111_777_000_000


@pytest.mark.parametrize(
    "text", [None, "", "soon", "2026-05-04T08:30:11Z", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET"]
)
def test_an_unreadable_date_counts_as_none(text):
    assert read_date(text) is None


def test_what_is_shown_as_a_date_is_read_as_its_second():
    assert read_date(show_date(AT)) == AT // 1_000_000 * 1_000_000
