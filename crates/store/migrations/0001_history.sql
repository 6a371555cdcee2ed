-- What is recorded. Times are microseconds since 1970, ids are their 12 bytes, and `seq` is the order of recording.
--
-- Events, decisions and executions are histories: each row belongs to a class, which holds in words what users filter
-- by, counts its members and knows the newest time among them. Totals are sums over classes and a page is merged from
-- the newest members of the classes that match, so one index per history answers every such question.
--
-- Values are JSON text, except that a first byte of 0 to 3 announces another form: see `src/sqlite/packed.rs`.

CREATE TABLE event_class (
    number  INTEGER PRIMARY KEY,
    trigger TEXT NOT NULL,
    members INTEGER NOT NULL,
    newest  INTEGER NOT NULL,
    UNIQUE (trigger)
) STRICT;

CREATE TABLE event (
    seq         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE,
    class       INTEGER NOT NULL REFERENCES event_class,
    occurred_at INTEGER NOT NULL,
    status      INTEGER NOT NULL, -- 2 pending, 3 processed, 4 processing failed
    rules       INTEGER,          -- hash of the rules that were asked, once they were
    trace       BLOB,
    trace_tag   TEXT,
    payload     BLOB NOT NULL     -- last: a long one does not slow down reading the others
) STRICT;
CREATE INDEX event_by_class ON event (class, occurred_at);
CREATE INDEX event_pending ON event (status) WHERE status = 2;

CREATE TABLE decision_class (
    number   INTEGER PRIMARY KEY,
    rule_ref TEXT NOT NULL,
    rule     TEXT NOT NULL,
    members  INTEGER NOT NULL,
    newest   INTEGER NOT NULL,
    UNIQUE (rule_ref, rule)
) STRICT;

CREATE TABLE decision (
    seq        INTEGER PRIMARY KEY,
    id         BLOB NOT NULL UNIQUE,
    class      INTEGER NOT NULL REFERENCES decision_class,
    decided_at INTEGER NOT NULL,
    event      BLOB NOT NULL,
    execution  BLOB,
    failure    TEXT
) STRICT;
CREATE INDEX decision_by_class ON decision (class, decided_at);
CREATE INDEX decision_by_event ON decision (event);
CREATE INDEX decision_by_execution ON decision (execution) WHERE execution IS NOT NULL;

CREATE TABLE execution_class (
    number  INTEGER PRIMARY KEY,
    status  TEXT NOT NULL,
    action  TEXT NOT NULL,
    runner  TEXT NOT NULL,
    user    TEXT NOT NULL, -- empty: nobody is known to have asked
    rule    TEXT NOT NULL, -- empty: no rule asked
    place   TEXT NOT NULL, -- 'root', or 'child' of another execution
    members INTEGER NOT NULL,
    newest  INTEGER NOT NULL,
    UNIQUE (status, action, runner, user, rule, place)
) STRICT;

CREATE TABLE execution (
    seq          INTEGER PRIMARY KEY,
    id           BLOB NOT NULL UNIQUE,
    liveaction   BLOB NOT NULL UNIQUE,
    version      INTEGER NOT NULL,
    class        INTEGER NOT NULL REFERENCES execution_class,
    requested_at INTEGER NOT NULL,
    definition   BLOB NOT NULL,
    parent       BLOB,
    event        BLOB,
    result_size  INTEGER NOT NULL,
    detail       BLOB NOT NULL
) STRICT;
CREATE INDEX execution_by_class ON execution (class, requested_at);
CREATE INDEX execution_by_parent ON execution (parent) WHERE parent IS NOT NULL;
CREATE INDEX execution_by_event ON execution (event) WHERE event IS NOT NULL;

-- What was in force when an execution was requested, once for all that share it.
CREATE TABLE definition (
    digest BLOB PRIMARY KEY,
    body   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Apart from the executions, so that a large one never slows a list down.
CREATE TABLE result (
    execution INTEGER PRIMARY KEY REFERENCES execution,
    value     BLOB NOT NULL
) STRICT;

CREATE TABLE output (
    execution INTEGER NOT NULL REFERENCES execution,
    sequence  INTEGER NOT NULL,
    kind      TEXT NOT NULL,
    at        INTEGER NOT NULL,
    data      BLOB NOT NULL,
    PRIMARY KEY (execution, sequence)
) STRICT, WITHOUT ROWID;

-- Values too long for one commit, in pieces that are written ahead of the record they belong to.
CREATE TABLE part (
    value  INTEGER NOT NULL,
    number INTEGER NOT NULL,
    data   BLOB NOT NULL,
    PRIMARY KEY (value, number)
) STRICT, WITHOUT ROWID;

-- Values whose record is not written yet. Whatever stands here when the store is opened was cut off by a crash.
CREATE TABLE upload (
    value INTEGER PRIMARY KEY
) STRICT;

-- What values of one kind have in common: others are compressed against it. The newest of a kind is in use, older ones
-- are needed by older rows.
CREATE TABLE template (
    number INTEGER PRIMARY KEY,
    kind   TEXT NOT NULL,
    text   BLOB NOT NULL
) STRICT;

CREATE TABLE trace (
    id         BLOB PRIMARY KEY,
    tag        TEXT NOT NULL,
    started_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_by_tag ON trace (tag);

CREATE TABLE trace_link (
    trace      BLOB NOT NULL,
    linked_at  INTEGER NOT NULL,
    object     BLOB NOT NULL,
    kind       INTEGER NOT NULL, -- 1 event, 2 rule, 3 execution
    reference  TEXT NOT NULL,
    cause      BLOB,
    cause_kind INTEGER,
    PRIMARY KEY (trace, linked_at, object)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_link_by_object ON trace_link (object);

CREATE TABLE key (
    scope      TEXT NOT NULL,
    user       TEXT NOT NULL,
    name       TEXT NOT NULL,
    id         BLOB NOT NULL,
    value      TEXT NOT NULL,
    secret     INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (scope, user, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX key_by_expiry ON key (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE token (
    id         BLOB PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,
    user       TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    metadata   BLOB NOT NULL,
    service    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX token_by_expiry ON token (expires_at);

CREATE TABLE api_key (
    id         BLOB PRIMARY KEY,
    hash       TEXT NOT NULL UNIQUE,
    user       TEXT NOT NULL,
    metadata   BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    enabled    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE resource (
    kind      TEXT NOT NULL,
    reference TEXT NOT NULL,
    body      BLOB NOT NULL,
    replaces  TEXT,
    PRIMARY KEY (kind, reference)
) STRICT, WITHOUT ROWID;
