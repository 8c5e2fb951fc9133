/// The colours and letters of charts, as style sheets. Charts name what is drawn by classes; a page, or a drawing that
/// stands by itself, says once how that looks.
package enum ChartStyle {
  /// Colours of lines, bars and points: 1 ... this. They can be told apart with every kind of colour vision.
  /// Source: Okabe & Ito 2008, "Color Universal Design", darker on light pages where letters have these colours too.
  package static let colourCount = 4

  /// The variables of a light page. What stands around a chart uses them too.
  package static let lightColours: Markup = """
    --page: #ffffff; --panel: #f6f7f9; --ink: #1c2126; --soft: #5c6670; --faint: #9aa3ad; --rule: #e2e6ea;
    --c1: #0a66b2; --c2: #c2500a; --c3: #00795b; --c4: #a2467f; --right: #3b8ed6; --wrong: #d9661f;
    """

  /// The variables of a dark page.
  package static let darkColours: Markup = """
    --page: #14171a; --panel: #1c2125; --ink: #e6e9ec; --soft: #a3adb7; --faint: #6d7781; --rule: #2d3439;
    --c1: #62b2ee; --c2: #f09a5a; --c3: #45c9a3; --c4: #dc93bf; --right: #2f7dbf; --wrong: #d9712f;
    """

  /// How the parts of a chart look.
  package static let rules: Markup = """
    .chart { max-width: 100%; height: auto; display: block; overflow: visible; }
    .chart text { font: 11px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; \
    fill: var(--soft); font-variant-numeric: tabular-nums; }
    .chart .end { text-anchor: end; } .chart .middle { text-anchor: middle; }
    .chart .name { fill: var(--faint); } .chart .small { font-size: 10px; }
    .chart .strong { fill: var(--ink); } .chart .zero { fill: var(--rule); } .chart .inverse { fill: #fff; }
    .chart .label { font-weight: 600; }
    .chart path { fill: none; stroke-width: 1; }
    .chart .grid { stroke: var(--rule); } .chart .axis { stroke: var(--faint); }
    .chart .guide { stroke: var(--faint); stroke-dasharray: 4 3; }
    .chart .mark { stroke: var(--faint); stroke-dasharray: 2 3; }
    .chart .spread { stroke: var(--ink); }
    .chart .line { stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }
    .chart .dashed { stroke-dasharray: 5 4; }
    .chart .bar { fill-opacity: 0.85; } .chart .thin { fill-opacity: 0.4; }
    .chart .right { fill: var(--right); } .chart .wrong { fill: var(--wrong); }
    .chart .rest { fill: var(--faint); }
    .chart .line.c1 { stroke: var(--c1); } .chart .line.c2 { stroke: var(--c2); }
    .chart .line.c3 { stroke: var(--c3); } .chart .line.c4 { stroke: var(--c4); }
    .chart .dot.c1, .chart .bar.c1, .chart .label.c1 { fill: var(--c1); }
    .chart .dot.c2, .chart .bar.c2, .chart .label.c2 { fill: var(--c2); }
    .chart .dot.c3, .chart .bar.c3, .chart .label.c3 { fill: var(--c3); }
    .chart .dot.c4, .chart .bar.c4, .chart .label.c4 { fill: var(--c4); }
    .pixels { image-rendering: pixelated; display: block; }
    @media screen and (prefers-color-scheme: dark) {
      .pixels.ink { filter: invert(1); } .card .pixels.ink { border-color: #d2cbc6; }
    }
    """

  /// A drawing as a file of its own, which follows the light or dark scheme of who looks at it.
  package static func document(_ svg: Markup) -> String {
    let style: Markup = """
      <style>:root { \(lightColours) } @media (prefers-color-scheme: dark) { :root { \(darkColours) } }
      \(rules)</style>
      """
    let opening = "<svg "
    guard svg.text.hasPrefix(opening), let end = svg.text.firstIndex(of: ">") else { return svg.text }
    // Inside a page the name of the language is understood.
    let attributes = svg.text[...end].dropFirst(opening.count)
    let content = svg.text[svg.text.index(after: end)...]
    return "\(opening)xmlns=\"http://www.w3.org/2000/svg\" \(attributes)\n\(style.text)\(content)\n"
  }
}
