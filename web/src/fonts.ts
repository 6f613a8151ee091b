/** The page's own font files, for its words and for labels that MapLibre draws glyph by glyph. */

import type { FontFacesSpecification } from "maplibre-gl";
import latin from "@fontsource/be-vietnam-pro/files/be-vietnam-pro-latin-500-normal.woff2?url";
import vietnamese from "@fontsource/be-vietnam-pro/files/be-vietnam-pro-vietnamese-500-normal.woff2?url";
import { LABEL_FONT } from "./style";

const here = (url: string) => new URL(url, document.baseURI).href;

export function labelFontFaces(): FontFacesSpecification {
  return {
    [LABEL_FONT]: [
      { url: here(latin), "unicode-range": ["U+0000-00FF", "U+2000-206F"] },
      {
        url: here(vietnamese),
        "unicode-range": ["U+0102-0103", "U+0110-0111", "U+0128-0129", "U+0168-0169", "U+01A0-01A1", "U+01AF-01B0", "U+1EA0-1EF9"],
      },
    ],
  };
}

/** Fetched at once: the banner that says the server is gone could not ask it for letters. */
export async function loadPageFonts(): Promise<void> {
  const weights = [400, 500, 600].map((weight) => document.fonts.load(`${weight} 1rem "Be Vietnam Pro"`, "aạ"));
  await Promise.allSettled(weights);
}
