"""Git's smart HTTP protocol: framing, limits and keys. Knows neither how packs are made nor how pushes are judged."""

from memory_service.git_http.endpoints import GitHttp
from memory_service.git_http.options import GitOptions
from memory_service.git_http.ports import GitServer

__all__ = ["GitHttp", "GitOptions", "GitServer"]
