-- Readings that a node takes are heard by the others, and by everybody who follows the journal: a line of the journal says that a
-- commit brought readings of a layer, and `xid` in the table of its readings says which. Messages that come by themselves would be
-- lost while a node is away.

ALTER TABLE citylayers.journal DROP CONSTRAINT journal_op_check;
ALTER TABLE citylayers.journal ADD CONSTRAINT journal_op_check
    CHECK (op IN ('insert', 'update', 'delete', 'truncate', 'bulk', 'replace', 'observe'));

-- Fires after every statement that brings readings. Argument: the layer.
CREATE FUNCTION citylayers.write_observed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO citylayers.journal (layer, op) SELECT TG_ARGV[0], 'observe'
        WHERE NOT EXISTS (SELECT FROM citylayers.journal
            WHERE xid = pg_current_xact_id() AND layer = TG_ARGV[0] AND op = 'observe');
    INSERT INTO citylayers.commits (node) VALUES (nullif(current_setting('citylayers.node', true), ''))
        ON CONFLICT (xid) DO NOTHING;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION citylayers.write_observed() FROM PUBLIC;

-- What only one node may do at a time: one row each.
CREATE TABLE citylayers.lease (
    duty text PRIMARY KEY,
    node text NOT NULL,
    until timestamptz NOT NULL
);
COMMENT ON TABLE citylayers.lease IS 'Which node does what only one may do; another one takes it over after `until`';
