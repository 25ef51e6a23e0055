"""The tables, version by version. A version that was released is never edited: add the next one.

``{id}`` is a row id that counts up by itself, ``{bytes}`` a column of bytes, ``{clustered}`` keeps
the rows in their key, where there is such a table.

Finished deliveries stay for the history, so the index that workers search holds only those with
``finished IS NULL``, and of each thread only the one whose ``turn`` it is: what waits behind
another is not looked at until that one is over.

Alerts are found by time in two ways. What *started* in a range is a range of ``alerts_started``.
What *overlaps* one also needs the older ones that still lasted: ``reach`` is the power of two of
seconds that an ended alert fits in, so that for each reach only starts within that many seconds
before the range are looked at, and at least half of those do overlap. ``alert_counts`` adds up per
slot of five minutes what began, what ended and how many milliseconds that had lasted, so that a
month is 8640 slots, not a million alerts. ``label_counts`` does so per hour for each value of a
label, of the check and of the source.

A ``stamp`` says when the times of a row were written: what was written in the future, by a clock
that was ahead for a while, holds nothing back once the clock is right.
"""

from __future__ import annotations

_FIELDS = """SELECT subject_id AS id, 'label:' || name AS field, value FROM labels
    UNION ALL SELECT id, 'check', check_name FROM subjects
    UNION ALL SELECT id, 'source', source FROM subjects"""

VERSIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE subjects (
            id {id},
            key TEXT NOT NULL UNIQUE,
            source TEXT NOT NULL,
            namespace TEXT NOT NULL,
            entity TEXT NOT NULL,
            check_name TEXT NOT NULL
        )""",
        "CREATE INDEX subjects_entity ON subjects (entity, check_name)",
        "CREATE INDEX subjects_check ON subjects (check_name)",
        """CREATE TABLE labels (
            subject_id BIGINT NOT NULL,
            name TEXT NOT NULL,
            value TEXT NOT NULL,
            PRIMARY KEY (subject_id, name)
        )""",
        "CREATE INDEX labels_value ON labels (name, value)",
        """CREATE TABLE alerts (
            id {id},
            subject_id BIGINT NOT NULL,
            incident TEXT NOT NULL,
            severity SMALLINT NOT NULL,
            state SMALLINT NOT NULL,
            started BIGINT NOT NULL,
            ended BIGINT,
            reach SMALLINT,
            seen BIGINT NOT NULL,
            occurrences BIGINT NOT NULL,
            output TEXT NOT NULL,
            picture TEXT NOT NULL DEFAULT '',
            panel TEXT NOT NULL DEFAULT '',
            acknowledged TEXT NOT NULL DEFAULT ''
        )""",
        "CREATE UNIQUE INDEX alerts_open ON alerts (subject_id) WHERE ended IS NULL",
        "CREATE INDEX alerts_started ON alerts (started, severity, subject_id)",
        "CREATE INDEX alerts_ended ON alerts (ended, severity)",
        "CREATE INDEX alerts_reach ON alerts (reach, started, ended, severity)",
        "CREATE INDEX alerts_subject ON alerts (subject_id, started)",
        """CREATE TABLE alert_counts (
            slot BIGINT NOT NULL,
            severity SMALLINT NOT NULL,
            started BIGINT NOT NULL,
            ended BIGINT NOT NULL,
            PRIMARY KEY (slot, severity)
        )""",
        """CREATE TABLE states (
            id {id},
            subject_id BIGINT NOT NULL,
            at BIGINT NOT NULL,
            state SMALLINT NOT NULL,
            alert_id BIGINT
        )""",
        "CREATE INDEX states_subject ON states (subject_id, at, id)",
        "CREATE INDEX states_at ON states (at, subject_id)",
        """CREATE TABLE events (
            id {id},
            dedup TEXT NOT NULL UNIQUE,
            received BIGINT NOT NULL,
            source TEXT NOT NULL,
            raw {bytes} NOT NULL,
            event TEXT NOT NULL,
            alert_id BIGINT
        )""",
        "CREATE INDEX events_received ON events (received)",
        "CREATE INDEX events_alert ON events (alert_id)",
        """CREATE TABLE rejected (
            id {id},
            received BIGINT NOT NULL,
            source TEXT NOT NULL,
            raw {bytes} NOT NULL,
            reason TEXT NOT NULL
        )""",
        "CREATE INDEX rejected_received ON rejected (received)",
        """CREATE TABLE lanes (
            id {id},
            channel TEXT NOT NULL,
            recipient TEXT NOT NULL,
            ready BIGINT NOT NULL DEFAULT 0,
            UNIQUE (channel, recipient)
        )""",
        """CREATE TABLE deliveries (
            id {id},
            event_id BIGINT NOT NULL,
            alert_id BIGINT,
            lane_id BIGINT NOT NULL,
            thread BIGINT NOT NULL,
            grouped TEXT NOT NULL,
            turn SMALLINT NOT NULL,
            state TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0,
            created BIGINT NOT NULL,
            due BIGINT NOT NULL,
            lease BIGINT,
            finished BIGINT,
            may_repeat SMALLINT NOT NULL DEFAULT 0,
            error TEXT NOT NULL DEFAULT '',
            receipt TEXT NOT NULL DEFAULT '',
            reference TEXT NOT NULL DEFAULT '',
            UNIQUE (event_id, lane_id)
        )""",
        "CREATE INDEX deliveries_state ON deliveries (state, id)",
        "CREATE INDEX deliveries_due ON deliveries (lane_id, due, id)"
        " WHERE finished IS NULL AND turn = 1",
        "CREATE INDEX deliveries_lease ON deliveries (lease) WHERE lease IS NOT NULL",
        "CREATE INDEX deliveries_thread ON deliveries (lane_id, thread, id) WHERE finished IS NULL",
        "CREATE INDEX deliveries_finished ON deliveries (finished, state, lane_id, created)",
        "CREATE INDEX deliveries_alert ON deliveries (alert_id, lane_id, id)",
        """CREATE TABLE batches (
            lane_id BIGINT NOT NULL,
            grouped TEXT NOT NULL,
            due BIGINT NOT NULL,
            PRIMARY KEY (lane_id, grouped)
        )""",
    ),
    (
        "ALTER TABLE alert_counts ADD COLUMN lasted BIGINT NOT NULL DEFAULT 0",
        """UPDATE alert_counts SET lasted = (SELECT COALESCE(SUM(a.ended - a.started), 0)
            FROM alerts a WHERE a.ended >= alert_counts.slot
            AND a.ended < alert_counts.slot + 300000 AND a.severity = alert_counts.severity)""",
        "DROP INDEX alerts_ended",
        "CREATE INDEX alerts_ended ON alerts (ended, severity, started, subject_id)",
        "DROP INDEX alerts_subject",
        "CREATE INDEX alerts_subject ON alerts (subject_id, started, severity, ended)",
        """CREATE TABLE renders (
            id {id},
            at BIGINT NOT NULL,
            took BIGINT NOT NULL,
            failed SMALLINT NOT NULL
        )""",
        "CREATE INDEX renders_at ON renders (at, failed, took)",
    ),
    ("ALTER TABLE batches ADD COLUMN opened BIGINT NOT NULL DEFAULT 0",),
    (
        """CREATE TABLE failures (
            delivery_id BIGINT NOT NULL,
            attempt INTEGER NOT NULL,
            at BIGINT NOT NULL,
            error TEXT NOT NULL,
            PRIMARY KEY (delivery_id, attempt)
        )""",
    ),
    (
        "ALTER TABLE lanes ADD COLUMN stamp BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE deliveries ADD COLUMN stamp BIGINT NOT NULL DEFAULT 0",
        "ALTER TABLE deliveries ADD COLUMN helped SMALLINT NOT NULL DEFAULT 0",
    ),
    (
        """CREATE TABLE acts (
            id {id},
            at BIGINT NOT NULL,
            kind TEXT NOT NULL,
            author TEXT NOT NULL,
            comment TEXT NOT NULL,
            alert_id BIGINT,
            state SMALLINT NOT NULL DEFAULT 0,
            scope TEXT NOT NULL DEFAULT '',
            until BIGINT,
            undone BIGINT,
            undone_by TEXT NOT NULL DEFAULT '',
            upstream TEXT NOT NULL DEFAULT '',
            reference TEXT NOT NULL DEFAULT ''
        )""",
        "CREATE INDEX acts_alert ON acts (alert_id)",
        "CREATE INDEX acts_at ON acts (at)",
        "CREATE INDEX acts_until ON acts (until) WHERE undone IS NULL AND until IS NOT NULL",
        """CREATE TABLE label_counts (
            field TEXT NOT NULL,
            value TEXT NOT NULL,
            slot BIGINT NOT NULL,
            severity SMALLINT NOT NULL,
            started BIGINT NOT NULL,
            ended BIGINT NOT NULL,
            lasted BIGINT NOT NULL,
            PRIMARY KEY (field, slot, value, severity)
        ){clustered}""",
        """INSERT INTO label_counts SELECT t.field, t.value, t.slot, t.severity, SUM(t.started),
            SUM(t.ended), SUM(t.lasted) FROM (
                SELECT f.field, f.value, a.started - a.started % 3600000 AS slot, a.severity,
                    1 AS started, 0 AS ended, 0 AS lasted
                FROM alerts a JOIN ({fields}) f ON f.id = a.subject_id
                UNION ALL SELECT f.field, f.value, a.ended - a.ended % 3600000, a.severity,
                    0, 1, a.ended - a.started
                FROM alerts a JOIN ({fields}) f ON f.id = a.subject_id WHERE a.ended IS NOT NULL
            ) t GROUP BY t.field, t.value, t.slot, t.severity""".replace("{fields}", _FIELDS),
    ),
)
