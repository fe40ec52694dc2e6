"use strict";
// Times in the reader's zone, countdowns by the hub's clock, tables by keyboard, and the live line.
(() => {
  const page = document.body;
  let ahead = Date.parse(page.dataset.now) - Date.now();
  const hubNow = () => Date.now() + ahead;
  const MINUTE = 60_000;
  const STEPS = [[15 * MINUTE, "now"], [60 * MINUTE, "soon"]];

  // --- moments
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  const sameYear = (a, b) => a.getFullYear() === b.getFullYear();
  const sameDay = (a, b) => a.toDateString() === b.toDateString();
  function written(at) {
    const now = new Date(hubNow());
    const time = at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    if (sameDay(at, now)) return `today ${time}`;
    const day = `${at.getDate()} ${MONTHS[at.getMonth()]}`;
    return sameYear(at, now) ? `${day} ${time}` : `${day} ${at.getFullYear()} ${time}`;
  }
  function moments(root) {
    for (const each of root.querySelectorAll("time[data-moment]")) {
      const at = new Date(each.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      each.title = each.title || `${each.textContent} (here: ${Intl.DateTimeFormat().resolvedOptions().timeZone})`;
      each.textContent = written(at);
    }
  }

  // --- countdowns
  function left(ms) {
    const minutes = Math.floor(ms / MINUTE);
    if (minutes >= 2880) return `in ${Math.floor(minutes / 1440)} days`;
    if (minutes >= 60) return `in ${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
    if (minutes >= 5) return `in ${minutes} min`;
    return `in ${minutes}:${String(Math.floor((ms % MINUTE) / 1000)).padStart(2, "0")} min`;
  }
  function countdowns() {
    for (const each of document.querySelectorAll("[data-until]")) {
      const ms = Date.parse(each.dataset.until) - hubNow();
      const step = STEPS.find(([limit]) => ms < limit);
      each.className = `count ${ms <= 0 ? "over" : step ? step[1] : ""}`;
      const text = ms <= 0 ? each.dataset.zero : left(ms);
      if (each.textContent !== text) each.textContent = text;
      each.title = `At zero: ${each.dataset.zero}`;
    }
  }

  // --- tables by keyboard and by click
  function rows() {
    return [...document.querySelectorAll("table[data-rows] tbody tr[data-href]")];
  }
  function step(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.classList.contains("here"));
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by))];
    all[at]?.classList.remove("here");
    next.classList.add("here");
    next.querySelector("a")?.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  }
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, button, summary") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowDown" || event.key === "j") { step(1); event.preventDefault(); }
    if (event.key === "ArrowUp" || event.key === "k") { step(-1); event.preventDefault(); }
    if (event.key === "Enter" && event.target === page) document.querySelector("tr.here a")?.click();
  });
  document.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-href]");
    if (row && !event.target.closest("a, button, summary, details") && !String(getSelection())) location.href = row.dataset.href;
  });

  // --- a form is sent once
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

  // --- the live line
  const line = document.getElementById("line");
  const news = document.getElementById("news");
  const changes = {};
  const PLURALS = { payment: "payments", file: "bank files", batch: "batches", statement: "statements", document: "documents", break: "breaks" };
  let downSince = null;
  let fetching = false;
  async function refresh() {
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "error" });
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const each of document.querySelectorAll("[data-fresh]")) {
        const other = fresh.getElementById(each.id);
        if (other && !each.contains(document.activeElement) && !each.querySelector("details[open]")) {
          each.replaceChildren(...other.childNodes);
          moments(each);
        }
      }
      countdowns();
    } catch { /* the line will say that it is down */ } finally { fetching = false; }
  }
  function heard(event) {
    const told = JSON.parse(event.data);
    if (told.at) ahead = Date.parse(told.at) - Date.now();
    // telling the ERP is no event of its own, so a path that is still under way is looked at again now and then
    if (!told.count) { if (document.querySelector(".stop.current")) refresh(); return; }
    for (const [kind, count] of Object.entries(told.kinds)) changes[kind] = (changes[kind] || 0) + count;
    const parts = Object.entries(changes).map(([kind, count]) => `${count.toLocaleString()} about ${PLURALS[kind] || kind}`);
    news.querySelector("span").textContent = `News since you opened this page: ${parts.join(", ")}.`;
    news.hidden = false;
    refresh();
  }
  function listen() {
    if (!page.dataset.live || !window.EventSource) return;
    const source = new EventSource(page.dataset.live);
    source.addEventListener("open", () => { downSince = null; line.hidden = true; });
    source.addEventListener("time", heard);
    source.addEventListener("news", heard);
    source.addEventListener("over", () => { source.close(); location.reload(); });
    source.addEventListener("error", () => {
      downSince = downSince || new Date();
      line.hidden = false;
      line.textContent = `Not live since ${downSince.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false })}`;
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5_000);
    });
    addEventListener("pagehide", () => source.close(), { once: true });
  }

  document.querySelector("nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
  moments(document);
  countdowns();
  setInterval(countdowns, 1_000);
  document.querySelector("[data-focus]")?.focus();
  listen();
})();
