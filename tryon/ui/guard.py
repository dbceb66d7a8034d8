"""The web surface's guard: hosts that are answered, and the headers of every answer."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tryon.pipeline import IMAGE_NAME, VIDEO_NAME
from tryon.settings import Settings

PART_HEADERS = 16 * 1024  # bytes; more than any browser sends before a file's first byte
BLANK = bytes.fromhex("4749463839610100010080000000000000000021f90401000000002c00000000010001000002024401003b")

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
_LASTING = ("/assets/", "/static/", "/svelte/", "/theme.css", "/favicon.ico", "/example/")
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


class NoEcho:
    """Uploaded files are never served back: the page shows its own copy, made without metadata.

    Gradio would answer to anybody who knows the path; its front end asks once, before our handler has
    replaced and deleted the file, and gets a blank pixel.
    """

    def __init__(self, app: ASGIApp, folder: str, outputs: frozenset[str]) -> None:
        self._app = app
        self._folder = os.path.realpath(folder)
        self._outputs = outputs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] in ("GET", "HEAD") and self._is_upload(str(scope["path"])):
            await Response(BLANK, media_type="image/gif")(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _is_upload(self, path: str) -> bool:
        _, found, file = path.partition("/gradio_api/file=")
        if not found:
            return False
        real = os.path.realpath(file)
        return real.startswith(self._folder + os.sep) and Path(real).name not in self._outputs


class FreshNames:
    """Gives every upload a random name before Gradio sees it.

    Gradio stores a file under the hash of its content and its own name: two visitors who send the same file
    would share one path, and whoever is served first would delete the other's. It also keeps the names that
    people give their pictures off the disk and out of logs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or not str(scope["path"]).endswith("/upload"):
            await self._app(scope, receive, send)
            return
        held, done = b"", False

        async def renamed() -> Message:
            """The body with its part headers rewritten; headers are held back until they are whole."""
            nonlocal held, done
            while not done:
                message = await receive()
                if message["type"] != "http.request":
                    return message
                held += message.get("body", b"")
                more = bool(message.get("more_body"))
                done = b"\r\n\r\n" in held or len(held) > PART_HEADERS or not more
                if done:
                    return {"type": "http.request", "body": _fresh(held), "more_body": more}
            return await receive()

        await self._app(scope, renamed, send)


def _fresh(body: bytes) -> bytes:
    """The first part's file name replaced by a random one with the same ending."""
    head, gap, rest = body.partition(b"\r\n\r\n")

    def name(found: re.Match[bytes]) -> bytes:
        ending = re.search(rb"\.[A-Za-z0-9]{1,5}$", found[1])
        return b'filename="' + secrets.token_hex(12).encode() + (ending[0] if ending else b"") + b'"'

    return re.sub(rb'filename="([^"]*)"', name, head, count=1) + gap + rest


def _headers(headers: list[tuple[bytes, bytes]], lasting: bool) -> list[tuple[bytes, bytes]]:
    ours = list(HEADERS) if lasting else [*HEADERS, _PRIVATE]
    names = {name for name, _ in ours}
    return [(name, value) for name, value in headers if name.lower() not in names] + ours


def middleware(settings: Settings, uploads: str) -> list[Any]:
    """For `launch(app_kwargs={"middleware": ...})`. A Host that is not allowed gets 400; `uploads` is Gradio's
    folder."""
    outputs = frozenset((IMAGE_NAME, VIDEO_NAME))
    found: list[Any] = [
        Middleware(Headers),
        Middleware(NoEcho, folder=uploads, outputs=outputs),
        Middleware(FreshNames),
    ]
    hosts = [host.strip() for host in settings.allowed_hosts.split(",") if host.strip()]
    if hosts:
        found.append(Middleware(TrustedHostMiddleware, allowed_hosts=hosts))
    return found
