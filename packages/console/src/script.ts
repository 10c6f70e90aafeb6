/**
 * The only script, served as `/live.js`. When the server reports that the list changed, it fetches the page again and replaces the
 * table. Without scripts, the link below the table does the same.
 */
export const SCRIPT: string = `"use strict";
const live = document.querySelector("[data-events]");
const said = document.querySelector("[data-updated]");
async function renew() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-events]");
  if (fresh === null) return;
  const focused = live.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  live.replaceChildren(...fresh.childNodes);
  if (focused !== null) [...live.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused)?.focus();
  said.textContent = said.dataset.updated + " " + new Date().toLocaleTimeString(document.documentElement.lang);
}
if (live !== null && said !== null) {
  new EventSource(live.dataset.events).addEventListener("changed", () => renew().catch(() => {}));
}
`;
