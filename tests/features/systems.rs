//! Coordinates in other systems: to the millimetre, in the order of the authority, there and back.

use citylayers::crs::OgcCrs;
use citylayers::model::Change;

use super::support::real::shared;
use super::{ids, lamp, ward, with_cameras};

const URI: &str = "http://www.opengis.net/def/crs/EPSG/0/";
