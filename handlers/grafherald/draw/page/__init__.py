"""What a picture is written with: SVG, texts as wide as they are, boxes, the panel's frame."""
