-- What is kept whole: rules that were made over HTTP, alerts with their trail, messages that are not delivered yet. JSON by kind and key.
CREATE TABLE citylayers_document (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) WITHOUT ROWID;

INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES
    ('citylayers_document', 'citylayers', 'citylayers_document');

INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope) VALUES
    ('citylayers_document', NULL, 'citylayers_store', 'rules, alerts and messages', 'read-write');
