-- What was taken from outside and must not be taken twice. Each new row removes a few that are forgotten.
CREATE TABLE delivery (
    key          BLOB PRIMARY KEY,
    event        BLOB NOT NULL,
    taken_at     INTEGER NOT NULL,
    forgotten_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_by_end ON delivery (forgotten_at);
