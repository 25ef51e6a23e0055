"""What the operator has decided, with each default in this one place.

An attribute is the documented key: ``settings.graph.wait`` is ``graph: {wait: ...}``; ``from`` and
``continue``, which Python keeps to itself, are ``from_`` and ``continue_``. Where a key may be
left out for good, its default is "" or None and says so in ``schemas/config.json``.

These are named tuples because a process starts per event: making one such class takes 0.09 ms, a
frozen dataclass 0.6 ms (measured with Python 3.11).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from grafherald.errors import ConfigError


class GrafanaSettings(NamedTuple):
    """A Grafana and what opens it; the token goes there and nowhere else."""

    url: str = ""
    token: str = ""
    org_id: int | None = None
    ca_file: str = ""
    proxy: str = ""

    def __repr__(self) -> str:
        """Show no token."""
        return f"GrafanaSettings({self.url!r})"


class GraphSettings(NamedTuple):
    """The time that a panel shows; ``wait`` for it and ``reuse`` of it in seconds."""

    from_: str = "now-6h"
    to: str = "now"
    wait: float = 10.0
    reuse: float = 30.0


class PublishSettings(NamedTuple):
    """Where pictures become public: a directory or an object store."""

    directory: str = ""
    store: str = ""
    url: str = ""
    expires: int = 604_800


class KeepSettings(NamedTuple):
    """How long published pictures stay; 0 is no limit."""

    days: float = 30.0
    megabytes: float = 0.0


class ImagesSettings(NamedTuple):
    """How pictures are made and published: by a service, or here; ``timeout`` in seconds."""

    service: str = ""
    publish: PublishSettings = PublishSettings()
    names: str = "md5"
    secret: str = ""
    timeout: float = 20.0
    listen: str = "127.0.0.1:8080"
    grafana_urls: tuple[str, ...] = ()
    renders: int = 4
    keep: KeepSettings = KeepSettings()

    def __repr__(self) -> str:
        """Show no secret."""
        return f"ImagesSettings(service={self.service!r}, publish={self.publish!r})"


class RouteMatch(NamedTuple):
    """What an event has to look like: globs, of which one has to fit; () is anything."""

    check: tuple[str, ...] = ()
    entity: tuple[str, ...] = ()
    severity: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = {}


class Route(NamedTuple):
    """Who hears of which events, and how often.

    Attributes:
        group_by: what the events of one message have in common; None is no grouping, () is one
            group for all.
        group_wait, group_interval: seconds.
    """

    channels: tuple[str, ...] = ()
    match: RouteMatch = RouteMatch()
    continue_: bool = False
    min_occurrences: int = 1
    repeat_every: int = 1
    group_by: tuple[str, ...] | None = None
    group_wait: float = 30.0
    group_interval: float = 300.0
    resolve: bool = True


class RoomSettings(NamedTuple):
    """A room of the chat: the Grafanas it may ask, and its pictures where they differ."""

    grafana: tuple[str, ...] = ()
    from_: str = ""
    to: str = ""
    width: int | None = None
    height: int | None = None
    tz: str = ""
    theme: str = ""
    scale: float | None = None
    api_endpoint: str = ""


class ChatSlackSettings(NamedTuple):
    """The bot in Slack."""

    signing_secret: str = ""
    token: str = ""
    app_token: str = ""
    threads: bool = False

    def __repr__(self) -> str:
        """Show no secret."""
        return f"ChatSlackSettings(threads={self.threads})"


class ChatTokenSettings(NamedTuple):
    """A door of the chat that a token opens: HipChat's webhook, or ``/chat/query``."""

    token: str = ""

    def __repr__(self) -> str:
        """Show no token."""
        return "ChatTokenSettings()"


class ChatSettings(NamedTuple):
    """The chat: who may ask which Grafana what, and how pictures look; ``timeout`` in seconds."""

    grafanas: Mapping[str, GrafanaSettings] = {}
    rooms: Mapping[str, RoomSettings] = {}
    users: tuple[str, ...] = ()
    names: tuple[str, ...] = ("grafherald", "hubot")
    aliases: Mapping[str, str] = {}
    from_: str = ""
    to: str = ""
    width: int = 1000
    height: int = 500
    tz: str = ""
    theme: str = ""
    scale: float | None = None
    api_endpoint: str = ""
    limit: int = 25
    timeout: float = 30.0
    renders: int = 8
    rate: int = 20
    slack: ChatSlackSettings = ChatSlackSettings()
    hipchat: ChatTokenSettings = ChatTokenSettings()
    query: ChatTokenSettings = ChatTokenSettings()


class SensuSettings(NamedTuple):
    """Sensu's own pages: of Sensu Go, and Uchiwa of Sensu Core."""

    url: str = ""
    uchiwa: str = ""


class NagiosSettings(NamedTuple):
    """The pages of Nagios or Icinga 1, and Icinga Web 2."""

    url: str = ""
    icingaweb: str = ""


class HistorySettings(NamedTuple):
    """How long events and alerts are kept."""

    days: float = 90.0


class DatasourceSettings(NamedTuple):
    """The history as Grafana's datasource; ``seconds`` is how long a query may take."""

    listen: str = "127.0.0.1:3081"
    token: str = ""
    user: str = ""
    password: str = ""
    origins: tuple[str, ...] = ()
    seconds: float = 10.0

    def __repr__(self) -> str:
        """Show no secret."""
        return f"DatasourceSettings({self.listen!r})"


class BoardSettings(NamedTuple):
    """Who may look at the board; ``open`` None: whoever reaches it, unless there is a password."""

    user: str = "oncall"
    password: str = ""
    open: bool | None = None
    secret: str = ""

    def __repr__(self) -> str:
        """Show no secret."""
        return f"BoardSettings({self.user!r})"


class ListenSettings(NamedTuple):
    """Where the daemon listens."""

    tcp: str = ""
    udp: str = ""
    http: str = ""
    unix: str = ""
    token: str = ""

    def __repr__(self) -> str:
        """Show no token."""
        return f"ListenSettings({self.tcp!r}, {self.udp!r}, {self.http!r}, {self.unix!r})"


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
    images: ImagesSettings = ImagesSettings()
    channels: Mapping[str, Mapping[str, Any]] = {}
    routes: tuple[Route, ...] = ()
    chat: ChatSettings = ChatSettings()
    sensu: SensuSettings = SensuSettings()
    nagios: NagiosSettings = NagiosSettings()
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
        known: Settings = _section(cls, tree)
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
    def channel_names(self) -> list[str]:
        """Every channel of the file, in its order, also those that are broken."""
        return list(self.tree.get("channels", ())) or list(self.channels)

    def require(self, *parts: str) -> None:
        """Refuse to go on without *parts*, as ``board`` or ``channels.ops``.

        Raises:
            ConfigError: one of them is broken; the text says why.
        """
        for part in parts:
            if part in self.broken:
                raise ConfigError(self.broken[part])

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value at the dotted *key*, or *default*."""
        node: Any = self.tree
        for part in key.split("."):
            if not isinstance(node, Mapping) or part not in node:
                return default
            node = node[part]
        return node

    @property
    def settings(self) -> Mapping[str, Any]:
        """The tree."""
        return self.tree


_ITEMS: Mapping[str, Any] = {"grafanas": GrafanaSettings, "rooms": RoomSettings, "routes": Route}
_RENAMED = {"from": "from_", "continue": "continue_"}


def _section(kind: Any, tree: Mapping[str, Any]) -> Any:
    """Make the named tuple *kind* of what the checked *tree* says."""
    defaults = kind._field_defaults
    values = {}
    for key, value in tree.items():
        name = _RENAMED.get(key, key)
        values[name] = _value(key, value, defaults[name])
    return kind(**values)


def _value(key: str, value: Any, default: Any) -> Any:
    """Return *value* in the type that *default* has; the schema has seen to it that it fits."""
    if key in _ITEMS:
        return _items(_ITEMS[key], value)
    if key == "labels":
        return {name: _several(globs) for name, globs in value.items()}
    if hasattr(default, "_fields"):
        return _section(type(default), value)
    if isinstance(default, tuple) or isinstance(value, list):
        return _several(value)
    return type(default)(value) if type(default) in (int, float) else value


def _items(kind: Any, value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _section(kind, item) for name, item in value.items()}
    return tuple(_section(kind, item) for item in value)


def _several(value: str | list[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def load(file: str | None, assignments: Any, environment: Mapping[str, str]) -> Settings:
    """See `grafherald.settings.sources.load`."""
    from grafherald.settings import sources

    return sources.load(file, assignments, environment)


if TYPE_CHECKING:
    Config = Settings
else:

    class Config(Settings):
        """What `Settings` was called; `Settings.of` makes one of a tree."""

        def __new__(cls, settings=None, origins=None, secret_files=None):
            return Settings.of(settings or {}, origins, secret_files)
