// Draws one coverage map from the values in the page, with the helpers of page.js.
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
  const { content, words, count, walk, place, line, shape, canvas } = readPage(2);

  begin(map, content, () => coverageLegend(content));
  drawCommunities();
  drawStreets();
  content.areas.forEach(drawArea);
  drawBoundary();
  drawPoints();
  drawFacilities();
  keepOrder(map, groups, ["communities", ...content.areas.map((_, at) => "area" + at), "streets",
    "boundary", "points"]);

  function percent(thousandths) {
    return thousandths === null ? words.unknown : (thousandths / 10).toFixed(1) + "%";
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
    onZoom(map, (closer) => groups.communities.setStyle({
      fillOpacity: Math.max(0.35, 0.75 - 0.13 * Math.max(0, closer)),
    }));
  }

  function drawStreets() {
    const [lesser, main] = content.streets;
    const looks = [[lesser, "#a9a59b", 0.7], [main, STREET, 1.5]];
    for (const [lines, color, weight] of looks) {
      const drawn = L.polyline(lines.map(line), {
        renderer: canvas, interactive: false, color, weight, opacity: 0.8, smoothFactor: 1.2,
      }).addTo(groups.streets);
      onZoom(map, (closer) => drawn.setStyle({
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
      ...BOUNDARY, renderer: canvas, interactive: false, fill: false,
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
    onZoom(map, (closer) => {
      const scale = Math.min(2.2, Math.pow(1.28, closer));
      marks.forEach((mark, i) => mark.setRadius(scale * pointRadius(points.people[i])));
    });
  }

  function pointNote(i) {
    const points = content.points;
    const nearest = points.nearest[i];
    const lines = [`${words.who}${words.colon}${count(points.people[i])}`];
    if (points.community[i] >= 0) {
      lines.push(`${words.community}${words.colon}${points.communities[points.community[i]]}`);
    }
    if (nearest >= 0) {
      lines.push(`${words.nearest}${words.colon}${content.facilities[nearest][2]}`);
    }
    lines.push(`${words.walk}${words.colon}${walk(points.tenths[i])}`, content.kinds[points.kind[i]]);
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
    const rows = [
      [words.status, status],
      [words.area, area === null ? words.unknown : `${count(area)} ${words.squareMetres}`],
    ];
    if (role !== IDLE) {
      [words.reached, words.unique, words.overlapping]
        .forEach((head, i) => rows.push([head, count(people[i])]));
    }
    box.append(facts(rows));
    const roles = [words.ownFacility, words.neighbourFacility, words.idleFacility];
    box.append(element("div", roles[role]));
    if (simulated) box.append(element("div", words.simulatedRow, "badge simulated"));
    return box;
  }
}

function areaDash(at) {
  return [null, "7 4", "3 3", "1 4"][at % 4];
}

function coverageLegend(content) {
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
  list(words.lines, legendLines(content).slice(content.boundary.length ? 0 : 1));
  return box;
}
