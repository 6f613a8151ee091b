-- The timetable of public transport: a table for each file of GTFS Schedule, with its names. `layer` is the layer of the stops, whose
-- timetable it is. Times are seconds after noon minus twelve hours of the service day: 25:10 is 90600. `weekdays` is a sum: Monday
-- is 1, Tuesday 2, Sunday 64.

CREATE TABLE citylayers.feed_info (
    layer text NOT NULL,
    routes_layer text NOT NULL,
    timezone text NOT NULL,
    publisher text,
    version text,
    demo boolean NOT NULL,
    PRIMARY KEY (layer)
);
COMMENT ON TABLE citylayers.feed_info IS 'GTFS feed_info.txt, by the layer of the stops';

CREATE TABLE citylayers.agency (
    layer text NOT NULL,
    agency_id text NOT NULL,
    agency_name text NOT NULL,
    agency_url text,
    PRIMARY KEY (layer, agency_id)
);
COMMENT ON TABLE citylayers.agency IS 'GTFS agency.txt, by the layer of the stops';

CREATE TABLE citylayers.routes (
    layer text NOT NULL,
    route_id text NOT NULL,
    agency_id text,
    route_name text,
    PRIMARY KEY (layer, route_id)
);
COMMENT ON TABLE citylayers.routes IS 'GTFS routes.txt, by the layer of the stops';

CREATE TABLE citylayers.stops (
    layer text NOT NULL,
    stop_id text NOT NULL,
    parent_station text,
    PRIMARY KEY (layer, stop_id)
);
COMMENT ON TABLE citylayers.stops IS 'GTFS stops.txt, by the layer of the stops';

CREATE TABLE citylayers.calendar (
    layer text NOT NULL,
    service_id text NOT NULL,
    weekdays bigint NOT NULL,
    start_date date,
    end_date date,
    PRIMARY KEY (layer, service_id)
);
COMMENT ON TABLE citylayers.calendar IS 'GTFS calendar.txt, by the layer of the stops';

CREATE TABLE citylayers.calendar_dates (
    layer text NOT NULL,
    service_id text NOT NULL,
    date date NOT NULL,
    added boolean NOT NULL,
    PRIMARY KEY (layer, service_id, date)
);
COMMENT ON TABLE citylayers.calendar_dates IS 'GTFS calendar_dates.txt, by the layer of the stops';

CREATE TABLE citylayers.trips (
    layer text NOT NULL,
    trip_id text NOT NULL,
    route_id text NOT NULL,
    service_id text NOT NULL,
    trip_headsign text,
    direction_id bigint,
    PRIMARY KEY (layer, trip_id)
);
COMMENT ON TABLE citylayers.trips IS 'GTFS trips.txt, by the layer of the stops';

CREATE TABLE citylayers.stop_times (
    layer text NOT NULL,
    trip_id text NOT NULL,
    stop_sequence bigint NOT NULL,
    stop_id text NOT NULL,
    arrival_s bigint NOT NULL,
    departure_s bigint NOT NULL,
    no_pickup boolean NOT NULL,
    approximate boolean NOT NULL,
    PRIMARY KEY (layer, trip_id, stop_sequence)
);
COMMENT ON TABLE citylayers.stop_times IS 'GTFS stop_times.txt, by the layer of the stops';

CREATE TABLE citylayers.frequencies (
    layer text NOT NULL,
    trip_id text NOT NULL,
    start_s bigint NOT NULL,
    end_s bigint NOT NULL,
    headway_s bigint NOT NULL,
    exact_times boolean NOT NULL
);
CREATE INDEX frequencies_layer ON citylayers.frequencies (layer);
COMMENT ON TABLE citylayers.frequencies IS 'GTFS frequencies.txt, by the layer of the stops';

CREATE TABLE citylayers.fare_attributes (
    layer text NOT NULL,
    fare_id text NOT NULL,
    price double precision NOT NULL,
    currency_type text NOT NULL,
    prepaid boolean NOT NULL,
    transfers bigint,
    agency_id text,
    PRIMARY KEY (layer, fare_id)
);
COMMENT ON TABLE citylayers.fare_attributes IS 'GTFS fare_attributes.txt, by the layer of the stops';

CREATE TABLE citylayers.fare_rules (
    layer text NOT NULL,
    fare_id text NOT NULL,
    route_id text,
    origin_id text,
    destination_id text,
    contains_id text
);
CREATE INDEX fare_rules_layer ON citylayers.fare_rules (layer);
COMMENT ON TABLE citylayers.fare_rules IS 'GTFS fare_rules.txt, by the layer of the stops';
