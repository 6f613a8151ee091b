-- The timetable of public transport: a table for each file of GTFS Schedule, with its names. `layer` is the layer of the stops, whose
-- timetable it is. Times are seconds after noon minus twelve hours of the service day: 25:10 is 90600. `weekdays` is a sum: Monday
-- is 1, Tuesday 2, Sunday 64.

CREATE TABLE citylayers_feed_info (
    layer TEXT NOT NULL,
    routes_layer TEXT NOT NULL,
    timezone TEXT NOT NULL,
    publisher TEXT,
    version TEXT,
    demo BOOLEAN NOT NULL,
    PRIMARY KEY (layer)
) WITHOUT ROWID;

CREATE TABLE citylayers_agency (
    layer TEXT NOT NULL,
    agency_id TEXT NOT NULL,
    agency_name TEXT NOT NULL,
    agency_url TEXT,
    PRIMARY KEY (layer, agency_id)
) WITHOUT ROWID;

CREATE TABLE citylayers_routes (
    layer TEXT NOT NULL,
    route_id TEXT NOT NULL,
    agency_id TEXT,
    route_name TEXT,
    PRIMARY KEY (layer, route_id)
) WITHOUT ROWID;

CREATE TABLE citylayers_stops (
    layer TEXT NOT NULL,
    stop_id TEXT NOT NULL,
    parent_station TEXT,
    PRIMARY KEY (layer, stop_id)
) WITHOUT ROWID;

CREATE TABLE citylayers_calendar (
    layer TEXT NOT NULL,
    service_id TEXT NOT NULL,
    weekdays INTEGER NOT NULL,
    start_date DATE,
    end_date DATE,
    PRIMARY KEY (layer, service_id)
) WITHOUT ROWID;

CREATE TABLE citylayers_calendar_dates (
    layer TEXT NOT NULL,
    service_id TEXT NOT NULL,
    date DATE NOT NULL,
    added BOOLEAN NOT NULL,
    PRIMARY KEY (layer, service_id, date)
) WITHOUT ROWID;

CREATE TABLE citylayers_trips (
    layer TEXT NOT NULL,
    trip_id TEXT NOT NULL,
    route_id TEXT NOT NULL,
    service_id TEXT NOT NULL,
    trip_headsign TEXT,
    direction_id INTEGER,
    PRIMARY KEY (layer, trip_id)
) WITHOUT ROWID;

CREATE TABLE citylayers_stop_times (
    layer TEXT NOT NULL,
    trip_id TEXT NOT NULL,
    stop_sequence INTEGER NOT NULL,
    stop_id TEXT NOT NULL,
    arrival_s INTEGER NOT NULL,
    departure_s INTEGER NOT NULL,
    no_pickup BOOLEAN NOT NULL,
    approximate BOOLEAN NOT NULL,
    PRIMARY KEY (layer, trip_id, stop_sequence)
) WITHOUT ROWID;

CREATE TABLE citylayers_frequencies (
    layer TEXT NOT NULL,
    trip_id TEXT NOT NULL,
    start_s INTEGER NOT NULL,
    end_s INTEGER NOT NULL,
    headway_s INTEGER NOT NULL,
    exact_times BOOLEAN NOT NULL
);

CREATE INDEX citylayers_frequencies_layer ON citylayers_frequencies (layer);

CREATE TABLE citylayers_fare_attributes (
    layer TEXT NOT NULL,
    fare_id TEXT NOT NULL,
    price REAL NOT NULL,
    currency_type TEXT NOT NULL,
    prepaid BOOLEAN NOT NULL,
    transfers INTEGER,
    agency_id TEXT,
    PRIMARY KEY (layer, fare_id)
) WITHOUT ROWID;

CREATE TABLE citylayers_fare_rules (
    layer TEXT NOT NULL,
    fare_id TEXT NOT NULL,
    route_id TEXT,
    origin_id TEXT,
    destination_id TEXT,
    contains_id TEXT
);

CREATE INDEX citylayers_fare_rules_layer ON citylayers_fare_rules (layer);

INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES
    ('citylayers_feed_info', 'citylayers', 'citylayers_feed_info'),
    ('citylayers_agency', 'citylayers', 'citylayers_agency'),
    ('citylayers_routes', 'citylayers', 'citylayers_routes'),
    ('citylayers_stops', 'citylayers', 'citylayers_stops'),
    ('citylayers_calendar', 'citylayers', 'citylayers_calendar'),
    ('citylayers_calendar_dates', 'citylayers', 'citylayers_calendar_dates'),
    ('citylayers_trips', 'citylayers', 'citylayers_trips'),
    ('citylayers_stop_times', 'citylayers', 'citylayers_stop_times'),
    ('citylayers_frequencies', 'citylayers', 'citylayers_frequencies'),
    ('citylayers_fare_attributes', 'citylayers', 'citylayers_fare_attributes'),
    ('citylayers_fare_rules', 'citylayers', 'citylayers_fare_rules');

INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope) VALUES
    ('citylayers_feed_info', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_agency', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_routes', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_stops', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_calendar', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_calendar_dates', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_trips', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_stop_times', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_frequencies', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_fare_attributes', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write'),
    ('citylayers_fare_rules', NULL, 'citylayers_store', 'the timetable of public transport', 'read-write');
