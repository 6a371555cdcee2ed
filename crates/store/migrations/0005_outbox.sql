-- What parts of a server remember across restarts: rate limits, schedules, positions of watches.
CREATE TABLE memo (
    topic TEXT NOT NULL,
    name  TEXT NOT NULL,
    value BLOB NOT NULL,
    until INTEGER, -- NULL: until it is deleted
    PRIMARY KEY (topic, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX memo_by_end ON memo (until) WHERE until IS NOT NULL;

-- Findings on their way to sinks, and for a while those that have arrived or were given up.
CREATE TABLE outgoing (
    seq       INTEGER PRIMARY KEY,
    id        BLOB NOT NULL UNIQUE,
    execution BLOB NOT NULL,
    sink      TEXT NOT NULL,
    status    TEXT NOT NULL,
    due_at    INTEGER NOT NULL,
    until     INTEGER, -- NULL: it is on its way
    attempts  INTEGER NOT NULL,
    failure   TEXT,
    finding   BLOB NOT NULL
) STRICT;
CREATE INDEX outgoing_by_sink ON outgoing (sink, due_at) WHERE status = 'waiting';
CREATE INDEX outgoing_by_execution ON outgoing (execution);
CREATE INDEX outgoing_by_end ON outgoing (until) WHERE until IS NOT NULL;
