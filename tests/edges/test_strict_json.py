from __future__ import annotations

import json
import math
import re
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.facades import locate, strict
from app.facades.faults import TooManyItems
from app.facades.strict import JsonFault, Splitter

SURROGATE = re.compile("[\ud800-\udfff]")

# text, reason, position, field
BAD: list[tuple[bytes, str, int, str | None]] = [
    (b"", "empty", 0, None),
    (b" \n", "empty", 0, None),
    (b"\xef\xbb\xbf{}", "byte_order_mark", 0, None),
    (b"{} {}", "trailing_text", 3, None),
    (b"[1]]", "trailing_text", 3, None),
    (b"01", "trailing_text", 1, None),
    (b"[1", "truncated", 2, None),
    (b'{"a"', "truncated", 4, "a"),
    (b'["abc', "truncated", 5, "[0]"),
    (b"[1,]", "syntax", 3, "[1]"),
    (b'{"a":1,}', "syntax", 7, None),
    (b"{'a':1}", "syntax", 1, None),
    (b"[1 2]", "syntax", 3, None),
    (b"[+1]", "syntax", 1, "[0]"),
    (b"[.5]", "syntax", 1, "[0]"),
    (b"[1.]", "syntax", 2, None),
    (b"[tru]", "syntax", 1, "[0]"),
    (b"[1]/*x*/", "trailing_text", 3, None),
    (b"\x0b[1]", "syntax", 0, None),
    (b"[NaN]", "not_a_number", 1, "[0]"),
    (b"[-Infinity]", "not_a_number", 1, "[0]"),
    (b'{"a":[0,1e999]}', "number_out_of_range", 8, "a[1]"),
    (b"-1e400", "number_out_of_range", 0, None),
    (b"1" * 400 + b".5", "number_out_of_range", 0, None),
    (b"9223372036854775808", "integer_out_of_range", 0, None),
    (b"[-9223372036854775809]", "integer_out_of_range", 1, "[0]"),
    (b"[18446744073709551616]", "integer_out_of_range", 1, "[0]"),
    (b"9" * 5000, "integer_out_of_range", 0, None),
    (b'"\\ud800"', "lone_surrogate", 1, None),
    (b'"\\uDC00x"', "lone_surrogate", 1, None),
    (b'"\\ud83d\\u0041"', "lone_surrogate", 1, None),
    (b'"\\ud83d \\ude00"', "lone_surrogate", 1, None),
    (b'"\\ud83d\\ud83d\\ude00"', "lone_surrogate", 1, None),
    (b'{"\\udfff":1}', "lone_surrogate", 2, None),
    (b'"\xed\xa0\x80"', "invalid_utf8", 1, None),
    (b'"a\xff"', "invalid_utf8", 2, None),
    (b'"\xc0\x80"', "invalid_utf8", 1, None),
    (b'"\xf4\x90\x80\x80"', "invalid_utf8", 1, None),
    (b'{"\xff":1}', "invalid_utf8", 2, None),
    (b'"\x00"', "nul", 1, None),
    (b'"\\u0000"', "nul", 1, None),
    (b'"\\\\\\u0000"', "nul", 3, None),
    (b'{"a\\u0000":1}', "nul", 3, None),
    (b'"\n"', "control_character", 1, None),
    (b'"\\x41"', "bad_escape", 1, None),
    (b'"\\u00g0"', "bad_escape", 1, None),
    (b'{"a":1,"a":2}', "duplicate_key", 7, "a"),
    (b'{"a":1, "\\u0061" :2}', "duplicate_key", 8, "a"),
    (b'{"x":[{"b":{"c":":","c":"::"}}]}', "duplicate_key", 20, "x[0].b.c"),
    (b'{"x":{"a" :1,"a"\t:1}}', "duplicate_key", 13, "x.a"),
    (b"[" * 65 + b"]" * 65, "too_deep", 64, "[0]" * 64),
    (b"[" * 100_000, "too_deep", 64, "[0]" * 64),
    (b'{"a":' * 65 + b"1" + b"}" * 65, "too_deep", 320, ".".join("a" * 64)),
]

GOOD: list[tuple[bytes, Any]] = [
    (b" [ ] \r\n\t", []),
    (b"{}", {}),
    (b"-9223372036854775808", -(2**63)),
    (b"9223372036854775807", 2**63 - 1),
    (b"1.7976931348623157e308", 1.7976931348623157e308),
    (b"12345678901234567890.0", 12345678901234567890.0),
    (b"1e-999", 0.0),
    (b'"\\ud83d\\ude00"', "😀"),
    (b'"\\\\u0000"', "\\u0000"),
    (b'"\\\\\\\\u0000\\\\ud800"', "\\\\u0000\\ud800"),
    (b'"\x7f"', "\x7f"),
    (b'{"a": {"a": 1}, "b" : {"a\\"" :":", "\\":":" :"}}', {"a": {"a": 1}, "b": {'a"': ":", '":': " :"}}),
    (b"[" * 64 + b"]" * 64, json.loads("[" * 64 + "]" * 64)),
]


@pytest.mark.parametrize(("raw", "reason", "position", "field"), BAD, ids=[repr(row[0][:30]) for row in BAD])
def test_what_is_not_strict_is_refused_with_its_place(
    raw: bytes, reason: str, position: int, field: str | None
) -> None:
    with pytest.raises(JsonFault) as caught:
        strict.parse(raw)
    assert (caught.value.reason, caught.value.position, caught.value.field) == (reason, position, field)


@pytest.mark.parametrize(("raw", "value"), GOOD, ids=[repr(row[0][:30]) for row in GOOD])
def test_what_is_strict_is_taken(raw: bytes, value: Any) -> None:
    assert strict.parse(raw) == value
    assert locate.first_fault(raw, strict.MAX_DEPTH) is None


@pytest.mark.parametrize("raw", [row[0] for row in BAD if row[1] not in ("empty", "trailing_text")], ids=repr)
def test_what_is_not_strict_is_refused_inside_an_item_too(raw: bytes) -> None:
    with pytest.raises(JsonFault):
        list(Splitter(10).split(b'[{},{"x":' + raw + b"}]"))
    with pytest.raises(JsonFault):
        Splitter(10).split_member(b'{"y":' + raw + b',"items":[]}', "items")
    with pytest.raises(JsonFault):
        list(Splitter(10).split_member(b'{"items":[{"x":' + raw + b"}]}", "items")[1] or ())


class Members(list[tuple[str, Any]]):
    """An object whose keys may repeat."""


numbers = st.integers(-(2**66), 2**66) | st.floats() | st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1])
texts = st.text(st.characters(exclude_categories=[]), max_size=5) | st.sampled_from(["a", "b", '":', " :", "\\u0000"])
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.lists(st.tuples(texts, inner), max_size=4).map(Members),
    max_leaves=12,
)


def spell(value: Any, colon: str, ascii_only: bool) -> str:
    if isinstance(value, Members):
        pairs = (f"{spell(k, colon, ascii_only)}{colon}{spell(v, colon, ascii_only)}" for k, v in value)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(spell(inner, colon, ascii_only) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def judge(raw: bytes) -> Any:
    """The reference: the standard parser with every rule in a hook. Raises ValueError."""

    def refuse(*_: object) -> Any:
        raise ValueError

    def read_int(digits: str) -> int:
        return int(digits) if -(2**63) <= int(digits) < 2**63 else refuse()

    def read_float(digits: str) -> float:
        return float(digits) if math.isfinite(float(digits)) else refuse()

    def read_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(pairs) if len(dict(pairs)) == len(pairs) else refuse()

    value = json.loads(
        raw.decode(), parse_int=read_int, parse_float=read_float, parse_constant=refuse, object_pairs_hook=read_object
    )
    if any(SURROGATE.search(text) or "\0" in text for text in walk(value)):
        raise ValueError
    return value


def walk(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [*value, *(text for inner in value.values() for text in walk(inner))]
    return [text for inner in value for text in walk(inner)] if isinstance(value, list) else []


def agree(raw: bytes) -> None:
    spot = locate.first_fault(raw, strict.MAX_DEPTH)
    try:
        expected = judge(raw)
    except ValueError:
        with pytest.raises(JsonFault) as caught:
            strict.parse(raw)
        assert spot is not None
        assert caught.value.reason == spot.reason
    else:
        assert repr(strict.parse(raw)) == repr(expected)
        assert spot is None


@given(values, st.sampled_from([":", ": ", " :", "\n:\t"]), st.booleans())
def test_verdict_and_value_are_those_of_an_exact_parser(value: Any, colon: str, ascii_only: bool) -> None:
    agree(spell(value, colon, ascii_only).encode("utf-8", "surrogatepass"))


@given(values, st.data())
def test_verdicts_agree_on_damaged_text_too(value: Any, data: st.DataObject) -> None:
    raw = spell(value, ":", True).encode()
    at = data.draw(st.integers(0, len(raw)))
    agree(raw[:at] + data.draw(st.sampled_from([b"", b'"', b"\\", b",", b"0", b"\xff", b"}", b"e9"])) + raw[at + 1 :])


def test_items_are_counted_before_any_of_them_is_parsed() -> None:
    assert len(Splitter(3).split(b'[NaN2,"\xff",{"a":1,"a":1}]'.replace(b"NaN2", b"1e999"))) == 3
    with pytest.raises(TooManyItems) as caught:
        Splitter(2).split(b'[1e999,"\xff",3]')
    assert caught.value.limit == 2


def test_text_that_is_no_json_comes_before_too_many_items() -> None:
    with pytest.raises(JsonFault):
        Splitter(2).split(b"[1,2,3,4")


def test_a_full_and_an_empty_array_are_split() -> None:
    assert list(Splitter(2).split(b"[1,2]")) == [1, 2]
    assert list(Splitter(2).split(b" [ ] ")) == []


def test_a_bare_object_counts_as_an_array_of_one() -> None:
    items = Splitter(2).split(b'{"a":[1]}')
    assert items.bare
    assert list(items) == [{"a": [1]}]


@pytest.mark.parametrize("raw", [b'"x"', b"3", b"null"])
def test_neither_array_nor_object_is_refused(raw: bytes) -> None:
    with pytest.raises(JsonFault, match="not an array"):
        Splitter(2).split(raw)


def test_a_fault_names_its_item_and_field() -> None:
    items = Splitter(9).split(b'[{},{"entities":[{},{"domain":1e999}]}]')
    assert items.decode(0) == {}
    with pytest.raises(JsonFault) as caught:
        items.decode(1)
    assert (caught.value.index, caught.value.field) == (1, "[1].entities[1].domain")


def test_an_item_that_is_no_object_is_refused_where_one_is_needed() -> None:
    items = Splitter(9).split(b"[{},[]]")
    assert items.decode_object(0) == {}
    with pytest.raises(JsonFault, match="not an object") as caught:
        items.decode_object(1)
    assert (caught.value.index, caught.value.field) == (1, "[1]")


def test_nesting_counts_from_the_outside_of_the_body() -> None:
    def nest(levels: int) -> bytes:
        return b"[" * levels + b"]" * levels

    assert len(list(Splitter(9).split(b"[" + nest(63) + b"]"))) == 1
    with pytest.raises(JsonFault, match="too deep"):
        list(Splitter(9).split(b"[" + nest(64) + b"]"))
    _, items = Splitter(9).split_member(b'{"items":[' + nest(62) + b"]}", "items")
    assert items is not None
    assert len(list(items)) == 1
    _, items = Splitter(9).split_member(b'{"items":[' + nest(63) + b"]}", "items")
    with pytest.raises(JsonFault, match="too deep"):
        list(items or ())


@pytest.mark.parametrize(
    ("raw", "rest", "items"),
    [
        (b'{"version":2,"items":[{"a":1},2],"links":[]}', {"version": 2, "links": []}, [{"a": 1}, 2]),
        (b'{"items":[1],"x":[1],"[1]":"[1]"}', {"x": [1], "[1]": "[1]"}, [1]),
        (b'{"it\\u0065ms":[]}', {}, []),
        (b'{"items":{}}', {"items": {}}, None),
        (b'{"items":null}', {"items": None}, None),
        (b'{"a":{"items":[1]}}', {"a": {"items": [1]}}, None),
        (b"{}", {}, None),
    ],
)
def test_a_member_is_split_from_its_object(raw: bytes, rest: dict[str, Any], items: list[Any] | None) -> None:
    found, split = Splitter(9).split_member(raw, "items")
    assert found == rest
    assert (None if split is None else list(split)) == items


@pytest.mark.parametrize("raw", [b'{"items":[],"items":[1]}', b'{"items":[1],"x":{"y":1,"y":1}}', b"[]", b"{", b"3"])
def test_the_object_around_the_items_is_judged_strictly(raw: bytes) -> None:
    with pytest.raises(JsonFault):
        Splitter(9).split_member(raw, "items")


def test_a_fault_behind_the_items_has_its_true_place() -> None:
    raw = b'{"items":[1,2,3],"x":1e999}'
    with pytest.raises(JsonFault) as caught:
        Splitter(9).split_member(raw, "items")
    assert caught.value.position == raw.index(b"1e999")


def test_a_fault_quotes_no_more_than_two_hundred_characters() -> None:
    key = b"k" * 100_000
    with pytest.raises(JsonFault) as caught:
        strict.parse(b'{"' + key + b'":1,"' + key + b'":1}')
    assert caught.value.field is not None
    assert len(caught.value.field) == 200
    assert len(str(caught.value)) < 100


def test_a_fault_far_inside_a_large_text_is_found_without_its_place() -> None:
    with pytest.raises(JsonFault) as caught:
        strict.parse(b"[" + b"0," * 200_000 + b'{"a":1,"a":1}]')
    assert (caught.value.reason, caught.value.position) == ("duplicate_key", None)


def test_a_leading_mark_is_dropped_on_demand() -> None:
    assert strict.parse(strict.without_mark(b"\xef\xbb\xbf{}")) == {}
    assert strict.without_mark(b"{}") == b"{}"


def test_ten_thousand_items_are_decoded_at_the_speed_that_bulk_requests_need() -> None:
    item = {f"property{n}": f"value-{n}-of-an-item-{'x' * 12}" for n in range(6)}
    body = json.dumps([item] * 10_000).encode()
    splitter = Splitter(10_000)
    durations = []
    for _ in range(5):
        start = time.process_time()
        assert len(list(splitter.split(body))) == 10_000
        durations.append(time.process_time() - start)
    assert min(durations) < 0.15  # measured: 0.035 on a quiet machine
