"""Reasons why there is no picture, as a part of a longer sentence."""

_NAMES = ("Grafana", "Prometheus", "Loki")


def continued(reason: str) -> str:
    """Go on with *reason* behind a colon: small, unless it begins with a name."""
    if reason.startswith(_NAMES):
        return reason
    return reason[:1].lower() + reason[1:]
