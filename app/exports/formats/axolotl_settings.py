"""axolotl.yaml: what axolotl has to know of a folder."""

SETTINGS = "axolotl.yaml"
_YAML = """# What axolotl has to know of this folder. Run it here, or write the folder's path in the place of "."
{top}datasets:
  - path: .
    name: {config}
    split: train
    ds_type: json
    type: {type}
"""


def settings_of(config: str, kind: str, top: str = "") -> dict[str, str]:
    """Give the file by its name; `kind` is the type of the data set, `top` are lines before it."""
    return {SETTINGS: _YAML.format(top=top, config=config, type=kind)}
