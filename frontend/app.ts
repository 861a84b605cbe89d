/** What every page does: htmx inside our policy, formulas, live times, keys, theme, copying, and the way back after a lost session. */
import htmx from "htmx.org";
import { watchActions } from "./lib/actions";
import { watchHtmx } from "./lib/requests";
import { watchKeys } from "./lib/shortcuts";
import { keepTimes, setServerTime } from "./lib/time";
import { watchTheme } from "./lib/theme";
import { setAllTex } from "./lib/tex";
import { watchZones } from "./lib/zones";
import { meta } from "./lib/dom";

function settle(root: ParentNode & Node): void {
  void setAllTex(root).catch(() => undefined); /* Without KaTeX the source stands, as it does without script. */
}

setServerTime(meta("server-time"));
watchHtmx(htmx, settle);
watchKeys();
watchActions();
watchTheme();
watchZones();
keepTimes();
settle(document);
