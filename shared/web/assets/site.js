// Only enhances: every page works without it. No inner HTML is ever written, so Trusted Types can be 'none'.
"use strict";

const all = (selector, within = document) => Array.from(within.querySelectorAll(selector));
const number = (value) => value.toLocaleString("en");

// A second press of the same button is not a second request.
for (const form of all("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    // After the browser has collected the form: a disabled button would be missing from it.
    setTimeout(() => all("button:not([type=button])", form).forEach((button) => button.setAttribute("aria-disabled", "true")));
  });
}
// The page may come back from the browser's memory, by "Back". A list of people that was sent may be imported by now, so
// it is asked for anew; its ticks are kept with it.
addEventListener("pageshow", (event) => {
  if (event.persisted && all("form[data-people]").some((form) => form.dataset.sent)) location.reload();
  for (const form of all("form[data-once]")) {
    delete form.dataset.sent;
    all("button[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
  }
});

// The people preview: what the ticks come to, find, tick all or as many as there are places.
for (const form of all("form[data-people]")) {
  const boxes = all("input[name=people]", form);
  const rows = boxes.map((box) => box.closest("tr"));
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const live = form.querySelector("[data-live]");
  const notTicked = form.querySelector("[data-not-ticked]");
  const places = Number(form.dataset.places);
  let announcement;

  const show = (figure, value) => {
    for (const place of all(`[data-figure=${figure}]`, form)) {
      const { one, many } = place.dataset;
      place.textContent = many ? `${number(value)} ${value === 1 ? one : many}` : number(value);
    }
    for (const part of all(`[data-if=${figure}]`, form)) part.hidden = value === 0;
  };
  const update = (announce) => {
    const ticked = boxes.filter((box) => box.checked);
    const withAccount = (kind) => ticked.filter((box) => box.dataset.account === kind).length;
    const [fresh, uncertain] = [withAccount("new"), withAccount("uncertain")];
    // Whom an earlier import did not finish has a place already.
    const needing = ticked.filter((box) => !("placed" in box.dataset)).length;
    show("people", ticked.length);
    show("accounts", fresh);
    show("existing", ticked.length - fresh - uncertain);
    show("uncertain", uncertain);
    show("mails", fresh);
    show("assignments", ticked.length * Number(form.dataset.courses));
    show("places", Math.max(0, places - needing));
    show("needing", needing);
    show("over", Math.max(0, needing - places));
    // More ticks than places come to nothing: then the way out stands there in place of what would happen.
    const tooMany = form.querySelector("[data-too-many]");
    tooMany.hidden = needing <= places;
    all("[data-possible]", form).forEach((part) => { part.hidden = !tooMany.hidden; });
    all("[data-no-room]", form).forEach((part) => { part.hidden = needing < places; });
    if (announce) {
      clearTimeout(announcement);
      announcement = setTimeout(() => {
        const spoken = [form.querySelector("[data-consequence]"), tooMany].filter((part) => !part.hidden);
        live.textContent = spoken.map((part) => part.textContent.replace(/\s+/g, " ").trim()).join(" ");
      }, 600);
    }
  };
  form.addEventListener("change", (event) => event.target.name === "people" && update(true));
  for (const button of all("[data-tick]", form)) {
    button.addEventListener("click", () => {
      // A question beside a name is answered one by one: only "none" takes such a tick away, and nothing here sets it.
      const asked = boxes.filter((box) => "asked" in box.dataset);
      let left = places - asked.filter((box) => box.checked && !("placed" in box.dataset)).length;
      boxes.forEach((box, index) => {
        if (button.dataset.tick === "none") {
          if (!rows[index].hidden) box.checked = false;
        } else if (asked.includes(box)) {
          return;
        } else if (button.dataset.tick === "first") {
          box.checked = "placed" in box.dataset || left-- > 0;
        } else if (!rows[index].hidden) {
          box.checked = true;
        }
      });
      const out = button.dataset.tick === "none" ? 0 : asked.filter((box) => !box.checked && !box.closest("tr").hidden).length;
      const { one, many } = notTicked.dataset;
      notTicked.textContent = out ? `${number(out)} ${out === 1 ? one : many}` : "";
      update(true);
    });
  }
  // A link that leaves the list takes the ticks along, as the buttons beside it do.
  for (const link of all(".steps a[href], .page-head a[href]")) {
    link.addEventListener("click", (event) => {
      if (event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      const leave = document.createElement("button");
      Object.assign(leave, { name: "then", value: link.getAttribute("href"), formAction: "/preview/people", hidden: true });
      form.append(leave);
      leave.click();
      leave.remove();
    });
  }
  const filter = form.querySelector("[data-filter]");
  const unticked = form.querySelector("[data-unticked]");
  const find = () => {
    const wanted = filter.value.trim().toLowerCase();
    const isUnticked = unticked.getAttribute("aria-pressed") === "true";
    rows.forEach((row, index) => { row.hidden = !texts[index].includes(wanted) || isUnticked && boxes[index].checked; });
    for (const group of all("tbody", form)) group.hidden = !rows.some((row) => !row.hidden && group.contains(row));
    const found = rows.filter((row) => !row.hidden).length;
    form.querySelector("[data-nobody-found]").hidden = found > 0;
    form.querySelector("[data-matches]").textContent = wanted || isUnticked ? `${number(found)} of ${number(rows.length)}` : "";
  };
  unticked.addEventListener("click", () => {
    unticked.setAttribute("aria-pressed", String(unticked.getAttribute("aria-pressed") !== "true"));
    find();
  });
  filter.addEventListener("input", find);
  filter.addEventListener("keydown", (event) => event.key === "Enter" && event.preventDefault());
  all("[data-script]", form).forEach((part) => { part.hidden = false; });
  addEventListener("pageshow", () => { find(); update(false); });
}

// Some minutes before somebody is signed out the page says so, and stays signed in where they press the button. How long it
// lasts stands in each page, in seconds; "What we keep" is asked for it, because it costs no call and holds nothing.
const stay = document.querySelector("[data-stay]");
if (stay) {
  const button = stay.querySelector("button");
  const from = (seconds) => Date.now() + Number(seconds) * 1000;
  let unusedAt = from(stay.dataset.unused);
  let latestAt = from(stay.dataset.atMost);
  let shown = "";
  let before;

  const left = () => Math.min(unusedAt, latestAt) - Date.now();
  const show = (when) => {
    if (shown === when) return;
    shown = when;
    for (const part of all("[data-stay-when]", stay)) part.hidden = part.dataset.stayWhen !== when;
  };
  // A page that is asked for is a use, and JSON is none.
  const ask = async (accept) => {
    const answer = await fetch("/privacy", { headers: { accept }, cache: "no-store" });
    if (!answer.ok) throw new Error(String(answer.status));
    const found = (await answer.text()).match(/data-unused="(\d+)" data-at-most="(\d+)"/);
    [unusedAt, latestAt] = found ? [from(found[1]), from(found[2])] : [0, 0];
  };
  const look = async () => {
    if (document.hidden) return;
    if (left() < 300000) {
      // Another tab may have been used since.
      try {
        if (shown !== "over") await ask("application/json");
      } catch {
        // Then what was known before counts.
      }
    }
    if (left() <= 0) show("over");
    else if (left() < 300000) show(unusedAt < latestAt ? "soon" : "last");
    else show("");
  };
  button.addEventListener("focus", (event) => { before = event.relatedTarget; });
  button.addEventListener("click", async () => {
    try {
      await ask("text/html");
    } catch {
      return;
    }
    show(left() > 0 ? "stayed" : "over");
    before?.focus({ preventScroll: true });
  });
  setInterval(look, 20000);
  document.addEventListener("visibilitychange", look);
}

// What only a script can do is offered where there is one.
for (const button of all("[data-print]")) {
  const title = document.title;
  button.hidden = false;
  button.addEventListener("click", () => print());
  // A file that is printed to is named by the title.
  addEventListener("beforeprint", () => { document.title = button.dataset.print; });
  addEventListener("afterprint", () => { document.title = title; });
}
for (const button of all("[data-copy]")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.querySelector("[data-copied]").textContent = button.dataset.done;
  });
}
const question = document.querySelector("[data-help]");
if (question) {
  const answers = all(".answers > section");
  const entries = new Map(all(".contents a").map((entry) => [entry.hash.slice(1), entry.closest("li")]));
  const texts = answers.map((answer) => answer.textContent.toLowerCase());
  const count = document.querySelector("[data-help-count]");
  const find = () => {
    const wanted = question.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = answers.filter((answer, index) => {
      const is = wanted.every((word) => texts[index].includes(word));
      answer.hidden = !is;
      const entry = entries.get(answer.id);
      if (entry) entry.hidden = !is;
      return is;
    });
    document.querySelector("[data-help-none]").hidden = found.length > 0;
    document.querySelector(".answers").hidden = found.length === 0;
    count.textContent = wanted.length ? `${found.length} of ${answers.length} answers` : "";
  };
  question.closest("[role=search]").hidden = false;
  question.addEventListener("input", find);
  addEventListener("pageshow", find);
}

// The progress of an import.
const progress = document.querySelector("[data-progress]");
if (progress) {
  const part = (name) => progress.querySelector(`[data-${name}]`);
  let spokenAt = Number(part("bar").value);
  const left = part("left");
  const cells = all("[data-row]");
  let wait = 1500;
  let asked = 0;
  let revision = "";
  let wholeAt = 0;

  // The rows that have ended here already, four in each digit: only the others are sent.
  const known = () => {
    let digits = "";
    for (let row = 0; row < cells.length; row += 4) {
      const bits = [0, 1, 2, 3].map((bit) => cells[row + bit]?.matches(".is-done, .is-failed") ? 1 << bit : 0);
      digits += bits.reduce((sum, bit) => sum + bit, 0).toString(16);
    }
    return digits;
  };

  const apply = (state) => {
    part("heading").textContent = state.heading;
    document.title = document.title.replace(/^.*?(?= · )/, `${state.percent}%: ${state.heading}`);
    part("bar").value = state.percent;
    progress.classList.toggle("is-failed", state.look === "is-failed");
    part("percent").textContent = state.percent;
    for (const sum of all("[data-sum]", progress)) sum.textContent = number(state.progress[sum.dataset.sum]);
    if (state.percent >= spokenAt + 10) {
      spokenAt = state.percent;
      part("sentence").textContent = state.sentence;
    }
    if (part("wait-until")) {
      part("wait-until").dateTime = state.wait_until;
      part("wait-until").textContent = state.wait_words;
    }
    left.textContent = state.left ?? "";
    left.hidden = !state.left;
    const working = new Set(state.people.filter((person) => person.state === "working").map((person) => person.row));
    cells.forEach((cell, row) => {
      if (!cell.matches(".is-working") || working.has(row)) return;
      cell.className = "state is-waiting";
      cell.textContent = progress.dataset.waitingWord;
    });
    for (const person of state.people) {
      const cell = cells[person.row];
      if (cell && !cell.classList.contains(`is-${person.state}`)) {
        cell.className = `state is-${person.state}`;
        cell.textContent = person.words;
      }
    }
  };
  const ask = async () => {
    if (document.hidden) return later();
    try {
      // Within an attempt people end one by one, which the revision does not tell: from time to time all is asked for.
      const since = Date.now() - wholeAt < 10000 ? revision : "";
      const query = new URLSearchParams({ since, known: known() });
      const answer = await fetch(`${location.pathname}?${query}`, { headers: { accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const state = await answer.json();
      // The page for what has ended, or has just got its list of people, is the server's to write.
      // The longer it takes, the less there is to see in a second.
      asked += 1;
      wait = Math.min(1500 + asked * 75, 6000);
      if (state.unchanged) return later();
      revision = state.revision;
      wholeAt = Date.now();
      if (state.ended || (state.status === "running" && !cells.length)) return location.reload();
      if ((state.wait_why ?? "") !== part("waiting").dataset.waiting) return location.reload();
      apply(state);
      // While we wait for GO1 there is nothing to see.
      if (state.wait_why) wait = 15000;
    } catch {
      wait = Math.min(wait * 2, 30000);
    }
    later();
  };
  // Nobody looks at a hidden tab: it asks when it is shown again.
  const later = () => {
    if (document.hidden) document.addEventListener("visibilitychange", () => ask(), { once: true });
    else setTimeout(ask, wait);
  };
  setTimeout(ask, wait);
}
