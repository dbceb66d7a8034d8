/* What the browser does by itself: comparing, looking at steps, painting, focus and scrolling. */
(() => {
  "use strict";
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const narrow = matchMedia("(max-width: 820px)");
  const $ = (query, root = document) => root.querySelector(query);
  const $$ = (query, root = document) => [...root.querySelectorAll(query)];

  function bringIntoView(element, block = "nearest") {
    if (element) element.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block });
  }

  /* One panel of the result at a time: film, comparison, or the picture of a step. */
  function show(name) {
    const screen = $("#screen .result");
    if (!screen || !$(`[data-panel="${name}"]`, screen)) return;
    $$("[data-panel]", screen).forEach((panel) => { panel.hidden = panel.dataset.panel !== name; });
    $$("[data-show]").forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.show === name));
    });
    const film = $("video", screen);
    if (film) name === "video" && !calm.matches ? film.play().catch(() => {}) : film.pause();
  }

  /* The film's one button says what it will do. */
  function named(film) {
    const button = $("[data-play]", film.parentElement);
    if (!button) return;
    const [pause, play] = button.dataset.names.split("|");
    button.setAttribute("aria-label", film.paused ? play : pause);
    button.toggleAttribute("data-paused", film.paused);
  }

  /* A new look: silent film, focus on it, and on a phone the page goes there. */
  let last = null;
  function shown(element) {
    const example = $(".example video", element);
    if (example) {
      example.muted = true;
      if (calm.matches) { example.autoplay = false; example.pause(); } else example.play().catch(() => {});
    }
    const screen = $(".result", element);
    if (!screen || screen.dataset.look === last) return;
    const first = last === null && !document.body.dataset.ran;
    last = screen.dataset.look;
    const film = $("video", screen);
    if (film) {
      film.muted = true;
      film.setAttribute("playsinline", "");
      if (calm.matches) { film.autoplay = false; film.pause(); } else film.play().catch(() => {});
    }
    $$("#strip [data-show]").forEach((button) => button.setAttribute("aria-pressed", "false"));
    if (!first) {
      screen.focus({ preventScroll: true });
      if (narrow.matches) bringIntoView($("#look"), "start");
    }
  }

  /* Painting the area that may change. White is what may change; what is shown is a tint of it. */
  function brush(element, trigger, watch, paint, close) {
    const undo = [];
    let canvas, photo, area, erase = false, size = 30, from = null, at = null;

    const shape = (source) => {
      const made = document.createElement("canvas");
      made.width = canvas.width; made.height = canvas.height;
      const pen = made.getContext("2d", { willReadFrequently: true });
      if (source) pen.drawImage(source, 0, 0, made.width, made.height);
      return made;
    };
    const load = (address) => new Promise((done) => {
      const image = new Image();
      image.onload = () => done(image);
      image.src = address;
    });
    function draw() {
      const pen = canvas.getContext("2d");
      const tint = shape(), ink = tint.getContext("2d");
      ink.fillStyle = "rgb(226 84 40)"; ink.fillRect(0, 0, tint.width, tint.height);
      ink.globalCompositeOperation = "destination-in"; ink.drawImage(area, 0, 0);
      pen.drawImage(photo, 0, 0, canvas.width, canvas.height);
      pen.globalAlpha = 0.55; pen.drawImage(tint, 0, 0); pen.globalAlpha = 1;
      if (!at) return;
      for (const [colour, wide] of [["#1d1a17", 4], ["#fff", 2]]) {
        pen.strokeStyle = colour; pen.lineWidth = wide;
        pen.beginPath(); pen.arc(at.x, at.y, width() / 2, 0, 7); pen.stroke();
      }
    }
    /* With keys: arrows move a ring, space or enter paints where it is. */
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    function typed(event) {
      const step = steps[event.key], paints = event.key === " " || event.key === "Enter";
      if (!step && !paints) return;
      event.preventDefault();
      at ||= { x: canvas.width / 2, y: canvas.height / 2 };
      if (paints) { remember(); stroke(at, at); return; }
      const far = Math.max(2, width() / 3), within = (v, most) => Math.min(Math.max(v, 0), most);
      at = { x: within(at.x + far * step[0], canvas.width), y: within(at.y + far * step[1], canvas.height) };
      draw();
    }
    /* The area is kept as the alpha of a white picture: grey of the PNG -> alpha. */
    function fromGrey(image) {
      const made = shape(image), pen = made.getContext("2d", { willReadFrequently: true });
      const data = pen.getImageData(0, 0, made.width, made.height);
      for (let i = 0; i < data.data.length; i += 4) {
        data.data[i + 3] = data.data[i];
        data.data[i] = data.data[i + 1] = data.data[i + 2] = 255;
      }
      pen.putImageData(data, 0, 0);
      return made;
    }
    function toGrey() {
      const made = shape(), pen = made.getContext("2d");
      pen.fillStyle = "#000"; pen.fillRect(0, 0, made.width, made.height);
      pen.drawImage(area, 0, 0);
      return made.toDataURL("image/png");
    }
    const width = () => (0.01 + 0.0016 * size) * Math.max(canvas.width, canvas.height);
    function stroke(a, b) {
      const pen = area.getContext("2d");
      pen.globalCompositeOperation = erase ? "destination-out" : "source-over";
      pen.strokeStyle = "#fff"; pen.lineCap = pen.lineJoin = "round"; pen.lineWidth = width();
      pen.beginPath(); pen.moveTo(a.x, a.y); pen.lineTo(b.x + 0.01, b.y); pen.stroke();
      draw();
    }
    const spot = (event) => {
      const box = canvas.getBoundingClientRect();
      return {
        x: ((event.clientX - box.left) * canvas.width) / box.width,
        y: ((event.clientY - box.top) * canvas.height) / box.height,
      };
    };
    function remember() {
      undo.push(shape(area));
      if (undo.length > 20) undo.shift();
    }
    async function start() {
      canvas = $("canvas", element);
      if (!canvas || canvas.dataset.opened) return;
      canvas.dataset.opened = "1";
      undo.length = 0; erase = false; at = null;
      const [picture, grey] = await Promise.all([load(canvas.dataset.photo), load(canvas.dataset.mask)]);
      photo = picture; area = fromGrey(grey);
      const before = shape(area);
      undo.first = before;
      draw();
      bringIntoView(narrow.matches ? $("#look") : element, narrow.matches ? "start" : "nearest");
      canvas.focus({ preventScroll: true });
      canvas.dataset.ready = "1";  // from here on it takes strokes
    }
    element.addEventListener("pointerdown", (event) => {
      if (event.target !== canvas || !area) return;
      event.preventDefault();
      canvas.setPointerCapture(event.pointerId);
      remember();
      at = null;
      from = spot(event);
      stroke(from, from);
    });
    element.addEventListener("pointermove", (event) => {
      if (!from || event.target !== canvas) return;
      const to = spot(event);
      stroke(from, to);
      from = to;
    });
    ["pointerup", "pointercancel"].forEach((name) => element.addEventListener(name, () => { from = null; }));
    element.addEventListener("input", (event) => {
      if (event.target.matches("[data-size]")) size = +event.target.value;
    });
    element.addEventListener("click", (event) => {
      const button = event.target.closest("[data-brush]");
      if (!button || !area) return;
      const what = button.dataset.brush;
      if (what === "paint" || what === "erase") {
        erase = what === "erase";
        $$("[aria-pressed]", element).forEach((b) => b.setAttribute("aria-pressed", String(b === button)));
      } else if (what === "undo" && undo.length) { area = undo.pop(); draw(); }
      else if (what === "reset") { remember(); area = shape(undo.first); draw(); }
      else if (what === "use") trigger(paint, { png: toGrey() });
      else if (what === "close") trigger(close, {});
    });
    element.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && $("canvas", element)) trigger(close, {});
      if (event.target === canvas && area) typed(event);
    });
    watch("value", start);
    start();
  }

  /* A menu of models: a button that says what is chosen, and a sheet with all of them. */
  function menu(element, props, trigger, watch, ask) {
    const items = () => $$("[data-model]", element).filter((item) => item.checkVisibility());
    function face() {
      const chosen = $(`[data-model="${CSS.escape(props.value)}"]`, element);
      if (!chosen) return;
      $(".face b", element).textContent = chosen.dataset.title;
      $(".face small", element).textContent = chosen.dataset.need;
      $$("[data-model]", element).forEach((item) => item.setAttribute("aria-current", String(item === chosen)));
    }
    function find(words) {
      const wanted = words.toLowerCase().split(/\s+/);
      $$("section", element).forEach((group) => {
        const found = $$("li", group).filter((item) => {
          item.hidden = !wanted.every((word) => item.textContent.toLowerCase().includes(word));
          return !item.hidden;
        });
        group.hidden = !found.length;
      });
      $(".none", element).hidden = items().length > 0;
    }
    function open() {
      const sheet = $("dialog", element), search = $("input[type=search]", element);
      if (search) { search.value = ""; find(""); }
      sheet.showModal();
      const chosen = $("[aria-current=true]", element);
      (chosen || items()[0])?.focus();
      chosen?.scrollIntoView({ block: "nearest" });
    }
    function choose(item) {
      $("dialog", element).close();
      if ("away" in item.dataset) trigger(ask, { name: item.dataset.model });
      else { props.value = item.dataset.model; trigger("input"); }
      face();
      $(".pick", element).focus();
    }
    element.addEventListener("click", (event) => {
      const item = event.target.closest("[data-model]");
      if (item) choose(item);
      else if (event.target.closest(".pick")) open();
      else if (event.target.closest("[data-close]") || event.target.matches("dialog")) $("dialog", element).close();
    });
    element.addEventListener("input", (event) => { if (event.target.type === "search") find(event.target.value); });
    element.addEventListener("keydown", (event) => {
      if (!event.target.closest("dialog")) return;
      const all = items(), here = all.indexOf(event.target), last = all.length - 1;
      const to = { ArrowDown: Math.min(here + 1, last), ArrowUp: Math.max(here - 1, 0), Home: 0, End: last }[event.key];
      if (to === undefined || (here < 0 && event.key !== "ArrowDown")) return;
      event.preventDefault();
      all[to]?.focus();
    });
    watch(["value", "menu"], face);
    face();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-show]");
    if (button) show(button.dataset.show);
    const press = event.target.closest("[data-press]");
    if (press) $(`#${press.dataset.press}`)?.click();
    const example = event.target.closest("[data-example]");
    if (example) {  /* borrows the two samples that the example was made from */
      const [person, garment] = example.dataset.example.split(" ");
      $(`#people [data-id="${person}"]`)?.click();
      $(`#garments [data-id="${garment}"]`)?.click();
      if (narrow.matches) bringIntoView($("#ask"), "center");
    }
    const play = event.target.closest("[data-play]");
    if (play) {
      const film = $("video", play.parentElement);
      film.paused ? film.play().catch(() => {}) : film.pause();
    }
    if (event.target.closest("#run")) document.body.dataset.ran = "1";
    if (event.target.closest("#run") && narrow.matches) {
      setTimeout(() => { if (!$("[role=alert]")) bringIntoView($("#look"), "start"); }, 400);
    }
    if (event.target.closest("[data-do=reuse]")) {
      setTimeout(() => bringIntoView($("#photos"), "start"), 400);
    }
    $$("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") $$("details.menu[open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); });
  });
  ["play", "pause", "loadeddata"].forEach((type) => document.addEventListener(type, (event) => {
    if (event.target.matches?.("#screen video")) named(event.target);
  }, true));
  document.addEventListener("input", (event) => {
    if (event.target.matches(".compare input")) {
      event.target.closest(".compare").style.setProperty("--at", `${event.target.value}%`);
    }
  });

  /* Names that Gradio's widgets do not give, a spoken line that stays in place, and errors brought to the eye. */
  function name(root) {
    $$("#person input[type=file], #garment input[type=file]", root).forEach((input) => {
      const place = input.closest("#person") ? "#person_card h2" : "#garment_card h2";
      input.setAttribute("aria-label", $(place)?.innerText || "");
    });
  }
  function watchPage() {
    new MutationObserver((changes) => {
      const line = $("#announce");
      if (line && !line.hasAttribute("role")) {
        line.setAttribute("role", "status");
        line.setAttribute("aria-live", "polite");
      }
      let alert = null;
      for (const change of changes) {
        for (const node of change.addedNodes) {
          if (node.nodeType !== 1) continue;
          name(document);
          alert ||= node.matches("[role=alert]") ? node : $("[role=alert]", node);
        }
      }
      if (alert && alert.closest("#left")) {
        const box = alert.getBoundingClientRect();
        const bottom = innerHeight - (narrow.matches ? 110 : 0);
        if (box.top < 0 || box.bottom > bottom) bringIntoView(alert, "center");
      }
    }).observe(document.body, { childList: true, subtree: true });
  }
  if (document.body) watchPage(); else addEventListener("DOMContentLoaded", watchPage);

  window.tryon = { show, shown, brush, menu };
})();
