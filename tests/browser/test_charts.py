"""Plotly under the content security policy: every kind of chart the pages draw, without a complaint of the browser."""

from __future__ import annotations

from config.security import CONTENT_SECURITY_POLICY
from tests.ground.chromium import Visit

CHARTS = {
    "lines": [
        {"type": "scatter", "mode": "lines+markers", "x": ["2026-01-01", "2026-01-02"], "y": [1, 2], "fill": "tozeroy"},
        {"type": "scatter", "mode": "lines", "x": ["2026-01-01", "2026-01-02"], "y": [3, 1]},
    ],
    "bars": [{"type": "bar", "orientation": "h", "x": [1, 2], "y": ["a", "b"], "text": ["1", "2"]}],
    "matrix": [{"type": "heatmap", "z": [[1, 2], [3, 4]], "text": [["1", "2"], ["3", "4"]], "texttemplate": "%{text}"}],
    "flows": [
        {
            "type": "sankey",
            "node": {"label": ["a", "b", "c"]},
            "link": {"source": [0, 0], "target": [1, 2], "value": [3, 4]},
        }
    ],
    "shares": [{"type": "pie", "values": [1, 2], "labels": ["a", "b"]}],
}
DRAW = """async ([data, layout]) => {
    const place = document.createElement("div");
    document.body.replaceChildren(place);
    await Plotly.newPlot(place, data, layout, {displayModeBar: true, responsive: true});
    await Plotly.react(place, data, {...layout, title: {text: "again"}});
}"""
FORBIDDEN = """() => {
    window.refused = [];
    document.addEventListener("securitypolicyviolation", (event) => window.refused.push(event.effectiveDirective));
    document.body.insertAdjacentHTML("beforeend", "<p style='color: rgb(255, 0, 0)' id='probe'>x</p>");
    const script = document.createElement("script");
    script.textContent = "window.ran = true";
    document.body.append(script);
}"""


def test_every_kind_of_chart_is_drawn_and_the_policy_refuses_nothing(visit: Visit) -> None:
    """A refusal is an error in the console, and fails the test."""
    assert "'unsafe-inline'" not in str(CONTENT_SECURITY_POLICY)
    page = visit("/login/", as_="")
    page.add_script_tag(url="/static/plotly/plotly.min.js")
    layout = {"title": {"text": "t"}, "annotations": [{"text": "<b>bold</b>", "x": 0.5, "y": 0.5, "xref": "paper"}]}
    for data in CHARTS.values():
        page.evaluate(DRAW, [data, layout])
        page.locator(".main-svg").first.wait_for()
        assert page.locator(".modebar-btn").count() > 0
    # The rules of Plotly's own style element arrived through the CSSOM.
    assert page.evaluate("document.getElementById('plotly.js-style-global').sheet.cssRules.length") > 10


def test_the_policy_refuses_other_styles_and_inline_scripts(visit: Visit, troubles: list[str]) -> None:
    page = visit("/login/", as_="")
    page.evaluate(FORBIDDEN)
    page.wait_for_function("window.refused.includes('script-src-elem') && window.refused.includes('style-src-attr')")
    assert page.evaluate("window.ran") is None
    assert page.evaluate("getComputedStyle(document.getElementById('probe')).color") != "rgb(255, 0, 0)"
    # Close the windows first: what the console still has to say arrives before.
    visit.close()
    assert all("Content Security Policy" in trouble for trouble in troubles)
    troubles.clear()
