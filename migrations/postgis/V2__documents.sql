CREATE TABLE citylayers.document (
    kind text NOT NULL,
    key text NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (kind, key)
);
COMMENT ON TABLE citylayers.document IS 'Rules that were made over HTTP, alerts with their trail, messages that are not delivered yet';
