"""One conversation with the service: what is safe to repeat is repeated, what it refuses is an exception with its words.

ClientError
├── Refused        the service answered with a problem; ``status``, ``title``, ``detail``, ``type``, ``request_id``
└── Unreachable    no answer, or one that was cut, however often it was tried
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import httpx2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LATER: Final = (429, 503)
LONGEST_PAUSE: Final = 30.0


class ClientError(RuntimeError):
    """Something that the client could not do."""


class Refused(ClientError):
    """The service answered with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.title = str(problem.get("title", "Refused"))
        self.detail = str(problem.get("detail", ""))
        self.type = str(problem.get("type", "about:blank"))
        self.request_id = str(problem.get("requestId", ""))
        super().__init__(f"{self.title} ({status}): {self.detail}")


class Unreachable(ClientError):
    """The service does not answer, or its answer was cut."""


class Connection:
    """Requests with a token. ``patience``: for how many seconds a safe request is tried again, pauses included."""

    def __init__(
        self,
        client: httpx2.Client,
        token: str,
        *,
        patience: float = 30.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._headers = {"Authorization": f"Bearer {token}"}
        self._patience = patience
        self._sleep = sleep

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()

    def get(self, path: str, query: Mapping[str, str]) -> Any:
        """The document at a path. Raises Refused and Unreachable."""
        answer = self._repeat(lambda: self._client.get(_join(path, query), headers=self._headers))
        return _read(answer)

    def read(self, path: str, query: Mapping[str, str], media: str) -> bytes:
        """The bytes at a path in another format. Raises Refused and Unreachable."""
        headers = {**self._headers, "Accept": media}
        answer = self._repeat(lambda: self._client.get(_join(path, query), headers=headers))
        _check(answer)
        return answer.content

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a body. Sent once: only an answer that asks to come back later shows that nothing was done."""
        answer = self._repeat(lambda: self._client.post(path, json=body, headers=self._headers), lost_is_safe=False)
        return _read(answer)

    @contextmanager
    def stream(self, path: str, query: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """The lines of a long answer, as they come; a cut answer raises Unreachable at its end."""
        request = self._client.build_request("GET", _join(path, query), headers=self._headers)
        answer = self._repeat(lambda: self._client.send(request, stream=True))
        try:
            if answer.status_code != 200:
                answer.read()
                _check(answer)
            yield _lines(answer)
        finally:
            answer.close()

    def _repeat(self, send: Callable[[], httpx2.Response], *, lost_is_safe: bool = True) -> httpx2.Response:
        """Any answer but one that asks to come back later: that is done, and so it is with a lost connection."""
        deadline, pause = time.monotonic() + self._patience, 0.25
        while True:
            try:
                answer = send()
            except httpx2.TransportError as error:
                if not lost_is_safe or time.monotonic() + pause > deadline:
                    raise Unreachable(f"The service does not answer: {type(error).__name__} {error}") from error
                wait = pause
            else:
                wait = max(pause, _read_pause(answer))
                if answer.status_code not in LATER or time.monotonic() + wait > deadline:
                    return answer
                answer.close()
            self._sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)


def _join(path: str, query: Mapping[str, str]) -> str:
    """A target; the values of the query are percent-encoded already."""
    return f"{path}?{'&'.join(f'{name}={value}' for name, value in query.items())}" if query else path


def _read_pause(answer: httpx2.Response) -> float:
    """The seconds of Retry-After; a date, or nothing, is one second."""
    try:
        return max(0.0, float(answer.headers.get("retry-after", "1")))
    except ValueError:
        return 1.0


def _read(answer: httpx2.Response) -> Any:
    _check(answer)
    return answer.json() if answer.content else None


def _check(answer: httpx2.Response) -> None:
    if answer.is_success:
        return
    try:
        problem = answer.json()
    except ValueError:
        problem = {"title": "Unexpected answer", "detail": answer.text[:200]}
    raise Refused(answer.status_code, problem if isinstance(problem, dict) else {})


def _lines(answer: httpx2.Response) -> Iterator[str]:
    try:
        yield from answer.iter_lines()
    except httpx2.TransportError as error:
        raise Unreachable(f"The answer was cut: {type(error).__name__} {error}") from error
