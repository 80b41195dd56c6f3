// Draws one coverage map from the values in the page. Every name comes from users' files, so text is
// only ever set as text (textContent), never as markup.
"use strict";

const RAMP = ["#f4f1e6", "#dbe6cd", "#b5d3b4", "#82b89b", "#4d977f"];
const UNKNOWN = "#d9d9d9";
const KINDS = [
  { fill: "#0072b2", line: "#ffffff" },
  { fill: "#f5c518", line: "#5b3d00" },
  { fill: "#d55e00", line: "#ffffff" },
  { fill: "#ffffff", line: "#111111" },
];
const AREA = { color: "#27408b", weight: 1.6, fillColor: "#4169e1" };
const OWN = 0, IDLE = 2;

function drawCoverageMap(map, groups) {
  const content = JSON.parse(document.getElementById("map-content").textContent);
  const words = content.words;
  const canvas = L.canvas({ padding: 0.4, tolerance: 2 });
  const [west, south, steps] = content.grid;
  const place = (x, y) => [(south + y) / steps, (west + x) / steps];
  const number = new Intl.NumberFormat(document.documentElement.lang);

  frame(map, content);
  showAll(map, content, false);
  map.setMaxZoom(18).setMinZoom(Math.max(0, Math.floor(map.getZoom()) - 2));
  map.attributionControl.remove();
  document.addEventListener("keydown", (press) => { if (press.key === "Escape") map.closePopup(); });

  drawCommunities();
  drawStreets();
  content.areas.forEach(drawArea);
  drawBoundary();
  drawPoints();
  drawFacilities();
  keepOrder();

  function line(run) {
    const found = [];
    let x = 0, y = 0;
    for (let i = 0; i < run.length; i += 2) {
      x += run[i];
      y += run[i + 1];
      found.push(place(x, y));
    }
    return found;
  }

  function shape(polygons) {
    return polygons.map((rings) => rings.map(line));
  }

  function percent(thousandths) {
    return thousandths === null ? words.unknown : (thousandths / 10).toFixed(1) + "%";
  }

  function count(n) {
    return n === null ? words.unknown : number.format(n);
  }

  function drawCommunities() {
    for (const [name, total, covered, share, polygons] of content.communities) {
      const colour = share === null ? UNKNOWN : RAMP[Math.min(4, Math.floor(share / 200))];
      L.polygon(shape(polygons), {
        renderer: canvas, color: "#8d9893", weight: 0.8, fillColor: colour, fillOpacity: 0.75,
      }).bindTooltip(() => note(name, [
        `${words.total}${words.colon}${count(total)}`,
        `${words.covered}${words.colon}${count(covered)} (${percent(share)})`,
      ]), { sticky: true }).addTo(groups.communities);
    }
    onZoom((closer) => groups.communities.setStyle({
      fillOpacity: Math.max(0.35, 0.75 - 0.13 * Math.max(0, closer)),
    }));
  }

  function drawStreets() {
    const [lesser, main] = content.streets;
    const looks = [[lesser, "#a9a59b", 0.7], [main, "#8b8476", 1.5]];
    for (const [lines, color, weight] of looks) {
      const drawn = L.polyline(lines.map(line), {
        renderer: canvas, interactive: false, color, weight, opacity: 0.8, smoothFactor: 1.2,
      }).addTo(groups.streets);
      onZoom((closer) => drawn.setStyle({
        weight: weight * Math.min(4, Math.pow(1.35, Math.max(0, closer))),
      }));
    }
  }

  function drawArea([, polygons], at) {
    L.polygon(shape(polygons), {
      ...AREA, renderer: canvas, interactive: false, fillOpacity: 0.1, opacity: 0.9,
      dashArray: areaDash(at), smoothFactor: 0.6,
    }).addTo(groups["area" + at]);
  }

  function drawBoundary() {
    L.polygon(shape(content.boundary), {
      renderer: canvas, interactive: false, fill: false, color: "#3d2b56", weight: 2.6,
      dashArray: "10 4 2 4",
    }).addTo(groups.boundary);
  }

  function drawPoints() {
    const points = content.points;
    const marks = points.x.map((x, i) => {
      const look = KINDS[points.kind[i]];
      const mark = L.circleMarker(place(x, points.y[i]), {
        renderer: canvas, radius: 3, color: look.line, weight: 0.8, fillColor: look.fill,
        fillOpacity: 0.92,
      });
      return mark.bindTooltip(() => pointNote(i)).addTo(groups.points);
    });
    onZoom((closer) => {
      const scale = Math.min(2.2, Math.pow(1.28, closer));
      marks.forEach((mark, i) => mark.setRadius(scale * pointRadius(points.people[i])));
    });
  }

  // Calls now and after every zoom with how many levels closer than the whole map it is.
  function onZoom(adjust) {
    const from = map.getZoom();
    map.on("zoomend", () => adjust(map.getZoom() - from));
    adjust(0);
  }

  function pointNote(i) {
    const points = content.points;
    const tenths = points.tenths[i], nearest = points.nearest[i];
    const walk = tenths === null ? words.tooFar : `${(tenths / 10).toFixed(1)} ${words.minutes}`;
    const lines = [`${words.who}${words.colon}${count(points.people[i])}`];
    if (points.community[i] >= 0) {
      lines.push(`${words.community}${words.colon}${points.communities[points.community[i]]}`);
    }
    if (nearest >= 0) {
      lines.push(`${words.nearest}${words.colon}${content.facilities[nearest][2]}`);
    }
    lines.push(`${words.walk}${words.colon}${walk}`, content.kinds[points.kind[i]]);
    if (points.assumed[i]) lines.push(words.assumed);
    return note(points.name[i], lines);
  }

  function drawFacilities() {
    let shown = null;
    const hide = () => { if (shown) { shown.remove(); shown = null; } };
    content.facilities.forEach((facility) => {
      const [x, y, name, role, , , , , catchment] = facility;
      const size = role === OWN ? 18 : 15;
      const icon = L.divIcon({
        className: "facility", iconSize: [size, size], html: symbol(content.mark, role, size),
      });
      const label = name || words.facilities;
      L.marker(place(x, y), { icon, title: label, alt: label, riseOnHover: true })
        .bindPopup(() => facilityNote(facility), { maxWidth: 320 })
        .on("popupopen", () => {
          hide();
          if (catchment.length) {
            shown = L.polygon(shape(catchment), {
              renderer: canvas, interactive: false, color: content.mark[1], weight: 3,
              fillColor: content.mark[1], fillOpacity: 0.18,
            }).addTo(map);
          }
        })
        .on("popupclose", hide)
        .addTo(groups.facilities);
    });
  }

  function facilityNote([, , name, role, status, area, people, simulated]) {
    const box = element("div");
    box.append(element("h2", name || words.facilities));
    const table = element("table");
    const row = (head, value) => {
      const line = element("tr");
      line.append(element("th", head), element("td", value));
      table.append(line);
    };
    row(words.status, status);
    row(words.area, area === null ? words.unknown : `${count(area)} ${words.squareMetres}`);
    if (role !== IDLE) {
      [words.reached, words.unique, words.overlapping].forEach((head, i) => row(head, count(people[i])));
    }
    box.append(table);
    const roles = [words.ownFacility, words.neighbourFacility, words.idleFacility];
    box.append(element("div", roles[role]));
    if (simulated) box.append(element("div", words.simulatedRow, "badge simulated"));
    return box;
  }

  // One canvas draws in the order of addition; a group switched on again must not cover the others.
  function keepOrder() {
    const order = ["communities", ...content.areas.map((_, at) => "area" + at), "streets",
      "boundary", "points"];
    const arrange = () => {
      for (const name of order) if (map.hasLayer(groups[name])) groups[name].bringToFront();
    };
    map.on("overlayadd", arrange);
    arrange();
  }
}

// The legend and the control of layers cover the sides of a wide window: keep the area between them.
function showAll(map, content, animate) {
  const wide = map.getSize().x > 1000;
  map.fitBounds(content.bounds, {
    paddingTopLeft: [wide ? 310 : 8, 8], paddingBottomRight: [wide ? 205 : 8, 8], animate,
  });
}

function areaDash(at) {
  return [null, "7 4", "3 3", "1 4"][at % 4];
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

function note(head, lines) {
  const box = element("div");
  box.append(element("b", head));
  for (const line of lines) box.append(element("div", line));
  return box;
}

// Title above, notes below, and the controls on the map.
function frame(map, content, explain = legend) {
  const words = content.words;
  const head = element("header");
  head.append(element("h1", content.title), element("span", words.sketch, "badge"));
  if (content.simulated) head.append(element("span", words.simulated, "badge simulated"));
  head.append(element("p", content.headline, "headline"));
  const foot = element("footer");
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
  control(map, "bottomleft", () => explain(content));
  L.control.scale({ position: "bottomright", imperial: false, maxWidth: 140 }).addTo(map);
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
    const items = element("ul");
    for (const [markup, text] of rows) {
      const item = element("li");
      item.append(drawing(markup), element("span", text));
      items.append(item);
    }
    box.append(element("h2", head), items);
  };
  return [box, list];
}

function legend(content) {
  const words = content.words;
  const [box, list] = legendBox(words);

  list(words.points, content.kinds.map((label, i) => [legendDot(KINDS[i]), label]));
  box.append(element("div", words.size, "size"));

  if (content.communities.length) {
    box.append(element("h2", `${words.communities} (%)`));
    const ramp = element("div", null, "ramp");
    [...RAMP, UNKNOWN].forEach((colour, i) => {
      const step = element("div");
      const swatch = element("i");
      swatch.style.background = colour;
      step.append(swatch, i < 5 ? `${20 * i}–${20 * i + 20}` : words.unknown);
      ramp.append(step);
    });
    box.append(ramp);
  }
  const roles = [words.ownFacility, words.neighbourFacility, words.idleFacility];
  const used = [0, 1, 2].filter((role) => content.facilities.some((f) => f[3] === role));
  list(words.facilities, used.map((role) => [symbol(content.mark, role, 16), roles[role]]));
  if (content.areas.length) {
    list(words.areas, content.areas.map(([minutes], at) =>
      [legendStroke(AREA.color, 2, areaDash(at)), `${minutes} ${words.minutes}`]));
  }
  const lines = [];
  if (content.boundary.length) lines.push([legendStroke("#3d2b56", 2.6, "8 3 2 3"), words.boundary]);
  lines.push([legendStroke("#8b8476", 1.5), words.streets]);
  list(words.lines, lines);
  return box;
}
