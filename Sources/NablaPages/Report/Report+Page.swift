extension Report {
  /// The page, as a file: HTML that is well-formed XML but for its first line.
  package var page: String {
    let sections = [
      learningSection, mistakesSection, targetsSection, picturesSection, featuresSection, networkSection,
      factsSection,
    ]
    let markup: Markup = """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:"/>
      <meta name="generator" content="nabla"/>
      <title>\(title)</title>
      <style>
      \(PageStyle.sheet)
      </style>
      </head>
      <body>
      <main>
      \(header)
      \(sections.compactMap(\.self))
      </main>
      </body>
      </html>

      """
    return markup.text
  }

  private var header: Markup {
    let tiles = figures.map { figure -> Markup in
      "<div class=\"figure\"><dt>\(figure.label)</dt><dd>\(figure.value)</dd></div>"
    }
    let lines = notes.map { note -> Markup in "<p class=\"note\">\(note)</p>" }
    return """
      <header>
      <h1>\(title)</h1>
      <p class="lead">\(introduction)</p>
      <dl class="figures">
      \(tiles)
      </dl>
      \(lines)
      </header>
      """
  }

  /// A part of the page with its heading.
  func section(_ title: String, _ explanation: String = "", _ content: [Markup]) -> Markup {
    let text: Markup = explanation.isEmpty ? "" : "<p class=\"explanation\">\(explanation)</p>\n"
    return """
      <section>
      <h2>\(title)</h2>
      \(text)\(content)
      </section>
      """
  }

  /// A chart with its heading.
  func chart(_ title: String, _ drawing: Markup, _ caption: String = "") -> Markup {
    let text: Markup = caption.isEmpty ? "" : "\n<p class=\"caption\">\(caption)</p>"
    return """
      <figure class="chart-box">
      <figcaption>\(title)</figcaption>
      <div class="scroll">\(drawing)</div>\(text)
      </figure>
      """
  }

  /// Charts side by side where there is room.
  func grid(_ parts: [Markup]) -> Markup {
    """
    <div class="grid">
    \(parts)
    </div>
    """
  }

  /// A table: the first column is text, the others are numbers.
  ///
  /// - Parameter means: so many last rows are means of those before.
  func table(_ headings: [String], _ rows: [[String]], means: Int = 0) -> Markup {
    let head = headings.map { heading -> Markup in "<th scope=\"col\">\(heading)</th>" }
    let body = rows.enumerated().map { index, row -> Markup in
      let style = means > 0 && index == rows.count - means ? "mean" : "row"
      let cells = row.dropFirst().map { cell -> Markup in "<td>\(cell)</td>" }
      return "<tr class=\"\(style)\"><th scope=\"row\">\(row.first ?? "")</th>\(Array(cells))</tr>"
    }
    return """
      <div class="scroll"><table class="numbers">
      <thead><tr>\(head)</tr></thead>
      <tbody>
      \(body)
      </tbody>
      </table></div>
      """
  }

  // MARK: How it was made

  private var factsSection: Markup? {
    guard !facts.isEmpty || command != nil else { return nil }
    let tables = facts.filter { !$0.rows.isEmpty }.map { group -> Markup in
      let rows = group.rows.map { row -> Markup in
        "<tr><th scope=\"row\">\(row.name)</th><td>\(row.value)</td></tr>"
      }
      return """
        <div class="facts"><h3>\(group.title)</h3>
        <table>
        <tbody>
        \(rows)
        </tbody>
        </table></div>
        """
    }
    let again = command.map { command -> Markup in
      "<h3>Make it again</h3>\n<pre><code>\(command)</code></pre>"
    }
    return section("How it was made", "", [grid(tables)] + [again].compactMap(\.self))
  }
}
