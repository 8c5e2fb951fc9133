/// How a page looks: letters, distances and colours of everything but charts.
package enum PageStyle {
  /// The whole style sheet, charts included.
  package static let sheet: Markup = """
    :root { color-scheme: light dark; \(ChartStyle.lightColours) }
    @media screen and (prefers-color-scheme: dark) { :root { \(ChartStyle.darkColours) } }
    \(ChartStyle.rules)
    \(rules)
    """

  private static let rules: Markup = """
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--page); color: var(--ink); \
    font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif; }
    main { max-width: 1000px; margin: 0 auto; padding: 40px 24px 64px; }
    h1 { font-size: 28px; line-height: 1.2; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 6px; \
    overflow-wrap: anywhere; }
    h2 { font-size: 19px; line-height: 1.3; font-weight: 650; margin: 0 0 4px; }
    h3 { font-size: 14px; font-weight: 650; margin: 0 0 6px; }
    p { margin: 0; }
    .lead { color: var(--soft); max-width: 46em; overflow-wrap: anywhere; }
    .note { margin-top: 14px; padding: 8px 12px; border-left: 3px solid var(--c2); background: var(--panel); \
    max-width: 46em; overflow-wrap: anywhere; }
    .explanation { color: var(--soft); max-width: 46em; }
    .caption { color: var(--soft); font-size: 13px; margin-top: 6px; max-width: 40em; }
    .figures { display: flex; flex-wrap: wrap; gap: 12px 40px; margin: 24px 0 0; }
    .figure { display: flex; flex-direction: column-reverse; }
    .figure dt { color: var(--soft); font-size: 13px; }
    .figure dd { margin: 0; font-size: 24px; line-height: 1.25; font-weight: 600; font-variant-numeric: tabular-nums; }
    .figure:first-child dd { color: var(--c1); }
    section { margin-top: 40px; padding-top: 20px; border-top: 1px solid var(--rule); }
    .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 28px 40px; \
    margin-top: 18px; align-items: start; }
    figure { margin: 0; break-inside: avoid; min-width: 0; }
    figcaption { font-size: 14px; font-weight: 650; margin-bottom: 8px; }
    .scroll { overflow-x: auto; overflow-y: hidden; }
    .wide { max-width: none; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px; }
    th { font-weight: 400; text-align: left; vertical-align: top; }
    .numbers th[scope=row] { padding-right: 16px; max-width: 18em; overflow-wrap: break-word; }
    .numbers td, .numbers th[scope=col]:not(:first-child) { text-align: right; padding-left: 14px; }
    .numbers thead th { color: var(--soft); font-size: 13px; border-bottom: 1px solid var(--rule); }
    .numbers th, .numbers td { padding-top: 3px; padding-bottom: 3px; }
    .numbers tr.mean th, .numbers tr.mean td { border-top: 1px solid var(--rule); }
    .facts { min-width: 0; break-inside: avoid; }
    .facts th { color: var(--soft); padding: 2px 16px 2px 0; white-space: nowrap; }
    .facts td { padding: 2px 0; overflow-wrap: anywhere; }
    pre { background: var(--panel); padding: 12px 14px; border-radius: 4px; margin: 0; white-space: pre-wrap; \
    overflow-wrap: anywhere; }
    .grid + h3, .apart { margin-top: 24px; } .alone { margin-top: 18px; } p + .scroll { margin-top: 10px; }
    code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
    .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(210px, 1fr)); gap: 18px 20px; \
    margin-top: 18px; }
    .card { display: flex; gap: 12px; align-items: flex-start; break-inside: avoid; font-size: 13px; line-height: 1.35; }
    .card .pixels { border: 1px solid var(--rule); flex: none; }
    .card strong { font-weight: 650; } .card span { color: var(--soft); }
    .tiles { display: flex; flex-wrap: wrap; gap: 12px; margin-top: 18px; }
    .tile { font-size: 11px; color: var(--soft); text-align: center; break-inside: avoid; }
    .tile .pixels { border: 1px solid var(--rule); margin-bottom: 2px; }
    @media (max-width: 520px) {
      main { padding: 24px 16px 40px; } h1 { font-size: 22px; } section { margin-top: 28px; }
      .figures { gap: 12px 28px; } .figure dd { font-size: 20px; }
      .cards { grid-template-columns: repeat(auto-fill, minmax(164px, 1fr)); gap: 14px 12px; }
      .facts th { white-space: normal; }
    }
    @media print {
      @page { margin: 16mm 14mm; }
      body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
      section { margin-top: 18pt; padding-top: 10pt; } h2, h3 { break-after: avoid; }
      .grid { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14pt 20pt; }
      .scroll { overflow: visible; } .note, pre { border: 1px solid var(--rule); }
      .cards { grid-template-columns: repeat(3, 1fr); }
    }
    """
}
