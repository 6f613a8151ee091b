/** One feature, read and changed on condition that nobody else did meanwhile. */

import type { Language, Layer } from "../catalog";
import { passed, type Feature } from "./service";

export interface Item {
  feature: Feature;
  etag: string;
}

const path = (layer: Layer, id: string | number) => `/collections/${layer.id}/items/${encodeURIComponent(id)}`;

export async function readItem(layer: Layer, id: string | number, lang: Language): Promise<Item> {
  const answer = await passed(await fetch(path(layer, id), { headers: { accept: "application/geo+json", "accept-language": lang } }));
  return { feature: (await answer.json()) as Feature, etag: answer.headers.get("etag") ?? "" };
}

/** A merge patch (RFC 7396): `null` takes a value away. */
export async function patchItem(layer: Layer, { feature, etag }: Item, patch: object): Promise<void> {
  const headers = { "content-type": "application/merge-patch+json", "if-match": etag };
  await passed(await fetch(path(layer, feature.id), { method: "PATCH", headers, body: JSON.stringify(patch) }));
}

const asked = new Map<string, Promise<boolean>>();

async function ask(layer: Layer, id: string | number): Promise<boolean> {
  const { headers } = await fetch(path(layer, id), { method: "OPTIONS" });
  return (headers.get("allow") ?? "").split(",").some((method) => method.trim() === "PATCH");
}

/** Whether features of a layer can be changed; asked once a layer. */
export function takesEdits(layer: Layer, id: string | number): Promise<boolean> {
  const known = asked.get(layer.id) ?? ask(layer, id);
  asked.set(layer.id, known);
  return known.catch(() => {
    asked.delete(layer.id);
    return false;
  });
}
