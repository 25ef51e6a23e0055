// Keeps the page true: asks every few seconds whether anything changed, puts what is new in place,
// and says so when it can't know. Times are shown in the reader's zone, ages grow by themselves.
(() => {
  "use strict";
  const EVERY = 4000, PATIENCE = 4000; // milliseconds; together what a dead daemon stays unnoticed
  const main = document.getElementById("main");
  const button = document.getElementById("updates");
  const news = document.getElementById("news");
  const lost = document.getElementById("lost");
  const asof = document.getElementById("asof");

  const two = (number) => String(number).padStart(2, "0");
  const clock = (at, seconds = true) =>
    `${two(at.getHours())}:${two(at.getMinutes())}${seconds ? `:${two(at.getSeconds())}` : ""}`;
  const day = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric" });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const local = (at, now) => {
    if (at.toDateString() === now.toDateString()) return clock(at);
    const year = at.getFullYear() === now.getFullYear() ? "" : ` ${at.getFullYear()}`;
    return `${day.format(at)}${year}, ${clock(at, false)}`;
  };
  const span = (seconds) => {
    const sizes = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
    const first = sizes.findIndex(([, size]) => seconds >= size);
    if (first < 0) return "0 s";
    const [unit, size] = sizes[first], whole = Math.floor(seconds / size);
    const next = sizes[first + 1], rest = next ? Math.floor((seconds % size) / next[1]) : 0;
    return `${whole} ${unit}` + (rest ? ` ${rest} ${next[0]}` : "");
  };
  const brief = (text) => text.replace(/^(\d{2,} \w+|\d+ min) .*/, "$1").replace(/( \d+ m)in$/, "$1");
  const times = (root) => {
    const now = new Date();
    for (const one of root.querySelectorAll("time[datetime]")) {
      const at = new Date(one.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const utc = `${at.toISOString().slice(0, 19).replace("T", " ")} UTC`;
      if (one.classList.contains("age")) {
        const lasted = span(Math.max(0, (now - at) / 1000));
        one.textContent = one.classList.contains("brief") ? brief(lasted) : lasted;
        one.title = `since ${local(at, now)} (${zone}), ${utc}`;
      } else {
        one.textContent = local(at, now);
        one.title = `${utc}; shown in ${zone}`;
      }
    }
  };
  // nobody scrolls a wall: two columns where one is not enough, and a word on what is left out
  const fit = () => {
    const list = main.querySelector(".wall-rows"), more = document.getElementById("more");
    if (!list || innerWidth < 768) return;
    const rows = [...list.children];
    const fits = () => list.getBoundingClientRect().bottom + more.offsetHeight + 8 <= innerHeight;
    list.classList.remove("many");
    for (const row of rows) row.hidden = false;
    scrollTo(0, 0);
    if (!fits() && innerWidth >= 1100) list.classList.add("many");
    let shown = rows.length;
    while (shown > 1 && !fits()) rows[--shown].hidden = true;
    const left = more.dataset.total - shown;
    more.textContent = left > 0 ? `and ${left} more` : "";
  };
  addEventListener("resize", fit);
  document.addEventListener("board:placed", () => { times(main); fit(); });
  times(document);
  fit();
  // a picture that does not load takes no room
  document.addEventListener("error", (event) => {
    if (event.target.tagName === "IMG") (event.target.closest("figure, .graph") || event.target).hidden = true;
  }, true);
  document.addEventListener("load", (event) => {
    if (event.target.tagName === "IMG") (event.target.closest("figure, .graph") || event.target).hidden = false;
  }, true);
  for (const one of document.images) {
    if (one.complete && !one.naturalWidth && one.getAttribute("loading") !== "lazy") one.dispatchEvent(new Event("error"));
  }
  if (!main.dataset.live) return;

  let live = true, version = main.dataset.live, behind = false, running = false;
  let known = new Date(), failed = null, reason = "";

  const isBusy = () => {
    const at = document.activeElement;
    return document.querySelector("dialog[open]") !== null || String(getSelection()) !== "" ||
      (main.contains(at) && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName));
  };
  const heading = () => (document.getElementById("open") || { textContent: "" }).textContent;

  const place = (page) => {
    const fresh = page.getElementById("main");
    if (!fresh) return;
    version = fresh.dataset.live || version;
    const at = document.activeElement;
    const key = at && main.contains(at) ? at.id || at.getAttribute("href") : null;
    const open = [...main.querySelectorAll("details[id]")].map((one) => [one.id, one.open]);
    const before = heading();
    document.title = page.title;
    main.replaceChildren(...document.adoptNode(fresh).childNodes);
    for (const [id, was] of open) {
      const same = document.getElementById(id);
      if (same) same.open = was;
    }
    if (key) {
      const same = document.getElementById(key) || main.querySelector(`[href="${CSS.escape(key)}"]`);
      if (same) same.focus({ preventScroll: true });
    }
    if (heading() !== before) news.textContent = heading();
    document.dispatchEvent(new CustomEvent("board:placed"));
  };

  const toLogin = () => location.assign(`/login?then=${encodeURIComponent(location.pathname + location.search)}`);

  const say = () => {
    const now = new Date();
    asof.textContent = clock(known);
    button.firstElementChild.textContent = live ? "Live" : behind ? "Paused, there is news" : "Paused";
    button.title = live ? "What is shown is as of this time. Press to stop updating." :
      `What is shown is ${span((now - known) / 1000)} old. Press to go on updating.`;
    lost.hidden = failed === null;
    document.body.classList.toggle("lost", failed !== null);
    if (failed !== null) {
      lost.textContent = `Not connected since ${clock(failed, false)}. ` +
        `What is shown is from ${clock(known)}, ${span((now - known) / 1000)} ago.${reason}`;
    }
  };
  const broken = (why = "") => { failed = failed || new Date(); reason = why; };

  const refresh = async () => {
    if (running || isBusy()) return;
    running = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(15000) });
      if (answer.redirected && new URL(answer.url).pathname === "/login") toLogin();
      else if (answer.ok) {
        place(new DOMParser().parseFromString(await answer.text(), "text/html"));
        behind = false;
        known = new Date();
      }
    } catch { /* the next poll says that nobody answers */ }
    running = false;
  };

  const poll = async () => {
    try {
      const answer = await fetch("/changes", {
        cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE),
        headers: { "If-None-Match": `"${version}"` },
      });
      if (answer.status === 401) { toLogin(); return; }
      if (answer.status === 304) { failed = null; if (!behind) known = new Date(); }
      else if (answer.ok) { failed = null; behind = true; }
      else broken(` The board answers ${answer.status}.`);
    } catch { broken(); }
    const awaited = !document.hidden || document.querySelector("#alarm-sound:checked, #alarm-notify:checked");
    if (failed === null && behind && live && awaited) await refresh();
    say();
  };

  let timer = 0;
  const again = async () => {
    clearTimeout(timer);
    await poll();
    clearTimeout(timer);
    timer = setTimeout(again, EVERY);
  };
  button.addEventListener("click", () => {
    live = !live;
    button.setAttribute("aria-pressed", String(live));
    say();
    if (live) again();
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
  addEventListener("pageshow", (event) => { if (event.persisted) again(); });
  // live graphs are another picture each minute
  const graphs = () => {
    const at = Math.floor(Date.now() / 60000);
    for (const one of main.querySelectorAll("[data-at]")) {
      if (one.closest("[hidden]")) one.loading = "eager"; // what is hidden is never lazily loaded
      for (const part of one.parentElement.children) {
        const name = part === one ? "src" : "srcset", path = part.getAttribute(name);
        const fresh = path.replace(/\bat=\d+/, `at=${at}`);
        if (fresh !== path) part.setAttribute(name, fresh);
      }
    }
  };
  setInterval(() => { times(main); say(); if (live && !document.hidden) graphs(); }, 10000);
  button.hidden = false;
  say();
  timer = setTimeout(again, EVERY);
})();
