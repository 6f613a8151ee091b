/** A short sentence at the edge of the map, said to screen readers too, gone after a while. */

import { byId } from "./dom";

const SHOWN_MS = 4000;
let timer: ReturnType<typeof setTimeout> | undefined;

export function announce(sentence: string): void {
  const notice = byId("notice");
  notice.textContent = sentence;
  clearTimeout(timer);
  timer = setTimeout(() => (notice.textContent = ""), SHOWN_MS);
}
