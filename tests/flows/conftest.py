"""The fixtures of the stories."""

from tests.service_fixtures import client, org, running, shared_client, shared_org

__all__ = ["client", "org", "running", "shared_client", "shared_org"]
