"""The addresses of the runtime API, with ids of nothing filled in."""

SESSION = "session_" + "0" * 32
EXECUTION = "exec_" + "0" * 32

ADDRESSES = (
    ("GET", "/api/runtime/capabilities"),
    ("POST", "/api/runtime/tools/memory_ls"),
    ("POST", "/api/runtime/sessions"),
    ("GET", "/api/runtime/sessions"),
    ("GET", f"/api/runtime/sessions/{SESSION}"),
    ("GET", f"/api/runtime/sessions/{SESSION}/capabilities"),
    ("GET", f"/api/runtime/sessions/{SESSION}/executions"),
    ("POST", f"/api/runtime/sessions/{SESSION}/tools/memory_ls"),
    ("POST", f"/api/runtime/sessions/{SESSION}/archive"),
    ("GET", f"/api/runtime/executions/{EXECUTION}"),
    ("GET", f"/api/runtime/executions/{EXECUTION}/events"),
)
"""Method and path of each address that needs a key."""
