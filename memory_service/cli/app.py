"""The commands, put together."""

import typer

from memory_service.cli import backups, keys, mcp, openapi, orgs, quickstart, serve, upkeep

app = typer.Typer(
    name="memory-service",
    help="A durable memory for an organisation's AI agents: markdown files in a git repository.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("serve")(serve.serve)
app.command("mcp")(mcp.mcp)
app.add_typer(orgs.app, name="org")
app.add_typer(keys.app, name="key")
app.command("reindex")(upkeep.reindex)
app.command("doctor")(upkeep.doctor)
app.command("gc")(upkeep.gc)
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("openapi")(openapi.openapi)
app.command("quickstart", hidden=True)(quickstart.quickstart)
