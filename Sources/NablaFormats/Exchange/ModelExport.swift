import Nabla

/// Writes models for other programs.
public enum ModelExport {
  /// Writes `model` as `format`; each file is replaced atomically.
  ///
  /// - Parameters:
  ///   - path: the file; the `.c` file for `.c`, whose header goes beside it; the folder for `.csv` and `.npy`, which is
  ///     made where it is missing.
  ///   - name: what the names in C code start with.
  /// - Returns: what the format has no place for, a line each.
  /// - Throws: `FileError`: of kind `invalidRequest` where the format cannot hold such a network; nothing is written then.
  @discardableResult
  public static func write(
    _ model: ModelFile.Loaded, as format: ExportFormat, to path: String, name: String = "model"
  ) throws(FileError) -> [String] {
    switch format {
    case .onnx: try ONNXWriter.write(model, to: path)
    case .c: try CSource(model, name: name, path: path).write(to: path)
    case .network2: try Network2.write(model, to: path)
    case .npz: try ParameterArrays.writeNPZ(model, to: path)
    case .csv, .npy: try ParameterArrays.writeFolder(model, as: format, to: path)
    }
    return notes(model, format)
  }

  /// What `format` has no place for.
  private static func notes(_ model: ModelFile.Loaded, _ format: ExportFormat) -> [String] {
    switch format {
    case .npz: return []
    case .onnx, .c:
      return model.encoding.features.map(hasWords) == true
        ? ["each word of a category is an input of its own, 1 for the word that is there"] : []
    case .network2, .csv, .npy: break
    }
    var notes: [String] = []
    if format != .network2, let text = Activation.text(of: model.network.topology.activations) {
      notes.append("the activations (\(text)) are not in the files")
    }
    if model.encoding.features != nil {
      notes.append("the scaling of the columns is not in the file: its inputs are (cell - offset) * factor")
    }
    switch model.encoding.target {
    case .classes(let names) where names.isEmpty: break
    case .classes: notes.append("the names of the classes are not in the file: they are numbered")
    case .values:
      notes.append("the scaling of the targets is not in the file: they are output / factor + offset")
    }
    return notes
  }

  private static func hasWords(_ features: FeatureEncoding) -> Bool {
    features.columns.contains { $0.kind != .number }
  }
}
