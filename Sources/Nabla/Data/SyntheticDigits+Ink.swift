extension SyntheticDigits {
  /// The pen's point.
  struct Nib {
    /// Mean radius, in pixels.
    let radius: Float
    /// Relative change of the radius from the beginning to the end of the writing.
    let drift: Float
    /// Width of the grey edge, in pixels.
    let softness: Float

    /// How hard people press, by digit: lighter where the line crosses itself or rings are small, because
    /// they keep the rings open.
    private static let pressures: InlineArray<10, Float> = [
      1.05, 1.05, 1, 1, 0.92, 0.97, 0.92, 1, 0.92, 0.92,
    ]

    init(_ random: inout Philox, digit: Int) {
      radius = Nib.pressures[digit] * max(0.6, 1.3 + 0.38 * random.bell())
      drift = 0.12 * random.bell()
      softness = 1.1 + 0.4 * random.unit()
    }
  }

  /// The box of 20 x 20 pixels in which a digit is drawn before it is placed: for each pixel how deep it lies
  /// within the line, in pixels.
  struct Ink {
    static let side = 20
    private static let paper: Float = -8

    private let depth: UnsafeMutablePointer<Float>
    private let grey: UnsafeMutablePointer<UInt8>

    /// Calls `body` with a box, whose memory lives as long as the call.
    static func withScratch(_ body: (Ink) -> Void) {
      withUnsafeTemporaryAllocation(of: Float.self, capacity: side * side) { depth in
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: side * side) { grey in
          body(Ink(depth: depth.baseAddress!, grey: grey.baseAddress!))
        }
      }
    }

    func clear() { depth.update(repeating: Ink.paper, count: Ink.side * Ink.side) }

    /// Runs the pen along `curve` and turns depths into grey values.
    func trace(_ curve: Curve, with nib: Nib) {
      trace(curve, softness: nib.softness) { index in
        let progress = Float(2 * index - curve.count) / Float(curve.count)
        return nib.radius * (1 + nib.drift * progress)
      }
    }

    /// Runs the brush along `curve` and turns depths into grey values.
    func trace(_ curve: Curve, with brush: Brush) {
      trace(curve, softness: brush.softness) { index in
        brush.radius(
          after: Float(index) / Float(curve.count), from: curve.vertices[index - 1], to: curve.vertices[index]
        )
      }
    }

    /// `radius` gives that of the segment that ends at a vertex.
    private func trace(_ curve: Curve, softness: Float, radius: (Int) -> Float) {
      for index in 1..<curve.count where curve.isDown[index] {
        let radius = radius(index)
        segment(
          from: curve.vertices[index - 1], to: curve.vertices[index], radius: radius,
          reach: radius + 0.5 * softness)
      }
      dry(softness: softness)
    }

    /// Turns depths into grey values.
    func dry(softness: Float) {
      let slope = 1 / softness
      for pixel in 0..<Ink.side * Ink.side {
        let cover = max(0, min(1, depth[pixel] * slope + 0.5))
        // The smooth step 3 c^2 - 2 c^3: scanning and resampling leave more nearly white and nearly black
        // pixels than a linear ramp has.
        grey[pixel] = UInt8(255 * (cover * cover * (3 - 2 * cover)))
      }
    }

    /// Wets all pixels whose centre is nearer to the segment than `reach`.
    func segment(from a: Point, to b: Point, radius: Float, reach: Float) {
      let dx = b.x - a.x
      let dy = b.y - a.y
      let inverse = 1 / max(dx * dx + dy * dy, 1e-12)
      let left = max(0, Int(min(a.x, b.x) - reach))
      let right = min(Ink.side - 1, Int(max(a.x, b.x) + reach))
      let top = max(0, Int(min(a.y, b.y) - reach))
      let bottom = min(Ink.side - 1, Int(max(a.y, b.y) + reach))
      guard left <= right && top <= bottom else { return }
      for row in top...bottom {
        let py = Float(row) + 0.5 - a.y
        for column in left...right {
          let px = Float(column) + 0.5 - a.x
          let t = max(0, min(1, (px * dx + py * dy) * inverse))
          let qx = px - t * dx
          let qy = py - t * dy
          let value = radius - (qx * qx + qy * qy).squareRoot()
          let pixel = row * Ink.side + column
          depth[pixel] = max(depth[pixel], value)
        }
      }
    }

    /// Copies the box on an empty `image`, its centre of mass as near to the image's as whole pixels allow.
    func place(on image: UnsafeMutablePointer<UInt8>) {
      var mass = 0
      var momentX = 0
      var momentY = 0
      for row in 0..<Ink.side {
        for column in 0..<Ink.side {
          let value = Int(grey[row * Ink.side + column])
          mass += value
          momentX += value * column
          momentY += value * row
        }
      }
      let x = Ink.offset(moment: momentX, mass: mass)
      let y = Ink.offset(moment: momentY, mass: mass)
      image.update(repeating: 0, count: SyntheticDigits.pixelsPerImage)
      for row in 0..<Ink.side {
        let target = image + (row + y) * SyntheticDigits.side + x
        target.update(from: grey + row * Ink.side, count: Ink.side)
      }
    }

    /// Returns the shift, in whole pixels, that brings moment / mass nearest to 13.5, the middle of 0...27.
    private static func offset(moment: Int, mass: Int) -> Int {
      // round(13.5 - moment / mass) = floor((14 mass - moment) / mass), in exact integers.
      let shift = (14 * mass - moment) / max(mass, 1)
      return max(0, min(SyntheticDigits.side - side, shift))
    }
  }
}
