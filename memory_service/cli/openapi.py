"""``memory-service openapi``: the description of the HTTP API."""

import json
import sys

from memory_service.cli.options import Data, Json, service_command


def openapi(data: Data = None, as_json: Json = False) -> None:
    """Print the OpenAPI description of the HTTP API, as JSON in either case."""
    with service_command(data, as_json=as_json) as (service, _):
        json.dump(service.app().openapi(), sys.stdout, indent=None if as_json else 2, ensure_ascii=False)
        sys.stdout.write("\n")
