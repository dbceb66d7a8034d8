"""A small hub on this machine: repositories in memory, the addresses that the hub's client asks for."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

REVISION = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the server has, what it was asked, and how it misbehaves."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)  # repository -> path -> bytes
    revision: str = REVISION
    gated: set[str] = field(default_factory=set)
    break_after: int = 0  # bytes after which a file's connection ends, once per file
    wrong: set[str] = field(default_factory=set)  # paths whose bytes are not what the listing says
    asked: list[tuple[str, str]] = field(default_factory=list)  # (path, range)
    broken: set[str] = field(default_factory=set)
    address: str = ""


@contextmanager
def serving(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            parts = self.path.split("?")[0].strip("/").split("/")
            if parts[:2] == ["api", "models"]:
                return self._listing("/".join(parts[2:4]), parts[5] if len(parts) > 5 else None)
            return self._file("/".join(parts[:2]), "/".join(parts[4:]))

        def _refused(self, repo: str) -> bool:
            if repo in hub.gated:
                self._answer(403, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "ask first"})
            elif repo not in hub.files:
                self._answer(404, b"{}", {"X-Error-Code": "RepoNotFound"})
            else:
                return False
            return True

        def _listing(self, repo: str, revision: str | None) -> None:
            if self._refused(repo):
                return
            if revision not in (None, hub.revision):
                return self._answer(404, b"{}", {"X-Error-Code": "RevisionNotFound"})
            siblings = []
            for name, data in hub.files[repo].items():
                entry: dict[str, object] = {"rfilename": name, "size": len(data)}
                if not name.endswith(".json"):
                    digest = hashlib.sha256(data).hexdigest()
                    entry["lfs"] = {"size": len(data), "sha256": digest, "pointerSize": 130}
                siblings.append(entry)
            self._answer(200, json.dumps({"id": repo, "sha": hub.revision, "siblings": siblings}).encode(), {})

        def _file(self, repo: str, name: str) -> None:
            if self._refused(repo):
                return
            if name not in hub.files[repo]:
                return self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            data = hub.files[repo][name]
            if name in hub.wrong:
                data = bytes([data[0] ^ 1]) + data[1:]
            wanted = self.headers.get("Range", "")
            hub.asked.append((name, wanted))
            start = int(wanted.removeprefix("bytes=").split("-")[0]) if wanted else 0
            headers = {"ETag": '"x"', "X-Repo-Commit": hub.revision}
            if start:
                headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            self._answer(206 if start else 200, data[start:], headers, name)

        def _answer(self, status: int, body: bytes, headers: dict[str, str], name: str = "") -> None:
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "HEAD":
                return
            if name and hub.break_after and name not in hub.broken and len(body) > hub.break_after:
                hub.broken.add(name)
                body = body[: hub.break_after]
                self.close_connection = True
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    hub.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
