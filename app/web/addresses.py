"""Where a request comes from and where it may be sent on: addresses believed only as far as they can be."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from fastapi import Request

from app.config import Settings


def client_address(request: Request) -> str:
    """Return the address of the client; X-Forwarded-For counts only as far as trusted proxies wrote it.

    Each proxy appends whom it got the request from, so the list is read from the right, and the first address that
    is no proxy of ours is the client: what stands left of it anybody may have made up.
    """
    settings: Settings = request.app.state.settings
    address = request.client.host if request.client else ""
    hops = _forwarded(request)
    while hops and _is_trusted(address, settings.trusted_proxies):
        nearest = hops.pop()
        if _parsed(nearest) is None:
            break
        address = nearest
    return address


def client_network(request: Request) -> str:
    """Return what failures are counted by: the IPv4 address, or the IPv6 /64, of which one person has all."""
    address = client_address(request)
    parsed = _parsed(address)
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return address


def is_from_this_machine(request: Request) -> bool:
    """Tell whether the client, the connection's other end and the Host it asked for are all this machine's loopback.

    The Host matters because a page elsewhere can point a name of its own at 127.0.0.1. Whoever a proxy says it speaks
    for counts too, believed or not: a stranger before the proxy must not pass for the machine that it stands on.
    """
    peer = request.client.host if request.client else ""
    return all(map(is_loopback, (peer, request.url.hostname or "", *_forwarded(request))))


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address means this machine."""
    if host == "localhost":
        return True
    parsed = _parsed(host)
    return parsed is not None and parsed.is_loopback


def own_path(path: str, default: str = "/") -> str:
    """Return a path of our own to go on to: one leading slash, no backslash, no control character; else `default`."""
    fine = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if fine else default


def address_of(request: Request) -> str:
    """Return the path and query of a request, to come back to it."""
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def page_before(request: Request) -> str:
    """Return the path of our own page that the request was sent from (its Referer), or home."""
    place = urlsplit(request.headers.get("referer", ""))
    own = {urlsplit(request.app.state.settings.public_url).netloc, request.url.netloc}
    if place.netloc not in own:
        return "/"
    return own_path(f"{place.path}?{place.query}" if place.query else place.path)


def with_next(path: str, onward: str) -> str:
    """Compose the address of a page that leads on to `onward` when it is done."""
    return f"{path}?next={quote(onward, safe='/')}"


def _forwarded(request: Request) -> list[str]:
    """Return whom proxies say they got the request from, nearest last."""
    return [hop.strip() for hop in ",".join(request.headers.getlist("x-forwarded-for")).split(",") if hop.strip()]


def _is_trusted(address: str, trusted: Sequence[str]) -> bool:
    parsed = _parsed(address)
    if parsed is None:
        return False
    return any(parsed in ipaddress.ip_network(proxy, strict=False) for proxy in trusted)


def _parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
