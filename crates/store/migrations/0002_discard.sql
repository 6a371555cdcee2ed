-- Values in parts whose record is no more: the parts are removed a few at a time.
CREATE TABLE discard (
    value INTEGER PRIMARY KEY
) STRICT;
