/// Whether content that starts so is a web page.
package func looksLikeHTML(_ start: [UInt8]) -> Bool {
  let blank: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF]
  let text = String(decoding: start.drop(while: { blank.contains($0) }).prefix(15), as: UTF8.self)
    .lowercased()
  return text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.hasPrefix("<head")
    || text.hasPrefix("<?xml")
}
