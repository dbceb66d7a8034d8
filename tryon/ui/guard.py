"""The web surface's guard: hosts that are answered, and the headers of every answer."""

from __future__ import annotations

from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tryon.settings import Settings

# Gradio's front end compiles small functions and styles at run time; no other host is ever needed.
CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "media-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    )
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", CONTENT_POLICY.encode()),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=(), payment=()"),
    (b"cross-origin-opener-policy", b"same-origin-allow-popups"),
)
# Only the program's own files may be kept by anybody; everything else may hold a shopper's picture.
_LASTING = ("/assets/", "/static/", "/svelte/", "/theme.css", "/favicon.ico")
_PRIVATE = (b"cache-control", b"private, no-store")


class Headers:
    """Adds the security headers, and keeps answers that may hold pictures out of every cache."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        lasting = str(scope.get("path", "")).startswith(_LASTING)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = _headers(list(message.get("headers", [])), lasting)
            await send(message)

        # Gradio would reflect a forwarded host into its addresses; who runs it behind a proxy sets root_path.
        scope = dict(scope, headers=[(k, v) for k, v in scope["headers"] if k.lower() != b"x-forwarded-host"])
        await self._app(scope, receive, answered)


def _headers(headers: list[tuple[bytes, bytes]], lasting: bool) -> list[tuple[bytes, bytes]]:
    ours = list(HEADERS) if lasting else [*HEADERS, _PRIVATE]
    names = {name for name, _ in ours}
    return [(name, value) for name, value in headers if name.lower() not in names] + ours


def middleware(settings: Settings) -> list[Any]:
    """For `launch(app_kwargs={"middleware": ...})`. A Host that is not allowed gets 400."""
    found: list[Any] = [Middleware(Headers)]
    hosts = [host.strip() for host in settings.allowed_hosts.split(",") if host.strip()]
    if hosts:
        found.append(Middleware(TrustedHostMiddleware, allowed_hosts=hosts))
    return found
