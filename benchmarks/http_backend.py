"""The peer: git's own ``http-backend`` behind a small HTTP server, ``python -m benchmarks.http_backend FOLDER``.

Serves the repositories of a folder at ``/NAME.git``, to anybody, and prints its port.
"""

import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO, cast

PART = 64 * 1024


class Handler(BaseHTTPRequestHandler):
    """One request, as CGI (RFC 3875)."""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def _serve(self) -> None:
        with subprocess.Popen(
            ["git", "http-backend"], env=self._environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as backend:
            assert backend.stdin
            assert backend.stdout
            feeding = threading.Thread(target=self._feed, args=(backend.stdin,))
            feeding.start()
            status, headers = 200, []
            while line := backend.stdout.readline().strip().decode():
                name, _, value = line.partition(": ")
                if name == "Status":
                    status = int(value.split()[0])
                else:
                    headers.append((name, value))
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.end_headers()
            while part := backend.stdout.read1(PART):  # type: ignore[attr-defined] # a buffered pipe has it
                self.wfile.write(part)
            feeding.join()

    def _feed(self, stdin: BinaryIO) -> None:
        with stdin:
            left = int(self.headers.get("Content-Length", 0))
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                while size := int(self.rfile.readline(), 16):
                    stdin.write(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
            while left:
                part = self.rfile.read(min(left, PART))
                stdin.write(part)
                left -= len(part)

    def _environment(self) -> dict[str, str]:
        path, _, query = self.path.partition("?")
        length = {"CONTENT_LENGTH": self.headers["Content-Length"]} if "Content-Length" in self.headers else {}
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": cast("Server", self.server).folder,
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_COUNT": "2",
            "GIT_CONFIG_KEY_0": "http.receivepack",
            "GIT_CONFIG_VALUE_0": "true",
            "GIT_CONFIG_KEY_1": "safe.directory",
            "GIT_CONFIG_VALUE_1": "*",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REMOTE_USER": "bench",
            "REMOTE_ADDR": "127.0.0.1",
            **length,
        }


class Server(ThreadingHTTPServer):
    """Serves the repositories of a folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.folder = str(folder.absolute())


def main() -> None:
    server = Server(Path(sys.argv[1]))
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
