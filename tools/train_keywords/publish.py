"""Puts a finished head where the node finds it: file, labels, manifest entry, model card."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from node.voice.frontend import ROW_WIDTH
from node.voice.spotter import ROWS_PER_LOOK, Label

_ENTRY = """[[file]]
name = "{name}"
bytes = {size}
sha256 = "{digest}"
licence = "Apache-2.0"
role = "keywords of the booth"
inputs = {{ x = [0, {rows}, {width}] }}
"""


def publish(
    folder: Path, name: str, head: bytes, labels: Sequence[Label], facts: Mapping[str, str | int]
) -> None:
    """Write `name`.onnx and `name`.toml into `folder` and enter them in its manifest.

    Args:
        folder: Where the node's models lie.
        name: Of the head.
        head: The ONNX file.
        labels: Class 1 and on.
        facts: What goes into the table `[head]`: seed, versions.
    """
    digest = hashlib.sha256(head).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.onnx").write_bytes(head)
    (folder / f"{name}.toml").write_text(labels_file(labels, {"sha256": digest, **facts}), "utf-8")
    manifest = folder / "manifest.toml"
    if manifest.is_file():
        entry = _ENTRY.format(
            name=f"{name}.onnx",
            size=len(head),
            digest=digest,
            rows=ROWS_PER_LOOK,
            width=ROW_WIDTH,
        )
        manifest.write_text(entered(manifest.read_text("utf-8"), f"{name}.onnx", entry), "utf-8")


def labels_file(labels: Sequence[Label], facts: Mapping[str, str | int]) -> str:
    """The head's TOML: what was used to make it, and one `[[label]]` for each class from 1 on."""
    lines = [
        "# Labels and thresholds of the head beside it, written by tools/train_keywords.",
        "[head]",
    ]
    lines += [f"{key} = {json.dumps(value)}" for key, value in facts.items()]
    for label in labels:
        lines += [
            "",
            "[[label]]",
            f"keyword = {_quoted(label.keyword)}",
            f"intent = {_quoted(label.intent)}",
            f'locale = "{label.locale}"',
            f"threshold = {label.threshold:g}",
        ]
        if label.slots:
            slots = ", ".join(f"{key} = {_quoted(value)}" for key, value in label.slots.items())
            lines.append(f"slots = {{ {slots} }}")
    return "\n".join([*lines, ""])


def entered(manifest: str, name: str, entry: str) -> str:
    """`manifest` with `entry` in place of what it said of the file `name`, or at its end."""
    pieces = re.split(r"(?m)^(?=\[\[file\]\]$)", manifest)
    kept = [piece for piece in pieces if f'name = "{name}"' not in piece]
    return "".join(kept).rstrip("\n") + "\n\n" + entry


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
