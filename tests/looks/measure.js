// Writes into #found, for each frame by its name: how wide it is, its worst contrast and the text
// that has it (WCAG 2.2: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio), and where blocks are.
"use strict";

function luminance([r, g, b]) {
  const [x, y, z] = [r, g, b].map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * x + 0.7152 * y + 0.0722 * z;
}

function numbers(colour) {
  return colour.match(/[\d.]+/g).map(Number);
}

function background(element, view) {
  for (let at = element; at; at = at.parentElement) {
    const [r, g, b, alpha = 1] = numbers(view.getComputedStyle(at).backgroundColor);
    if (alpha > 0) return [r, g, b];
  }
  return view.matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
}

function texts(page) {
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const box = element.getBoundingClientRect();
    const seen = box.width > 1 && box.height > 1 && element.checkVisibility();
    if (seen && walker.currentNode.data.trim() && element.tagName !== "STYLE") {
      found.push([walker.currentNode.data.trim(), element]);
    }
  }
  return found;
}

function contrast(element, view) {
  const pair = [numbers(view.getComputedStyle(element).color), background(element, view)];
  const [light, dark] = pair.map(luminance).sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function measure(frame) {
  const [page, view] = [frame.contentDocument, frame.contentWindow];
  const worst = texts(page)
    .map(([text, element]) => [contrast(element, view), text.slice(0, 60)])
    .sort((a, b) => a[0] - b[0])[0];
  const place = (element) => {
    const box = element.getBoundingClientRect();
    return { top: box.top, bottom: box.bottom, height: box.height };
  };
  const links = [...page.querySelectorAll("a")].filter((link) => link.checkVisibility());
  return {
    dark: view.matchMedia("(prefers-color-scheme: dark)").matches,
    width: page.documentElement.scrollWidth,
    contrast: worst,
    text: page.body.innerText,
    pictures: [...page.querySelectorAll("img")].filter((i) => i.checkVisibility()).map(place),
    links: links.map((link) => ({ text: link.innerText, ...place(link) })),
  };
}

addEventListener("load", () => {
  const frames = [...document.querySelectorAll("iframe")];
  const found = Object.fromEntries(frames.map((frame) => [frame.name, measure(frame)]));
  document.getElementById("found").textContent = JSON.stringify(found);
});
