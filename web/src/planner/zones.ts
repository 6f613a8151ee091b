/** VN-2000 in the browser: for the coordinates under the pointer. What counts is computed by the server. */

import proj4 from "proj4";

/** A system by its EPSG code, and the central meridian of its zone. */
export interface Zone {
  code: string;
  meridian: number;
  scale: number;
}

/** The seven parameters of Decision 05/2007/QD-BTNMT as a position vector, see `src/crs/vn2000.rs`. */
const TO_WGS84 = "-191.90441429,-39.30318279,-111.45032835,0.00928836,-0.01975479,0.00427372,0.252906278";

const zone = (code: number, meridian: number, scale = 0.9999): Zone => ({ code: `EPSG:${code}`, meridian, scale });

/** Those of the two provinces first, then from west to east. */
export const ZONES: Zone[] = [
  zone(9208, 104.75), zone(5897, 105), zone(5896, 102), zone(9205, 103), zone(9206, 104), zone(9207, 104.5), zone(9209, 105.5),
  zone(9210, 105.75), zone(9211, 106), zone(9212, 106.25), zone(9213, 106.5), zone(9214, 107), zone(9215, 107.25), zone(9216, 107.5),
  zone(5899, 107.75), zone(5898, 108), zone(9217, 108.25), zone(9218, 108.5), zone(3405, 105, 0.9996), zone(3406, 111, 0.9996),
];

/** `VN-2000 104°45′ (EPSG:9208)`. */
export function zoneName({ code, meridian, scale }: Zone): string {
  const degrees = Math.trunc(meridian);
  const minutes = Math.round((meridian - degrees) * 60);
  const width = scale === 0.9996 ? " UTM" : "";
  return `VN-2000${width} ${degrees}°${String(minutes).padStart(2, "0")}′ (${code})`;
}

/** Easting and northing, metres. */
export function toZone({ meridian, scale }: Zone, lonLat: [number, number]): [number, number] {
  const definition = `+proj=tmerc +lat_0=0 +lon_0=${meridian} +k=${scale} +x_0=500000 +y_0=0 +ellps=WGS84 +towgs84=${TO_WGS84} +units=m`;
  const [east, north] = proj4("WGS84", definition, lonLat);
  return [east, north];
}
