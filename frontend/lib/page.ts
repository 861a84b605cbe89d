/** What every page does, an instrument's too: formulas, live times, keys, theme, menus, zones. */
import { watchActions } from "./actions";
import { meta } from "./dom";
import { watchKeys } from "./shortcuts";
import { setAllTex } from "./tex";
import { watchTheme } from "./theme";
import { keepTimes, setServerTime } from "./time";
import { watchZones } from "./zones";

/** Set the formulas of a piece of the page. */
export function settle(root: ParentNode & Node): void {
  void setAllTex(root).catch(() => undefined); /* Without KaTeX the source stands, as it does without script. */
}

/** Start the page's own behaviours; throws when another script of the page has done so, because every key would act twice. */
export function startPage(): void {
  const root = document.documentElement;
  if (root.dataset["started"] !== undefined) throw new Error("Two scripts start this page. An instrument overrides the block `script` instead of adding to it.");
  root.dataset["started"] = "";
  setServerTime(meta("server-time"));
  watchKeys();
  watchActions();
  watchTheme();
  watchZones();
  keepTimes();
  settle(document);
  /* On a narrow page the row of tabs scrolls; the one that is open shall be seen. */
  document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
}
