from __future__ import annotations

import json
import logging

import structlog


def test_a_line_is_one_json_object(lines):
    structlog.get_logger().info("something happened", number=7, of={"a": 1})
    (line,) = lines.read_json()
    assert (line["event"], line["number"], line["of"], line["level"]) == ("something happened", 7, {"a": 1}, "info")
    assert str(line["timestamp"]).endswith("Z")


def test_lines_of_libraries_have_the_same_form(lines):
    logging.getLogger("uvicorn.error").info("Listening on %s", "here")
    (line,) = lines.read_json()
    assert (line["event"], line["logger"], line["level"]) == ("Listening on here", "uvicorn.error", "info")


def test_chatty_libraries_are_heard_from_warnings_on(lines):
    for name in ("httpx2", "neo4j", "asyncio"):
        logging.getLogger(name).info("blah")
        logging.getLogger(name).warning("careful")
    assert [line["event"] for line in lines.read_json()] == ["careful"] * 3


def test_long_values_are_cut_and_control_characters_escaped(lines):
    structlog.get_logger().info("e", long="x" * 5000, forged='a\n{"event":"forged"}', half="\ud800", bell="\x1b[31m")
    (line,) = lines.read_json()
    assert line["long"] == "x" * 199 + "…"
    assert line["forged"] == 'a\\n{"event":"forged"}'
    assert line["half"] == "\\ud800"
    assert line["bell"] == "\\x1b[31m"


def test_an_error_is_told_with_its_causes_and_their_messages_cut(lines):
    try:
        try:
            raise KeyError("secret " * 100)
        except KeyError as cause:
            raise ValueError("outer") from cause
    except ValueError as error:
        structlog.get_logger().error("failed", exc_info=error)
    (line,) = lines.read_json()
    trace = str(line["trace"])
    assert "test_logs.py" in trace
    assert "ValueError: outer\ncaused by\n" in trace
    assert "KeyError: 'secret" in trace
    assert trace.count("secret") < 40


def test_a_library_error_is_told_the_same_way(lines):
    try:
        raise ValueError("inner")
    except ValueError:
        logging.getLogger("asyncio").exception("task failed")
    (line,) = lines.read_json()
    assert "ValueError: inner" in str(line["trace"])


def test_a_terminal_gets_lines_for_people(terminal):
    structlog.get_logger().info("something happened", forged="a\nb")
    (line,) = terminal.getvalue().splitlines()
    assert "something happened" in line
    assert "a\\nb" in line
    assert not line.startswith("{")


def test_a_value_without_a_json_form_is_told_as_python_does(lines):
    structlog.get_logger().info("e", what=object, big=2**70, odd=float("nan"))
    (line,) = lines.read_json()
    assert line["what"] == repr(object)
    assert json.dumps(line)
