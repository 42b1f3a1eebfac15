"""Text messages, through whatever gateway the city has: POST {"phone", "text"}."""

import json
import urllib.error
import urllib.request
from datetime import timedelta
from http import HTTPStatus

from gateways.failures import Permanent, Temporary

SECONDS = 5.0


class SmsGateway:
    """Sends text messages through the gateway at `url`; an empty address sends none."""

    def __init__(self, url: str) -> None:
        self._url = url
        # A gateway is named by the operator and asked directly, whatever proxy the web needs.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def send(self, phone: str, text: str) -> None:
        """Hand one message over. Raises `Permanent`, `Temporary`."""
        if not self._url:
            raise Permanent("no SMS gateway is configured")
        body = json.dumps({"phone": phone, "text": text}).encode()
        request = urllib.request.Request(  # noqa: S310 - the operator's own address, http(s) only
            self._url, body, {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with self._opener.open(request, timeout=SECONDS):
                return
        except urllib.error.HTTPError as problem:
            raise _failure(problem) from problem
        except OSError as problem:
            raise Temporary(f"the SMS gateway cannot be reached: {type(problem).__name__}") from (
                problem
            )


def _failure(problem: urllib.error.HTTPError) -> Permanent | Temporary:
    with problem:
        if problem.code == HTTPStatus.TOO_MANY_REQUESTS:
            said = problem.headers.get("Retry-After", "")
            wait = timedelta(seconds=int(said)) if said.isdecimal() else None
            return Temporary("the SMS gateway asks to wait", retry_after=wait)
        if problem.code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return Temporary(f"the SMS gateway answered {problem.code}")
        return Permanent(f"the SMS gateway refused: {problem.code}")
