/** The tool that checks a parcel by its table of corners. */

import { make } from "../dom";
import { CornerError, readCorners, readNumber, type Order } from "./corners";
import { button, labelled, reasonOf, select, state } from "./form";
import { post, type Report } from "./service";
import { draw, showOutline } from "./sketch";
import type { Tool } from "./tool";
import { plannerWords } from "./words";
import { ZONES, zoneName } from "./zones";

/** What was typed, kept when the language changes. */
const kept = { text: "", crs: "EPSG:9208", order: "guess" as Order, area: "" };

export const parcelTool: Tool = {
  id: "parcel",
  render({ map, lang, showReport }) {
    const words = plannerWords(lang);
    const text = make("textarea", { rows: "9", spellcheck: "false", autocomplete: "off", id: "corners" });
    text.value = kept.text;
    const crs = select([...ZONES.map((zone): [string, string] => [zone.code, zoneName(zone)]), ["OGC:CRS84", `${words.longitude}, ${words.latitude} (WGS 84)`]], kept.crs);
    const order = select([["guess", words.orderGuess], ["north", words.orderNorth], ["east", words.orderEast]], kept.order);
    const area = make("input", { type: "text", inputmode: "decimal" });
    area.value = kept.area;
    const said = state();

    const check = async (body: Record<string, unknown>) => {
      said.textContent = words.working;
      try {
        const report = await post<Report>("/parcel-check", body);
        said.textContent = "";
        const places = report.corners.flatMap(({ lon_lat }) => (lon_lat ? [lon_lat] : []));
        showOutline(map, report.geometry, places);
        await showReport(report, places);
      } catch (error) {
        said.textContent = words.failed(reasonOf(error));
      }
    };
    const run = () => {
      Object.assign(kept, { text: text.value, crs: crs.value, order: order.value, area: area.value });
      try {
        const { corners, sides } = readCorners(text.value, kept.order);
        if (corners.length < 3) {
          said.textContent = words.noCorners;
          return;
        }
        const stated = readNumber(area.value.trim());
        void check({ crs: crs.value, corners, ...(sides.length > 0 ? { sides } : {}), ...(stated === null ? {} : { area: stated }) });
      } catch (error) {
        if (!(error instanceof CornerError)) throw error;
        said.textContent = words.failed(`${words.number} ${error.line}: ${error.text}`);
      }
    };
    const drawn = async () => {
      said.textContent = words.drawing;
      map.getCanvas().focus();
      const corners = await draw(map);
      said.textContent = "";
      if (corners) void check({ crs: "OGC:CRS84", corners });
    };
    return make("div", { class: "form" },
      make("p", {}, words.cornersHint), labelled(words.corners, text),
      labelled(words.system, crs), labelled(words.order, order), labelled(words.statedArea, area),
      make("div", { class: "actions" }, button(words.check, "primary", run), button(words.draw, "plain", () => void drawn())), said);
  },
};
