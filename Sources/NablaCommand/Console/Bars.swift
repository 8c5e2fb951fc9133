/// Draws numbers from 0 to 1 as bars.
enum Bars {
  /// One character a number, eight heights: ▁▁▁▁▁▁▁█▁▁.
  static func upright(_ values: [Float]) -> String {
    let heights = Array("▁▂▃▄▅▆▇█")
    return String(values.map { heights[Int(clamped($0) * 7 + 0.5)] })
  }

  /// One number as a bar of at most `width` characters, to an eighth of a character.
  static func lying(_ value: Float, width: Int) -> String {
    let eighths = Int(clamped(value) * Float(width * 8) + 0.5)
    let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
    return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
  }

  private static func clamped(_ value: Float) -> Float { value.isFinite ? min(max(value, 0), 1) : 0 }
}
