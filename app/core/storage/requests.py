"""What the client of the store cannot do: find uploads that nobody finished, and end them. Signed by version 4."""

import hashlib
import hmac
import html
import http.client
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from urllib.parse import quote, urlsplit

from app.core import clock
from app.core.storage.base import StoreFailed
from app.core.storage.places import Place

REFUSED = (
    "The file store refuses the key: it needs to get, put, list and delete objects of the bucket, "
    "and to list and abort its uploads."
)
AWAY = "The file store cannot be reached, has no such bucket, or cannot do it now."
TIMEOUT_SECONDS = 30
ANSWER_MAX_BYTES = 8 << 20
_EMPTY = hashlib.sha256(b"").hexdigest()
_UPLOAD = re.compile(r"<Upload>(.*?)</Upload>", re.DOTALL)


def abort_uploads(place: Place, prefix: str, *, before: datetime | None = None) -> int:
    """End the unfinished uploads of keys with a prefix, or those begun before a time; returns how many. StoreFailed.

    A store tells of a thousand at most at a time; the others come in the next round.
    """
    count = 0
    for key, upload_id, begun in _uploads(place, prefix):
        if before is None or begun < before:
            _ask(place, "DELETE", key, {"uploadId": upload_id})
            count += 1
    return count


def _uploads(place: Place, prefix: str) -> Iterator[tuple[str, str, datetime]]:
    for found in _UPLOAD.findall(_ask(place, "GET", "", {"uploads": "", "prefix": prefix})):
        key, upload_id, begun = (_text(found, name) for name in ("Key", "UploadId", "Initiated"))
        if key.startswith(prefix):  # a store that does not know the filter may tell of what is not ours
            yield key, upload_id, datetime.fromisoformat(begun)


def _text(found: str, name: str) -> str:
    text = re.search(rf"<{name}>(.*?)</{name}>", found, re.DOTALL)
    if text is None:
        raise StoreFailed("The file store answers in a form that is not S3's.")
    return html.unescape(text[1])


def _ask(place: Place, method: str, key: str, query: Mapping[str, str]) -> str:
    address = urlsplit(place.address)
    whole = f"/{place.bucket}/{key}" if place.path_style else f"/{key}"
    path = quote(whole.rstrip("/") or "/", safe="/-_.~")
    asked = "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items()))
    headers = signed(place, method, address.netloc, path, asked, now=clock.now())
    kind = http.client.HTTPSConnection if place.is_https else http.client.HTTPConnection
    connection = kind(address.netloc, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, f"{path}?{asked}", headers=headers)
        answer = connection.getresponse()
        said = answer.read(ANSWER_MAX_BYTES).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise StoreFailed(AWAY) from error
    finally:
        connection.close()
    if answer.status in {401, 403}:
        raise StoreFailed(REFUSED)
    if answer.status >= 300 and not (method == "DELETE" and answer.status == 404):  # noqa: PLR2004 - HTTP's own
        raise StoreFailed(f"{AWAY} It answers {answer.status}.")
    return said


def signed(place: Place, method: str, host: str, path: str, query: str, *, now: datetime) -> dict[str, str]:
    """Give the headers of a request without a body that prove who asks, by AWS Signature Version 4."""
    at = now.strftime("%Y%m%dT%H%M%SZ")
    scope = f"{at[:8]}/{place.region}/s3/aws4_request"
    headers = {"host": host, "x-amz-content-sha256": _EMPTY, "x-amz-date": at}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"{method}\n{path}\n{query}\n{lines}\n{names}\n{_EMPTY}"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", at, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{place.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
    who = f"Credential={place.access_key_id}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers | {"authorization": f"AWS4-HMAC-SHA256 {who}"}
