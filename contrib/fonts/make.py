"""Make the fonts that drawn panels are written in, and the table of their characters' widths.

npm pack @fontsource/roboto @fontsource/inter    # unpack into FOLDER/roboto, FOLDER/inter
pip install fonttools brotli
python contrib/fonts/make.py FOLDER handlers/grafherald/draw/page/fonts
"""

import json
import sys
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

PARTS = ("latin", "latin-ext", "cyrillic", "greek")
EXTRA = {"roboto": ("math", "symbols"), "inter": ()}
KEEP = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x250),
    *range(0x2C6, 0x2DE),
    *range(0x300, 0x460),
    *range(0x490, 0x492),
    *range(0x1E00, 0x1F00),
    *range(0x2000, 0x2070),
    *range(0x2070, 0x2090),
    *range(0x20A0, 0x20C1),
    *range(0x2100, 0x2200),
    *(0x2212, 0x2215, 0x221E, 0x2248, 0x2260, 0x2264, 0x2265, 0x25B2, 0x25BC, 0x25CF, 0xFFFD),
]


def font(source: Path, family: str, weight: int, place: Path) -> TTFont:
    """One static font of the wanted scripts, without hinting and OpenType alternates."""
    files, had = [], set()
    for part in (*PARTS, *EXTRA[family]):
        path = source / family / "files" / f"{family}-{part}-{weight}-normal.woff2"
        if not path.exists():
            continue
        loaded = TTFont(path)
        loaded.flavor = None
        options = Options(name_IDs=["*"], layout_features=["kern", "mark", "ccmp"], hinting=False)
        options.drop_tables += ["GSUB", "STAT", "GPOS"] if part in EXTRA[family] else ["STAT"]
        subset = Subsetter(options)
        subset.populate(unicodes=set(KEEP) - had)
        had |= set(loaded.getBestCmap())
        subset.subset(loaded)
        target = place / f"{part}.ttf"
        loaded.save(target)
        files.append(str(target))
    return Merger().merge(files)


def main(source: Path, out: Path) -> None:
    """Write a TTF a family and weight, the licences, and advances.json.

    advances.json is ``{"Roboto-400": {"em": 2048, "widths": {"1149": "abc", ...}}}``.
    """
    out.mkdir(parents=True, exist_ok=True)
    table = {}
    for family in ("roboto", "inter"):
        for weight in (400, 500):
            with tempfile.TemporaryDirectory() as place:
                made = font(source, family, weight, Path(place))
            name = f"{family.title()}-{weight}"
            made["OS/2"].usWeightClass = weight
            made.save(out / f"{name}.ttf")
            widths: dict[str, str] = {}
            metrics = made["hmtx"].metrics
            for code, glyph in sorted(made.getBestCmap().items()):
                key = str(metrics[glyph][0])
                widths[key] = widths.get(key, "") + chr(code)
            table[name] = {"em": made["head"].unitsPerEm, "widths": widths}
        licence = (source / family / "LICENSE").read_text()
        (out / f"{family.title()}-OFL.txt").write_text(licence)
    (out / "advances.json").write_text(json.dumps(table, indent=0, ensure_ascii=True) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
