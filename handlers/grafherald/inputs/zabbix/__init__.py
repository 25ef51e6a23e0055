"""Zabbix: what the media type of contrib/zabbix posts of a problem, its updates and its end."""

from __future__ import annotations

from grafherald.inputs import InputType, later

TYPE = InputType(
    "zabbix",
    summary="""Read what Zabbix' webhook sends on standard input and notify.

Usually Zabbix posts it to the daemon, at /events/zabbix: contrib/zabbix has the media type.

Examples:
  grafherald zabbix --dry-run < webhook.json
""",
    parse=later("grafherald.inputs.zabbix.webhook:parse"),
    sample=b"""{
  "event_source": "0", "event_value": "1", "event_update": "0", "event_id": "4711",
  "name": "High CPU utilization (over 90 % for 5m)", "severity": "4", "severity_name": "High",
  "opdata": "Current utilization: 97.2 %", "timestamp": "1795230725", "age": "0s",
  "host": "web01", "host_name": "web01", "host_ip": "192.0.2.10", "trigger_id": "23",
  "trigger_name": "High CPU utilization (over 90 % for 5m)",
  "trigger_name_orig": "High CPU utilization (over {$CPU.UTIL.CRIT} % for 5m)",
  "tags": "[{\\"tag\\": \\"team\\", \\"value\\": \\"shop\\"}]",
  "zabbix_url": "https://zabbix.example.com"
}""",
    settle=later("grafherald.prometheus:named"),
)
