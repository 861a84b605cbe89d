/** The script of every page that is not an instrument: the page's own behaviours, and htmx inside our policy. */
import htmx from "htmx.org";
import { settle, startPage } from "./lib/page";
import { watchHtmx } from "./lib/requests";

startPage();
watchHtmx(htmx, settle);
