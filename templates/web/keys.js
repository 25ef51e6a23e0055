// Keys, and forms in a dialog: all of it works without, by links to pages that hold the same forms.
(() => {
  "use strict";
  const main = document.getElementById("main");
  const acting = document.getElementById("acting");
  const helping = document.getElementById("helping");
  const help = document.getElementById("help");
  let chosen = null; // the id of the alert that the keys are about
  const NEXT = "grafherald-next"; // in this tab: the id of the alert that comes after one acted on

  const items = () => [...main.querySelectorAll("[data-alert]:not([hidden])")];
  const current = () => {
    const at = document.activeElement && document.activeElement.closest("[data-alert]");
    return at || items().find((one) => one.dataset.alert === chosen) || null;
  };
  const choose = (item) => {
    if (!item) return;
    chosen = item.dataset.alert;
    const link = item.querySelector("a.title");
    if (link) { link.focus({ preventScroll: true }); item.scrollIntoView({ block: "nearest" }); }
  };
  const move = (by) => {
    const all = items(), at = all.indexOf(current());
    choose(all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]);
  };

  const remember = (root) => {
    for (const input of root.querySelectorAll("[data-remember]")) {
      try {
        input.value = input.value || localStorage.getItem("grafherald-name") || "";
        input.addEventListener("change", () => localStorage.setItem("grafherald-name", input.value));
      } catch { /* nothing is kept then */ }
    }
  };

  const act = async (path, wanted = "acknowledge") => {
    const answer = await fetch(path, { signal: AbortSignal.timeout(8000) }).catch(() => null);
    if (!answer || !answer.ok || answer.redirected) { location.assign(path); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const close = document.createElement("form");
    close.method = "dialog";
    close.innerHTML = "<button>Close</button>";
    acting.replaceChildren(...document.adoptNode(page.getElementById("main")).childNodes, close);
    for (const input of acting.querySelectorAll("input[name=then]")) {
      input.value = location.pathname + location.search;
    }
    remember(acting);
    acting.showModal();
    const button = acting.querySelector(`[data-do="${wanted}"]`), form = button?.closest("form");
    const word = form?.querySelector("input[name=comment]");
    (word || acting).focus();
    if (wanted !== "take" || !word) return;
    form.querySelector("button.main").classList.remove("main");
    button.classList.add("main");
    word.addEventListener("keydown", (event) => { // else it would press the form's first button
      if (event.key === "Enter") { event.preventDefault(); form.requestSubmit(button); }
    });
  };
  let next = "";
  const actOn = (wanted) => {
    const item = current() || items()[0];
    if (!item) return;
    choose(item);
    next = items()[items().indexOf(item) + 1]?.dataset.alert || "";
    act(`/alerts/${item.dataset.alert}/act`, wanted);
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-act]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      act(link.getAttribute("href"));
    }
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-choose]");
    if (!link) return;
    event.preventDefault();
    for (const box of link.closest("form").querySelectorAll("input[name=alert]")) {
      box.checked = link.dataset.choose === "all";
    }
  });
  for (const dialog of [acting, helping]) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }
  // who acts by keys goes on where they were, not at the top
  acting.addEventListener("close", () => { next = ""; });
  acting.addEventListener("submit", (event) => {
    try { if (next && event.target.method === "post") sessionStorage.setItem(NEXT, next); } catch { /* not kept */ }
  });
  try {
    const at = sessionStorage.getItem(NEXT);
    sessionStorage.removeItem(NEXT);
    if (at) choose(items().find((one) => one.dataset.alert === at));
  } catch { /* nothing is kept then */ }
  const showHelp = () => helping.showModal();
  help.addEventListener("click", showHelp);
  help.hidden = false;
  remember(main);
  document.addEventListener("board:placed", () => remember(main));

  const keys = {
    j: () => move(1),
    k: () => move(-1),
    o: () => { const item = current(); if (item) location.assign(`/alerts/${item.dataset.alert}`); },
    a: () => actOn("acknowledge"),
    t: () => actOn("take"),
    s: () => actOn("silence"),
    m: () => document.getElementById("several")?.click(),
    v: () => document.getElementById("style")?.click(),
    g: () => location.assign("/"),
    "/": () => { const q = document.getElementById("q"); if (q) { q.focus(); q.select(); } else location.assign("/"); },
    "?": showHelp,
  };
  document.addEventListener("keydown", (event) => {
    const at = document.activeElement;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (at && /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)) {
      if (event.key === "Escape") at.blur();
      return;
    }
    const run = keys[event.key];
    if (run) { event.preventDefault(); run(); }
  });
})();
