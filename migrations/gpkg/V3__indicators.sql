-- Values of indicators of administrative units: of one indicator, unit and period there is one.
-- `period` is a month (2026-10), a quarter (2026-Q3) or a year (2026). A unit code in a period before the unit of today came into
-- force is that of the old unit.
CREATE TABLE citylayers_indicators (
    indicator TEXT NOT NULL,
    unit TEXT NOT NULL,
    period TEXT NOT NULL,
    layer TEXT NOT NULL,
    value REAL NOT NULL,
    PRIMARY KEY (indicator, unit, period)
) WITHOUT ROWID;

INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES
    ('citylayers_indicators', 'citylayers', 'citylayers_indicators');

INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope) VALUES
    ('citylayers_indicators', NULL, 'citylayers_store', 'values of indicators by unit and period', 'read-write');
