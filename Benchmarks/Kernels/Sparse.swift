import CKernels
import Nabla

/// A first layer on synthetic digits, `batch` at a time.
struct SparseLayer {
  let batch: Int
  let outputs: Int
}

/// The first layer on sparse pictures. What counts is the weights of the pixels that are not zero, a cache line for
/// each pixel and panel: read in the forward step, read and written in the update. Where panels and samples are many
/// enough, the update finds each pixel's samples in a mask and reads their errors instead (`sparse_update` in
/// `sparse_update_body.h` has the same condition).
func registerSparse(_ layer: SparseLayer) {
  let (batch, outputs, inputs) = (layer.batch, layer.outputs, SyntheticDigits.pixelsPerImage)
  let shape = Shape(batch: batch, outputs: outputs, inputs: inputs)
  let pixels = Digits.shared.pixelCount * batch / Digits.count
  let (bytes, weights) = (4 * pixels * padded(outputs), 4 * inputs * padded(outputs))
  let errors = 4 * min(batch, 64) * min(padded(outputs), 64)
  let panels = padded(outputs) / Int(NABLA_PANEL)
  let byPixels = (panels > 4 && batch >= 6) || (panels > 2 && batch >= 16)
  register("sparse forward    \(shape)", .loaded(bytes, size: weights)) {
    let operands = SparseOperands(layer)
    return PreparedKernel {
      operands.withNextBatch { batch in
        check(
          nabla_sparse_forward_f32(
            NABLA_SIGMOID, batch, outputs, inputs, operands.panels.pointer, operands.biases.pointer,
            operands.d.pointer, padded(outputs), nil))
      }
    }
  }
  let update = byPixels ? Work.loaded(bytes, size: errors) : .changed(2 * bytes, size: weights)
  register("sparse update     \(shape)", update) {
    let operands = SparseOperands(layer)
    return PreparedKernel {
      operands.withNextBatch { batch in
        check(
          nabla_sparse_update_f32(
            batch, outputs, inputs, smallStep, operands.d.pointer, padded(outputs), 1,
            operands.panels.pointer,
            operands.biases.pointer, nil))
      }
    }
  }
}

/// The layer's operands, and its place in the pictures: every call takes the next mini-batch, as training
/// does.
private final class SparseOperands {
  let panels: Floats
  let biases: Floats
  let d: Floats
  private let batch: Int
  private var next = 0

  init(_ layer: SparseLayer) {
    batch = layer.batch
    panels = Floats(count: nabla_panels_size(layer.outputs, SyntheticDigits.pixelsPerImage))
    biases = Floats(count: padded(layer.outputs))
    d = Floats(count: layer.batch * padded(layer.outputs))
  }

  func withNextBatch(_ body: (UnsafePointer<nabla_sparse_batch>) -> Void) {
    let start = next
    next = (next + batch) % Digits.count
    Digits.shared.withRows { rows, samples in
      var batch = nabla_sparse_batch(
        rows: rows, count: batch, samples: samples + start, ahead: nil, ahead_count: 0)
      body(&batch)
    }
  }
}

/// The first thousand synthetic digits of seed 1, as sparse rows.
private struct Digits: Sendable {
  static let count = 1000
  static let shared = Digits()

  private let starts: [UInt64]
  private let entries: [UInt16]
  private let samples = Array(0..<UInt32(count))

  /// Pixels that are not zero.
  var pixelCount: Int { entries.count }

  private init() {
    let (count, inputs) = (Digits.count, SyntheticDigits.pixelsPerImage)
    var images = [UInt8](repeating: 0, count: count * inputs)
    var labels = [UInt8](repeating: 0, count: count)
    images.withUnsafeMutableBufferPointer { images in
      labels.withUnsafeMutableBufferPointer { labels in
        SyntheticDigits(seed: 1).render(0..<count, images: images, labels: labels)
      }
    }
    var starts = [UInt64](repeating: 0, count: count + 1)
    check(nabla_sparse_count(count, inputs, images, &starts))
    var entries = [UInt16](repeating: 0, count: Int(starts[count]))
    check(nabla_sparse_pack(count, inputs, images, starts, &entries, nil))
    (self.starts, self.entries) = (starts, entries)
  }

  func withRows(_ body: (nabla_sparse_rows, UnsafePointer<UInt32>) -> Void) {
    starts.withUnsafeBufferPointer { starts in
      entries.withUnsafeBufferPointer { entries in
        samples.withUnsafeBufferPointer { samples in
          let rows = nabla_sparse_rows(
            starts: starts.baseAddress, ends: starts.baseAddress! + 1, entries: entries.baseAddress,
            values: nil)
          body(rows, samples.baseAddress!)
        }
      }
    }
  }
}
