/** The workspace: for now the page as the server wrote it, with formulas set, keys and dialogs. */
import { startPage } from "./lib/page";

startPage();
