import CLivePage

/// The page that `nabla serve` shows, as files for a browser. They lie in `Live` and are part of the program.
package enum LivePage {
  package struct File: Sendable {
    package let path: String
    package let contentType: String
    package let bytes: [UInt8]
  }

  package static let files = [
    File("/", "text/html", nabla_live_page_html()),
    File("/page.css", "text/css", nabla_live_page_css()),
    File("/page.js", "text/javascript", nabla_live_page_js()),
    File("/tools.js", "text/javascript", nabla_live_tools_js()),
    File("/sheet.js", "text/javascript", nabla_live_sheet_js()),
    File("/layers.js", "text/javascript", nabla_live_layers_js()),
    File("/steps.js", "text/javascript", nabla_live_steps_js()),
    File("/run.js", "text/javascript", nabla_live_run_js()),
    File("/table.js", "text/javascript", nabla_live_table_js()),
    File("/icon.svg", "image/svg+xml", nabla_live_icon_svg()),
  ]
}

extension LivePage.File {
  fileprivate init(_ path: String, _ type: String, _ file: nabla_live_file) {
    self.path = path
    contentType = type + "; charset=utf-8"
    bytes = Array(UnsafeBufferPointer(start: file.bytes, count: file.count))
  }
}
