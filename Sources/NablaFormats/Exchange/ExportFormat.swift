/// What a model can be written as for other programs. The raw value is the word people type.
public enum ExportFormat: String, CaseIterable, Sendable {
  /// For ONNX Runtime and everything else that reads ONNX.
  case onnx
  /// A `.c` and a `.h` file, C99.
  case c
  /// JSON as `load` of the book's network2.py reads it.
  case network2
  /// NumPy's archive of arrays: w1, b1, w2, b2, ...
  case npz
  /// A folder with w1.csv, b1.csv, ...
  case csv
  /// A folder with w1.npy, b1.npy, ...
  case npy

  /// Returns where the file, or folder, goes unless somebody says otherwise: beside the model, under its name.
  public func defaultPath(for model: String) -> String {
    let name = model.split(separator: "/").last.map(String.init) ?? model
    let stem = name.hasSuffix(".safetensors") ? String(model.dropLast(".safetensors".count)) : model
    switch self {
    case .onnx: return stem + ".onnx"
    case .c: return stem + ".c"
    case .network2: return stem + ".json"
    case .npz: return stem + ".npz"
    case .csv: return stem + "-csv"
    case .npy: return stem + "-npy"
    }
  }
}
