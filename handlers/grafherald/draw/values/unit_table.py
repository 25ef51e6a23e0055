"""Grafana's units by the way they are printed: facts of npm's @grafana/data, versions 7.5 to 13.2.

Every id that a panel's ``unit`` or an axis's ``format`` may hold, except those with a function of
their own in `units`. ``id@2`` counts two steps up: kbytes is bytes@1.
"""

from __future__ import annotations

Version = tuple[int, ...]

# id -> what follows the number, after a space.
FIXED: dict[str, str] = {
    "none": "",
    "humidity": "%H",
    "dB": "dB",
    "pixel": "px",
    "accMS2": "m/sec²",
    "accFS2": "f/sec²",
    "accG": "g",
    "degree": "°",
    "radian": "rad",
    "grad": "grad",
    "arcmin": "arcmin",
    "arcsec": "arcsec",
    "areaM2": "m²",
    "areaF2": "ft²",
    "areaMI2": "mi²",
    "acres": "ac",
    "hectares": "ha",
    "ppm": "ppm",
    "conppb": "ppb",
    "conngm3": "ng/m³",
    "conngNm3": "ng/Nm³",
    "conμgm3": "μg/m³",
    "conμgNm3": "μg/Nm³",
    "conmgm3": "mg/m³",
    "conmgNm3": "mg/Nm³",
    "congm3": "g/m³",
    "congNm3": "g/Nm³",
    "conmgdL": "mg/dL",
    "conmmolL": "mmol/L",
    "dBm": "dbm",
    "flowgpm": "gpm",
    "flowcms": "cms",
    "flowcfs": "cfs",
    "flowcfm": "cfm",
    "litreh": "L/h",
    "flowlpm": "L/min",
    "flowmlpm": "mL/min",
    "lux": "lux",
    "masslb": "lb",
    "masst": "t",
    "lengthcm": "cm",
    "lengthin": "in",
    "lengthft": "ft",
    "lengthmi": "mi",
    "pressurehpa": "hPa",
    "pressurekpa": "kPa",
    "pressurehg": '"Hg',
    "rotrpm": "rpm",
    "rotrads": "rad/s",
    "rotdegs": "°/s",
    "celsius": "°C",
    "fahrenheit": "°F",
    "kelvin": "K",
    "velocityms": "m/s",
    "velocitykmh": "km/h",
    "velocitymph": "mph",
    "velocityknot": "kn",
    "m3": "m³",
    "Nm3": "Nm³",
    "dm3": "dm³",
    "gallons": "gal",
}

_SI = {
    "": "sishort",
    "cd": "candela",
    "FLOPS": "flops mflops@2 gflops@3 tflops@4 pflops@5 eflops@6 zflops@7 yflops@8",
    "B": "decbytes deckbytes@1 decmbytes@2 decgbytes@3 dectbytes@4 decpbytes@5",
    "b": "decbits",
    "p/s": "pps",
    "B/s": "Bps KBs@1 MBs@2 GBs@3 TBs@4 PBs@5",
    "b/s": "bps Kbits@1 Mbits@2 Gbits@3 Tbits@4 Pbits@5",
    "W": "watt kwatt@1 megwatt@2 gwatt@3 mwatt@-1",
    "W/m²": "Wm2",
    "VA": "voltamp kvoltamp@1",
    "VAr": "voltampreact kvoltampreact@1",
    "Wh": "watth kwatth@1 mwatth@2",
    "Wh/kg": "watthperkg",
    "W-Min": "kwattm@1",
    "Ah": "amph kamph@1 mamph@-1",
    "J": "joule",
    "eV": "ev",
    "A": "amp kamp@1 mamp@-1",
    "V": "volt kvolt@1 mvolt@-1",
    "Ω": "mohm@-1 ohm kohm@1 Mohm@2",
    "F": "farad µfarad@-2 nfarad@-3 pfarad@-4 ffarad@-5",
    "H": "henry mhenry@-1 µhenry@-2",
    "Lm": "lumens",
    "Nm": "forceNm forcekNm@1",
    "N": "forceN forcekN@1",
    "H/s": "Hs KHs@1 MHs@2 GHs@3 THs@4 PHs@5 EHs@6",
    "g": "massmg@-1 massg masskg@1",
    "m": "lengthmm@-1 lengthm lengthkm@1",
    "bar": "pressurembar@-1 pressurebar pressurekbar@1",
    "Pa": "pressurepa",
    "Bq": "radbq",
    "Ci": "radci",
    "Gy": "radgy",
    "rad": "radrad",
    "Sv": "radsv radmsv@-1 radusv@-2",
    "rem": "radrem",
    "C/kg": "radexpckg",
    "R": "radr",
    "Sv/h": "radsvh radmsvh@-1 radusvh@-2",
    "Hz": "rothz rotkhz@1 rotmhz@2 rotghz@3 hertz",
    "L": "mlitre@-1 litre",
}

_BINARY = {
    "B": "bytes kbytes@1 mbytes@2 gbytes@3 tbytes@4 pbytes@5",
    "b": "bits",
    "B/s": "binBps KiBs@1 MiBs@2 GiBs@3 TiBs@4 PiBs@5",
    "b/s": "binbps Kibits@1 Mibits@2 Gibits@3 Tibits@4 Pibits@5",
}

# id -> what stands before the number.
CURRENCY: dict[str, str] = {
    "currencyUSD": "$",
    "currencyGBP": "£",
    "currencyEUR": "€",
    "currencyJPY": "¥",
    "currencyRUB": "₽",
    "currencyUAH": "₴",
    "currencyBRL": "R$",
    "currencyCZK": "czk",
    "currencyCHF": "CHF",
    "currencyPLN": "PLN",
    "currencyBTC": "฿",
    "currencymBTC": "mBTC",
    "currencyμBTC": "μBTC",
    "currencyZAR": "R",
    "currencyINR": "₹",
    "currencyKRW": "₩",
    "currencyIDR": "Rp",
    "currencyPHP": "PHP",
    "currencyMYR": "RM",
    "currencyXPF": "XPF",
    "currencyBGN": "BGN",
    "currencyPYG": "₲",
    "currencyUYU": "UYU",
    "currencyILS": "₪",
}

# id -> what stands behind the number.
CURRENCY_BEHIND: dict[str, str] = {
    "currencyDKK": "kr",
    "currencyISK": "kr",
    "currencyNOK": "kr",
    "currencySEK": "kr",
    "currencyVND": "đ",
    "currencyTRY": "₺",
}

# id -> what is counted, after K, M, B or T.
COUNT: dict[str, str] = {
    "cps": "c/s",
    "ops": "ops/s",
    "reqps": "req/s",
    "rps": "rd/s",
    "wps": "wr/s",
    "iops": "io/s",
    "eps": "evt/s",
    "mps": "msg/s",
    "recps": "rec/s",
    "rowsps": "rows/s",
    "cpm": "c/m",
    "opm": "ops/m",
    "reqpm": "req/m",
    "rpm": "rd/m",
    "wpm": "wr/m",
    "epm": "evts/m",
    "mpm": "msgs/m",
    "recpm": "rec/m",
    "rowspm": "rows/m",
}

BOOLEAN: dict[str, tuple[str, str]] = {
    "bool": ("True", "False"),
    "bool_yes_no": ("Yes", "No"),
    "bool_on_off": ("On", "Off"),
}


def _offsets(units: dict[str, str]) -> dict[str, tuple[str, int]]:
    """id -> (unit, how many prefixes above the plain unit a value of 1 is)."""
    found = {}
    for unit, ids in units.items():
        for each in ids.split():
            name, _, steps = each.partition("@")
            found[name] = (unit, int(steps or 0))
    return found


SI = _offsets(_SI)
BINARY = _offsets(_BINARY)

# Before these versions the id was unknown, and so printed as free text: "5 eps".
_NEW = {
    (8, 0): "masslb lengthin bool bool_yes_no bool_on_off",
    (9, 5): "reqpm",
    (10, 2): "candela acres hectares currencyTRY currencyMYR currencyXPF currencyBGN mwatth mohm "
    "rotkhz rotmhz rotghz eps mps recps rowsps epm mpm recpm rowspm",
    (10, 4): "currencyPYG",
    (11, 0): "sishort",
    (11, 3): "currencyUYU currencyILS",
    (13, 0): "lengthcm",
}
SINCE: dict[str, Version] = {name: version for version, ids in _NEW.items() for name in ids.split()}

# What an id was before a version: (version, "si" or "fixed", unit, steps).
BEFORE: dict[str, tuple[Version, str, str, int]] = {
    "Wm2": ((11, 5), "fixed", "W/m²", 0),
    "voltampreact": ((8, 5), "si", "var", 0),
    "kvoltampreact": ((8, 0), "si", "var", 1),
    "dBm": ((13, 0), "si", "dBm", 0),
}
