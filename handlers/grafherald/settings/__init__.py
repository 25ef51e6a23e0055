"""What the operator has decided: ``settings.graph.wait`` is ``graph: {wait: ...}`` of the file.

`grafherald.settings.sources.load` reads them. Each default stands in `grafherald.settings.sections`
or here, and nowhere else; ``schemas/config.json`` says what each key means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from grafherald.errors import ConfigError
from grafherald.settings.sections import (
    AlertmanagerSettings,
    AlertsSettings,
    BoardSettings,
    ChatSettings,
    DatasourceSettings,
    GrafanaSettings,
    GraphSettings,
    HistorySettings,
    IcingaSettings,
    ImagesSettings,
    ListenSettings,
    Mute,
    NagiosSettings,
    PanelGraph,
    RoomSettings,
    Route,
    Secret,
    SensuSettings,
    UserSettings,
)

USUAL_STORE = "sqlite:////var/lib/grafherald/grafherald.db"


class Settings(NamedTuple):
    """All of them, checked.

    Attributes:
        channels: the channels that can be used, each as its type's schema wants it, by name in
            the order of the file.
        deadline: seconds that one run of the handler may take.
        workers: deliveries that the daemon sends at once.
        tree: all of it as it was given, by the documented keys; secrets included.
        origins: where each leaf came from, by dotted key: a file, a variable, ``--set``.
        secret_files: the files that secrets were read from, by the key that names the file.
        broken: why a part can't be used, one sentence each, by its dotted key: ``channels.ops``,
            ``grafana``. It costs that part alone; see `require`.
    """

    grafana: GrafanaSettings = GrafanaSettings()
    graph: GraphSettings = GraphSettings()
    graphs: tuple[PanelGraph, ...] = ()
    alerts: AlertsSettings = AlertsSettings()
    images: ImagesSettings = ImagesSettings()
    channels: Mapping[str, Mapping[str, Any]] = {}
    routes: tuple[Route, ...] = ()
    chat: ChatSettings = ChatSettings()
    sensu: SensuSettings = SensuSettings()
    nagios: NagiosSettings = NagiosSettings()
    icinga: IcingaSettings = IcingaSettings()
    alertmanager: AlertmanagerSettings = AlertmanagerSettings()
    templates: str = ""
    deadline: float = 25.0
    public_url: str = ""
    store: str = ""
    history: HistorySettings = HistorySettings()
    datasource: DatasourceSettings = DatasourceSettings()
    board: BoardSettings = BoardSettings()
    workers: int = 16
    listen: ListenSettings = ListenSettings()
    tree: Mapping[str, Any] = {}
    origins: Mapping[str, str] = {}
    secret_files: Mapping[str, str] = {}
    broken: Mapping[str, str] = {}

    @classmethod
    def of(
        cls,
        tree: Mapping[str, Any],
        origins: Mapping[str, str] | None = None,
        secret_files: Mapping[str, str] | None = None,
        broken: Mapping[str, str] | None = None,
    ) -> Settings:
        """Make them of a checked *tree*; what it does not say has its default."""
        known: Settings = _section(cls, {k: v for k, v in tree.items() if k in cls._fields})
        broken = broken or {}
        channels = {n: s for n, s in known.channels.items() if f"channels.{n}" not in broken}
        return known._replace(
            channels=channels,
            tree=tree,
            origins=origins or {},
            secret_files=secret_files or {},
            broken=broken,
        )

    def __repr__(self) -> str:
        """Show no setting: some are secrets."""
        return f"Settings({len(self.origins)} settings)"

    @property
    def has_chat(self) -> bool:
        """Whether the settings speak of the chat at all."""
        return bool(self.tree.get("chat"))

    @property
    def kept_at(self) -> str:
        """Where the daemon, and whoever looks into what it kept, find the store."""
        return self.store or USUAL_STORE

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Every channel of the file, in its order, also those that are broken."""
        return tuple(self.tree.get("channels") or self.channels)

    def channel(self, name: str) -> Mapping[str, Any]:
        """What the file says of the channel *name*, also of a broken one, as far as it is keys."""
        found = self.channels.get(name) or (self.tree.get("channels") or {}).get(name)
        return found if isinstance(found, Mapping) else {}

    def require(self, *parts: str) -> None:
        """Refuse to go on without *parts*, as ``board`` or ``channels.ops``.

        Raises:
            ConfigError: one of them is broken; the text says why.
        """
        for part in parts:
            if part in self.broken:
                raise ConfigError(self.broken[part])

    def require_channels(self) -> None:
        """Refuse to take alerts that could go nowhere.

        Raises:
            ConfigError: there is no channel that can be used.
        """
        if not self.channel_names:
            raise ConfigError(
                "channels: the settings name none, so alerts would go nowhere; write one into"
                " /etc/grafherald/grafherald.yml, or name the file with --config"
            )
        if not self.channels:
            raise ConfigError(self.broken[f"channels.{self.channel_names[0]}"])


_ITEMS: Mapping[str, Any] = {
    "grafanas": GrafanaSettings,
    "graphs": PanelGraph,
    "mute": Mute,
    "rooms": RoomSettings,
    "routes": Route,
}
_NAMED: Mapping[str, Any] = {"users": UserSettings}  # where they are keys, and no list of names
RENAMED = {"from": "from_", "continue": "continue_"}  # keys that are words of Python's own


def _section(kind: Any, tree: Mapping[str, Any]) -> Any:
    """Make the named tuple *kind* of what the checked *tree* says."""
    defaults = kind._field_defaults
    values = {}
    for key, value in tree.items():
        name = RENAMED.get(key, key)
        values[name] = _value(key, value, defaults[name])
    return kind(**values)


def _value(key: str, value: Any, default: Any) -> Any:
    """Return *value* in the type that *default* has; the schema has seen to it that it fits."""
    if key in _ITEMS:
        return _items(_ITEMS[key], value)
    if key in _NAMED and isinstance(value, Mapping):
        return _items(_NAMED[key], value)
    if key == "labels":
        return {name: _several(globs) for name, globs in value.items()}
    if hasattr(default, "_fields"):
        return _section(type(default), value)
    if isinstance(default, tuple) or isinstance(value, list):
        return _several(value)
    return type(default)(value) if type(default) in (int, float, Secret) else value


def _items(kind: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _section(kind, item) for name, item in value.items()}
    return tuple(_section(kind, item) for item in value)


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
