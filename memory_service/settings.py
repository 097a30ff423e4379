"""The settings of a service, read once, from the environment and from what composition is told."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

MIB = 1024 * 1024


class Settings(BaseSettings):
    """Everything that can be configured. Each field is an environment variable ``MEMORY_SERVICE_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="MEMORY_SERVICE_", frozen=True, extra="forbid")

    data_dir: Annotated[Path, Field(description="Folder that holds everything the service keeps.")] = Path("data")
    host: Annotated[str, Field(description="Address that the server listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port that the server listens on; 0 takes a free one.")] = (
        8000
    )
    public_url: Annotated[
        str | None, Field(description="Address that clients reach the server at, where it is not the request's own.")
    ] = None
    allowed_hosts: Annotated[
        str | None,
        Field(
            pattern=r"^[^,\s]+(,[^,\s]+)*$",
            description="Further names that MCP clients reach the server at, such as `memory,10.0.0.5:8000`.",
        ),
    ] = None
    log_level: Annotated[
        str, Field(pattern="^(debug|info|warning|error)$", description="Least level that is logged.")
    ] = "info"
    metrics: Annotated[bool, Field(description="Whether `/metrics` answers.")] = True
    docs: Annotated[bool, Field(description="Whether `/docs` and `/openapi.json` answer.")] = True
    max_body_bytes: Annotated[int, Field(ge=1024, description="Largest body of a request.")] = 2 * MIB
    max_file_bytes: Annotated[int, Field(ge=1024, description="Largest memory file, after an edit.")] = MIB
    body_seconds: Annotated[float, Field(gt=0, description="Longest time a request may take to arrive.")] = 30.0
    requests_per_second: Annotated[int, Field(ge=1, description="Requests that one key may send in a second.")] = 1000
    auth_failures_per_minute: Annotated[
        int, Field(ge=1, description="Bad keys that one address may send in a minute.")
    ] = 100
    workers: Annotated[int, Field(ge=1, description="Executions that run at the same time.")] = 40
    queue: Annotated[int, Field(ge=1, description="Executions that may wait for a worker.")] = 1000
    execution_seconds: Annotated[float, Field(gt=0, description="Longest time an execution may take.")] = 30.0
    streams_per_key: Annotated[int, Field(ge=1, description="Event streams that one key may hold open.")] = 100
    streams: Annotated[int, Field(ge=1, description="Event streams that the server holds open.")] = 2000
    event_retention_days: Annotated[
        int, Field(ge=1, description="Days after which the events of an ended execution are forgotten.")
    ] = 90
    git: Annotated[bool, Field(description="Whether `/git/{org}.git` answers git's clients.")] = True
    use_git_binary: Annotated[
        bool, Field(description="Whether fetches are answered by the program `git`, where there is one.")
    ] = True
    git_operations: Annotated[int, Field(ge=1, description="Requests of git clients that are worked on at once.")] = 16
    max_push_bytes: Annotated[int, Field(ge=1024, description="Largest push, as git packs it.")] = 256 * MIB
    push_suffixes: Annotated[
        str | None,
        Field(
            pattern=r"^\.[A-Za-z0-9]+(,\.[A-Za-z0-9]+)*$",
            description="Endings of further files that a push may bring, such as `.png,.csv`.",
        ),
    ] = None
    open_repositories: Annotated[int, Field(ge=1, description="Repositories kept open at the same time.")] = 64

    @field_validator("public_url")
    @classmethod
    def _no_closing_slash(cls, url: str | None) -> str | None:
        if url is None:
            return None
        if not url.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return url.rstrip("/")
