// Draws one siting plan from the values in the page, with the helpers of page.js.
"use strict";

const STATES = [
  { fill: "#a6bddb", line: "#5d7ea6" },
  { fill: "#009e73", line: "#ffffff" },
  { fill: "#d55e00", line: "#ffffff" },
  { fill: "#111111", line: "#ffffff" },
];
const CANDIDATE = { fill: "#ffffff", line: "#6a3d9a" };
const BARRED = { fill: "#bdbdbd", line: "#555555" };
const GAINED = 1;
const NEW = 0, KEPT = 1, CLOSED = 2, OPEN_TO_CHOICE = 3;

function drawPlanMap(map, groups) {
  const { content, words, number, count, walk, place, line, shape, canvas } = readPage();

  begin(map, content, planLegend);
  drawAreas();
  drawStreets();
  drawWays();
  drawPoints();
  drawCandidates();
  drawSites();
  keepOrder(map, groups, ["areas", "streets", "ways", "points", "candidates"]);

  function drawAreas() {
    for (const [name, polygons] of content.areas) {
      L.polygon(shape(polygons), {
        renderer: canvas, color: "#8d9893", weight: 0.9, fillColor: "#f1efe6", fillOpacity: 0.8,
      }).bindTooltip(() => element("b", name), { sticky: true }).addTo(groups.areas);
    }
    L.polygon(shape(content.boundary), {
      ...BOUNDARY, renderer: canvas, interactive: false, fill: false,
    }).addTo(groups.areas);
  }

  function drawStreets() {
    content.streets.forEach((lines, main) => L.polyline(lines.map(line), {
      renderer: canvas, interactive: false, color: main ? STREET : "#b9b5ab",
      weight: main ? 1.3 : 0.6, opacity: 0.75, smoothFactor: 1.2,
    }).addTo(groups.streets));
  }

  // From everybody newly covered to the site that serves them.
  function drawWays() {
    const points = content.points;
    const ways = [];
    points.state.forEach((state, i) => {
      const site = content.sites[points.site[i]];
      if (state === GAINED && site) {
        ways.push([place(points.x[i], points.y[i]), place(site.x, site.y)]);
      }
    });
    L.polyline(ways, {
      renderer: canvas, interactive: false, color: "#009e73", weight: 1, opacity: 0.55,
    }).addTo(groups.ways);
  }

  function drawPoints() {
    const points = content.points;
    const marks = points.x.map((x, i) => {
      const look = STATES[points.state[i]];
      return L.circleMarker(place(x, points.y[i]), {
        renderer: canvas, radius: 3, color: look.line, weight: 0.8, fillColor: look.fill,
        fillOpacity: points.state[i] ? 0.95 : 0.75,
      }).bindTooltip(() => pointNote(i)).addTo(groups.points);
    });
    // Thousands of points would lie on one another: smaller then, larger again as the map comes closer.
    const crowd = Math.min(1, Math.sqrt(3000 / Math.max(1, marks.length)));
    growing(marks, (i) => Math.max(0.9, crowd * pointRadius(points.people[i])));
  }

  // Marks that grow a little as the map comes closer.
  function growing(marks, radius) {
    onZoom(map, (closer) => {
      const by = Math.min(4, Math.pow(1.3, closer));
      marks.forEach((mark, i) => mark.setRadius(by * radius(i)));
    });
  }

  function pointNote(i) {
    const points = content.points;
    const lines = [
      `${words.who}${words.colon}${count(points.people[i])}`,
      `${words.before}${words.colon}${walk(points.before[i])}`,
      `${words.after}${words.colon}${walk(points.after[i])}`,
    ];
    const site = content.sites[points.site[i]];
    if (site) lines.push(`${words.servedBy}${words.colon}${site.name}`);
    lines.push(content.states[points.state[i]]);
    return note(points.name[i], lines);
  }

  function drawCandidates() {
    const others = content.sites.filter((site) => site.role >= OPEN_TO_CHOICE);
    const marks = others.map((site) => {
      const look = site.role === OPEN_TO_CHOICE ? CANDIDATE : BARRED;
      return L.circleMarker(place(site.x, site.y), {
        renderer: canvas, radius: 2.6, color: look.line, weight: 1.1, fillColor: look.fill,
        fillOpacity: 0.85,
      }).bindTooltip(() => note(site.name, [content.roles[site.role]]))
        .bindPopup(() => siteNote(site), { maxWidth: 340 }).addTo(groups.candidates);
    });
    growing(marks, () => 2.6);
  }

  function drawSites() {
    for (const site of content.sites.filter((one) => one.role < OPEN_TO_CHOICE)) {
      const chosen = site.role === NEW;
      const size = chosen ? 26 : 14;
      const icon = L.divIcon({
        className: "facility", iconSize: [size, size],
        html: chosen ? plate(site.rank) : symbol(content.mark, site.role === KEPT ? 0 : 2, size),
      });
      L.marker(place(site.x, site.y), {
        icon, title: site.name, alt: site.name, riseOnHover: true, zIndexOffset: chosen ? 1000 : 0,
      }).bindPopup(() => siteNote(site), { maxWidth: 340 })
        .addTo(chosen ? groups.chosen : groups.existing);
    }
  }

  function siteNote(site) {
    const box = element("div");
    box.append(element("h2", site.name), element("div", content.roleNames[site.role]));
    const rows = [
      [words.marginal, site.marginal === null ? null : count(site.marginal)],
      [words.unique, site.unique === null ? null : count(site.unique)],
      [words.reached, count(site.reached)],
      [words.cost, site.cost === null ? null : `${number.format(site.cost)} ${words.yuan}`],
      [words.id, site.id],
    ];
    box.append(facts(rows.filter(([, value]) => value !== null)));
    if (site.why) box.append(element("p", site.why, "why"));
    return box;
  }

  function planLegend() {
    const [box, list] = legendBox(words);
    const roles = new Set(content.sites.map((site) => site.role));
    const signs = [
      [NEW, plate("1", 16)], [KEPT, symbol(content.mark, 0, 16)],
      [CLOSED, symbol(content.mark, 2, 16)], [OPEN_TO_CHOICE, legendDot(CANDIDATE, 3)],
      [OPEN_TO_CHOICE + 1, legendDot(BARRED, 3)],
    ];
    list(words.sites, signs.filter(([role]) => roles.has(role))
      .map(([role, sign]) => [sign, content.roles[role]]));
    const states = new Set(content.points.state);
    list(words.points, STATES.map((look, state) => [look, state])
      .filter(([, state]) => states.has(state))
      .map(([look, state]) => [legendDot(look), content.states[state]]));
    box.append(element("div", words.size, "size"));
    list(words.lines, [[legendStroke("#009e73", 1.5), words.ways], ...legendLines(content)]);
    return box;
  }
}
