-- What the sender of an event said of its trace, for one that waits for its decision across a restart: W3C's traceparent,
-- then perhaps a blank and the tracestate.
ALTER TABLE event ADD COLUMN sender TEXT;

-- Whose processing failed, to be listed without looking at all others.
CREATE INDEX event_failed ON event (status) WHERE status = 4;
