"""`simulate schema`: the JSON Schema of scenario files, for editors."""

from __future__ import annotations

import click


@click.command("schema", short_help="Print the JSON Schema of scenario files.")
def command() -> None:
    """Print the JSON Schema of scenario files, for an editor's completion and hints."""
    click.echo(schema_text(), nl=False)


def schema_text() -> str:
    """Return the schema as indented JSON that ends with a line feed."""
    import json

    from sim.scenario.schema_json import scenario_json_schema

    return json.dumps(scenario_json_schema(), indent=2, ensure_ascii=False) + "\n"
