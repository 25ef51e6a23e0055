// Keeps the page up to date: the server says that something was written, the page is asked for
// again, and what is in <main> is put in place of what was there.
(() => {
  "use strict";
  const REFRESH = 30000; // milliseconds: durations grow though nothing is written
  const main = document.getElementById("main");
  if (!("live" in main.dataset)) return;
  const button = document.getElementById("updates");
  const news = document.getElementById("news");
  let live = true, version = null, asked = 0, running = false, again = false;

  const isBusy = () => {
    const at = document.activeElement;
    return document.hidden || document.querySelector("details[open]") !== null ||
      (main.contains(at) && /^(INPUT|SELECT)$/.test(at.tagName)) || String(getSelection()) !== "";
  };

  const place = (page) => {
    const fresh = page.getElementById("main");
    if (!fresh || fresh.innerHTML === main.innerHTML) return;
    const at = document.activeElement;
    const key = at && main.contains(at) ? at.id || at.getAttribute("href") : null;
    const before = heading();
    document.title = page.title;
    main.replaceChildren(...document.adoptNode(fresh).childNodes);
    if (key) {
      const same = document.getElementById(key) || main.querySelector(`[href="${CSS.escape(key)}"]`);
      if (same) same.focus({ preventScroll: true });
    }
    if (heading() !== before) news.textContent = heading();
  };
  const heading = () => (document.getElementById("open") || { textContent: "" }).textContent;

  const refresh = async () => {
    if (running) { again = true; return; }
    if (!live || isBusy()) { again = true; return; }
    running = true; again = false; asked = Date.now();
    try {
      const answer = await fetch(location.href, { cache: "no-cache", credentials: "same-origin" });
      if (answer.ok && !answer.redirected) {
        place(new DOMParser().parseFromString(await answer.text(), "text/html"));
      }
    } catch { /* the next one may get through */ }
    running = false;
  };

  button.addEventListener("click", () => {
    live = !live;
    button.setAttribute("aria-pressed", String(live));
    button.textContent = live ? "Live" : "Paused";
    if (live) refresh();
  });
  button.hidden = false;
  const source = new EventSource("/changes");
  source.onmessage = (event) => {
    if (version !== null && event.data !== version) refresh();
    version = event.data;
  };
  setInterval(() => { if (again || Date.now() - asked > REFRESH) refresh(); }, 3000);
  asked = Date.now();
})();
