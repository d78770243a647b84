"""Log lines: JSON for machines, colours for people at a terminal."""

from __future__ import annotations

import logging
import traceback
from typing import TYPE_CHECKING, Final, TextIO

import msgspec
import structlog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from structlog.typing import EventDict, Processor, WrappedLogger

MAX_VALUE_CHARACTERS: Final = 200
CHATTY: Final = ("neo4j", "httpx2", "httpcore2", "asyncio")


def set_up_logs(stream: TextIO) -> None:
    """Sends every log line of the process, those of libraries included, to ``stream``.

    A terminal gets readable lines, anything else one JSON object a line. Text values are cut to 200 characters and
    control characters in them escaped. Call it once, at start.
    """
    render: Processor = structlog.dev.ConsoleRenderer() if stream.isatty() else render_json
    shared: Sequence[Processor] = (
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        cut_values,
        trace_error,
    )
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(file=stream),
        cache_logger_on_first_use=True,
    )
    _redirect_libraries(stream, shared, render)


def _redirect_libraries(stream: TextIO, shared: Sequence[Processor], render: Processor) -> None:
    target = logging.StreamHandler(stream)
    target.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *shared, render],
        )
    )
    logging.basicConfig(handlers=[target], level=logging.INFO, force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def cut(text: str) -> str:
    """``text`` fit for a line: at most 200 characters of it, control characters escaped."""
    if len(text) > MAX_VALUE_CHARACTERS:
        text = text[: MAX_VALUE_CHARACTERS - 1] + "…"
    if text.isprintable():
        return text
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape", "backslashreplace").decode() for sign in text
    )


def cut_values(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Every text of the line, cut."""
    for name, value in event.items():
        if isinstance(value, str) and (len(value) > MAX_VALUE_CHARACTERS or not value.isprintable()):
            event[name] = cut(value)
    return event


def trace_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """``exc_info=error`` becomes ``trace``: where it and its causes were raised, their messages cut."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event["trace"] = tell_trace(error)
    return event


def tell_trace(error: BaseException) -> str:
    """The frames of ``error`` and what caused it, first cause last; at most five of them."""
    told: list[str] = []
    step: BaseException | None = error
    while step is not None and len(told) < 5:
        frames = "".join(traceback.format_tb(step.__traceback__))
        told.append(f"{frames}{describe_error(step)}")
        step = step.__cause__ or (None if step.__suppress_context__ else step.__context__)
    return "\ncaused by\n".join(told)


def describe_error(error: BaseException) -> str:
    """Class and message of ``error`` on one short line."""
    return cut(f"{type(error).__name__}: {error}")


def render_json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """The line as one JSON object; values that JSON has no form for are told as Python does."""
    return msgspec.json.encode(event, enc_hook=repr).decode()
