"""The wire contract in JSON and server-sent events: translates, maps errors, decides nothing."""

from memory_service.http_api.admission import admission
from memory_service.http_api.app import Application, create_app
from memory_service.http_api.exchange import note_principal
from memory_service.http_api.on_demand import OnDemand
from memory_service.http_api.options import HttpOptions

__all__ = ["Application", "HttpOptions", "OnDemand", "admission", "create_app", "note_principal"]
