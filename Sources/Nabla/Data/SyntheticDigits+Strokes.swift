extension SyntheticDigits {
  /// Returns the picture of strokes that a person drew, 784 bytes, made as the drawn digits and MNIST's are: scaled to
  /// fit a box of 20 x 20 pixels with its aspect ratio kept, drawn by a pen of the usual width however large the strokes
  /// were, and moved by whole pixels until the centre of mass is in the middle of 28 x 28. Without a point it is empty.
  ///
  /// - Parameter strokes: points of each stroke, x to the right and y down, in units of the sheet's side. What is smaller
  ///   than an eighth of the sheet stays small: a dot is no large blob.
  /// - Precondition: every coordinate is finite.
  package static func picture(of strokes: [[(x: Float, y: Float)]]) -> [UInt8] {
    let points = strokes.joined()
    var image = [UInt8](repeating: 0, count: pixelsPerImage)
    guard let first = points.first else { return image }
    var (low, high) = (first, first)
    for point in points {
      low = (min(low.x, point.x), min(low.y, point.y))
      high = (max(high.x, point.x), max(high.y, point.y))
    }
    // The means of what the even pen draws with.
    let (radius, softness): (Float, Float) = (1.25, 1.3)
    let box = Float(Ink.side)
    let scale = (box - 2 * radius) / max(high.x - low.x, high.y - low.y, 0.125)
    func place(_ point: (x: Float, y: Float)) -> Point {
      Point(
        x: (point.x - 0.5 * (low.x + high.x)) * scale + 0.5 * box,
        y: (point.y - 0.5 * (low.y + high.y)) * scale + 0.5 * box)
    }
    image.withUnsafeMutableBufferPointer { image in
      Ink.withScratch { ink in
        ink.clear()
        for stroke in strokes {
          for index in stroke.indices {
            ink.segment(
              from: place(stroke[max(index - 1, 0)]), to: place(stroke[index]), radius: radius,
              reach: radius + 0.5 * softness)
          }
        }
        ink.dry(softness: softness)
        ink.place(on: image.baseAddress!)
      }
    }
    return image
  }
}
