"""Pages from templates: the one Jinja environment, its globals and filters, and `render`."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from app.config import ROOT
from app.core import clock
from app.text.markdown import render_markdown
from app.text.segments import find_segments
from app.web import csrf, flash
from app.web.browsers import name_browser
from app.web.sessions import read_secret

TEMPLATES = ROOT / "templates"
DIST = ROOT / "app" / "static" / "dist"
_SCRIPT_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the page, as the top bar shows them."""

    user_id: UUID
    name: str
    is_admin: bool
    home_url: str
    unread_count: int

    @property
    def initials(self) -> str:
        """The first letter of the name, for the face."""
        return self.name[:1].upper()


def json_for_script(value: Any) -> str:
    """Write JSON that cannot leave its script element: < > & and the line separators are escaped."""
    return json.dumps(value, ensure_ascii=False, default=_plain).translate(_SCRIPT_ESCAPES)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} does not go into a page")


def _json_script(element_id: str, value: Any) -> Markup:
    return (
        Markup('<script type="application/json" id="{}">').format(element_id)
        + Markup(json_for_script(value))
        + Markup("</script>")
    )


@lru_cache(maxsize=1)
def _manifest(_changed_at_ns: int) -> Mapping[str, str]:
    manifest: dict[str, str] = json.loads((DIST / "manifest.json").read_text(encoding="utf-8"))
    return manifest


def asset(name: str) -> str:
    """Return the URL of a built front-end file by its source name; KeyError when the build does not have it."""
    changed_at = (DIST / "manifest.json").stat().st_mtime_ns
    return f"/static/dist/{_manifest(changed_at)[name]}"


def _ago(moment: datetime) -> Markup:
    seconds = max(0, int((clock.now() - moment).total_seconds()))
    for limit, unit, word in ((60, 1, "s"), (3600, 60, "min"), (48 * 3600, 3600, "h"), (1 << 62, 86400, "d")):
        if seconds < limit:
            return Markup('<time datetime="{}" data-relative>{} {} ago</time>').format(
                moment.isoformat(), seconds // unit, word
            )
    raise AssertionError("unreachable: the last limit is beyond any date")


def _moment(moment: datetime) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(moment.isoformat(), f"{moment:%-d %b %Y, %H:%M} UTC")


def duration(seconds: float) -> str:
    """Say a length of time in its two largest units: 18720 → "5 h 12 min"."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{rest} s"


def size(size_bytes: int) -> str:
    """Say a size in decimal units: 1234567 → "1.2 MB"."""
    value = float(size_bytes)
    for unit in ("B", "kB", "MB"):
        if value < 1000:  # noqa: PLR2004 - decimal units step by a thousand
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"


def formulas(line: str) -> Markup:
    """Set the formulas of a line of plain text; everything else, Markdown too, stays as it is written."""
    pieces, at = Markup(), 0
    for segment in find_segments(line):
        if segment.kind == "formula":
            pieces += escape(line[at : segment.start]) + Markup('<span class="tex keep">{}</span>').format(
                segment.source
            )
            at = segment.end
    return pieces + escape(line[at:])


def _markdown(text: str) -> Markup:
    return Markup(render_markdown(text).html)


@pass_context
def _csp_nonce(context: Context) -> str:
    nonce: str = context["request"].state.csp_nonce
    return nonce


@pass_context
def _csrf_token(context: Context) -> str:
    secret = read_secret(context["request"])
    return csrf.token_for(secret) if secret else ""


@pass_context
def _url(context: Context, name: str, /, **params: Any) -> str:
    return str(context["request"].app.url_path_for(name, **{key: str(value) for key, value in params.items()}))


@pass_context
def _flashes(context: Context) -> list[tuple[str, str]]:
    return flash.read(context["request"])


def make_environment(folder: Path = TEMPLATES) -> Environment:
    """Build the environment: autoescape for everything, an unknown name is an error, never an empty string."""
    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    functions: dict[str, Callable[..., Any]] = {
        "asset": asset,
        "csp_nonce": _csp_nonce,
        "csrf_token": _csrf_token,
        "flashes": _flashes,
        "json_script": _json_script,
        "url": _url,
        "_": str,
    }
    environment.globals.update(functions, product_name="Workings")
    environment.filters.update(
        ago=_ago,
        browser=name_browser,
        datetime=_moment,
        duration=duration,
        formulas=formulas,
        markdown=_markdown,
        number="{:,}".format,
        size=size,
    )
    return environment


_environment = make_environment()


def render(
    request: Request, template: str, *, partial: str | None = None, status: int = 200, **context: Any
) -> HTMLResponse:
    """Answer with a page, or with its `partial` when htmx asks for a part of it.

    The context gets `request`, `viewer`, `demo` and `locale`; a page passes booleans, templates decide nothing.
    """
    is_part = (
        partial is not None and request.headers.get("hx-request") == "true" and "hx-boosted" not in request.headers
    )
    name = partial if is_part and partial is not None else template
    html = _environment.get_template(name).render(
        request=request,
        viewer=getattr(request.state, "viewer", None),
        demo=request.app.state.settings.demo,
        locale="en",
        **context,
    )
    response = HTMLResponse(html, status_code=status)
    if partial is not None:
        response.headers["vary"] = "HX-Request"
    if not is_part and flash.read(request):
        flash.clear(response)
    return response
