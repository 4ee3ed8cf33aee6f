# SPDX-License-Identifier: GPL-3.0-or-later
"""A report has the figures that are expected and no others, each well-formed and described, and asks nobody for anything."""
import base64
import os
import re
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

folder, expected = sys.argv[1], set(sys.argv[2:])


class Page(HTMLParser):
    """Images by the name of their figure, and everything that could be fetched."""

    def __init__(self):
        super().__init__()
        self.figure, self.images, self.links, self.open = None, {}, [], []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "figure":
            self.figure = attributes["id"]
        if tag == "img":
            self.images[self.figure] = attributes
        self.links += [attributes[key] for key in ("src", "href") if key in attributes]
        if tag not in ("meta", "link", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, f"</{tag}> ends nothing"


with open(f"{folder}/report.html", encoding="utf-8") as file:
    text = file.read()
page = Page()
page.feed(text)
assert not page.open, page.open
assert set(page.images) == expected, sorted(page.images)
assert all(link.startswith("data:") for link in page.links), page.links
assert not re.search(r"https?://|<script|@import", text), "asks another host"
assert len(text) < 3_000_000, len(text)
for name, image in page.images.items():
    assert len(image["alt"]) > 40 and re.search(r"\d", image["alt"]), image["alt"]
    svg = base64.b64decode(image["src"].split(",", 1)[1])
    root = ElementTree.fromstring(svg)
    assert root.tag.endswith("svg") and len(list(root.iter())) > 20, name
    with open(f"{folder}/figures/{name}.svg", "rb") as file:
        assert file.read() == svg, name
    with open(f"{folder}/figures/{name}.pdf", "rb") as file:
        assert file.read(5) == b"%PDF-", name
files = {os.path.splitext(name)[0] for name in os.listdir(f"{folder}/figures")}
assert files == expected, sorted(files)
assert "Provenance" in text or "Best settings" in text
print(f"{folder}: {len(expected)} figures, {len(text)} bytes")
