// Draws where burial may be from the values in the page, with the helpers of page.js.
"use strict";

const FINDING_COLOURS = ["#b2182b", "#6b6b6b", "#00573f"];
const FINDING_MARKS = ["✕", "?", "✓"];
const FIRST = "#4a1486";
const BEST = "#00441b";

function drawSuitabilityMap(map, groups) {
  const { content, words, place, line, shape, canvas } = readPage();

  begin(map, content, suitabilityLegend);
  drawClasses();
  drawZones();
  drawVillages();
  drawBest();
  drawSites();
  keepOrder(map, groups, ["classes", "zones", "villages", "best"]);

  function drawClasses() {
    for (const [label, colour, text, polygons] of content.classes) {
      L.polygon(shape(polygons), {
        renderer: canvas, stroke: false, fillColor: colour, fillOpacity: 0.8, smoothFactor: 0,
      }).bindTooltip(() => note(label, [text]), { sticky: true }).addTo(groups.classes);
    }
  }

  function drawZones() {
    for (const [kind, name, colour, polygons, lines] of content.zones) {
      const tip = () => note(name || kind, name ? [kind] : []);
      if (polygons.length) {
        L.polygon(shape(polygons), {
          renderer: canvas, color: colour, weight: 1.6, fillColor: colour, fillOpacity: 0.1,
        }).bindTooltip(tip, { sticky: true }).addTo(groups.zones);
      }
      if (lines.length) {
        L.polyline(lines.map(line), { renderer: canvas, color: colour, weight: 2.2 })
          .bindTooltip(tip, { sticky: true }).addTo(groups.zones);
      }
    }
  }

  function drawVillages() {
    for (const [name, first, lines, polygons] of content.villages) {
      L.polygon(shape(polygons), {
        renderer: canvas, color: first ? FIRST : "#8d9893", weight: first ? 1.8 : 0.9,
        fillColor: FIRST, fillOpacity: first ? 0.14 : 0.02, dashArray: first ? null : "4 3",
      }).bindTooltip(() => note(name, [first ? words.first : words.later, ...lines]), {
        sticky: true,
      }).addTo(groups.villages);
    }
  }

  function drawBest() {
    for (const [rank, x, y, lines, polygons] of content.best) {
      const box = () => note(`${words.area} ${rank}`, lines);
      L.polygon(shape(polygons), {
        renderer: canvas, color: BEST, weight: 1.4, fill: false, smoothFactor: 0,
        interactive: false,
      }).addTo(groups.best);
      const icon = L.divIcon({ className: "facility", iconSize: [24, 24], html: plate(rank, 24, BEST) });
      L.marker(place(x, y), { icon, title: `${words.area} ${rank}`, alt: `${words.area} ${rank}` })
        .bindPopup(box, { maxWidth: 320 }).addTo(groups.best);
    }
  }

  function drawSites() {
    for (const [name, finding, x, y, lines] of content.sites) {
      const icon = L.divIcon({ className: "facility", iconSize: [20, 20], html: findingMark(finding) });
      L.marker(place(x, y), { icon, title: name, alt: name, zIndexOffset: 500 })
        .bindPopup(() => note(name, [content.findings[finding], ...lines]), { maxWidth: 380 })
        .addTo(groups.sites);
    }
  }

  function suitabilityLegend() {
    const [box, list] = legendBox(words);
    const square = (colour, line) => legendSign(
      `<rect x="2" y="2" width="18" height="12" fill="${colour}" stroke="${line || "#777"}"/>`);
    list(words.classes, content.classes.map(([label, colour, text]) =>
      [square(colour), `${label}　${text}`]));
    const kinds = new Map(content.zones.map(([kind, , colour]) => [kind, colour]));
    list(words.zones, [...kinds].map(([kind, colour]) => [legendStroke(colour, 2.4), kind]));
    list(words.best, [[plate(1, 16, BEST), words.rank]]);
    const used = [0, 1, 2].filter((at) => content.sites.some((site) => site[1] === at));
    list(words.sites, used.map((at) => [findingMark(at, 16), content.findings[at]]));
    list(words.villages, [
      [square("#ded7ea", FIRST), words.first], [square("#ffffff", "#8d9893"), words.later],
    ]);
    return box;
  }
}

// A square with a cross, a question mark or a tick: what was found of an existing site.
function findingMark(finding, size = 20) {
  const at = Number(finding);
  return `<svg viewBox="0 0 20 20" width="${size}" height="${size}" aria-hidden="true">` +
    `<rect x="1.2" y="1.2" width="17.6" height="17.6" rx="3" fill="${FINDING_COLOURS[at]}" ` +
    `stroke="#fff" stroke-width="1.6"/><text x="10" y="14.6" text-anchor="middle" fill="#fff" ` +
    `font-size="12" font-weight="700" font-family="system-ui, sans-serif">` +
    `${FINDING_MARKS[at]}</text></svg>`;
}
