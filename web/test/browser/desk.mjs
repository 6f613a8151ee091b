/** The planner's desk in a browser, as its tests open and handle it. */

import { BASE, settled } from "./chromium.mjs";

export async function openDesk(page, view, lang) {
  const parts = [view && `map=${view.zoom}/${view.lat}/${view.lon}`, lang && `lang=${lang}`].filter(Boolean);
  await page.goto(`${BASE}/planner${parts.length > 0 ? `#${parts.join("&")}` : ""}`);
  await page.locator("html[data-ready=true]").waitFor({ state: "attached" });
  await settled(page);
}

export const tab = (page, name) => page.getByRole("tab", { name }).click();

/** A list to choose from, by its whole name. */
export const choice = (page, name) => page.getByRole("combobox", { name, exact: true });

/** Places on the screen: shares of the map's width and height. */
export async function onMap(page, right, down) {
  const { x, y, width, height } = await page.locator("#map canvas").first().boundingBox();
  return { x: x + width * right, y: y + height * down };
}

export async function clickMap(page, right, down) {
  const { x, y } = await onMap(page, right, down);
  await page.mouse.click(x, y);
}

export async function json(path, options) {
  const answer = await fetch(`${BASE}${path}`, options);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** `1.234,5` */
export const numberIn = (text) => Number(text.replace(/[^\d,-]/g, "").replace(",", "."));
