"""Pictures in an object store: S3 and what speaks its protocol, Google Cloud Storage, Azure.

obstore does the talking, and finds credentials, region and endpoint where each cloud's own tools
do: ``AWS_ACCESS_KEY_ID``, ``AWS_REGION``, ``AWS_ENDPOINT``, ``GOOGLE_APPLICATION_CREDENTIALS``,
``AZURE_STORAGE_ACCOUNT_NAME``, an instance's role. https://developmentseed.org/obstore/

How long pictures stay there is the bucket's lifecycle rule.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

from obstore import get, put, sign
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import from_url

from grafherald.errors import ConfigError, GraphError
from grafherald.images.publish import Naming

if TYPE_CHECKING:
    from obstore.store import ClientConfig, S3Store

LONGEST_PRESIGNED = 604_800
"""Seconds: https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html"""

# plain HTTP is used only where somebody set an http:// endpoint
_CLIENT: ClientConfig = {"connect_timeout": "3s", "timeout": "10s", "allow_http": True}
_ATTRIBUTES = {"Content-Type": "image/png", "Cache-Control": "public, max-age=604800, immutable"}


class ObjectStore:
    """A bucket, or a prefix of one. See `Publisher`."""

    def __init__(self, place: str, url: str, name: Naming, expires: float) -> None:
        """Take the *place*, such as ``s3://bucket/prefix``, and where it is seen.

        Args:
            url: the prefix of the pictures' public URLs, or ``presigned``: then each has its own,
                which works for *expires* seconds.

        Raises:
            ConfigError: it is no place of a kind that obstore knows.
        """
        self._place, self._url, self._name = place, url, name
        self._expires = timedelta(seconds=expires)
        try:
            self._store = cast(
                "S3Store",
                from_url(
                    place,
                    client_options=_CLIENT,
                    retry_config={"max_retries": 1, "retry_timeout": timedelta(seconds=10)},
                ),
            )
        except (BaseError, ValueError) as error:
            reason = str(error).partition("\n")[0]
            raise ConfigError(f"images.publish.store: {place}: {reason}") from None

    def still(self, url: str) -> bool:
        """See `Publisher.still`; a lifecycle rule does not remove what is seconds old."""
        return bool(url)

    def read(self, url: str) -> bytes:
        """See `Publisher.read`."""
        try:
            name = url.partition("?")[0].rpartition("/")[2]
            return bytes(get(self._store, name).bytes())
        except (BaseError, OSError, ValueError) as error:
            raise self._failure(error) from None

    def publish(self, png: bytes) -> str:
        """See `Publisher.publish`."""
        name = f"{self._name(png)}.png"
        try:
            put(self._store, name, png, attributes=_ATTRIBUTES, use_multipart=False)
            if self._url == "presigned":
                return sign(self._store, "GET", name, self._expires)
        except (BaseError, OSError, ValueError) as error:
            raise self._failure(error) from None
        return f"{self._url.rstrip('/')}/{name}"

    def _failure(self, error: Exception) -> GraphError:
        reason, hint = "it does not answer as it should", "Is it reachable, and in this region?"
        if isinstance(error, (PermissionDeniedError, UnauthenticatedError)):
            reason, hint = "access is denied", "Check the credentials, and that they may write."
        elif isinstance(error, FileNotFoundError):
            reason, hint = "there is no such bucket", "Check images.publish.store."
        text = f"the picture can't be saved in {self._place}: {reason}"
        return GraphError(text, status=500, hint=hint)
