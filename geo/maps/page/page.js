// What every map of the program begins with: values, shapes, signs, frame, legend and buttons. Every
// name comes from users' files, so text is only ever set as text (textContent), never as markup.
"use strict";

const BOUNDARY = { color: "#3d2b56", weight: 2.6, dashArray: "10 4 2 4" };
const STREET = "#8b8476";
const MANY = 8;  // rows from which a list stands in two columns

// The values in the page, a canvas, and what turns values into places, shapes and words.
function readPage(tolerance = 3) {
  const content = JSON.parse(document.getElementById("map-content").textContent);
  const words = content.words;
  const [west, south, steps] = content.grid;
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const place = (x, y) => [(south + y) / steps, (west + x) / steps];
  const line = (run) => {
    const found = [];
    let x = 0, y = 0;
    for (let i = 0; i < run.length; i += 2) {
      x += run[i];
      y += run[i + 1];
      found.push(place(x, y));
    }
    return found;
  };
  return {
    content, words, number, place, line,
    canvas: L.canvas({ padding: 0.4, tolerance }),
    shape: (polygons) => polygons.map((rings) => rings.map(line)),
    count: (n) => (n === null ? words.unknown : number.format(n)),
    walk: (tenths) =>
      (tenths === null ? words.tooFar : `${(tenths / 10).toFixed(1)} ${words.minutes}`),
  };
}

// Title, notes, legend and buttons around the whole area.
function begin(map, content, legend) {
  frame(map, content, legend);
  showAll(map, content, false);
  map.setMaxZoom(18).setMinZoom(Math.max(0, Math.floor(map.getZoom()) - 2));
  map.attributionControl.remove();
  document.addEventListener("keydown", (press) => { if (press.key === "Escape") map.closePopup(); });
}

// Calls now and after every zoom with how many levels closer than the whole map it is.
function onZoom(map, adjust) {
  const from = map.getZoom();
  map.on("zoomend", () => adjust(map.getZoom() - from));
  adjust(0);
}

// One canvas draws in the order of addition; a group switched on again must not cover the others.
function keepOrder(map, groups, names) {
  const arrange = () => {
    for (const name of names) if (map.hasLayer(groups[name])) groups[name].bringToFront();
  };
  map.on("overlayadd", arrange);
  arrange();
}

// The legend and the control of layers cover the sides of a wide window: keep the area between them.
function showAll(map, content, animate) {
  const wide = map.getSize().x > 1000;
  map.fitBounds(content.bounds, {
    paddingTopLeft: [wide ? 310 : 8, 8], paddingBottomRight: [wide ? 205 : 8, 8], animate,
  });
}

function pointRadius(people) {
  return people === null ? 2.4 : Math.min(8, 1.7 + Math.sqrt(people) * 0.28);
}

// A square plate with the form of the facility type, unlike the round marks of demand points.
function symbol([form, colour], role, size) {
  const forms = {
    circle: '<circle cx="10" cy="10" r="4"/>',
    square: '<rect x="6.2" y="6.2" width="7.6" height="7.6"/>',
    triangle: '<path d="M10 5.2 14.6 13.6H5.4z"/>',
    diamond: '<path d="M10 4.8 15.2 10 10 15.2 4.8 10z"/>',
    cross: '<path d="M8.5 5h3v3.5H15v3h-3.5V15h-3v-3.5H5v-3h3.5z"/>',
  };
  const [plate, rim, mark, dash] = [
    [colour, "#fff", "#fff", ""],
    ["#fff", colour, colour, ""],
    ["#efefef", "#777", "#777", "3 2"],
  ][role];
  return `<svg viewBox="0 0 20 20" width="${size}" height="${size}" aria-hidden="true">` +
    `<rect x="1.2" y="1.2" width="17.6" height="17.6" rx="3.5" fill="${plate}" stroke="${rim}" ` +
    `stroke-width="1.8" stroke-dasharray="${dash}"/>` +
    `<g fill="${mark}">${forms[form] || forms.circle}</g></svg>`;
}

// A round plate with a number.
function plate(rank, size = 26, fill = "#00573f") {
  return `<svg viewBox="0 0 26 26" width="${size}" height="${size}" aria-hidden="true">` +
    `<circle cx="13" cy="13" r="11.5" fill="${fill}" stroke="#ffd54a" stroke-width="2.4"/>` +
    `<text x="13" y="17.6" text-anchor="middle" fill="#fff" font-size="13" font-weight="700" ` +
    `font-family="system-ui, sans-serif">${Number(rank)}</text></svg>`;
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined && text !== null) made.textContent = text;
  if (className) made.className = className;
  return made;
}

function drawing(markup) {
  const holder = element("span");
  holder.innerHTML = markup;
  return holder.firstChild;
}

// A table of two columns.
function facts(rows) {
  const table = element("table");
  for (const [head, value] of rows) {
    const line = element("tr");
    line.append(element("th", head), element("td", value));
    table.append(line);
  }
  return table;
}

function note(head, lines) {
  const box = element("div");
  box.append(element("b", head));
  for (const line of lines) box.append(element("div", line));
  return box;
}

// Title above, notes below, and the controls on the map.
function frame(map, content, explain) {
  const words = content.words;
  const head = element("header");
  head.append(element("h1", content.title), element("span", words.sketch, "badge"));
  if (content.simulated) head.append(element("span", words.simulated, "badge simulated"));
  head.append(element("p", content.headline, "headline"));
  const foot = element("footer", null, content.notes.length > MANY ? "many" : "");
  for (const text of content.notes) foot.append(element("p", text));
  const box = map.getContainer();
  box.setAttribute("role", "application");
  box.setAttribute("aria-label", words.map);
  box.before(head);
  box.after(foot);
  map.invalidateSize(false);

  control(map, "topleft", () => zoomButtons(map, content));
  control(map, "topleft", () => {
    const arrow = element("div", null, "panel north");
    arrow.append(drawing('<svg viewBox="0 0 20 26" width="20" height="26" aria-hidden="true">' +
      '<path d="M10 1 18 25 10 19 2 25z" fill="#333"/><path d="M10 1 2 25 10 19z" fill="#bbb"/>' +
      "</svg>"), element("div", words.north));
    return arrow;
  });
  const legend = explain();
  control(map, "bottomleft", () => legend);
  keepBelow(map, legend);
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 140 }).addTo(map);
}

// A legend taller than the room below the buttons scrolls: it never covers them.
function keepBelow(map, legend) {
  const buttons = map.getContainer().querySelector(".leaflet-top.leaflet-left");
  const fit = () => legend.style.setProperty(
    "--room", `${Math.max(80, map.getSize().y - buttons.offsetHeight - 40)}px`);
  map.on("resize", fit);
  fit();
}

function control(map, position, build) {
  const made = L.control({ position });
  made.onAdd = () => {
    const box = build();
    L.DomEvent.disableClickPropagation(box);
    L.DomEvent.disableScrollPropagation(box);
    return box;
  };
  made.addTo(map);
}

function zoomButtons(map, content) {
  const bar = element("div", null, "leaflet-bar");
  const buttons = [
    ["+", content.words.zoomIn, () => map.zoomIn()],
    ["−", content.words.zoomOut, () => map.zoomOut()],
    ["⌂", content.words.wholeMap, () => showAll(map, content, true)],
  ];
  for (const [sign, label, act] of buttons) {
    const button = element("button", sign);
    button.type = "button";
    button.title = label;
    button.setAttribute("aria-label", label);
    button.addEventListener("click", act);
    bar.append(button);
  }
  return bar;
}

function legendSign(inside) {
  return `<svg viewBox="0 0 22 16" width="22" height="16" aria-hidden="true">${inside}</svg>`;
}

function legendStroke(colour, width, dash) {
  return legendSign(`<path d="M1 8H21" fill="none" stroke="${colour}" stroke-width="${width}" ` +
    `${dash ? `stroke-dasharray="${dash}"` : ""}/>`);
}

function legendDot({ fill, line }, radius = 5.5) {
  return legendSign(`<circle cx="11" cy="8" r="${radius}" fill="${fill}" stroke="${line}"/>`);
}

// An empty legend and the function that adds one headed list of signs to it.
function legendBox(words) {
  const box = element("details", null, "panel legend");
  box.open = window.innerWidth > 700;
  box.append(element("summary", words.legend));
  const list = (head, rows) => {
    if (!rows.length) return;
    const items = element("ul", null, rows.length > MANY ? "many" : "");
    for (const [markup, text] of rows) {
      const item = element("li");
      item.append(drawing(markup), element("span", text));
      items.append(item);
    }
    box.append(element("h2", head), items);
  };
  return [box, list];
}

// The lines that every map of a place shows.
function legendLines({ words }) {
  return [[legendStroke(BOUNDARY.color, BOUNDARY.weight, "8 3 2 3"), words.boundary],
    [legendStroke(STREET, 1.5), words.streets]];
}
