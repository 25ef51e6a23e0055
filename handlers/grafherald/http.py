"""HTTP as channels speak it: one POST, one short answer, one verdict on what to do about it.

Proxies and certificates come from the environment as `requests` takes them, or from the channel's
own ``proxy`` and ``ca_file``. Nothing is read from ~/.netrc, and no redirect is followed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, NewConnectionError

from grafherald import __version__
from grafherald.answer import Answer
from grafherald.deadline import Deadline
from grafherald.errors import PermanentError, TemporaryError
from grafherald.text import one_line, plain, shorten

_MOST = 64 * 1024  # bytes of an answer that are read
_CONNECT = 5.0  # seconds for each address of a host


class Client:
    """A context manager that POSTs, all in all within *timeout* seconds.

    Args:
        secrets: what no message may hold: the token, the path of a webhook.
    """

    def __init__(
        self, *, timeout: float, proxy: str = "", ca_file: str = "", secrets: Iterable[str] = ()
    ) -> None:
        self.deadline = Deadline(timeout)
        self._secrets = tuple(secrets)
        self._session = _Session()
        self._session.headers["User-Agent"] = f"grafherald/{__version__}"
        self._session.auth = _as_it_is
        self._proxies = {"http": proxy, "https": proxy} if proxy else {}
        self._verify: str | bool = ca_file or True
        self._adapter = _WatchedAdapter(self.deadline)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, self._adapter)

    def post(self, url: str, **content: Any) -> Answer:
        """Return the answer to a POST of *content*, whatever its status.

        Args:
            content: ``json``, ``data``, ``params`` and ``headers``, as `requests` takes them.

        Raises:
            TemporaryError: there was no connection, or no answer (``unknown``).
            PermanentError: the request can't be made as it is.
        """
        host = urlsplit(url).netloc.rpartition("@")[2]
        self._adapter.sent = False
        try:
            response = self._session.post(
                url,
                timeout=(min(_CONNECT, self.deadline.remaining), self.deadline.remaining),
                proxies=self._proxies,
                verify=self._verify,
                allow_redirects=False,
                stream=True,
                **content,
            )
        except requests.RequestException as error:
            raise self._unanswered(host, error) from None
        except OSError:
            raise PermanentError(f"{host}: ca_file or the CA bundle can't be read") from None
        except ValueError:
            raise _impossible(host) from None
        with response:
            body = _start_of(response)
        return Answer(host, response.status_code, response.headers, body, self._secrets)

    def __enter__(self) -> Client:
        self.deadline.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.deadline.__exit__(kind, error, trace)
        self._session.close()

    def _unanswered(
        self, host: str, error: requests.RequestException
    ) -> TemporaryError | PermanentError:
        if not isinstance(error, requests.ConnectionError | requests.Timeout):
            return _impossible(host)
        cause = error.args[0] if error.args else error
        cause = getattr(cause, "reason", cause)
        late = f"within {self.deadline.seconds:.3g} s"
        if isinstance(error, requests.exceptions.ProxyError):
            why = f"the proxy made no connection: {_words(cause)}"
        elif isinstance(error, requests.exceptions.SSLError):
            why = f"TLS failed: {_words(cause)}; a private CA? set ca_file"
        elif isinstance(cause, NewConnectionError):
            why = f"no connection: {_words(cause)}"
        elif isinstance(error, requests.ConnectTimeout) or not self._adapter.sent:
            why = f"no connection {late}"
        else:
            timed_out = self.deadline.passed or isinstance(error, requests.Timeout)
            why = f"no answer {late}" if timed_out else "the connection ended without an answer"
            return TemporaryError(f"{host}: {why}", unknown=True)
        return TemporaryError(f"{host}: {why}")


def _words(cause: object) -> str:
    """Return why a connection failed, in the system's words: ``Connection refused``."""
    text = re.sub(r"\(_ssl\.c:\d+\)|\[\w+: (?=\w)|\[Errno -?\d+\] |'\)$|\)+$", "", str(cause))
    return shorten(one_line(plain(text.rpartition(": ")[2])).strip("]( ,"), 120)


def _impossible(host: str) -> PermanentError:
    return PermanentError(f"{host}: the request can't be made; check url, proxy and token")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Authenticate nothing: keeps requests from putting ~/.netrc's password over our token."""
    return request


def _start_of(response: requests.Response) -> bytes:
    """Return the first bytes of the body, as sent; none where it breaks off."""
    try:
        start: bytes = response.raw.read(_MOST, decode_content=False)
    except (HTTPError, OSError):
        return b""
    return start


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:  # noqa: ARG002 - its shape
        """Say that nothing redirects: requests would read such an answer whole, however long."""
        return


class _WatchedAdapter(HTTPAdapter):
    """Shows each connection that it opens to the deadline, which can then end it.

    Attributes:
        sent: a request went, or was about to go, over an open connection.
    """

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self.sent = False
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        connect: Callable[..., Any] = pool.ConnectionCls

        def watched(*args: Any, **options: Any) -> Any:
            connection = connect(*args, **options)
            connection.request = self._noting(connection.request)
            self._deadline.watch(connection)
            return connection

        pool.ConnectionCls = watched
        return pool

    def _noting(self, request: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **options: Any) -> Any:
            self.sent = True
            return request(*args, **options)

        return noted
