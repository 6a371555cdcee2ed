-- Traces follow from what events and executions say of themselves. A trace has the id of what it began with, so indexes
-- hold only what does not follow from that: members that came from elsewhere, and tags that somebody chose.

DROP TABLE trace_link;
DROP TABLE trace;

CREATE INDEX event_by_trace ON event (trace) WHERE trace <> id;
CREATE INDEX event_by_tag ON event (trace_tag, occurred_at)
    WHERE trace = id AND substr(trace_tag, -24) <> lower(hex(id));

-- Only of an execution that neither began its trace nor is in that of its event.
ALTER TABLE execution ADD COLUMN trace BLOB;
-- Only of an execution that began its trace, and not with a tag made of its id.
ALTER TABLE execution ADD COLUMN trace_tag TEXT;
CREATE INDEX execution_by_trace ON execution (trace) WHERE trace IS NOT NULL;
CREATE INDEX execution_by_tag ON execution (trace_tag, requested_at) WHERE trace_tag IS NOT NULL;
