/// One element of an array, exactly.
enum NPYNumber {
  case integer(Int)
  /// An unsigned integer above `Int.max`.
  case large(UInt64)
  case real(Double)
}

extension NPYArray {
  /// The element that starts at `bytes`, in the machine's byte order.
  func number(at bytes: UnsafeRawPointer) -> NPYNumber {
    func load<Number>(_ type: Number.Type) -> Number { bytes.loadUnaligned(as: type) }
    switch header.type {
    case .float(2): return .real(Double(floatOfHalf(load(UInt16.self))))
    case .float(4): return .real(Double(load(Float.self)))
    case .float: return .real(load(Double.self))
    case .signed(1): return .integer(Int(load(Int8.self)))
    case .signed(2): return .integer(Int(load(Int16.self)))
    case .signed(4): return .integer(Int(load(Int32.self)))
    case .signed: return .integer(Int(load(Int64.self)))
    case .unsigned(1): return .integer(Int(load(UInt8.self)))
    case .unsigned(2): return .integer(Int(load(UInt16.self)))
    case .unsigned(4): return .integer(Int(load(UInt32.self)))
    case .unsigned:
      let value = load(UInt64.self)
      return Int(exactly: value).map { .integer($0) } ?? .large(value)
    case .boolean: return .integer(load(UInt8.self) == 0 ? 0 : 1)
    case .bytes, .unicode: preconditionFailure("text is no number")
    }
  }

  /// Writes `count` numbers as floats, rounded to the nearest as NumPy's `astype(float32)` does; `raw` may be
  /// `floats` itself where both have 4 bytes.
  func convert(_ raw: UnsafeRawPointer, count: Int, into floats: UnsafeMutablePointer<Float>) {
    switch header.type {
    case .float(2): converted(raw, count, into: floats) { (bits: UInt16) in floatOfHalf(bits) }
    case .float(4): if raw != UnsafeRawPointer(floats) { converted(raw, count, into: floats) { $0 as Float } }
    case .float: converted(raw, count, into: floats) { (value: Double) in Float(value) }
    case .signed(1): converted(raw, count, into: floats) { (value: Int8) in Float(value) }
    case .signed(2): converted(raw, count, into: floats) { (value: Int16) in Float(value) }
    case .signed(4): converted(raw, count, into: floats) { (value: Int32) in Float(value) }
    case .signed: converted(raw, count, into: floats) { (value: Int64) in Float(value) }
    case .unsigned(1): converted(raw, count, into: floats) { (value: UInt8) in Float(value) }
    case .unsigned(2): converted(raw, count, into: floats) { (value: UInt16) in Float(value) }
    case .unsigned(4): converted(raw, count, into: floats) { (value: UInt32) in Float(value) }
    case .unsigned: converted(raw, count, into: floats) { (value: UInt64) in Float(value) }
    case .boolean: converted(raw, count, into: floats) { (value: UInt8) in value == 0 ? 0 : 1 }
    case .bytes, .unicode: preconditionFailure("text is no number")
    }
  }

  /// Whether none of `count` numbers is infinite as a 32-bit float.
  func isEveryNumberFinite(_ raw: UnsafeRawPointer, count: Int) -> Bool {
    func none<Number>(_ isInfinite: (Number) -> Bool) -> Bool {
      var found = false
      // Without a way out of the loop it becomes vector instructions.
      for index in 0..<count {
        let number = raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.size, as: Number.self)
        found = found || isInfinite(number)
      }
      return !found
    }
    switch header.type {
    case .float(2): return none { (bits: UInt16) in bits & 0x7FFF == 0x7C00 }
    case .float(4): return none { (bits: UInt32) in bits & 0x7FFF_FFFF == 0x7F80_0000 }
    case .float: return none { (value: Double) in Float(value).isInfinite }
    case .signed, .unsigned, .boolean, .bytes, .unicode: return true
    }
  }
}

/// Swaps the bytes of every `size` bytes.
func swapBytes(of buffer: UnsafeMutableRawBufferPointer, size: Int) {
  func swap<Word: FixedWidthInteger>(_ type: Word.Type) {
    for offset in stride(from: 0, to: buffer.count, by: size) {
      let word = buffer.loadUnaligned(fromByteOffset: offset, as: type)
      buffer.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: type)
    }
  }
  switch size {
  case 2: swap(UInt16.self)
  case 4: swap(UInt32.self)
  case 8: swap(UInt64.self)
  default: break
  }
}

@inline(__always)
private func converted<Number>(
  _ raw: UnsafeRawPointer, _ count: Int, into floats: UnsafeMutablePointer<Float>, _ float: (Number) -> Float
) {
  for index in 0..<count {
    floats[index] = float(
      raw.loadUnaligned(fromByteOffset: index * MemoryLayout<Number>.size, as: Number.self))
  }
}

/// The value of an IEEE 754 half: a sign, 5 bits of exponent, 10 of fraction. Swift's Float16 is not on every platform.
private func floatOfHalf(_ bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1F
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return Float(bitPattern: magnitude.bitPattern | sign)
  case 0x1F: return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}
