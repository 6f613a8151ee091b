-- Values of indicators of administrative units: of one indicator, unit and period there is one. Who changes them, in whatever way,
-- notes it in the journal, and every other node reads them again.

CREATE TABLE citylayers.indicators (
    indicator text NOT NULL,
    unit text NOT NULL,
    period text NOT NULL,
    layer text NOT NULL,
    value double precision NOT NULL,
    PRIMARY KEY (indicator, unit, period)
);
COMMENT ON COLUMN citylayers.indicators.unit IS 'A unit code; in a period before the unit of today came into force that of the old unit';
COMMENT ON COLUMN citylayers.indicators.period IS 'A month (2026-10), a quarter (2026-Q3) or a year (2026)';
COMMENT ON COLUMN citylayers.indicators.layer IS 'The layer of the units';

-- No layer has such a name.
CREATE FUNCTION citylayers.note_indicators() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO citylayers.journal (layer, op) VALUES ('.indicators', 'replace');
    INSERT INTO citylayers.commits (node) VALUES (nullif(current_setting('citylayers.node', true), ''))
        ON CONFLICT (xid) DO NOTHING;
    RETURN NULL;
END $$;
REVOKE EXECUTE ON FUNCTION citylayers.note_indicators() FROM PUBLIC;

CREATE TRIGGER note_indicators AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON citylayers.indicators
    FOR EACH STATEMENT EXECUTE FUNCTION citylayers.note_indicators();
