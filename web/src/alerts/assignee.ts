/** Who sees to an alert, in the reader's language. */

import type { Language, Text } from "../catalog";
import { textIn } from "../words";

/**
 * A name that a person typed stays as it is. An office to which a late step passed the alert is known to the playbook in both languages, while
 * the alert has its Vietnamese name alone.
 */
export function assigneeOf(assigned: string | null, steps: readonly { escalate: Text | null }[], lang: Language): string | null {
  const office = steps.find(({ escalate }) => escalate !== null && escalate.vi === assigned)?.escalate;
  return office ? textIn(lang, office) : assigned;
}
