import NablaPages
import Testing

@Suite("Markup escapes what is put into it")
struct MarkupTests {
  @Test("Text and attributes")
  func escapes() {
    let name = "<script>alert('x' & \"y\")</script>"
    let cell: Markup = "<td title=\"\(name)\">\(name)</td>"
    let escaped = "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;"
    #expect(cell.text == "<td title=\"\(escaped)\">\(escaped)</td>")
    #expect(Markup(escaping: name).text == escaped)
  }

  @Test("Markup in markup is not escaped twice; lists stand on lines; nil is nothing")
  func nests() {
    let items = ["a", "<b>"].map { item -> Markup in "<li>\(item)</li>" }
    let none: Markup? = nil
    let list: Markup = "<ul>\(items)</ul>\(none)\(3)\(0.125)"
    #expect(list.text == "<ul><li>a</li>\n<li>&lt;b&gt;</li></ul>30.13")
  }

  @Test("What XML cannot hold is replaced; other letters stay")
  func controls() {
    #expect(Markup(escaping: "a\u{0}b\u{1B}[31m\u{FFFE}").text == "a\u{FFFD}b\u{FFFD}[31m\u{FFFD}")
    #expect(Markup(escaping: "七 é \u{1F600}\t").text == "七 é \u{1F600}\t")
  }
}
