import CKernels

/// The instruction sets the kernels are built for. All give the same bits; the widest is the fastest.
public enum InstructionSet: String, CaseIterable, Sendable {
  /// Plain C, on every processor.
  case scalar
  /// AVX2 with FMA: 8 floats at once.
  case avx2
  /// AVX-512: 16 floats at once.
  case avx512
  /// Arm's NEON: 4 floats at once.
  case neon

  /// The one in use: `NABLA_ISA` in the environment when it names an available one, else the widest available.
  public static var current: InstructionSet { InstructionSet(nabla_selected_isa()) }

  /// What became of `NABLA_ISA` in the environment.
  public enum Request: Sendable {
    /// It is unset, or was followed.
    case followed
    /// It names no instruction set; the widest available one is in use.
    case unknown
    /// It names one that this build or machine cannot run; the widest available one is in use.
    case unavailable
  }

  /// What became of `NABLA_ISA` in the environment.
  public static var request: Request {
    switch nabla_isa_request() {
    case NABLA_ERROR_ARGUMENT: .unknown
    case NABLA_ERROR_ISA_UNAVAILABLE: .unavailable
    default: .followed
    }
  }

  /// Those this machine can run, narrowest first.
  public static var available: [InstructionSet] { allCases.filter(\.isAvailable) }

  /// Whether this build and this machine can run it.
  public var isAvailable: Bool { nabla_isa_available(cValue) == 1 }

  /// Makes all later work in this process use this instruction set.
  ///
  /// - Throws: `NablaError.invalidSetting` when this machine cannot run it.
  public func select() throws(NablaError) {
    guard nabla_select_isa(cValue) == NABLA_OK else {
      let names = InstructionSet.available.map(\.rawValue).joined(separator: ", ")
      throw .invalidSetting(name: "instruction set", expected: "one of \(names)", found: rawValue)
    }
  }

  private var cValue: nabla_isa {
    switch self {
    case .scalar: NABLA_ISA_SCALAR
    case .avx2: NABLA_ISA_AVX2
    case .avx512: NABLA_ISA_AVX512
    case .neon: NABLA_ISA_NEON
    }
  }

  private init(_ value: nabla_isa) {
    switch value {
    case NABLA_ISA_AVX2: self = .avx2
    case NABLA_ISA_AVX512: self = .avx512
    case NABLA_ISA_NEON: self = .neon
    default: self = .scalar
    }
  }
}
