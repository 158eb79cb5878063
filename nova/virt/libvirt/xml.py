"""Building and reading XML: text is always a node or an attribute's value, never pasted."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

Element = ET.Element
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def element(tag: str, *children: Element | str | None, **attributes: Any) -> Element:
    """An element with its children (None is left out) and attributes (None is left out, a last _ of names too)."""
    made = ET.Element(
        tag, {name.rstrip("_"): clean(str(value)) for name, value in attributes.items() if value is not None}
    )
    for child in children:
        if isinstance(child, str):
            made.text = clean(child)
        elif child is not None:
            made.append(child)
    return made


def clean(text: str) -> str:
    """The text without characters that XML cannot hold: a name with one must not stop a guest from starting."""
    return _NOT_XML.sub("", text)


def to_text(top: Element) -> str:
    """The document as text."""
    return ET.tostring(top, encoding="unicode")


def parse(text: str) -> Element:
    """Read a document of libvirt's. It comes from the host's own daemon, which has checked it."""
    return ET.fromstring(text)  # noqa: S314


def register(prefix: str, namespace: str) -> None:
    """Write elements of this namespace with this prefix."""
    ET.register_namespace(prefix, namespace)
