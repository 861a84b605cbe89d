/** The tabs that stand for an instrument's zones on a narrow screen: `:target` shows a zone, this says which one it is. */

function showCurrent(): void {
  const tabs = [...document.querySelectorAll<HTMLAnchorElement>(".zone-tabs a")];
  const zone = document.querySelector(".zones > .zone:target") ?? document.querySelector(".zones > .zone--first");
  if (zone === null) return;
  for (const tab of tabs) {
    if (tab.hash === `#${zone.id}`) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
}

/* A link to a step inside a zone that is not shown: show the zone, then go to the step. */
function revealTarget(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const zone = target?.closest<HTMLElement>(".zones > .zone");
  if (!target || !zone || zone === target || zone.getClientRects().length > 0) return;
  location.replace(`#${zone.id}`);
  target.scrollIntoView();
}

/** Keep the tabs of an instrument's zones right. */
export function watchZones(): void {
  if (document.querySelector(".zone-tabs") === null) return;
  window.addEventListener("hashchange", () => { revealTarget(); showCurrent(); });
  showCurrent();
}
