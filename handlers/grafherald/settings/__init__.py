"""What the operator has decided: ``settings.graph.wait`` is ``graph: {wait: ...}`` of the file.

`grafherald.settings.sources.load` reads them. Each default stands in `grafherald.settings.sections`
or here, and nowhere else; ``schemas/config.json`` says what each key means.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from grafherald.errors import ConfigError
from grafherald.settings.sections import (
    AlertsSettings,
    GrafanaSettings,
    GraphSettings,
    ImagesSettings,
    Listed,
    PanelGraph,
    Route,
    section,
)

if TYPE_CHECKING:
    from grafherald.settings.served import (
        AlertmanagerSettings,
        BoardSettings,
        ChatSettings,
        DatasourceSettings,
        HistorySettings,
        IcingaSettings,
        ListenSettings,
        NagiosSettings,
        SensuSettings,
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
    images: ImagesSettings = ImagesSettings()
    channels: Mapping[str, Mapping[str, Any]] = {}
    routes: tuple[Route, ...] = Listed(Route)
    graphs: tuple[PanelGraph, ...] = Listed(PanelGraph)
    alerts: AlertsSettings = AlertsSettings()
    templates: str = ""
    deadline: float = 25.0
    timezone: str = ""
    public_url: str = ""
    store: str = ""
    workers: int = 16
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
        known: Settings = section(cls, {k: v for k, v in tree.items() if k in cls._fields})
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
    def chat(self) -> ChatSettings:
        return self._served("chat")  # type: ignore[no-any-return]  # by its name

    @property
    def sensu(self) -> SensuSettings:
        return self._served("sensu")  # type: ignore[no-any-return]  # by its name

    @property
    def nagios(self) -> NagiosSettings:
        return self._served("nagios")  # type: ignore[no-any-return]  # by its name

    @property
    def icinga(self) -> IcingaSettings:
        return self._served("icinga")  # type: ignore[no-any-return]  # by its name

    @property
    def alertmanager(self) -> AlertmanagerSettings:
        return self._served("alertmanager")  # type: ignore[no-any-return]  # by its name

    @property
    def history(self) -> HistorySettings:
        return self._served("history")  # type: ignore[no-any-return]  # by its name

    @property
    def datasource(self) -> DatasourceSettings:
        return self._served("datasource")  # type: ignore[no-any-return]  # by its name

    @property
    def board(self) -> BoardSettings:
        return self._served("board")  # type: ignore[no-any-return]  # by its name

    @property
    def listen(self) -> ListenSettings:
        return self._served("listen")  # type: ignore[no-any-return]  # by its name

    def _served(self, name: str) -> Any:
        """Make a part that alerts don't need, from its module which they don't import."""
        from grafherald.settings.served import PARTS

        return section(PARTS[name], self.tree.get(name, {}))

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
