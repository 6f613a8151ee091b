/** How bad an alert is, in the words of CAP 1.2. */

export const SEVERITIES = ["Unknown", "Minor", "Moderate", "Severe", "Extreme"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** The worse the greater. */
export const rank = (severity: Severity) => SEVERITIES.indexOf(severity);
