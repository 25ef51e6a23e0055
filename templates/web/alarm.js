// On request: a sound, a desktop notification, when there is an alert that was not there before.
(() => {
  "use strict";
  const main = document.getElementById("main");
  const sound = document.getElementById("alarm-sound");
  const notify = document.getElementById("alarm-notify");
  const problem = document.getElementById("alarm-problem");
  const stored = (name) => { try { return localStorage.getItem(name) === "yes"; } catch { return false; } };
  const store = (name, on) => { try { localStorage.setItem(name, on ? "yes" : "no"); } catch { /* not kept */ } };
  const muted = document.getElementById("muted");
  const listed = () => { // also on other pages
    const told = main.querySelector("[data-alerts]");
    if (told) return told.dataset.alerts.split(" ").filter(Boolean);
    return [...main.querySelectorAll("[data-alert]")].map((one) => one.dataset.alert);
  };
  const known = new Set(listed()); // for good: an acknowledgement taken back brings no new alert
  let audio = null;

  // browsers play nothing on a page that nobody has touched
  const listen = () => {
    if (!audio) {
      try { audio = new AudioContext(); } catch { return; }
      audio.addEventListener("statechange", listen); // some begin suspended and run a moment later
    }
    muted.hidden = audio.state !== "suspended";
  };
  for (const touched of ["pointerdown", "keydown"]) {
    document.addEventListener(touched, () => { if (!muted.hidden) audio.resume(); });
  }

  const beep = () => {
    try {
      listen();
      for (const [at, pitch] of [[0, 880], [0.18, 660]]) {
        const tone = audio.createOscillator(), volume = audio.createGain();
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0.15, audio.currentTime + at);
        volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.16);
        tone.connect(volume).connect(audio.destination);
        tone.start(audio.currentTime + at);
        tone.stop(audio.currentTime + at + 0.17);
      }
      document.body.dataset.beeps = String(Number(document.body.dataset.beeps || 0) + 1);
    } catch { problem.textContent = "This browser plays no sound."; }
  };

  sound.checked = stored("grafherald-sound");
  if (sound.checked) listen();
  sound.addEventListener("change", () => { store("grafherald-sound", sound.checked); if (sound.checked) beep(); });
  notify.checked = stored("grafherald-notify") && "Notification" in window && Notification.permission === "granted";
  notify.addEventListener("change", async () => {
    problem.textContent = "";
    if (notify.checked && !("Notification" in window)) {
      problem.textContent = "This browser shows no notifications here; they need HTTPS or localhost.";
      notify.checked = false;
    } else if (notify.checked && (await Notification.requestPermission()) !== "granted") {
      problem.textContent = "The browser does not allow this page to notify; see its settings.";
      notify.checked = false;
    }
    store("grafherald-notify", notify.checked);
  });

  document.addEventListener("board:placed", () => {
    const fresh = listed().filter((id) => !known.has(id));
    if (!fresh.length) return;
    for (const id of fresh) known.add(id);
    if (sound.checked) beep();
    if (!notify.checked) return;
    const first = main.querySelector(`[data-alert="${CSS.escape(fresh[0])}"] .title`);
    const more = fresh.length > 1 ? ` and ${fresh.length - 1} more` : "";
    const note = new Notification(`${first ? first.textContent : "An alert"}${more}`, { tag: "grafherald" });
    note.onclick = () => { window.focus(); note.close(); };
  });
})();
