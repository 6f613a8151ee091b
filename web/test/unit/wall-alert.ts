/** Alerts for the tests of the wall. */

import { parseAlert } from "../../src/wall/alerts";

export const NOW = Date.parse("2026-11-22T10:00:00+07:00");

/** A feature as `GET /alerts` has it. */
export const feature = (id: string, properties: Record<string, unknown> = {}) => ({
  type: "Feature", id, geometry: { type: "Point", coordinates: [105.68, 18.67] },
  properties: {
    rule: "aqi", title: { vi: "Không khí", en: "Air" }, headline: { vi: "AQI 210 tại Vinh", en: "AQI 210 at Vinh" }, severity: "Severe",
    urgency: "Immediate", certainty: "Observed", category: "Env", status: "raised", layer: "air_stations", feature: "A-1", fence: null,
    property: "aqi", value: 210, count: 1, raised_at: "2026-11-22T09:59:00+07:00", changed_at: "2026-11-22T09:59:00+07:00", expires_at: null,
    agency: { vi: "Sở Nông nghiệp và Môi trường", en: "Department of Environment" }, assigned_to: null,
    steps: [{ n: 1, title: { vi: "Gọi", en: "Call" }, who: { vi: "Trực ban", en: "Duty officer" }, due: null, late: false, done: null }],
    ...properties,
  },
});

/** One that was raised some minutes ago. */
export const alert = (id: string, severity: string, minutes: number, more: Record<string, unknown> = {}) => {
  const at = new Date(NOW - minutes * 60_000).toISOString();
  return parseAlert(feature(id, { severity, raised_at: at, changed_at: at, ...more }));
};
