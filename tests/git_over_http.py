"""The least server of smart HTTP over a ``GitServer``, for tests of what it answers to the real git."""

import gzip
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from memory_service.domain.ids import OrgId
from memory_service.storage import GitServer
from tests.push_client import ADA


class _Requests(BaseHTTPRequestHandler):
    server_of: ClassVar[GitServer]

    def do_GET(self) -> None:
        org, protocol = self._org(), self.headers.get("Git-Protocol", "")
        if self.path.endswith("service=git-receive-pack"):
            self._answer("receive-pack-advertisement", [self.server_of.advertise_receive(org)])
        else:
            self._answer("upload-pack-advertisement", self.server_of.advertise_upload(org, protocol))

    def do_POST(self) -> None:
        with tempfile.TemporaryFile() as body:
            body.write(self._body())
            body.flush()
            if self.path.endswith("receive-pack"):
                self._answer("receive-pack-result", [self.server_of.receive(self._org(), body, ADA)])
            else:
                protocol = self.headers.get("Git-Protocol", "")
                self._answer("upload-pack-result", self.server_of.upload(self._org(), body, protocol))

    def _org(self) -> OrgId:
        return OrgId(self.path.split("/")[1].removesuffix(".git"))

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") == "chunked":
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            body = b"".join(parts)
        else:
            body = self.rfile.read(int(self.headers["Content-Length"]))
        return gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body

    def _answer(self, kind: str, parts: object) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"application/x-git-{kind}")
        self.end_headers()
        assert isinstance(parts, list | Iterator)
        for part in parts:
            self.wfile.write(part)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served_over_http(server: GitServer) -> Iterator[str]:
    """The address below which ``<org>.git`` is served."""
    requests = type("Requests", (_Requests,), {"server_of": server})
    with ThreadingHTTPServer(("127.0.0.1", 0), requests) as http:
        thread = threading.Thread(target=http.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{http.server_address[1]}"
        finally:
            http.shutdown()
            thread.join(10)
