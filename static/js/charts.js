// Charts: <figure class="chart" data-chart="id"> is drawn with Plotly from the JSON element of that id, in the page's own
// colours. The numbers stand in the table beside it; what the figure held before (a plain line, nothing) makes way.
const probe = document.createElement("span");
probe.hidden = true;
document.body.append(probe);

function colour(token) {
  probe.style.color = `var(--${token})`;
  return getComputedStyle(probe).color;
}

const TONES = ["tide", "sand", "violet", "coral", "moss"];

function trace(series, place, asked) {
  const tone = colour(series.tone ?? TONES[place % TONES.length]);
  const common = { x: series.x ?? asked.x, y: series.y, name: series.name, hovertemplate: `%{y:${asked.percent ? ".1%" : ",.6~g"}}` };
  if (series.bars) return { ...common, type: "bar", marker: { color: tone } };
  const line = { color: tone, width: 2.2, ...(series.dashed ? { dash: "dot" } : {}) };
  const area = series.area ? { fill: "tozeroy", fillcolor: colour(`${series.tone ?? "tide"}-soft`) } : {};
  return { ...common, type: "scatter", mode: asked.points ? "lines+markers" : "lines", line, ...area };
}

// A version that was published, an instant that matters: a dotted line with its words on top.
function marks(asked) {
  const font = { color: colour("ink-3"), size: 11 };
  return {
    shapes: (asked.marks ?? []).map(({ x }) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line: { color: colour("line-strong"), dash: "dot", width: 1 } })),
    annotations: (asked.marks ?? []).map(({ x, text }) => ({ x, y: 1, yref: "paper", yanchor: "bottom", text, showarrow: false, font })),
  };
}

function layout(asked) {
  const axis = { gridcolor: colour("line"), linecolor: colour("line-strong"), zerolinecolor: colour("line-strong"), tickcolor: colour("line"), automargin: true };
  return {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colour("ink-3") },
    margin: { l: 8, r: 8, t: asked.marks?.length ? 20 : 8, b: 8 },
    xaxis: { ...axis, showgrid: false, type: asked.category ? "category" : undefined, title: asked.xname ? { text: asked.xname } : undefined },
    yaxis: { ...axis, rangemode: "tozero", tickformat: asked.percent ? ".0%" : ",~r", ...(asked.whole ? { tickformat: ",d" } : {}) },
    barmode: "relative",
    hovermode: "x unified",
    hoverlabel: { bgcolor: colour("sheet"), bordercolor: colour("line-strong"), font: { color: colour("ink") } },
    showlegend: asked.series?.length > 1,
    legend: { orientation: "h", y: 1, yanchor: "bottom", x: 0 },
    ...marks(asked),
  };
}

// Moves between two columns of places, the wider the more customers.
function flow({ places, moves }) {
  const node = { label: places.map(({ name }) => name), color: places.map(({ tone }) => colour(tone)), x: places.map(({ x }) => x), y: places.map(({ y }) => y), pad: 14, thickness: 14, line: { width: 0 } };
  const link = { source: moves.map(({ from }) => from), target: moves.map(({ to }) => to), value: moves.map(({ count }) => count), color: moves.map(({ tone }) => colour(tone)) };
  return { type: "sankey", arrangement: "snap", valueformat: ",d", node, link };
}

function draw(figure) {
  const asked = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
  const place = figure.querySelector(".plot");
  if (!place.dataset.drawn) place.replaceChildren();
  place.dataset.drawn = "yes";
  const data = asked.moves ? [flow(asked)] : asked.series.map((series, index) => trace(series, index, asked));
  window.Plotly.react(place, data, layout(asked), { displayModeBar: false, responsive: true });
}

function drawAll(within = document) {
  for (const figure of within.querySelectorAll?.("figure[data-chart]") ?? []) draw(figure);
}

drawAll();
document.addEventListener("htmx:load", (event) => drawAll(event.target));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => drawAll());
new MutationObserver(() => drawAll()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
