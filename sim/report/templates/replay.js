"use strict";
// Plays a week of a clinic: from event to event, with the state at that time in words and a line in the picture.
for (const box of document.querySelectorAll("[data-replay]")) {
  const week = JSON.parse(box.dataset.replay);
  const svg = document.querySelector(`#${box.dataset.figure} svg`);
  const said = box.querySelector(".now");
  const rows = box.querySelector("tbody");
  const waits = box.querySelector(".waiting");
  const play = box.querySelector('[data-do="play"]');
  const DAY = 1440;
  const names = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
  const two = (number) => String(number).padStart(2, "0");
  const clock = (t) => `${two(Math.floor((t % DAY) / 60))}:${two(Math.floor(t % 60))}`;
  const when = (t) => (t < 0 ? "before this week" : `${names[Math.floor(t / DAY)].slice(0, 3)} ${clock(t)}`);
  const inWeek = (t) => t >= 0 && t < 7 * DAY;
  const times = week.visits.flatMap((v) => (v.came ? [v.begins, v.ends] : [v.start]));
  times.push(...week.waiting.map((one) => one.since));
  const events = [...new Set(times.filter(inWeek).map(Math.floor))].sort((a, b) => a - b);
  if (!events.length || !svg) continue;
  let at = 0;
  let timer = null;

  const line = document.createElementNS("http://www.w3.org/2000/svg", "line");
  line.setAttribute("stroke", "#1a1a1a");
  line.setAttribute("stroke-width", "2");
  svg.append(line);

  // The minutes from t to the end of its day in which a practitioner is on duty and nobody has booked as yet.
  function free(worker, t) {
    const day = Math.floor(t / DAY);
    const booked = week.visits.filter((v) => v.worker === worker && v.made <= t && v.end > t);
    let total = 0;
    for (const [from, to] of week.hours[worker][day]) {
      const start = Math.max(day * DAY + from, t);
      const end = day * DAY + to;
      total += Math.max(0, end - start);
      for (const v of booked) total -= Math.max(0, Math.min(end, v.end) - Math.max(start, v.start));
    }
    return Math.max(0, Math.round(total));
  }

  function state(worker, t) {
    const day = Math.floor(t / DAY);
    const mine = week.visits.filter((v) => v.worker === worker);
    const seen = mine.find((v) => v.came && v.begins <= t && t < v.ends);
    if (seen) return `Patient ${seen.patient}, visit ${seen.visit}, room ${seen.room + 1}, until ${clock(seen.ends)}`;
    const missed = mine.find((v) => !v.came && v.start <= t && t < v.end);
    if (missed) return `Patient ${missed.patient} does not come; until ${clock(missed.end)}`;
    const span = week.hours[worker][day].find(([from, to]) => day * DAY + from <= t && t < day * DAY + to);
    if (!span) return "Not on duty";
    const next = mine.filter((v) => v.made <= t && v.start > t && v.start < day * DAY + span[1]);
    const until = Math.min(...next.map((v) => v.start), day * DAY + span[1]);
    return `Free until ${clock(until)}`;
  }

  function cell(tag, text, label) {
    const made = document.createElement(tag);
    made.setAttribute("role", tag === "th" ? "rowheader" : "cell");
    if (tag === "th") made.scope = "row";
    if (label) made.dataset.label = label;
    const inner = document.createElement("span");
    inner.textContent = text;
    made.append(inner);
    return made;
  }

  function show() {
    const t = events[at];
    const day = Math.floor(t / DAY);
    const states = week.workers.map((_, worker) => state(worker, t));
    const treating = states.filter((one) => one.startsWith("Patient") && !one.includes("does not")).length;
    const idle = states.filter((one) => one.startsWith("Free")).length;
    const here = week.visits.filter((v) => v.came && v.start <= t && t < v.begins).map((v) => v.patient);
    const waiting = week.waiting.filter((one) => one.since <= t && (one.until === null || t < one.until));
    const minutes = week.workers.reduce((sum, _, worker) => sum + free(worker, t), 0);
    said.textContent =
      `${names[day]} ${clock(t)}: ${treating} treat, ${idle} are free, ${waiting.length} wait for a first visit. ` +
      `Free for the rest of the day: ${Math.floor(minutes / 60)} h ${two(minutes % 60)} min.`;
    rows.replaceChildren(
      ...week.workers.map((name, worker) => {
        const row = document.createElement("tr");
        row.setAttribute("role", "row");
        row.append(cell("th", name), cell("td", states[worker], "What happens"));
        return row;
      }),
    );
    const first = waiting.slice(0, 6).map((one) => {
      const visit = one.until === null || !inWeek(one.until) ? "after this week" : when(one.until);
      return `patient ${one.patient} (asked ${when(one.since)}, first visit ${visit})`;
    });
    const more = waiting.length > first.length ? ` and ${waiting.length - first.length} more` : "";
    waits.textContent =
      (here.length ? `In the waiting room: ${here.map((one) => `patient ${one}`).join(", ")}. ` : "") +
      (waiting.length ? `Waiting for a first visit: ${first.join(", ")}${more}.` : "Nobody waits for a first visit.");
    const panel = week.days.find((one) => one.day === day);
    line.toggleAttribute("hidden", !panel);
    line.style.display = panel ? "" : "none";
    if (panel) {
      const { width, height } = svg.viewBox.baseVal;
      const part = ((t % DAY) - week.first) / (week.last - week.first);
      const x = (week.left + Math.min(Math.max(part, 0), 1) * (week.right - week.left)) * width;
      line.setAttribute("x1", x);
      line.setAttribute("x2", x);
      line.setAttribute("y1", panel.top * height);
      line.setAttribute("y2", panel.bottom * height);
    }
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
    said.setAttribute("aria-live", "polite");
  }

  function go(to) {
    at = Math.min(Math.max(to, 0), events.length - 1);
    if (at === events.length - 1) pause();
    show();
  }

  const does = {
    start: () => { pause(); go(0); },
    back: () => { pause(); go(at - 1); },
    step: () => { pause(); go(at + 1); },
    play: () => {
      if (timer) { pause(); return; }
      if (at === events.length - 1) go(0);
      play.textContent = "Pause";
      said.setAttribute("aria-live", "off");
      timer = setInterval(() => go(at + 1), 600);
    },
  };
  box.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button) does[button.dataset.do]();
  });
  box.hidden = false;
  show();
}
