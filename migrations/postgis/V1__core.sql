-- The core of a city in PostGIS. Layers have tables of their own, made from their descriptions; here is only what
-- keeps nodes in step with each other and with everybody else who edits those tables.
--
-- Every transaction that touches a layer is numbered when it commits, under the lock of one counter row that it
-- keeps until it has ended. So a snapshot that sees revision r sees every revision before it, and a node that has
-- heard r misses nothing by asking for what is beyond r: a number taken earlier, as from a sequence, would be passed
-- over when its transaction commits late. The price: commits that touch layers end one after another.

CREATE TABLE citylayers.state (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    revision bigint NOT NULL DEFAULT 0,
    pruned bigint NOT NULL DEFAULT 0,
    cluster bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);
COMMENT ON TABLE citylayers.state IS 'One row';
COMMENT ON COLUMN citylayers.state.revision IS 'Number of the last commit that touched a layer';
COMMENT ON COLUMN citylayers.state.pruned IS 'The journal has forgotten everything up to this revision';
COMMENT ON COLUMN citylayers.state.cluster IS 'The server whose transaction numbers the journal holds: a dump may be restored on another';
INSERT INTO citylayers.state DEFAULT VALUES;

CREATE TABLE citylayers.commits (
    xid xid8 PRIMARY KEY DEFAULT pg_current_xact_id(),
    revision bigint UNIQUE,
    node text,
    at timestamptz
);
COMMENT ON TABLE citylayers.commits IS 'Transactions that touched layers; kept for a day';
COMMENT ON COLUMN citylayers.commits.revision IS 'Absent only while the transaction runs';
COMMENT ON COLUMN citylayers.commits.node IS 'The citylayers node that wrote it; absent for everybody else';
CREATE INDEX commits_at ON citylayers.commits (at);

CREATE TABLE citylayers.journal (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    layer text NOT NULL,
    op text NOT NULL CHECK (op IN ('insert', 'update', 'delete', 'truncate', 'bulk', 'replace')),
    id text
);
COMMENT ON TABLE citylayers.journal IS 'Which features a commit touched, written by triggers on the layers'' tables';
COMMENT ON COLUMN citylayers.journal.seq IS 'Order of writing, for people; not the order of commits';
COMMENT ON COLUMN citylayers.journal.id IS 'The feature; absent when it is the whole layer';
CREATE INDEX journal_xid ON citylayers.journal (xid);

CREATE TABLE citylayers.demo (
    layer text PRIMARY KEY
);
COMMENT ON TABLE citylayers.demo IS 'Layers whose features were generated for a demo';

-- Numbers the running transaction, once, above everything and above `seen`. Called as late as possible: from then
-- on no other transaction that touched a layer can commit.
CREATE FUNCTION citylayers.number_commit(seen bigint DEFAULT 0) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    number bigint;
BEGIN
    INSERT INTO citylayers.commits (node) VALUES (nullif(current_setting('citylayers.node', true), ''))
        ON CONFLICT (xid) DO NOTHING;
    SELECT revision INTO number FROM citylayers.commits WHERE xid = pg_current_xact_id();
    IF number IS NULL THEN
        UPDATE citylayers.state SET revision = greatest(revision, seen) + 1 RETURNING revision INTO number;
        UPDATE citylayers.commits SET revision = number, at = clock_timestamp() WHERE xid = pg_current_xact_id();
        PERFORM pg_notify('citylayers', '');
    END IF;
    RETURN number;
END $$;

CREATE FUNCTION citylayers.number_at_commit() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM citylayers.number_commit();
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER number_at_commit AFTER INSERT ON citylayers.commits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION citylayers.number_at_commit();

-- Fires after every statement on a layer's table. Arguments: the layer, its id column. Beyond 10,000 rows a node
-- loads the layer again, which needs no list of them. A feature whose id changed is told under both.
CREATE FUNCTION citylayers.write_journal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    layer text := TG_ARGV[0];
    id text := quote_ident(TG_ARGV[1]);
    touched text;
    number bigint;
BEGIN
    IF current_setting('citylayers.replacing', true) = 'on' THEN
        RETURN NULL; -- a node that puts new rows in the place of all writes one line by itself
    END IF;
    IF TG_OP = 'TRUNCATE' THEN
        INSERT INTO citylayers.journal (layer, op) VALUES (layer, 'truncate');
    ELSE
        touched := CASE TG_OP WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END;
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT 10001) AS head', touched) INTO number;
        IF number = 0 THEN
            RETURN NULL;
        ELSIF number > 10000 THEN
            INSERT INTO citylayers.journal (layer, op) VALUES (layer, 'bulk');
        ELSE
            EXECUTE format('INSERT INTO citylayers.journal (layer, op, id) SELECT $1, $2, %s::text FROM %s', id, touched)
                USING layer, lower(TG_OP);
            IF TG_OP = 'UPDATE' THEN
                EXECUTE format('INSERT INTO citylayers.journal (layer, op, id) SELECT $1, ''delete'', gone FROM '
                    '(SELECT %1$s::text FROM old_rows EXCEPT SELECT %1$s::text FROM new_rows) AS ids(gone)', id)
                    USING layer;
            END IF;
        END IF;
    END IF;
    INSERT INTO citylayers.commits (node) VALUES (nullif(current_setting('citylayers.node', true), ''))
        ON CONFLICT (xid) DO NOTHING;
    RETURN NULL;
END $$;

-- Triggers fire for everybody who may edit a layer; only the owner may attach or call these.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA citylayers FROM PUBLIC;
