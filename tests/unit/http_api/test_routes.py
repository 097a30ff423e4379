"""What an endpoint may take is known when its route is made."""

import pytest
from starlette.requests import Request
from starlette.responses import Response

from memory_service.http_api.routes import DescribedRouter


async def takes_a_number(request: Request, number: int) -> Response:
    return Response(f"{request.url} {number}")


def test_an_endpoint_that_takes_what_no_source_finds_makes_no_route() -> None:
    router = DescribedRouter(tags=["any"])
    with pytest.raises(TypeError):
        router.get("/number")(takes_a_number)
    assert router.routes == []
